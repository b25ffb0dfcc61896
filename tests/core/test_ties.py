"""What is new in a log is tied to the release after which it was first seen, and to no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.alert_words import tie_line
from bot.core.live import Live
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.ties import Seen, brought_by_others, later_of, tie_of, with_latest
from bot.core.windows import Sign

SEEN = datetime(2024, 5, 1, 14, 30, tzinfo=UTC)
AT = Seen(SEEN, SEEN)  # by the line's own time stamp
WINDOW = Seen(SEEN - timedelta(minutes=15), SEEN)  # somewhere in it


def live(version: str, minutes_before: float, environment: str = "production", **changes: object) -> Operation:
    at = SEEN - timedelta(minutes=minutes_before)
    made = Operation(
        version, OperationKind.RELEASE, OperationState.SUCCEEDED, "checkout", "acme/checkout", "release.yml", "main", "a" * 40, version,
        environment, "U0ANN", at, at, "d", "C0OPS", finished_at=at,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_last_version_that_reached_the_environment_is_named_with_the_one_before() -> None:
    operations = [live("v1.8.2", 900), live("v1.8.3", 6), live("v1.9.0", 2, "staging"), live("v1.8.3", 60)]

    tie = tie_of(AT, "production", operations)

    assert tie
    assert (tie.version, tie.previous, tie.seen_at - tie.live_at) == ("v1.8.3", "v1.8.2", timedelta(minutes=6))


def test_what_failed_came_later_or_only_made_a_tag_is_no_cause() -> None:
    operations = [
        live("v1.8.4", 5, state=OperationState.FAILED),
        live("v1.8.5", -3),
        live("v1.8.6", 4, kind=OperationKind.TAG),
    ]

    assert tie_of(AT, "production", operations) is None


def test_a_release_of_days_ago_is_no_cause() -> None:
    assert tie_of(AT, "production", [live("v1.8.3", 25 * 60)]) is None


def test_without_a_version_before_there_is_none_to_go_back_to() -> None:
    tie = tie_of(AT, "production", [live("v1.0.0", 6)])

    assert tie
    assert tie.previous == ""


def test_before_the_first_release_of_ours_is_what_was_live_when_it_was_dispatched() -> None:
    first, again = (tie_of(AT, "production", [live("v1.5.0", 6, live_before=before)]) for before in ("v1.4.2", "v1.5.0"))

    assert first
    assert again
    assert (first.previous, again.previous) == ("v1.4.2", "")


def run(version: str, began: float, ended: float | None, state: OperationState = OperationState.SUCCEEDED, **changes: object) -> Operation:
    """Return an operation whose run lasted from so many minutes before until so many."""
    at = SEEN - timedelta(minutes=began)
    done = None if ended is None else SEEN - timedelta(minutes=ended)
    return live(version, ended or 0, started_at=at, dispatched_at=at, finished_at=done, state=state, **{"run_id": 7, **changes})


def said(seen: Seen, *operations: Operation) -> str:
    tie = tie_of(seen, "production", operations)
    return f"{tie_line(tie)} → {tie.previous}" if tie else ""


OLD = live("v1.8.2", 900)


def test_in_a_window_that_began_after_the_release_the_time_since_is_a_span() -> None:
    assert said(WINDOW, live("v1.8.3", 21), OLD) == "First seen *6 min to 21 min* after checkout `v1.8.3` reached production → v1.8.2"
    assert said(WINDOW, live("v1.8.3", 15), OLD) == "First seen *up to 15 min* after checkout `v1.8.3` reached production → v1.8.2"


def test_in_the_window_of_the_release_itself_nobody_knows_what_came_first() -> None:
    beside = "First seen in the window in which checkout `v1.8.3` reached production: before or after is not known → v1.8.2"

    assert said(WINDOW, live("v1.8.3", 6), OLD) == beside
    assert said(WINDOW, run("v1.8.3", 25, 6), OLD) == beside


def test_what_is_seen_while_a_release_is_on_its_way_is_not_laid_to_the_one_before() -> None:
    on_its_way = "First seen *while* checkout `v1.8.3` was on its way to production → v1.8.2"

    assert said(AT, run("v1.8.3", 4, None, OperationState.RUNNING), OLD) == on_its_way
    assert said(AT, run("v1.8.3", 4, -2), OLD) == on_its_way  # it had reached it by the time of the scan
    assert said(WINDOW, run("v1.8.3", 20, None, OperationState.UNKNOWN), OLD) == on_its_way
    assert said(WINDOW, run("v1.8.3", 4, None, OperationState.RUNNING), OLD).startswith(
        "First seen in the window in which checkout `v1.8.3` was on"
    )
    assert said(AT, run("v1.8.3", 4, -2, OperationState.FAILED), OLD) == on_its_way


def test_what_failed_before_or_never_told_its_end_is_no_cause() -> None:
    before = "First seen *15 h* after checkout `v1.8.2` reached production → "

    assert said(AT, run("v1.8.3", 9, 4, OperationState.FAILED), OLD) == before
    assert said(AT, run("v1.8.3", 2 * 24 * 60, None, OperationState.UNKNOWN), OLD) == before
    assert said(AT, run("v1.8.3", 1, -1, OperationState.FAILED, run_id=None), OLD) == before  # nothing was started


def test_after_a_rollback_nobody_is_offered_what_was_gone_back_from() -> None:
    back = live("v1.8.1", 6, kind=OperationKind.ROLLBACK)

    assert said(AT, back, OLD) == "First seen *6 min* after checkout `v1.8.1` reached production → "
    assert said(AT, live("v1.8.3", 2), back, OLD).endswith("→ v1.8.1")


def test_what_somebody_brought_there_by_hand_is_a_release_like_any_other() -> None:
    by_hand = Live("checkout", "production", "v1.8.3", "b" * 40, "bob", SEEN - timedelta(minutes=6))
    assert brought_by_others(by_hand) == by_hand

    tie = tie_of(AT, "production", [OLD], by_hand)

    assert tie
    assert (tie.version, tie.previous, tie_line(tie)) == (
        "v1.8.3",
        "v1.8.2",
        "First seen *6 min* after checkout `v1.8.3` reached production",
    )
    nameless = tie_of(AT, "production", [OLD], replace(by_hand, version=""))
    assert nameless
    assert nameless.version == "bbbbbbb"
    later = tie_of(AT, "production", [OLD], replace(by_hand, at=SEEN + timedelta(minutes=1)))
    assert later
    assert later.version == "v1.8.2"
    assert brought_by_others(replace(by_hand, ours=OLD)) is None
    assert brought_by_others(replace(by_hand, at=None)) is None


def test_what_has_reached_the_environment_since_is_said_and_ends_the_way_back() -> None:
    tie = tie_of(AT, "production", [live("v1.8.3", 6), OLD])
    assert tie
    again, staged = live("v1.8.3", -5), live("v1.8.4", -6, "staging")
    assert with_latest(tie, [live("v1.8.3", 6), OLD, again, staged, run("v1.8.4", 0, -9, OperationState.FAILED)]) == tie

    gone_back = with_latest(tie, [again, live("v1.8.2", -20, kind=OperationKind.ROLLBACK)])

    assert tie_line(gone_back).endswith(
        "reached production · `v1.8.2` is live there since <!date^1714575000^{date_short_pretty} {time}|01 May 14:50 UTC>"
    )
    assert with_latest(gone_back, [live("v1.8.3", -30)]).since == ""


def test_what_is_back_or_rises_is_said_in_its_own_words() -> None:
    back, rise = replace(AT, what=Sign.REGRESSED), replace(WINDOW, what=Sign.SPIKING)

    assert said(back, live("v1.8.3", 6), OLD) == "Back *6 min* after checkout `v1.8.3` reached production → v1.8.2"
    assert said(rise, live("v1.8.3", 21), OLD) == "The spike began *6 min to 21 min* after checkout `v1.8.3` reached production → v1.8.2"
    assert said(rise, run("v1.8.3", 20, None, OperationState.RUNNING), OLD).startswith("The spike began *while* checkout `v1.8.3` was on")
    assert said(back, live("v1.8.3", 5 * 60), OLD).startswith("Back *5 h*")
    assert said(rise, live("v1.8.3", 5 * 60), OLD) == ""  # by then the day has other hours


def test_a_window_that_ends_when_the_end_of_a_run_is_noticed_was_while_it_was_on_its_way() -> None:
    assert said(WINDOW, run("v1.8.3", 16, 0.25), OLD).startswith("First seen *while* checkout `v1.8.3` was on its way to production")
    assert said(WINDOW, run("v1.8.3", 16, 1), OLD).endswith("before or after is not known → v1.8.2")


def test_a_spike_does_not_take_the_way_back_of_what_is_new() -> None:
    new, spike = (
        tie_of(AT, "production", [live("v1.8.3", 6), OLD]),
        tie_of(replace(AT, what=Sign.SPIKING), "production", [live("v1.8.4", 1), live("v1.8.3", 6)]),
    )
    assert new
    assert spike

    assert later_of(new, spike) == new
    assert later_of(replace(new, what=Sign.SPIKING), spike) == replace(spike, is_later=True)
    assert later_of(new, replace(spike, what=Sign.NEW)) == replace(spike, what=Sign.NEW, is_later=True)
