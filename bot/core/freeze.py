"""Freeze windows: the times of the week when nothing is started, each in its own time zone, and the days that are excepted."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_POINT = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):([0-5]\d)"
_FORM = re.compile(rf"{_POINT} - {_POINT} (\S+)")
_WEEK = 7 * 24 * 60
_DATE, _TIME = r"\d{4}-\d\d-\d\d", r"[0-2]\d:[0-5]\d"
_EXCEPTION = re.compile(rf"except ({_DATE})(?: ({_TIME}) - ({_DATE}) ({_TIME}))? (\S+)")


@dataclass(frozen=True, slots=True)
class Freeze:
    """A span of each week, in minutes from Monday 00:00 by the clocks of its zone. One that ends before it begins spans the weekend."""

    text: str  # as it was configured
    begins: int
    ends: int
    zone: ZoneInfo

    def until(self, at: datetime) -> datetime | None:
        """Return when the freeze that holds at `at` ends, None when none does. It begins with its first minute and ends before its last."""
        local = at.astimezone(self.zone)
        minute = local.weekday() * 24 * 60 + local.hour * 60 + local.minute
        if (minute - self.begins) % _WEEK >= (self.ends - self.begins) % _WEEK:
            return None
        # By the wall clock of the zone: a week in which the clocks change is longer or shorter, and 08:00 is 08:00.
        days, minutes = divmod((self.ends - minute) % _WEEK + local.hour * 60 + local.minute, 24 * 60)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + timedelta(days=days)).replace(hour=minutes // 60, minute=minutes % 60)

    def since(self, at: datetime) -> datetime:
        """Return when the freeze that holds at `at` began, by the wall clock of its zone."""
        local = at.astimezone(self.zone)
        of_day = local.hour * 60 + local.minute
        minute = local.weekday() * 24 * 60 + of_day
        days, minutes = divmod(of_day - (minute - self.begins) % _WEEK, 24 * 60)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + timedelta(days=days)).replace(hour=minutes // 60, minute=minutes % 60)


def parse_freeze(text: str) -> Freeze:
    """Read `Fri 16:00 - Mon 08:00 Europe/Berlin`.

    Raises:
        ValueError: it has another form, no length, or no such time zone.
    """
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no freeze; expected something like Fri 16:00 - Mon 08:00 Europe/Berlin")
    day, hour, minute, last_day, last_hour, last_minute, zone = found.groups()
    begins = _DAYS.index(day) * 24 * 60 + int(hour) * 60 + int(minute)
    ends = _DAYS.index(last_day) * 24 * 60 + int(last_hour) * 60 + int(last_minute)
    if begins == ends:
        raise ValueError(f"{text!r} begins when it ends")
    return Freeze(text, begins, ends, _zone(zone))


@dataclass(frozen=True, slots=True)
class Thaw:
    """A time, once, in which no freeze holds."""

    begins: datetime
    ends: datetime


def parse_thaw(text: str) -> Thaw:
    """Read `except 2026-11-28 Europe/Berlin`, or `except 2026-11-28 09:00 - 2026-11-28 18:00 Europe/Berlin`.

    Raises:
        ValueError: it has another form, there is no such day or time, it ends before it begins, or there is no such time zone.
    """
    found = _EXCEPTION.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no exception; expected something like except 2026-11-28 Europe/Berlin")
    day, time, last_day, last_time, zone_name = found.groups()
    zone = _zone(zone_name)
    if time is None:
        begins = datetime.fromisoformat(day).replace(tzinfo=zone)
        return Thaw(begins, begins + timedelta(days=1))  # by the wall clock
    begins, ends = (datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=zone) for date, clock in ((day, time), (last_day, last_time)))
    if ends <= begins:
        raise ValueError(f"{text!r} ends before it begins")
    return Thaw(begins, ends)


def check_text(text: str) -> None:
    """Ask that a text is a freeze, or an exception of freezes.

    Raises:
        ValueError: it is neither.
    """
    if is_thaw(text):
        parse_thaw(text)
    else:
        parse_freeze(text)


def is_thaw(text: str) -> bool:
    return text.startswith("except ")


def frozen_until(freezes: tuple[str, ...], at: datetime) -> tuple[Freeze, datetime] | None:
    """Return the freeze that holds longest at `at` and when it ends, be it by an exception; None when none holds.

    Args:
        freezes: as they were configured, exceptions among them.
    """
    thaws = [parse_thaw(text) for text in freezes if is_thaw(text)]
    if any(thaw.begins <= at < thaw.ends for thaw in thaws):
        return None
    weekly = [parse_freeze(text) for text in freezes if not is_thaw(text)]
    holding = [(freeze, until) for freeze in weekly if (until := freeze.until(at))]
    longest = max(holding, key=lambda pair: pair[1], default=None)
    if longest is None:
        return None
    freeze, until = longest
    return freeze, min([until, *(thaw.begins for thaw in thaws if at < thaw.begins)]).astimezone(freeze.zone)


def thawed_at(freezes: tuple[str, ...], at: datetime) -> datetime | None:
    """Return until when the exception lasts that holds at `at`; None when none does."""
    ends = [thaw.ends for thaw in map(parse_thaw, filter(is_thaw, freezes)) if thaw.begins <= at < thaw.ends]
    return max(ends, default=None)


def frozen_since(freezes: tuple[str, ...], freeze: Freeze, at: datetime) -> datetime:
    """Return since when the freeze that holds at `at` holds: since it began, or since the last exception of it ended."""
    over = [thaw.ends for thaw in map(parse_thaw, filter(is_thaw, freezes)) if thaw.ends <= at]
    return max([freeze.since(at), *over]).astimezone(freeze.zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
