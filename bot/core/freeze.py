"""Freeze windows: the times of the week when nothing is started, each in its own time zone."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_POINT = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01]\d|2[0-3]):([0-5]\d)"
_FORM = re.compile(rf"{_POINT} - {_POINT} (\S+)")
_WEEK = 7 * 24 * 60


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
    try:
        return Freeze(text, begins, ends, ZoneInfo(zone))
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"there is no time zone {zone!r}") from error


def frozen_until(freezes: tuple[str, ...], at: datetime) -> tuple[Freeze, datetime] | None:
    """Return the freeze that holds longest at `at` and when it ends; None when none holds."""
    holding = [(freeze, until) for freeze in map(parse_freeze, freezes) if (until := freeze.until(at))]
    return max(holding, key=lambda pair: pair[1], default=None)
