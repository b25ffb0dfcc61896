"""Durations as people write and read them: `15m`, `1h30m`; "2 min 5 s", "3 h ago"."""

import re
from datetime import timedelta

_FORM = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `15m`, `1h30m`, `2d`.

    Raises:
        ValueError: it is none of these, or no time at all.
    """
    found = _FORM.fullmatch(text.strip().lower())
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (0, 0, 0, 0)
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError(f"{text!r} is longer than any time that can be told") from None
    if not length:
        raise ValueError(f"{text!r} is not a duration; expected something like 90s, 15m, 1h30m or 2d")
    return length


def say_duration(length: timedelta) -> str:
    """Say a length of time in at most two units: "42 s", "2 min 5 s", "1 h 4 min", "3 d 2 h"."""
    total = max(0, round(length.total_seconds()))
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    for i, (size, name) in enumerate(units):
        if total >= size:
            rest = total % size // units[i + 1][0] if i + 1 < len(units) else 0
            return f"{total // size} {name}" + (f" {rest} {units[i + 1][1]}" if rest else "")
    return "0 s"


def say_ago(length: timedelta) -> str:
    """Say how long ago something was, in one unit: "just now", "5 min ago", "3 h ago"."""
    total = max(0, round(length.total_seconds()))
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if total >= size:
            return f"{total // size} {name} ago"
    return "just now" if total < 10 else f"{total} s ago"
