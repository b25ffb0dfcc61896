"""Alerts of Alertmanager as problems: grouping, keys, words, and when a silence is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alert_card import alert_card
from bot.core.alert_words import subject
from bot.core.alertmanager import AlertmanagerRules, RemoteAlert, Silence, blind_origin, groups_of, labels_in, open_from, origin_of

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
BY = ("alertname", "cluster", "service")


def alert(summary: str = "", minutes: int = 0, **labels: str) -> RemoteAlert:
    annotations = {"summary": summary} if summary else {}
    return RemoteAlert({"alertname": "Down", **labels}, annotations, NOW + timedelta(minutes=minutes))


@given(st.dictionaries(st.sampled_from(BY), st.text(max_size=12)))
def test_a_key_tells_its_labels_whatever_stands_in_them(labels: dict[str, str]) -> None:
    groups = groups_of([RemoteAlert(labels, {}, NOW)], BY)

    for key, group in groups.items():
        assert labels_in(key, BY) == dict(group.labels)


def test_alerts_without_any_of_the_labels_are_left_out() -> None:
    assert groups_of([RemoteAlert({"x": "y"}, {}, NOW)], BY) == {}


def test_different_labels_are_different_problems() -> None:
    groups = groups_of([alert(service="a"), alert(service="b"), alert(service="a", instance="1")], BY)

    assert sorted(len(group.alerts) for group in groups.values()) == [1, 2]


def test_the_worst_severity_is_named_and_the_words_stand_once() -> None:
    members = [
        alert("down", severity="warning", instance="a"),
        alert("down", severity="critical", instance="b"),
        alert("odd", instance="c"),
    ]
    (group,) = groups_of(members, BY).values()

    origin = origin_of(group)

    assert origin.severity == "critical"
    assert origin.summary == "down\nodd\n3 alerts: a, b, c"


@pytest.mark.parametrize(("minutes", "began"), [(-90, -90), (5, 0)])
def test_a_card_says_since_when_alertmanager_says_that_it_goes_on(minutes: int, began: int) -> None:
    (group,) = groups_of([alert("down", 60, instance="b"), alert("down", minutes, instance="a")], BY).values()

    opened = open_from("A7", group, AlertmanagerRules("C0OPS"), "", NOW)

    at = NOW + timedelta(minutes=began)
    assert f"since <!date^{int(at.timestamp())}^" in str(alert_card(opened).blocks), "and never later than we saw it"


def test_a_storm_is_a_few_lines() -> None:
    (group,) = groups_of([alert(f"pod {n} is down", instance=f"i{n}") for n in range(300)], BY).values()

    assert origin_of(group).summary.splitlines()[-2:] == ["and 295 more", "300 alerts: i0, i1, i2, i3, i4, …"]


@pytest.mark.parametrize(
    ("labels", "summary", "said"),
    [
        ({"instance": "db-3"}, "", "on db-3"),
        ({"pod": "web-7"}, "disk is full", "disk is full\non web-7"),
        ({"instance": "db-3"}, "db-3 is full", "db-3 is full"),
        ({"instance": "checkout", "service": "checkout"}, "", ""),
        ({}, "", ""),
    ],
)
def test_one_alert_says_where_it_is_unless_its_words_do(labels: dict[str, str], summary: str, said: str) -> None:
    (group,) = groups_of([alert(summary, **labels)], BY).values()

    assert origin_of(group).summary == said


def test_a_question_about_many_alerts_tells_them_apart_and_says_where() -> None:
    (group,) = groups_of([alert(f"pod {n} is down.", instance=f"i{n}") for n in range(2)], BY).values()
    opened = open_from("A7", group, AlertmanagerRules("C0OPS"), "", NOW)

    assert subject(opened).endswith(": pod 0 is down. pod 1 is down. 2 alerts: i0, i1")
    assert "pod 0 is down. pod 1 is down. 2 alerts: i0, i1" in alert_card(opened).text


def test_secrets_in_annotations_are_masked() -> None:
    (group,) = groups_of([alert("login with password=hunter2secret failed")], BY).values()

    assert "hunter2secret" not in origin_of(group).summary


def test_a_silence_is_due_until_made_and_again_before_it_ends() -> None:
    length = timedelta(hours=4)
    silence = Silence("m", "A1", {}, "ann", "on it")
    made = Silence("m", "A1", {}, "ann", "on it", ends_at=NOW + length, remote_id="x")

    assert silence.is_due(NOW, length)
    assert not made.is_due(NOW + timedelta(hours=2), length)
    assert made.is_due(NOW + timedelta(hours=3, minutes=1), length)


def test_a_silence_of_a_snooze_is_not_renewed_beyond_it() -> None:
    until = NOW + timedelta(minutes=20)
    silence = Silence("m", "A1", {}, "ann", "snoozed", ends_at=until, until=until, remote_id="x")

    assert silence.end(NOW, timedelta(hours=4)) == until
    assert not silence.is_due(NOW + timedelta(minutes=19), timedelta(hours=4))


def test_that_it_can_not_be_reached_is_said_once() -> None:
    blind = blind_origin("Alertmanager can't be reached: Connection refused.")

    assert blind.title == "Alertmanager can't be reached"
    assert blind.summary == "Connection refused.\nWhat fires there is not told here until it can be asked again."
