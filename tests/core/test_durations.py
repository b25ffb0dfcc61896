from datetime import timedelta

import pytest

from bot.core.durations import parse_duration, say_ago, say_duration


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
