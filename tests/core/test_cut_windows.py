"""Windows that were cut short: which of them count as one, in what is held against what is usual and in a trend."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.alerts import Alert, AlertState, Point
from bot.core.cut_windows import Stretch, is_telling, with_point
from bot.core.windows import Window

NOW = datetime(2024, 5, 15, 14, 30, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
PACE_S = QUARTER.total_seconds()


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def opened(errors: int) -> Alert:
    window = Window("api", NOW - QUARTER, NOW, 100, errors)
    return Alert("1", "api", "", "C1", AlertState.FIRING, NOW, window, series=(Point(NOW, errors),))


def trend(*ends_and_errors: tuple[float, int]) -> list[tuple[float, int]]:
    """Return the points of an alert that was opened with 8 errors, each with its minutes since then."""
    alert, began = opened(8), NOW
    for minutes, errors in ends_and_errors:
        window = Window("api", began, after(minutes), 100, errors)
        alert = Alert("1", "api", "", "C1", AlertState.FIRING, NOW, window, series=with_point(alert, window, QUARTER))
        began = window.ended_at
    return [((point.at - NOW) / timedelta(minutes=1), point.errors) for point in alert.series]


def test_stretches_in_a_row_are_one_while_they_are_no_longer_than_the_pace() -> None:
    first = Stretch(300, 5, {"f1": 4, "f2": 1})

    both = first.then(Stretch(600, 7, {"f1": 1, "f3": 6}), PACE_S)

    assert both == Stretch(900, 12, {"f1": 5, "f2": 1, "f3": 6})
    assert first == Stretch(300, 5, {"f1": 4, "f2": 1}), "what was read before stays as it was"


@pytest.mark.parametrize(("seconds", "together"), [(690, 990), (691, 691)])
def test_a_tick_may_be_late_by_a_tenth_of_the_pace(seconds: float, together: float) -> None:
    assert Stretch(300, 5).then(Stretch(seconds), PACE_S).seconds == together


def test_what_follows_nothing_stands_for_itself_however_long_it_is() -> None:
    long = Stretch(4 * PACE_S, 9, {"f1": 9})

    assert Stretch().then(long, PACE_S) is long
    assert Stretch(300, 5).then(long, PACE_S) is long
    assert Stretch(300, 5).then(long, 0.0) is long, "no window of such a watch was cut short"


def test_a_stretch_is_whole_when_no_more_than_a_late_tick_is_missing() -> None:
    assert Stretch(820).is_whole(PACE_S)
    assert not Stretch(816).is_whole(PACE_S)
    assert Stretch(1).is_whole(0.0)


def test_windows_that_were_cut_short_are_one_point_of_a_trend() -> None:
    assert trend((4, 1), (9, 2), (15, 4), (17, 1), (30, 9), (31, 1), (45, 3)) == [(4, 9), (17, 7), (31, 10), (45, 3)]


def test_windows_of_the_pace_are_a_point_each_though_one_came_late() -> None:
    assert trend((15, 1), (31, 2), (45, 3)) == [(0, 8), (15, 1), (31, 2), (45, 3)]


def test_a_point_of_a_trend_takes_in_looks_after_it_but_is_shorter_than_one_and_a_half_paces() -> None:
    assert trend((15, 4), (22.4, 1)) == [(0, 8), (22.4, 5)]
    assert trend((15, 4), (22.5, 1)) == [(0, 8), (15, 4), (22.5, 1)]


@pytest.mark.parametrize(("minutes", "tells"), [(7.5, True), (7.4, False)])
def test_half_a_pace_tells_that_something_is_gone(minutes: float, tells: bool) -> None:
    assert is_telling(timedelta(minutes=minutes), QUARTER) is tells
