from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.freeze import frozen_since, frozen_until, parse_freeze, parse_thaw

BERLIN = ZoneInfo("Europe/Berlin")
WEEKEND = "Fri 16:00 - Mon 08:00 Europe/Berlin"
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants the bounds so


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-27T15:59", None),  # Friday
        ("2026-11-27T16:00", "2026-11-30T08:00"),
        ("2026-11-29T03:00", "2026-11-30T08:00"),
        ("2026-11-30T07:59", "2026-11-30T08:00"),
        ("2026-11-30T08:00", None),
        # The clocks go back in the night to Sunday, 2026-10-25, and forward on 2026-03-29: 08:00 is 08:00 all the same.
        ("2026-10-24T12:00", "2026-10-26T08:00"),
        ("2026-03-28T12:00", "2026-03-30T08:00"),
    ],
)
def test_a_weekend_is_frozen_by_the_clocks_of_its_zone(at: str, until: str | None) -> None:
    ends = parse_freeze(WEEKEND).until(berlin(at).astimezone(UTC))
    assert ends == (berlin(until) if until else None)


def test_a_freeze_goes_on_over_midnight() -> None:
    night = parse_freeze("Tue 22:00 - Wed 06:30 UTC")
    assert night.until(datetime(2026, 11, 25, 0, 15, tzinfo=UTC)) == datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
    assert night.until(datetime(2026, 11, 25, 6, 30, tzinfo=UTC)) is None


def test_of_several_freezes_the_one_that_holds_longest_is_told() -> None:
    held = frozen_until(("Fri 16:00 - Sat 08:00 UTC", "Fri 12:00 - Sun 20:00 UTC"), datetime(2026, 11, 27, 17, 0, tzinfo=UTC))
    assert held is not None
    assert held[1] == datetime(2026, 11, 29, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "Friday", "Fri 16:00 - Mon 24:00 UTC", "Fri 16:00 - Fri 16:00 UTC", "Fri 16:00 - Mon 08:00 Europe/Berlyn"]
)
def test_anything_else_is_no_freeze(text: str) -> None:
    with pytest.raises(ValueError, match=r"freeze|time zone|begins when"):
        parse_freeze(text)


@given(moments)
def test_what_is_frozen_thaws_when_it_says_and_was_not_frozen_all_week(at: datetime) -> None:
    freeze = parse_freeze(WEEKEND)
    until = freeze.until(at)
    if until:
        assert at < until <= at + timedelta(days=3)
        assert freeze.until(until) is None
        assert freeze.until(until - timedelta(minutes=1)) == until


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants its bounds without a zone
def test_a_freeze_that_holds_began_before_now_and_held_from_then_on(at: datetime) -> None:
    freeze = parse_freeze("Fri 16:00 - Mon 08:00 Europe/Berlin")
    if freeze.until(at) is None:
        return
    began = freeze.since(at)
    assert (began.weekday(), began.hour, began.minute) == (4, 16, 0)
    assert timedelta(0) <= at - began < timedelta(days=3)
    assert freeze.until(began) is not None
    assert freeze.until(began - timedelta(minutes=1)) is None


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-27T23:59", "2026-11-28T00:00"),  # until the exception begins
        ("2026-11-28T00:00", None),
        ("2026-11-28T23:59", None),
        ("2026-11-29T00:00", "2026-11-29T09:00"),
        ("2026-11-29T09:00", None),
        ("2026-11-29T10:30", "2026-11-30T08:00"),
        ("2026-12-05T12:00", "2026-12-07T08:00"),  # another week
    ],
)
def test_an_exception_opens_a_freeze_once(at: str, until: str | None) -> None:
    freezes = (WEEKEND, "except 2026-11-28 Europe/Berlin", "except 2026-11-29 09:00 - 2026-11-29 10:30 Europe/Berlin")
    found = frozen_until(freezes, berlin(at).astimezone(UTC))
    assert (found and found[1]) == (berlin(until) if until else None)


def test_after_an_exception_it_is_frozen_since_that_ended() -> None:
    freezes = (WEEKEND, "except 2026-11-28 Europe/Berlin")
    assert frozen_since(freezes, parse_freeze(WEEKEND), berlin("2026-11-29T10:00")) == berlin("2026-11-29T00:00")
    assert frozen_since(freezes, parse_freeze(WEEKEND), berlin("2026-11-27T20:00")) == berlin("2026-11-27T16:00")


def test_an_excepted_day_is_as_long_as_the_clocks_of_its_zone_make_it() -> None:
    day = parse_thaw("except 2026-10-25 Europe/Berlin")
    assert day.ends.astimezone(UTC) - day.begins.astimezone(UTC) == timedelta(hours=25)


@given(moments)
def test_an_exception_never_freezes(at: datetime) -> None:
    without, with_exception = frozen_until((WEEKEND,), at), frozen_until((WEEKEND, "except 2026-11-28 Europe/Berlin"), at)
    assert with_exception is None or (without is not None and without[1] >= with_exception[1])


@pytest.mark.parametrize(
    "text",
    [
        "except",
        "except 2026-11-28",
        "except 2026-02-30 UTC",
        "except 2026-11-28 29:00 - 2026-11-28 18:00 UTC",
        "except 2026-11-28 18:00 - 2026-11-28 09:00 UTC",
        "except 2026-11-28 Europe/Nowhere",
    ],
)
def test_what_is_no_exception_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_thaw(text)
