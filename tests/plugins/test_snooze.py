"""Snoozing and resolving: what it would mute is said before it is done, and only its owner answers a reminder."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.api import Alert, AlertState, EnvelopeKind, UserError
from bot.core.alerts import Origin
from plugins.snooze import DAY, asked, confirmed, hand_back, resolve, resolved, snooze, snoozed, still_on_it, unsnoozed
from tests.engine.log_world import CHANNEL, LogWorld
from tests.plugins.log_context import SpokenContext, as_context, context


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LogWorld]:
    made = LogWorld(tmp_path)
    made.scan()
    made.fire("ERROR disk is full\nERROR disk is full\n")
    yield made
    made.journal.close()


def clicked(world: LogWorld, user: str = "U0ANN") -> SpokenContext:
    return context(world, EnvelopeKind.CLICK, user)


def form(world: LogWorld, user: str = "U0ANN") -> Mapping[str, Any]:
    spoken = clicked(world, user)
    views: list[Mapping[str, Any]] = []
    spoken.open_modal = views.append  # type: ignore[attr-defined]
    asked(as_context(spoken), "A1")
    return views[0]


def test_the_form_says_what_the_last_day_held(world: LogWorld) -> None:
    world.fire("ERROR disk is full\nERROR out of memory\n")
    world.fire("ERROR disk is full\n")  # goes on: nobody is told

    shown = str(form(world))

    assert "• 2 messages: 2 new kinds" in shown
    assert "• 3 windows with 5 errors, which are counted all the same" in shown
    assert "• in the worst window mostly `disk is full`" in shown
    assert world.alerts.get("A1").state is AlertState.FIRING


def test_errors_that_nobody_is_told_of_are_not_called_muted(world: LogWorld) -> None:
    world.clock.advance(timedelta(hours=25))
    world.fire("ERROR disk is full\n" * 3)

    shown = str(form(world))

    assert "Nothing: 1 window with 3 errors held nothing that is worth a word." in shown
    assert "message" not in shown


def test_what_is_older_than_a_day_is_not_in_it(world: LogWorld) -> None:
    world.clock.advance(timedelta(hours=25))

    shown = str(form(world))
    assert "Nothing: no window of its watch held an error." in shown
    assert "no new kinds, no spikes, no reminders." in shown
    assert "unless it was quiet for long enough by then" in shown


def test_of_an_alert_that_counts_nothing_it_is_said_how_often_it_came_and_for_how_long(world: LogWorld) -> None:
    def fire(alert_id: str, key: str = 'alertname="High"') -> Alert:
        now = world.clock.now()
        fired = Alert(alert_id, "alertmanager", "", CHANNEL, AlertState.FIRING, now, None, origin=Origin("alertmanager", key), began_at=now)
        with world.journal.begin() as tx:
            world.desk.open(tx, fired, now)
        return fired

    def resolve_after(alert: Alert, length: timedelta) -> None:
        world.clock.advance(length)
        world.alerts.resolve(alert.id, "U0BOB")

    resolve_after(fire("A7"), timedelta(hours=2))
    world.clock.advance(timedelta(hours=23))  # of the two hours one is in the last day
    resolve_after(fire("A8"), timedelta(minutes=10))
    resolve_after(fire("A6", 'alertname="Low"'), timedelta(0))
    fire("A9")
    world.clock.advance(timedelta(minutes=5))
    spoken = clicked(world)

    snooze(as_context(spoken), "A9")

    shown = str(spoken.shown[0].blocks)
    assert "Snooze A9 for 1 h: *not yet*, press the button." in shown
    assert "• this one, for 5 min now" in shown
    assert "• 2 earlier ones, 55 min in all" in shown
    assert "is silenced in Alertmanager, too, and tells nobody anything: no reminders, and nobody else is called." in shown
    assert "unless it has ended by then" in shown
    assert "kinds" not in shown
    world.clock.advance(timedelta(hours=24))
    snooze(as_context(later := clicked(world)), "A9")
    assert "• this one, all the time: it has gone on for 1 d" in str(later.shown[0].blocks)


def test_sending_the_form_snoozes_and_the_button_ends_it(world: LogWorld) -> None:
    place = json.dumps({"alert": "A1", "channel": "C0ALERTS"})
    confirmed(as_context(context(world, EnvelopeKind.SUBMISSION, private_metadata=place)), {"length": "4h"})
    assert world.alerts.get("A1").snoozed_until == world.clock.now() + timedelta(hours=4)

    unsnoozed(as_context(clicked(world)), "A1")
    assert world.alerts.get("A1").state is AlertState.FIRING


def test_the_command_shows_what_it_would_mute_and_its_button_snoozes(world: LogWorld) -> None:
    spoken = context(world, EnvelopeKind.COMMAND)

    snooze(as_context(spoken), "a1", "30m")

    shown = str(spoken.shown[-1].blocks)
    assert "In the last 24 hours this would have muted" in shown
    assert "• 1 message: 1 new kind" in shown
    assert "1 window with 2 errors" in shown
    assert world.alerts.get("A1").state is AlertState.FIRING
    (pressed,) = [element for block in spoken.shown[-1].blocks if block["type"] == "actions" for element in block["elements"]]  # type: ignore[attr-defined]
    assert (pressed["text"]["text"], pressed["action_id"]) == ("Snooze A1 for 30 min", "snooze_for")
    world.clock.advance(timedelta(minutes=5))  # the time begins when it is confirmed

    answer = clicked(world)
    snoozed(as_context(answer), pressed["value"])

    assert world.alerts.get("A1").snoozed_until == world.clock.now() + timedelta(minutes=30)
    assert answer.said[0].startswith("`A1` is snoozed until")


@pytest.mark.parametrize(
    ("length", "why"),
    [("soon", "is not a length of time"), ("99999999999d", "is not a length of time"), ("8d", "for up to 7 days")],
)
def test_a_length_that_can_not_be_is_refused_before_anything_is_shown(world: LogWorld, length: str, why: str) -> None:
    spoken = context(world, EnvelopeKind.COMMAND)
    with pytest.raises(UserError, match=why):
        snooze(as_context(spoken), "A1", length)
    assert spoken.said == []


@pytest.mark.parametrize("line", ["A1 30 min", "A1: 30m", "A1 for 30 minutes", "30M A1", "`A1` 30mins"])
def test_a_length_is_understood_however_it_is_written(world: LogWorld, line: str) -> None:
    spoken = context(world, EnvelopeKind.COMMAND)

    snooze(as_context(spoken), *line.split())

    assert spoken.said == ["Snooze A1 for 30 min: *not yet*, press the button."]


@pytest.mark.parametrize(
    ("line", "length"),
    [
        ("A1 1 hour", "1 h"),
        ("A1 1h 30m", "1 h 30 min"),
        ("a1:1h30", "1 h 30 min"),
        ("A1 for 1 hour and 30 minutes pls", "1 h 30 min"),
        ("pls A1 1,5 h 🙏", "1 h 30 min"),
        ("A1 for half an hour", "30 min"),
        ("SNOOZE A1 2H!", "2 h"),
        ("A1 1 week", "7 d"),
    ],
)
def test_every_way_to_type_a_length_is_taken(world: LogWorld, line: str, length: str) -> None:
    spoken = context(world, EnvelopeKind.COMMAND)

    snooze(as_context(spoken), *line.split())

    assert spoken.said == [f"Snooze A1 for {length}: *not yet*, press the button."]


def test_until_a_time_of_day_is_that_of_whoever_types_however_late_the_button_is_pressed(world: LogWorld) -> None:
    spoken = context(world, EnvelopeKind.COMMAND)

    snooze(as_context(spoken), "A1", "until", "9:00")

    (pressed,) = [element for block in spoken.shown[-1].blocks if block["type"] == "actions" for element in block["elements"]]  # type: ignore[attr-defined]
    zone = spoken.zone_of("U0ANN")
    assert re.fullmatch(r"Snooze A1 until \w{3} 09:00", pressed["text"]["text"])
    world.clock.advance(timedelta(minutes=7))
    snoozed(as_context(clicked(world)), pressed["value"])
    until = world.alerts.get("A1").snoozed_until
    assert until
    assert timedelta(0) < until - world.clock.now() <= DAY
    assert f"{until.astimezone(zone):%H:%M:%S}" == "09:00:00"

    world.clock.advance(timedelta(hours=25))
    with pytest.raises(UserError, match=r"That time is over. Nothing was changed."):
        snoozed(as_context(clicked(world)), pressed["value"])


@pytest.mark.parametrize("said", ["until tomorrow", "30", "5m5m", "1h or 2h", "1h until 9:00", "until 25:00"])
def test_a_length_that_is_half_understood_is_refused(world: LogWorld, said: str) -> None:
    with pytest.raises(UserError, match="is not a length of time; write something like 30m, 4h, 1d or until 9:00"):
        snooze(as_context(context(world, EnvelopeKind.COMMAND)), "A1", *said.split())


@pytest.mark.parametrize(
    ("command", "line", "typed_instead"),
    [
        (snooze, "1 4h", "/snooze A1 4h"),
        (snooze, "a 1 for 1 hour", "/snooze A1 1h"),
        (snooze, "1 until 9:00", "/snooze A1 until 9:00"),
        (snooze, "alert 1", "/snooze A1"),
        (resolve, "1", "/resolve A1"),
        (resolve, "a 1 pls", "/resolve A1"),
        (resolve, "Nr. 1!", "/resolve A1"),
        (resolve, "1 is over", "/resolve A1 is over"),
    ],
)
def test_a_number_is_asked_about(world: LogWorld, command: Callable[..., None], line: str, typed_instead: str) -> None:
    with pytest.raises(UserError) as refused:
        command(as_context(context(world, EnvelopeKind.COMMAND, channel=CHANNEL)), *line.split())

    assert str(refused.value) == f"Did you mean `{typed_instead}`? Nothing was changed."
    assert world.alerts.get("A1").state is AlertState.FIRING


def test_in_an_alerts_thread_only_a_number_alone_is_asked_about(world: LogWorld) -> None:
    world.sent()
    spoken = context(world, EnvelopeKind.MENTION, channel=CHANNEL, thread_ts=world.ts_of("A1"))
    with pytest.raises(UserError, match="Did you mean `/resolve A3`"):
        resolve(as_context(spoken), "3")
    with pytest.raises(UserError, match="Did you mean `/snooze A30`, or `/snooze 30m`"):
        snooze(as_context(spoken), "30")

    resolve(as_context(spoken), "3", "nodes", "replaced")

    assert world.alerts.get("A1").note == "3 nodes replaced"


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("please A1", ""),
        ("the alert A1, was the disk", "was the disk"),
        ("A1 took 3 nodes down", "took 3 nodes down"),
        ("A1 👍", ""),
        ("a1:fixed", "fixed"),
    ],
)
def test_an_alert_is_resolved_however_its_name_is_wrapped(world: LogWorld, line: str, note: str) -> None:
    resolve(as_context(context(world, EnvelopeKind.COMMAND)), *line.split())

    assert (world.alerts.get("A1").is_open, world.alerts.get("A1").note) == (False, note)


def test_an_alert_that_stands_within_the_note_is_not_resolved(world: LogWorld) -> None:
    with pytest.raises(UserError, match=r"The alert comes first: `/resolve A1 …`. Nothing was changed."):
        resolve(as_context(context(world, EnvelopeKind.COMMAND)), "fixed", "A1")


def test_in_an_alerts_thread_it_need_not_be_named(world: LogWorld) -> None:
    world.sent()
    spoken = context(world, EnvelopeKind.MENTION, channel=CHANNEL, thread_ts=world.ts_of("A1"))

    snooze(as_context(spoken), "2h")
    resolve(as_context(spoken), "rolled", "back")

    assert spoken.said == ["Snooze A1 for 2 h: *not yet*, press the button.", "`A1` is resolved."]
    assert world.alerts.get("A1").note == "rolled back"


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "Which alert? Open: `/resolve A1` (api)."), (("fixed",), "There is no alert `fixed`. Open: `/resolve A1` (api).")],
)
def test_elsewhere_one_that_is_not_named_is_asked_for(world: LogWorld, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UserError) as refused:
        resolve(as_context(context(world, EnvelopeKind.COMMAND, channel=CHANNEL)), *words)

    assert str(refused.value) == said
    assert world.alerts.get("A1").is_open


@pytest.mark.parametrize("line", ["1 and 2", "1, A2", "A1 2", "A1/A2", "a 1 & a 2"])
def test_of_several_alerts_none_is_touched_however_they_are_typed(world: LogWorld, line: str) -> None:
    with pytest.raises(UserError, match=r"^I end one alert at a time. Nothing was changed.$"):
        resolve(as_context(context(world, EnvelopeKind.COMMAND)), *line.split())

    assert world.alerts.get("A1").is_open


def test_of_several_alerts_none_is_resolved(world: LogWorld) -> None:
    with pytest.raises(UserError, match="I end one alert at a time"):
        resolve(as_context(context(world, EnvelopeKind.COMMAND)), "A1", "and", "A2")
    with pytest.raises(UserError, match="I snooze one alert at a time"):
        snooze(as_context(context(world, EnvelopeKind.COMMAND)), "A1", "and", "A2", "1h")
    with pytest.raises(UserError, match="I snooze one alert at a time"):
        snooze(as_context(context(world, EnvelopeKind.COMMAND)), "1", "and", "2", "1h")

    assert world.alerts.get("A1").is_open


def test_the_command_refuses_what_its_button_would_refuse(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0BOB")
    with pytest.raises(UserError, match="take it over before"):
        snooze(as_context(context(world, EnvelopeKind.COMMAND)), "A1")


def test_what_is_over_or_somebody_elses_opens_no_form(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0BOB")
    with pytest.raises(UserError, match="take it over before"):
        form(world)
    resolved(as_context(clicked(world)), "A1")
    with pytest.raises(UserError, match="is resolved"):
        form(world)


def test_the_command_resolves_with_a_note(world: LogWorld) -> None:
    spoken = context(world, EnvelopeKind.COMMAND)

    resolve(as_context(spoken), "a1", "rolled", "back")

    assert spoken.said == ["`A1` is resolved."]
    assert world.alerts.get("A1").note == "rolled back"


def test_only_the_owner_answers_the_reminder(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.clock.advance(timedelta(hours=1))
    world.alerts.look_at_clock()
    with pytest.raises(UserError, match="only they can say so"):
        still_on_it(as_context(clicked(world, "U0BOB")), "A1")
    spoken = clicked(world)

    still_on_it(as_context(spoken), "A1")

    assert spoken.said == [], "the question itself says it now"
    hand_back(as_context(clicked(world)), "A1")
    assert world.alerts.get("A1").state is AlertState.FIRING
