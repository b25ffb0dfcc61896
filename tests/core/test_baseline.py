"""What is usual: the same hours of the last days, robust against a bad day, and honest while too little is known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.baseline import (
    KINDS_AN_HOUR,
    Baseline,
    HourTally,
    Usual,
    baseline_of,
    comes_and_goes,
    hour_of,
    known_hours,
    last_hours,
    same_hours,
)
from bot.core.cut_windows import Stretch

NOW = datetime(2024, 5, 15, 14, 40, tzinfo=UTC)
HOUR = timedelta(hours=1)


def known(hour: datetime, errors: int = 0, lines: int = 1000, seconds: float = 3600.0, **counts: int) -> HourTally:
    return HourTally(hour, hour, seconds, lines, errors, counts)


def added(hour: HourTally, seconds: float, lines: int, errors: int, counts: dict[str, int], pace_s: float = 0.0) -> HourTally:
    """Return an hour with one more window in it."""
    read = Stretch(seconds, errors, counts)
    return hour.add(lines, read, hour.part.then(read, pace_s), pace_s)


def days_of(errors: list[int]) -> list[HourTally]:
    return [known(hour_of(NOW) - timedelta(days=n), each, f1=each) for n, each in enumerate(errors, 1)]


def test_the_same_hour_of_the_last_days_is_what_is_usual() -> None:
    baseline = baseline_of(NOW, [*days_of([100, 120, 110, 5000]), known(hour_of(NOW) - 3 * HOUR, 9999)])

    assert (baseline.days, baseline.is_warm) == (4, True)
    usual = baseline.errors(0.25)
    assert usual
    assert usual.median == pytest.approx(115 / 4)  # one bad day moves it by no more
    assert baseline.kind("f1", 0.25) == usual
    assert baseline.kind("never seen", 0.25) == Usual(0, 0)


def test_before_three_days_are_known_the_last_hours_must_do() -> None:
    recent = [known(hour_of(NOW) - n * HOUR, 40) for n in (1, 2, 5)]
    baseline = baseline_of(NOW, [*days_of([100, 120]), *recent])

    assert (baseline.days, baseline.is_warm) == (2, False)
    assert baseline.errors(1.0) == Usual(40, 0)


def test_trouble_does_not_become_usual_by_going_on() -> None:
    hour = hour_of(NOW)
    known_hours = [*(known(hour - n * HOUR, 9999) for n in range(1, 7)), *(known(hour - n * HOUR, 40) for n in range(7, 10))]

    assert baseline_of(NOW, known_hours, NOW - 6 * HOUR).errors(1.0) == Usual(40, 0)
    assert baseline_of(NOW, known_hours, NOW - 8 * HOUR).errors(1.0) is None, "too little is known of before"
    assert baseline_of(NOW, days_of([100] * 4), NOW - 100 * HOUR).is_warm


def test_a_window_over_a_gap_is_held_against_the_last_day_before_it() -> None:
    nights = [known(hour_of(NOW) - timedelta(days=n), 4) for n in range(1, 15)]
    began = NOW - timedelta(days=3)
    day_before = [known(hour_of(began) - n * HOUR, 40) for n in range(1, 24)]

    baseline = baseline_of(NOW, [*nights, *day_before], began_at=began)

    assert baseline.errors(72.0) == Usual(72 * 40, 0)
    assert baseline_of(NOW, [*nights, *day_before], began_at=NOW - 3 * HOUR).errors(3.0) == Usual(12, 0)
    slow = [known(tally.hour, 4 * 72, seconds=72 * 3600) for tally in nights]
    assert baseline_of(NOW, slow, began_at=began).is_warm, "it always looks so seldom"


def test_where_hardly_anything_is_known_nothing_is_usual() -> None:
    baseline = baseline_of(NOW, [known(hour_of(NOW) - HOUR, 40), known(hour_of(NOW) - 2 * HOUR, 40, seconds=60)])

    assert baseline.errors(1.0) is None
    assert baseline.lines(1.0) is None
    assert baseline_of(NOW, []) == Baseline()


def test_an_hour_that_was_watched_for_half_of_it_counts_with_its_rate() -> None:
    halves = [known(hour_of(NOW) - timedelta(days=n), 50, seconds=1800) for n in (1, 2, 3)]

    usual = baseline_of(NOW, halves).errors(1.0)

    assert usual
    assert usual.median == pytest.approx(100)


@pytest.mark.parametrize(
    ("count", "usual", "is_spike"),
    [
        (9, Usual(0, 0), False),  # too few to be one
        (10, Usual(0, 0), True),
        (299, Usual(100, 10), False),  # less than three times as many
        (300, Usual(100, 10), True),
        (300, Usual(100, 50), False),  # usual, where it varies so much
        (351, Usual(100, 50), True),
        (330, Usual(30, 15, burst=330), False),  # it comes in bursts
        (331, Usual(30, 15, burst=330), True),
        (12, Usual(4, 0), False),  # chance makes that of four
        (15, Usual(4, 0), True),
    ],
)
def test_a_spike_is_many_and_much_more_than_usual(count: int, usual: Usual, is_spike: bool) -> None:
    assert usual.is_exceeded_by(count) is is_spike


@given(st.lists(st.integers(0, 10_000), min_size=3, max_size=14), st.integers(0, 100_000), st.integers(0, 100_000))
def test_more_is_never_less_of_a_spike(days: list[int], one: int, other: int) -> None:
    usual = baseline_of(NOW, days_of(days)).errors(0.25)

    assert usual
    assert usual.is_exceeded_by(max(one, other)) >= usual.is_exceeded_by(min(one, other))
    assert not usual.is_exceeded_by(usual.median)


def test_the_hours_asked_for_are_few_and_none_is_the_present_one() -> None:
    assert len(same_hours(NOW)) == 42
    assert hour_of(NOW) not in {*same_hours(NOW), *last_hours(NOW)}
    assert len(last_hours(NOW)) == 24


def test_an_hour_keeps_its_most_frequent_kinds_and_no_more() -> None:
    tally = added(HourTally(hour_of(NOW), NOW), 900, 10, 5, {"often": 4, "once": 1})
    tally = added(tally, 900, 10_000, 9_999, {**{f"f{n}": 2 for n in range(KINDS_AN_HOUR + 50)}, "often": 1})

    assert len(tally.counts) == KINDS_AN_HOUR
    assert tally.counts["often"] == 5
    assert "once" not in tally.counts
    assert (tally.seconds, tally.lines, tally.errors) == (1800, 10_010, 10_004)


def quarters(hour: datetime, errors: int, counts: dict[str, int], others: int = 0) -> HourTally:
    """Return an hour of four windows; one of them has these errors, the others so many of no kind."""
    tally = added(HourTally(hour, hour), 900, 250, errors, counts)
    for _ in range(3):
        tally = added(tally, 900, 250, others, {})
    return tally


def job(days: range, away: int = 0, errors: int = 50) -> list[HourTally]:
    """Return the hours of each day around the present one; in one of them a job of a few minutes fails."""
    hours = [(day, hour_of(NOW) - timedelta(days=day, hours=n), n) for day in range(1, 15) for n in (-1, 0, 1)]
    fails = {"f1": errors}
    return [quarters(at, errors, fails) if day in days and n == away else known(at) for day, at, n in hours]


@pytest.mark.parametrize("away", [-1, 0, 1])  # the hour changes with summer time
def test_a_job_that_fails_each_night_is_no_spike_unless_it_is_much_worse(away: int) -> None:
    baseline = baseline_of(NOW, job(range(1, 15), away))

    for usual in (baseline.errors(0.25), baseline.kind("f1", 0.25)):
        assert usual == Usual(0, 0, burst=12.5 + 5 * (50 - 12.5), busiest=50)
        assert not usual.is_exceeded_by(200)
        assert usual.is_exceeded_by(201)
    assert baseline.expects("f1")


def test_a_job_that_fails_on_this_day_of_the_week_is_no_spike_from_the_second_time_on() -> None:
    weekly = baseline_of(NOW, job(range(7, 15, 7)))

    assert weekly.errors(0.25) == Usual(0, 0, burst=200, busiest=50)
    assert weekly.expects("f1")
    first = baseline_of(NOW, [tally for tally in job(range(7, 8)) if tally.hour > NOW - timedelta(days=13)])
    assert first.errors(0.25) == Usual(0, 0, burst=12.5 + 2.5 * (50 - 12.5), busiest=50), "it may have been an incident as well"
    assert not first.expects("f1")


@pytest.mark.parametrize("day", [1, 7, 14])
def test_one_bad_day_is_not_what_is_usual(day: int) -> None:
    baseline = baseline_of(NOW, job(range(day, day + 1)))

    assert baseline.errors(0.25) == Usual(0, 0)
    assert not baseline.expects("f1")


def test_while_little_is_known_the_busiest_window_of_all_hours_but_the_worst_two_is_what_may_be() -> None:
    hours = [quarters(at, n, {}, 1) for n, at in enumerate(last_hours(NOW)[:4], 1)]

    usual = baseline_of(NOW, hours).errors(0.25)

    assert usual
    assert (usual.median, usual.burst, usual.busiest) == (1.375, 1.25 + 5 * 1.25**0.5, 2)


def test_a_window_that_is_longer_than_an_hour_counts_with_an_hours_share() -> None:
    long = added(HourTally(hour_of(NOW), NOW), 4 * 3600, 1000, 80, {"f1": 60, "f2": 8})
    hour = added(long, 900, 10, 30, {"f1": 10})

    assert (hour.busiest, hour.busiest_of) == (30, {"f1": 15})
    days = [added(HourTally(at, at), 3600, 100, 40, {}) for at in (hour_of(NOW) - timedelta(days=n) for n in range(1, 5))]
    usual = baseline_of(NOW, days).errors(4.0)
    assert usual
    assert (usual.median, usual.burst) == pytest.approx((160, 160 + 5 * 160**0.5))


def test_windows_that_were_cut_short_count_as_the_one_that_they_are_parts_of() -> None:
    whole = cut = HourTally(hour_of(NOW), NOW)
    for _ in range(3):
        whole = added(whole, 900, 250, 42, {"f1": 34, "f2": 8}, 900)
        for seconds, often, seldom in ((5, 0, 1), (120, 4, 3), (175, 8, 0), (601, 22, 4)):
            cut = added(cut, seconds - 1 / 3, 0, often + seldom, {"f1": often, "f2": seldom}, 900)

    assert (cut.busiest, cut.busiest_of, cut.part) == (42, {"f1": 34, "f2": 8}, Stretch())
    assert cut.window_h == pytest.approx(whole.window_h, rel=0.01)
    assert added(cut, 5, 0, 9, {"f1": 9}, 900).part == Stretch(5, 9, {"f1": 9})
    assert added(added(cut, 900, 0, 1, {}, 900), 600, 0, 60, {}, 900).busiest == 60, "a whole window is no part of the next one"


def test_a_nightly_job_is_no_spike_where_a_window_is_an_hour_either() -> None:
    days = [added(HourTally(at, at), 3600, 100, 50, {"f1": 50}) for at in (hour_of(NOW) - timedelta(days=n, hours=1) for n in range(1, 15))]
    others = [known(hour_of(NOW) - timedelta(days=n, hours=away)) for n in range(1, 15) for away in (-1, 0)]

    usual = baseline_of(NOW, [*days, *others]).kind("f1", 1.0)

    assert usual
    assert not usual.is_exceeded_by(70)
    assert usual.is_exceeded_by(90)


def test_errors_that_grow_from_hour_to_hour_are_no_burst() -> None:
    steep = [
        quarters(hour_of(NOW) - timedelta(days=day, hours=away), n, {}, n) for day in range(1, 8) for away, n in ((1, 9), (0, 3), (-1, 3))
    ]

    assert baseline_of(NOW, steep).errors(0.25) == Usual(3, 0, burst=9 + 5 * 3, busiest=9)


def test_windows_of_another_length_are_held_against_what_such_a_window_holds() -> None:
    days = [quarters(hour_of(NOW) - timedelta(days=day), 50, {}, 30) for day in range(1, 5)]

    usual = baseline_of(NOW, days).errors(5 / 60)

    assert usual
    assert (usual.median, usual.burst, usual.busiest) == pytest.approx((140 / 12, 140 / 12 + 5 * 15, 0))


@pytest.mark.parametrize(("median", "busiest", "told"), [(3, 9, 9), (3, 8.9, 0), (0, 3, 3), (0, 2, 0), (0.2, 50, 50)])
def test_the_busiest_window_is_told_where_the_median_alone_would_mislead(median: float, busiest: float, told: int) -> None:
    assert Usual(median, 1, busiest=busiest).up_to == told


@pytest.mark.parametrize(("count", "goes_on"), [(61, True), (60, False)])
def test_a_spike_goes_on_until_it_is_half_of_one(count: int, goes_on: bool) -> None:
    assert Usual(30, 10).is_still_exceeded_by(count) is goes_on


def seen(*hours_ago: int) -> list[datetime]:
    return [hour_of(NOW) - n * HOUR for n in hours_ago]


@pytest.mark.parametrize(
    ("hours", "is_so"),
    [
        (seen(5, 11, 14, 20), True),
        (seen(5, 11, 12, 20), False),  # away like that twice only
        (seen(9, 13, 17, 21), False),  # never for so long
        (seen(1, 2, 3, 4, 5, 6), False),  # it went on, and stopped
        (seen(72, 144, 216, 288), True),
        (seen(0, 3, 6, 9), True),
        ([], False),
    ],
)
def test_what_was_away_so_long_three_times_before_comes_and_goes(hours: list[datetime], is_so: bool) -> None:
    assert comes_and_goes(hours, NOW) is is_so


def test_every_hour_that_may_be_known_is_asked_for_once() -> None:
    assert len(set(known_hours(NOW))) == 24 * 14
    assert max(known_hours(NOW)) == hour_of(NOW)
