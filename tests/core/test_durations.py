from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.durations import parse_duration, say_ago, say_duration, take_duration, take_until, until_clock, write_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2d", 172800), (" 15M ", 900), ("1d2h3m4s", 93784)]
)
def test_durations_are_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "0m", "15", "m", "-5m", "15 min", "1.5h", "5m5m"])
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected something like"):
        parse_duration(text)


def test_what_no_clock_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than any time"):
        parse_duration("99999999999d")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (42, "42 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (180000, "2 d 2 h"),
        (-5, "0 s"),
    ],
)
def test_durations_are_said_in_two_units(seconds: float, said: str) -> None:
    assert say_duration(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(3, "just now"), (42, "42 s ago"), (300, "5 min ago"), (7300, "2 h ago"), (200000, "2 d ago")]
)
def test_ages_are_said_in_one_unit(seconds: float, said: str) -> None:
    assert say_ago(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("text", "length", "rest"),
    [
        ("1 hour", "1h", ""),
        ("30min", "30m", ""),
        ("1h 30m", "1h30m", ""),
        ("1h30", "1h30m", ""),
        ("1 hour and 30 minutes", "1h30m", ""),
        ("1,5 h", "1h30m", ""),
        ("half an hour", "30m", ""),
        ("an hour and a minute", "1h1m", ""),
        ("quiet for 2 Weeks please", "14d", "quiet please"),
        ("12 4h", "4h", "12"),
        ("4h 12", "4h", "12"),
        ("disk and db", "", "disk and db"),
        ("5m5m", "", "5m5m"),
        ("1/2 h", "", "1/2 h"),
        ("1,000 min", "", "1,000 min"),
        ("v1.2h", "", "v1.2h"),
        ("0 min", "", "0 min"),
        ("99999999999d", "", "99999999999d"),
        ("9" * 400 + "d", "", "9" * 400 + "d"),
    ],
)
def test_a_length_is_found_as_people_type_it(text: str, length: str, rest: str) -> None:
    found, left = take_duration(text)

    assert (found and write_duration(found), left) == (length or None, rest)


@pytest.mark.parametrize(
    ("text", "clock", "rest"),
    [
        ("until 9:00", "9:00", ""),
        ("till 9 pls", "9:00", "pls"),
        ("UNTIL 9.30", "9:30", ""),
        ("untill 5pm", "17:00", ""),
        ("until 12 am", "0:00", ""),
        ("until tomorrow at 9", "tomorrow 9:00", ""),
        ("until tomorrow", "", "until tomorrow"),
        ("until 25:00", "", "until 25:00"),
        ("until 13pm", "", "until 13pm"),
        ("until 9:00:00", "", "until 9:00:00"),
    ],
)
def test_a_time_of_day_is_found_as_people_type_it(text: str, clock: str, rest: str) -> None:
    assert take_until(text) == (clock, rest)


def test_a_time_of_day_is_the_next_one_in_the_zone_also_where_the_clocks_change() -> None:
    berlin, now = ZoneInfo("Europe/Berlin"), datetime(2026, 3, 28, 7, 30, tzinfo=UTC)

    assert until_clock("9:00", now, berlin) == datetime(2026, 3, 28, 8, 0, tzinfo=UTC)
    assert until_clock("8:00", now, berlin) == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
    assert until_clock("tomorrow 9:00", now, berlin) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="no time of day"):
        until_clock("soon", now, berlin)
