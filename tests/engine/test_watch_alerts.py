"""Windows and the alerts that they open: one message a problem, a thread that hears of what is new, an end by itself."""

import sqlite3
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.alerts import AlertState
from bot.core.sources import LokiSource
from bot.core.windows import Samples, Sign
from tests.adapters.journal.values import see
from tests.engine.log_world import LogWorld, fire, shown

NAMES_IN_TURN = ("accounts", "reports", "messages", "users", "events", "orders", "pages", "images", "labels", "videos")


def test_a_second_window_edits_the_message_and_tells_the_thread_only_what_is_new(world: LogWorld) -> None:
    (opened,) = fire(world, "ERROR disk 1 is slow\n")
    (edited,) = fire(world, "ERROR disk 2 is slow\nERROR disk 3 is slow\n")
    card, told = fire(world, "ERROR disk 1 is slow\nERROR out of memory\n")

    assert {opened.story, edited.story, card.story} == {"alert:A1"}
    assert "*×2*" in shown(edited.message)
    assert (told.thread_of, told.story) == ("alert:A1", "")
    assert "🆕 *NEW* *×1* `out of memory`" in told.message.text
    assert "disk" not in told.message.text
    assert [alert.id for alert in world.alerts.open()] == ["A1"]


def test_in_a_young_watch_an_alert_stays_open_as_long_as_its_errors_go_on(world: LogWorld) -> None:
    for _ in range(4 * 5):  # of five hours something is known
        fire(world, "INFO fine\n")
    for _ in range(4 * 20):
        fire(world, "ERROR disk 1 is slow\n" * 5)
    (alert,) = world.alerts.open()

    assert (alert.id, alert.quiet_s, alert.total) == ("A1", 0.0, 400)

    world.alerts.resolve("A1", "U0ANN")  # a person says that this is nothing to be told of
    fire(world, "ERROR disk 1 is slow\n" * 5)

    assert world.alerts.open() == []


def test_an_alert_goes_on_in_further_names_of_a_family_that_its_kinds_made(world: LogWorld) -> None:
    for name in NAMES_IN_TURN[:4]:
        fire(world, f"ERROR cannot publish to {name} any more\n" * 8)
    for name in NAMES_IN_TURN[4:]:
        (edited,) = fire(world, f"ERROR cannot publish to {name} any more\n" * 8)

    assert "Firing" in shown(edited.message)
    assert "8 errors of 8 lines" in shown(edited.message)
    assert "*×8* 🆕 *NEW* `cannot publish to &lt;*&gt; any more`" in shown(edited.message)
    (alert,) = world.alerts.open()
    assert (alert.id, alert.quiet_s, alert.total) == ("A1", 0.0, 8 * len(NAMES_IN_TURN))
    assert [(kind.template, kind.last) for kind in alert.kinds][:1] == [("cannot publish to <*> any more", 8)]
    assert [kind.last for kind in alert.kinds[1:]] == [0, 0, 0]
    for _ in range(4):
        fire(world, "INFO fine\n")
    assert world.alerts.open() == []


def test_an_alert_about_one_name_does_not_wait_for_the_others_of_an_older_family(world: LogWorld) -> None:
    for name in NAMES_IN_TURN[:4]:
        fire(world, f"ERROR cannot publish to {name} any more\n")
    for _ in range(4):
        world.scan()
    fire(world, f"ERROR cannot publish to {NAMES_IN_TURN[0]} any more\n")  # is back

    for _ in range(4):
        fire(world, f"ERROR cannot publish to {NAMES_IN_TURN[4]} any more\n")

    assert world.alerts.open() == []
    assert world.audited()[-1] == ("chatopsd", "alert.resolved", "alert:A2")


def test_what_failed_every_day_before_an_alert_is_nothing_of_the_family_that_its_kind_completed(world: LogWorld) -> None:
    usual = "".join(f"ERROR cannot publish to {name} any more\n" for name in NAMES_IN_TURN[:3])
    for _ in range(4 * 10):
        fire(world, usual)
    world.alerts.resolve("A1", "U0ANN")
    for _ in range(4):
        fire(world, usual)
    assert world.alerts.open() == []
    fire(world, f"{usual}ERROR cannot publish to {NAMES_IN_TURN[3]} any more\n")

    assert [alert.id for alert in world.alerts.open()] == ["A2"]

    for _ in range(4):
        fire(world, usual)

    assert world.alerts.open() == []


@pytest.mark.parametrize("samples", [Samples.TEMPLATE, Samples.NONE])
def test_an_alert_goes_on_in_further_names_whatever_may_be_shown(world: LogWorld, samples: Samples) -> None:
    world.configure(samples=samples)
    for name in NAMES_IN_TURN:
        fire(world, f"ERROR cannot publish to {name} any more\n")

    (alert,) = world.alerts.open()
    assert (alert.quiet_s, alert.total) == (0.0, len(NAMES_IN_TURN))


