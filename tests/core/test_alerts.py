"""Alerts: firing, taken, given back."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.core.alerts import Alert, AlertState, by_urgency
from bot.core.windows import Window

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
LATER = datetime(2024, 5, 1, 13, tzinfo=UTC)
FIRING = Alert("A1", "api", "checkout", "C1", AlertState.FIRING, NOW, Window("api", NOW, NOW))


def test_an_alert_is_taken_by_the_first_who_acknowledges() -> None:
    taken = FIRING.acknowledge("U1", NOW, "on it")

    assert (taken.state, taken.acknowledged_by, taken.acknowledged_at, taken.note) == (AlertState.ACKNOWLEDGED, "U1", NOW, "on it")
    assert taken.acknowledge("U2", LATER) == taken


def test_a_second_acknowledgement_without_a_note_keeps_the_first_note() -> None:
    taken = FIRING.acknowledge("U1", NOW, "disk")

    assert taken.acknowledge("U1", LATER).note == "disk"
    assert taken.acknowledge("U1", LATER, "it was the network").note == "it was the network"


def test_an_alert_that_was_given_back_fires_again() -> None:
    back = FIRING.acknowledge("U1", NOW).give_back()

    assert back == replace(FIRING, first_acknowledged_at=NOW)
    assert FIRING.give_back() is FIRING


def test_a_resolved_alert_stays_as_it_is() -> None:
    resolved = Alert("A1", "api", "", "C1", AlertState.RESOLVED, NOW, Window("api", NOW, NOW))

    assert resolved.acknowledge("U1", NOW) is resolved
    assert resolved.give_back() is resolved


def test_the_story_is_named_by_the_id() -> None:
    assert FIRING.story == "alert:A1"


def test_those_that_nobody_has_come_first_and_those_that_are_silent_last() -> None:
    firing, other = FIRING, replace(FIRING, id="A2")
    taken, snoozed = replace(FIRING, id="A3").acknowledge("U1", NOW), replace(FIRING, id="A4").snooze("U1", LATER)

    assert by_urgency([snoozed, taken, other, firing]) == [other, firing, taken, snoozed]
