"""What people and time do to an alert: taken over, handed over, noted, snoozed, resolved; reminders and escalation. Each once, whoever asks how often."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.alerts import AlertState
from bot.ports.errors import UserError
from tests.engine.log_world import LogWorld, shown

HOUR = timedelta(hours=1)
SETTLED = ("Asked ", "Told ")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LogWorld]:
    made = LogWorld(tmp_path)
    made.configure(escalation=("S0ONCALL", "U0RIA"), remind_after=HOUR)
    made.scan()
    made.fire()
    made.sent()
    yield made
    made.journal.close()


def said(world: LogWorld) -> list[str]:
    """Return what the thread was told since the last time, without what stands now where something was asked."""
    return [row.message.text for row in world.sent() if row.thread_of and not row.message.text.startswith(SETTLED)]


def settled(world: LogWorld) -> list[str]:
    """Return what stands now where something was asked, as it reads in UTC."""
    texts = [row.message.text for row in world.sent() if row.message.text.startswith(SETTLED)]
    return [re.sub(r"<!date[^|]*\|01 May ([^>]*) UTC>", r"\1", text) for text in texts]


def passes(world: LogWorld, length: timedelta) -> list[str]:
    """Let time pass, and return what the thread was told for it."""
    world.clock.advance(length)
    world.alerts.look_at_clock()
    world.alerts.look_at_clock()
    return said(world)


def test_who_takes_over_tells_who_had_it(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    taken = world.alerts.acknowledge("A1", "U0BOB", take_over=True)

    assert taken.acknowledged_by == "U0BOB"
    assert said(world) == ["<@U0ANN> Bob Example took this over from you."]
    assert world.audited()[-1] == ("U0BOB", "alert.taken_over", "alert:A1")


def test_who_is_handed_an_alert_is_told(world: LogWorld) -> None:
    assert world.alerts.hand_over("A1", "U0BOB", "U0ANN", "it is the disk").acknowledged_by == "U0BOB"
    assert said(world) == ["<@U0BOB> Ann Example handed this to you. *api*: 1 error in 15 min\n📝 it is the disk"]
    assert (world.alerts.get("A1").note, world.alerts.get("A1").noted_by) == ("it is the disk", "Ann Example")
    assert world.alerts.hand_over("A1", "U0BOB", "U0BOB").acknowledged_by == "U0BOB"
    assert said(world) == []


def test_nobody_hands_over_what_another_has_nor_to_a_stranger(world: LogWorld) -> None:
    with pytest.raises(UserError, match="other company"):
        world.alerts.hand_over("A1", "U0EVE", "U0ANN")
    world.alerts.acknowledge("A1", "U0ANN")
    with pytest.raises(UserError, match="only they can hand it over"):
        world.alerts.hand_over("A1", "U0RIA", "U0BOB")


def test_a_note_stands_in_the_message_or_in_the_thread(world: LogWorld) -> None:
    world.alerts.note("A1", "U0BOB", "looks like <!channel>")
    assert world.alerts.get("A1").note == "looks like <!channel>"
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    world.alerts.note("A1", "U0BOB", "I restarted db-3")

    assert said(world) == ["Bob Example: I restarted db-3"]
    assert world.alerts.get("A1").note == "looks like <!channel>"
    with pytest.raises(UserError, match="What should the note say"):
        world.alerts.note("A1", "U0BOB", "  ")


def test_notes_of_any_length_are_kept_short_in_the_audit_too(world: LogWorld) -> None:
    world.alerts.hand_over("A1", "U0BOB", "U0ANN", "x" * 5000)
    world.alerts.resolve("A1", "U0BOB", "y" * 5000)

    with world.journal.read() as tx:
        lengths = {event.action: len(str(event.detail["note"])) for event in tx.audit.recent(2)}
    assert lengths == {"alert.resolved": 1000, "alert.handed_over": 1000}


def test_a_snooze_ends_by_itself_and_says_so(world: LogWorld) -> None:
    world.alerts.snooze("A1", "U0ANN", 4 * HOUR)
    assert "⚪ *api* · Snoozed by Ann Example until" in shown(world.sent()[0].message)

    assert passes(world, 3 * HOUR) == []
    assert passes(world, HOUR) == ["<@U0ANN> the snooze is over: nobody has `A1` now. *api*: 1 error in 15 min"]
    assert world.alerts.get("A1").state is AlertState.FIRING
    assert world.audited()[-1] == ("chatopsd", "alert.fired_again", "alert:A1")


def test_a_snooze_can_be_ended_and_needs_a_sensible_length(world: LogWorld) -> None:
    world.alerts.snooze("A1", "U0ANN", HOUR)
    assert world.alerts.unsnooze("A1", "U0BOB").state is AlertState.FIRING
    for length in (timedelta(0), timedelta(days=8), -HOUR):
        with pytest.raises(UserError, match="up to 7 days"):
            world.alerts.snooze("A1", "U0ANN", length)
    world.alerts.acknowledge("A1", "U0ANN")
    with pytest.raises(UserError, match="take it over before"):
        world.alerts.snooze("A1", "U0BOB", HOUR)


def test_who_resolves_what_another_has_tells_them(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    ended = world.alerts.resolve("A1", "U0BOB", "rolled back")

    assert (ended.state, ended.resolved_by, ended.note) == (AlertState.RESOLVED, "U0BOB", "rolled back")
    assert said(world) == ["<@U0ANN> Bob Example resolved this."]
    assert world.alerts.resolve("A1", "U0ANN") == ended
    assert world.sent() == []
    for act in (lambda: world.alerts.snooze("A1", "U0ANN", HOUR), lambda: world.alerts.hand_over("A1", "U0BOB", "U0ANN")):
        with pytest.raises(UserError, match="is resolved"):
            act()


def test_an_owner_is_asked_once_and_an_answer_starts_the_time_anew(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    assert passes(world, timedelta(minutes=59)) == []
    assert passes(world, timedelta(minutes=1)) == ["<@U0ANN> are you still on `A1`? *api*: 1 error in 15 min"]
    with pytest.raises(UserError, match="only they can say so"):
        world.alerts.confirm("A1", "U0BOB")
    world.alerts.confirm("A1", "U0ANN")
    said(world)

    assert passes(world, timedelta(minutes=59)) == []
    assert passes(world, timedelta(minutes=1)) == ["<@U0ANN> are you still on `A1`? *api*: 1 error in 15 min"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda world: world.alerts.acknowledge("A1", "U0ANN"),
        lambda world: world.alerts.acknowledge("A1", "U0ANN", "it is the disk"),
        lambda world: world.alerts.note("A1", "U0ANN", "it is the disk"),
    ],
)
def test_an_owner_who_takes_it_again_or_notes_something_has_answered(world: LogWorld, answer: Callable[[LogWorld], object]) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    passes(world, HOUR)
    world.alerts.acknowledge("A1", "U0BOB")
    answer(world)
    assert world.audited()[-1][:2] in {("U0ANN", "alert.confirmed"), ("U0ANN", "alert.noted")}
    said(world)

    assert passes(world, timedelta(minutes=59)) == []
    assert world.alerts.get("A1").acknowledged_by == "U0ANN"
    assert passes(world, timedelta(minutes=1)) == ["<@U0ANN> are you still on `A1`? *api*: 1 error in 15 min"]


def test_without_an_answer_it_fires_again_and_one_after_the_other_is_told(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()
    passes(world, HOUR)

    world.clock.advance(HOUR)
    world.alerts.look_at_clock()
    told = [row.message for row in world.sent() if row.thread_of][-1]
    assert told.text == "<!subteam^S0ONCALL> Ann Example did not answer: nobody has `A1` now. *api*: 1 error in 15 min"
    assert "'action_id': 'ack'" in str(told.blocks)  # whoever is called can take it where they read of it
    assert world.alerts.get("A1").state is AlertState.FIRING
    assert passes(world, timedelta(minutes=59)) == []
    assert passes(world, timedelta(minutes=1)) == ["<@U0RIA> nobody has taken `A1` yet. *api*: 1 error in 15 min"]
    assert passes(world, 9 * HOUR) == []
    assert [action for _, action, _ in world.audited()].count("alert.escalated") == 2


@pytest.mark.parametrize(
    "fires_again",
    [
        lambda world: world.alerts.give_back("A1", "U0ANN"),
        lambda world: (world.alerts.snooze("A1", "U0ANN", HOUR), world.alerts.unsnooze("A1", "U0ANN")),
        lambda world: (world.alerts.snooze("A1", "U0ANN", HOUR), passes(world, HOUR)),
    ],
)
def test_what_fires_again_after_somebody_had_it_is_told_to_the_whole_list_again(
    world: LogWorld, fires_again: Callable[[LogWorld], object]
) -> None:
    assert passes(world, HOUR) == ["<!subteam^S0ONCALL> nobody has taken `A1` yet. *api*: 1 error in 15 min"]
    assert passes(world, HOUR) == ["<@U0RIA> nobody has taken `A1` yet. *api*: 1 error in 15 min"]
    world.alerts.acknowledge("A1", "U0ANN")
    fires_again(world)
    said(world)

    assert passes(world, HOUR) == ["<!subteam^S0ONCALL> nobody has taken `A1` yet. *api*: 1 error in 15 min"]
    assert passes(world, HOUR) == ["<@U0RIA> nobody has taken `A1` yet. *api*: 1 error in 15 min"]
    assert passes(world, 9 * HOUR) == []


def test_a_reminder_and_its_answer_survive_a_restart(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    passes(world, HOUR)
    world.restart()

    assert passes(world, timedelta(minutes=30)) == []
    assert passes(world, timedelta(minutes=30)) == [
        "<!subteam^S0ONCALL> Ann Example did not answer: nobody has `A1` now. *api*: 1 error in 15 min"
    ]


def test_without_a_list_it_fires_again_and_says_so(world: LogWorld) -> None:
    world.configure(escalation=())
    world.alerts.acknowledge("A1", "U0ANN")
    passes(world, HOUR)

    assert passes(world, HOUR) == ["Ann Example did not answer: nobody has `A1` now."]
    assert passes(world, 9 * HOUR) == []


def test_whoever_is_asked_reads_since_when_it_is_theirs_and_what_happens_without_an_answer(world: LogWorld) -> None:
    def asks() -> str:
        world.clock.advance(HOUR)
        world.alerts.look_at_clock()
        asked = shown([row for row in world.sent() if row.thread_of][-1].message)
        return re.sub(r"<!date[^|]*\|(?:01 May )?([^>]*) UTC>", r"\1", asked)

    world.alerts.acknowledge("A1", "U0ANN")
    assert "Yours since 12:30. Without an answer by 14:30 nobody has it, and the next in line is told." in asks()
    world.configure(escalation=())
    world.alerts.confirm("A1", "U0ANN")
    assert "Yours since 12:30. Without an answer by 15:30 nobody has it." in asks()


@pytest.mark.parametrize(
    ("act", "came"),
    [
        (lambda world: world.alerts.confirm("A1", "U0ANN"), "✔️ they are"),
        (lambda world: world.alerts.note("A1", "U0ANN", "the disk"), "✔️ they are"),
        (lambda world: world.alerts.acknowledge("A1", "U0BOB", take_over=True), "✔️ Bob Example has it since 13:30"),
        (lambda world: world.alerts.give_back("A1", "U0ANN"), "given back 13:30"),
        (lambda world: world.alerts.snooze("A1", "U0ANN", HOUR), "⚪ snoozed by Ann Example"),
        (lambda world: world.alerts.resolve("A1", "U0BOB"), "✅ resolved 13:30"),
        (lambda world: (world.clock.advance(HOUR), world.alerts.look_at_clock()), "⌛ no answer by 14:30"),
    ],
)
def test_where_the_owner_was_asked_stands_afterwards_what_came_of_it_and_no_button(
    world: LogWorld, act: Callable[[LogWorld], object], came: str
) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.clock.advance(HOUR)
    world.alerts.look_at_clock()
    (question,) = [row for row in world.sent() if row.thread_of]

    act(world)

    rows = [row for row in world.sent() if row.story == question.story]
    assert [re.sub(r"<!date[^|]*\|01 May ([^>]*) UTC>", r"\1", row.message.text) for row in rows] == [
        f"Asked Ann Example 13:30 whether they are still on `A1` · {came}"
    ]
    assert rows[0].message.blocks == ()


def test_where_somebody_was_called_stands_afterwards_who_has_it(world: LogWorld) -> None:
    passes(world, HOUR)
    world.clock.advance(HOUR)
    world.alerts.look_at_clock()
    assert settled(world) == ["Told <!subteam^S0ONCALL> 13:30 that nobody had `A1` · ⌛ no answer by 14:30"]

    world.alerts.acknowledge("A1", "U0BOB")
    assert settled(world) == ["Told <@U0RIA> 14:30 that nobody had `A1` · ✔️ Bob Example has it since 14:30"]

    world.alerts.give_back("A1", "U0BOB")
    world.alerts.acknowledge("A1", "U0BOB")
    assert settled(world) == [], "that was settled before"


def test_what_was_never_asked_is_not_said_to_have_been_asked(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()
    for _ in range(2):  # Slack is away: nothing is sent
        world.clock.advance(HOUR)
        world.alerts.look_at_clock()
    world.alerts.acknowledge("A1", "U0BOB")

    texts = [row.message.text for row in world.sent() if row.thread_of]

    assert [text.split("?")[0].split(":")[0] for text in texts] == [
        "<@U0ANN> are you still on `A1`",
        "<!subteam^S0ONCALL> Ann Example did not answer",
    ], "late, but whole"


def test_who_was_told_is_named_whatever_the_list_is_by_now(world: LogWorld) -> None:
    passes(world, HOUR)
    world.configure(escalation=())
    world.alerts.acknowledge("A1", "U0BOB")

    assert settled(world) == ["Told <!subteam^S0ONCALL> 13:30 that nobody had `A1` · ✔️ Bob Example has it since 13:30"]


def test_an_alert_of_a_journal_from_before_questions_were_kept_says_nothing_of_them(world: LogWorld) -> None:
    passes(world, HOUR)
    with world.journal.begin() as tx:
        alert = tx.alerts.get("A1")
        assert alert
        tx.alerts.save(replace(alert, question=None))
    world.alerts.acknowledge("A1", "U0BOB")

    assert settled(world) == []


def test_the_end_of_a_snooze_is_settled_too(world: LogWorld) -> None:
    world.alerts.snooze("A1", "U0ANN", HOUR)
    passes(world, HOUR)
    world.alerts.acknowledge("A1", "U0BOB")

    assert settled(world) == ["Told Ann Example 13:30 that the snooze of `A1` was over · ✔️ Bob Example has it since 13:30"]


def test_the_last_of_the_list_is_not_told_that_somebody_else_comes_next(world: LogWorld) -> None:
    passes(world, HOUR)
    passes(world, HOUR)
    world.alerts.acknowledge("A1", "U0RIA")
    world.sent()
    world.clock.advance(HOUR)
    world.alerts.look_at_clock()

    assert "nobody has it." in shown([row for row in world.sent() if row.thread_of][-1].message)


ACTS: list[Callable[[LogWorld, str], object]] = [
    lambda world, by: world.alerts.acknowledge("A1", by),
    lambda world, by: world.alerts.resolve("A1", by),
    lambda world, by: world.alerts.look_at_clock(),
]


@pytest.mark.parametrize(("act", "action"), list(zip(ACTS, ("acknowledged", "resolved", "escalated"), strict=True)))
def test_ten_at_once_do_it_once(world: LogWorld, act: Callable[[LogWorld, str], object], action: str) -> None:
    world.clock.advance(HOUR)
    starting, failed = threading.Barrier(10), []

    def do(by: str) -> None:
        starting.wait()
        try:
            act(world, by)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=do, args=(f"U{n}",)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert [done for _, done, _ in world.audited()].count(f"alert.{action}") == 1
    assert len([row for row in world.sent() if row.story == "alert:A1"]) == 1


def test_ten_who_take_it_over_from_each_other_leave_one_owner_and_tell_each_that_lost_it(world: LogWorld) -> None:
    threads = [threading.Thread(target=world.alerts.acknowledge, args=("A1", f"U{n}"), kwargs={"take_over": True}) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    owner = world.alerts.get("A1").acknowledged_by
    told = {text.partition(">")[0].removeprefix("<@") for text in said(world)}
    assert told | {owner} == {f"U{n}" for n in range(10)}
    assert owner not in told


def test_another_part_hears_of_each_move_within_its_transaction(world: LogWorld) -> None:
    heard: list[tuple[AlertState | None, AlertState, str]] = []
    world.desk.listen(lambda _tx, before, after, by: heard.append((before.state if before else None, after.state, by)))

    world.alerts.acknowledge("A1", "U0ANN")
    world.alerts.resolve("A1", "U0ANN")

    assert heard == [
        (AlertState.FIRING, AlertState.ACKNOWLEDGED, "U0ANN"),
        (AlertState.ACKNOWLEDGED, AlertState.RESOLVED, "U0ANN"),
    ]
    world.desk.listen(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        world.fire_elsewhere()
    assert world.alerts.open() == []


def test_the_owner_of_an_alert_from_elsewhere_is_asked_too(world: LogWorld) -> None:
    elsewhere = world.fire_elsewhere()
    world.alerts.acknowledge(elsewhere, "U0ANN")
    said(world)

    assert f"<@U0ANN> are you still on `{elsewhere}`? *web*: 1 error in 0 s" in passes(world, HOUR)
    assert f"Ann Example did not answer: nobody has `{elsewhere}` now." in passes(world, HOUR)


def test_an_alert_whose_watch_was_taken_out_of_the_configuration_ends_after_a_day_without_a_look(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.configuration = replace(world.configuration, watches=())
    world.wire()
    world.clock.advance(timedelta(hours=23))
    world.alerts.look_at_clock()
    assert world.alerts.get("A1").is_open
    world.clock.advance(timedelta(hours=1))

    world.alerts.look_at_clock()

    assert world.alerts.get("A1").reason == "nothing watches it any more"