def test_in_a_spike_no_line_of_a_family_is_counted_twice(world: LogWorld) -> None:
    for _ in range(4 * 5):  # of five hours something is known
        fire(world, "INFO fine\n")
    for name in NAMES_IN_TURN[:4]:
        fire(world, f"ERROR cannot publish to {name} any more\n")
    for count in (1, 20):
        window = "".join(f"ERROR cannot publish to {name} any more\n" * count for name in NAMES_IN_TURN[4:])
        fire(world, window)

    (alert,) = world.alerts.open()
    assert (alert.total, sum(kind.total for kind in alert.kinds)) == (4 + 6 + 120, 4 + 6 + 120)
    assert alert.spiking
    assert sum(kind.last for kind in alert.kinds) == 120


def test_what_a_resolved_alert_went_on_in_is_back(world: LogWorld) -> None:
    for name in NAMES_IN_TURN[:6]:
        fire(world, f"ERROR cannot publish to {name} any more\n")
    for _ in range(4):
        fire(world, "INFO fine\n")
    assert world.alerts.open() == []

    (back,) = fire(world, f"ERROR cannot publish to {NAMES_IN_TURN[5]} any more\n")

    assert "↩️ *BACK*" in shown(back.message)


def test_known_errors_after_the_end_open_nothing_and_what_was_resolved_is_back(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    for _ in range(4):
        world.scan()
    card = world.sent()[-1]
    assert "✅ *api* · Resolved" in shown(card.message)
    assert "quiet for 1 h" in shown(card.message)
    assert world.audited()[-1] == ("chatopsd", "alert.resolved", "alert:A1")

    (back,) = fire(world, "ERROR disk 1 is slow\n")

    assert back.story == "alert:A2"
    assert "↩️ *BACK*" in shown(back.message)
    assert "(1 back)" in shown(back.message)


def test_what_was_written_before_somebody_resolved_its_alert_does_not_open_another_one(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n" * 40)
    world.append("ERROR disk 1 is slow\n" * 40)
    world.clock.advance(timedelta(minutes=5))
    world.alerts.resolve("A1", "U0ANN")

    fire(world, "")
    assert world.alerts.open() == []

    assert "↩️ *BACK*" in shown(fire(world, "ERROR disk 1 is slow\n")[0].message)


def test_what_loki_gives_after_a_resolve_may_be_from_before_as_long_as_its_delay(world: LogWorld) -> None:
    world.configure(source=LokiSource("{}", delay=timedelta(minutes=2)))
    fire(world, "ERROR disk 1 is slow\n" * 40)
    world.alerts.resolve("A1", "U0ANN")
    world.clock.advance(timedelta(minutes=1))
    world.watches.scan(world.watch)

    fire(world, "ERROR disk 1 is slow\n")  # of the minute before, in a window that begins after it
    assert world.alerts.open() == []

    assert "↩️ *BACK*" in shown(fire(world, "ERROR disk 1 is slow\n")[0].message)


def test_a_spike_that_somebody_resolved_is_one_again_where_it_goes_on(world: LogWorld) -> None:
    for _ in range(4 * 5):
        fire(world, "ERROR disk 1 is slow\n" * 3)
    world.alerts.resolve("A1", "U0ANN")
    spike = "ERROR disk 1 is slow\n" * 90
    fire(world, spike)
    world.append(spike)
    world.clock.advance(timedelta(minutes=5))
    world.alerts.resolve("A2", "U0ANN")

    fire(world, "")
    assert world.alerts.open() == []
    fire(world, spike)
    assert [alert.id for alert in world.alerts.open()] == ["A3"]


def test_quiet_windows_say_nothing(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    gone = fire(world, "INFO ok\n")
    assert "✔️ *Quiet* since" in shown(gone[0].message)

    assert fire(world, "INFO ok\n") == []
    assert fire(world, "INFO ok\n") == []


def test_scanning_by_hand_again_and_again_does_not_end_it_sooner(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    for _ in range(20):
        world.watches.scan(world.watch)

    assert world.alerts.open()


def test_on_its_first_day_there_is_one_message_and_nothing_is_called_new(tmp_path: Path) -> None:
    world = LogWorld(tmp_path)
    world.configure(learning=timedelta(days=1))
    world.scan()

    seen = [*fire(world, "ERROR disk 1 is slow\nERROR pool is empty\n"), *fire(world, "ERROR out of memory\n")]

    assert {row.story for row in seen} == {"alert:A1"}
    assert "Still learning" in shown(seen[0].message)
    assert "NEW" not in "".join(shown(row.message) for row in seen)
    world.clock.advance(timedelta(days=1))
    assert fire(world, "ERROR disk 2 is slow\nERROR out of memory\n")[-1].story == "alert:A1"
    for _ in range(4):
        world.scan()
    assert world.alerts.open() == []
    assert fire(world, "ERROR disk 3 is slow\n") == []
    assert "🆕" in shown(fire(world, "ERROR the sky fell\n")[-1].message)


def test_what_is_new_after_the_learning_is_an_alert_of_its_own_however_many_rare_kinds_were_learned(tmp_path: Path) -> None:
    world = LogWorld(tmp_path)
    world.configure(learning=timedelta(days=1))
    world.scan()
    fire(world, "ERROR disk 1 is slow\nERROR pool is empty\n")
    world.clock.advance(timedelta(days=1))

    over, opened = fire(world, "ERROR pool is empty\nERROR the sky fell\n")

    assert over.story == "alert:A1"
    assert "Resolved" in shown(over.message)
    assert "it has learned what is usual here" in shown(over.message)
    assert opened.story == "alert:A2"
    for n in range(5):
        fire(world, ["ERROR pool is empty\n", "ERROR disk 1 is slow\n"][n % 2])
    assert world.alerts.open() == []


def test_a_spike_is_one_on_the_second_day_however_the_errors_of_the_first_went_on(tmp_path: Path) -> None:
    world = LogWorld(tmp_path)
    world.configure(learning=timedelta(days=1))
    for _ in range(4 * 26):
        fire(world, "ERROR disk 1 is slow\n" * 2)

    (opened,) = fire(world, "ERROR disk 1 is slow\n" * 50)

    assert opened.story == "alert:A2"
    assert "far above what is usual" in shown(opened.message)


def hours(world: LogWorld, errors: Iterable[str]) -> list[str]:
    """Let an hour go by for each text, and return which alerts were opened."""
    before = len(_opened(world))
    for text in errors:
        world.append(text)
        world.clock.advance(timedelta(hours=1))
        world.watches.scan(world.watch)
    return _opened(world)[before:]


def _opened(world: LogWorld) -> list[str]:
    with world.journal.read() as tx:
        return [event.subject for event in reversed(tx.audit.recent(1000)) if event.action == "alert.opened"]


def test_a_rare_error_that_nobody_mends_is_told_a_few_times_and_not_for_ever(world: LogWorld) -> None:
    rare = ["ERROR disk 1 is slow\n", *[""] * 6]

    assert hours(world, rare * 4) == ["alert:A1", "alert:A2", "alert:A3", "alert:A4"]
    assert hours(world, rare * 8) == []
    world.restart()
    assert hours(world, rare * 4) == []
    assert hours(world, [""] * 24 + rare) == ["alert:A5"]  # that was longer than ever


def test_an_alert_of_many_rare_kinds_ends_when_they_come_and_go_for_three_days(world: LogWorld) -> None:
    words = ["disk is slow", "pool is empty", "sky fell down", "king of spain called", "queue was lost", "lamp went out"]
    assert hours(world, ["".join(f"ERROR the {each}\n" for each in words)]) == ["alert:A1"]

    assert hours(world, (f"ERROR the {words[n % 6]}\n" for n in range(70))) == []
    assert [alert.id for alert in world.alerts.open()] == ["A1"]
    assert hours(world, (f"ERROR the {words[(n + 70) % 6]}\n" for n in range(12))) == []
    assert world.alerts.open() == []


def test_a_job_that_fails_every_night_is_told_until_it_is_usual(world: LogWorld) -> None:
    night = ["ERROR backup 1 failed\n" * 40, *["INFO ok\n"] * 23]

    hours(world, night * 3)
    assert hours(world, night * 4) == []
    assert hours(world, ["ERROR backup 1 failed\n" * 300]) != []


def test_the_errors_of_days_in_which_nobody_looked_are_no_spike_of_the_night_in_which_somebody_does(world: LogWorld) -> None:
    day = [*["ERROR disk 1 is slow\n"] * 8, *["ERROR disk 1 is slow\n" * 20] * 16]
    hours(world, [*day * 5, *day[:4]])
    world.append("".join(day * 3))
    world.clock.advance(timedelta(days=3) - timedelta(hours=1))

    assert hours(world, ["", *day[4:], *day[:4]]) == []
    world.append("".join(day * 3) * 6)
    world.clock.advance(timedelta(days=3) - timedelta(hours=1))
    assert hours(world, [""]) != []


def test_a_storm_is_one_message_and_is_told_once(world: LogWorld) -> None:
    words = [f"{a}{b}" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmno"]
    (row,) = fire(world, "".join(f"ERROR the {word}y {word}er of {word}land failed\n" for word in words))

    assert row.story == "alert:A1"
    assert "300 errors" in shown(row.message)
    assert "kinds more" in shown(row.message)
    assert len(row.message.blocks) < 15


def test_an_owner_hears_once_that_it_is_much_worse(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n" * 5)
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    card, told = fire(world, "ERROR disk 1 is slow\n" * 15)

    assert "Much worse" in shown(card.message)
    assert told.message.text == "<@U0ANN> ⚠️ *api* is much worse: *15 errors* in 15 min; it was 5 when you took it."
    assert ("chatopsd", "alert.got_worse", "alert:A1") in world.audited()
    assert len(fire(world, "ERROR disk 1 is slow\n" * 15)) == 1
    again = fire(world, "ERROR disk 1 is slow\n" * 45)[-1]
    assert again.message.text == "<@U0ANN> ⚠️ *api* is much worse: *45 errors* in 15 min; it was 15 when I last said so."


def test_much_worse_is_seen_over_windows_that_were_cut_short(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n" * 20)
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    parts = [fire(world, "ERROR disk 1 is slow\n" * 15, minutes=3) for _ in range(5)]

    told = [[row.message.text for row in rows if "much worse" in row.message.text] for rows in parts]
    assert told == [[], [], ["<@U0ANN> ⚠️ *api* is much worse: *45 errors* in 9 min; it was 12 when you took it."], [], []]


def test_a_snoozed_alert_counts_on_and_tells_nobody(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    world.alerts.snooze("A1", "U0ANN", timedelta(hours=4))
    world.sent()

    rows = fire(world, "ERROR out of memory\n" * 50)

    assert [row.story for row in rows] == ["alert:A1"]
    (alert,) = world.alerts.open()
    assert (alert.state, alert.total) == (AlertState.SNOOZED, 51)


def test_where_others_read_no_line_is_shown_nor_kept(world: LogWorld) -> None:
    world.may_show = Samples.NONE
    fire(world, "ERROR disk 1 is slow\n")

    rows = fire(world, "ERROR the king of spain called\n")

    said = "".join(shown(row.message) for row in rows)
    assert "people of other companies" in said
    assert "disk" not in said
    assert "spain" not in said
    assert "spain" not in repr(world.alerts.open())


def test_a_clock_that_goes_back_loses_no_line_and_breaks_nothing(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    world.clock.advance(timedelta(hours=-5))

    fire(world, "ERROR disk 1 is slow\nERROR out of memory\n")

    (alert,) = world.alerts.open()
    assert alert.total == 3


def test_an_alert_goes_on_over_a_restart(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    world.alerts.acknowledge("A1", "U0ANN")
    world.restart()

    fire(world, "ERROR disk 1 is slow\n")

    (alert,) = world.alerts.open()
    assert (alert.id, alert.total, alert.acknowledged_by) == ("A1", 2, "U0ANN")


def test_what_was_resolved_weeks_ago_is_still_called_back(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    world.alerts.resolve("A1", "U0ANN")
    for _ in range(3):
        world.clock.advance(timedelta(days=10))
        world.scan()
        world.watches.prune()

    fire(world, "ERROR disk 2 is slow\n")

    (alert,) = world.alerts.open()
    assert [kind.sign for kind in alert.kinds] == [Sign.REGRESSED]


def test_what_nothing_is_compared_with_is_forgotten(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    world.clock.advance(timedelta(days=20))
    world.scan()

    world.watches.prune()

    assert len(world.watches.windows_since("api", world.clock.now() - timedelta(days=30))) == 1
    with world.journal.read() as tx:
        first = tx.watches.first_hour("api")
    assert first
    assert first.hour > world.clock.now() - timedelta(hours=2)


def test_a_storm_that_goes_on_is_told_once_an_hour_and_what_is_few_is_still_told(world: LogWorld) -> None:
    def storm(n: int) -> str:
        return "".join(f"ERROR {'xyzw'[n]}{a}{b}ing failed\n" for a in "abcde" for b in "abcde")

    fire(world, "ERROR disk 1 is slow\n")
    told = [len([row for row in fire(world, storm(n)) if row.thread_of]) for n in range(3)]
    assert told == [1, 0, 0]

    assert [row.thread_of for row in fire(world, "ERROR the sky fell\n")][1:] == ["alert:A1"]
    world.scan()
    assert len([row for row in fire(world, storm(3)) if row.thread_of]) == 1


def test_the_table_of_known_kinds_is_bounded_while_a_storm_goes_on(world: LogWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.watch_kinds.MOST_KINDS", 700)
    for first in "uvwxy":
        fire(world, "".join(f"ERROR {first}{a}{b}{c}ing failed\n" for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefghi"))

    with world.journal.begin() as tx:
        kept = sum(not see(tx, "api", kind, "", 0, world.clock.now()) for kind in _known(world))
    assert 576 <= kept <= 700


def _known(world: LogWorld) -> list[str]:
    with sqlite3.connect(world.folder / "journal.db") as database:
        return [row[0] for row in database.execute("select fingerprint from fingerprints")]
