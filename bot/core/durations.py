"""Durations as people write and read them: `15m`, `1h30m`, "1 hour"; "2 min 5 s", "3 h ago"."""

import re
from datetime import datetime, timedelta, tzinfo

_FORM = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")

_LONG_UNIT = r"(?:w(?:ee)?ks?|days?|h(?:ou)?rs?|min(?:ute)?s?|sec(?:ond)?s?)"
UNIT = rf"(?:{_LONG_UNIT}|[wdhms])"
_PART = rf"(?:\d+(?:[.,]\d\d?)? ?{UNIT}|(?:half an?|an?|one) {_LONG_UNIT})(?![a-z])"
_TYPED = re.compile(
    rf"(?<![\w.,:/-])(?:for ?)?({_PART}(?:[ ,]*(?:and )?{_PART})*(?:(?<=[hr])\d\d?(?!\w))?)", re.IGNORECASE
)  # "1h30" is 1h30m
_COUNTED = re.compile(rf"(?:(\d+(?:[.,]\d\d?)?) ?({UNIT})|(half an?|an?|one) ({_LONG_UNIT}))(?![a-z])|(\d+)\Z")
_UNTIL = re.compile(
    r"(?<!\w)(?:un)?till? ?(?:(today|tomorrow) ?(?:at )?)?((?:[01]?\d|2[0-3])(?:[:.][0-5]\d)?) ?([ap]m)?(?![\w:])", re.IGNORECASE
)
_CLOCK = re.compile(r"(tomorrow )?(\d+):(\d+)")
_SIZES_S = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


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


def take_duration(text: str) -> tuple[timedelta | None, str]:
    """Read the first length in a text, as people type it: `1 hour`, `30min`, `1h 30m`, `1,5 h`, `half an hour`, with or without "for".

    Returns:
        It, None where there is none, and the text without it.
    """
    found = _TYPED.search(text)
    counted = _COUNTED.findall(found[1].lower()) if found else []
    parts = [(digits or said or last, (unit or long or "m")[0]) for digits, unit, said, long, last in counted]
    try:
        seconds = sum(_amount(count) * _SIZES_S[unit] for count, unit in parts)
        length = timedelta(seconds=round(seconds))
    except OverflowError:
        return None, text
    if found is None or not length or len({unit for _, unit in parts}) < len(parts):
        return None, text
    return length, " ".join((text[: found.start()] + " " + text[found.end() :]).split())


def take_until(text: str) -> tuple[str, str]:
    """Read the first `until 9:00`, `till 5pm` or `until tomorrow 9` in a text.

    Returns:
        The time of day, as `until_clock` reads it, "" where there is none, and the text without it.
    """
    found = _UNTIL.search(text)
    if found is None:
        return "", text
    hour, _, minute = found[2].replace(".", ":").partition(":")
    half = (found[3] or "").lower()
    if half and not 1 <= int(hour) <= 12:
        return "", text
    of_day = int(hour) % 12 + 12 * (half == "pm") if half else int(hour)
    day = "tomorrow " if (found[1] or "").lower() == "tomorrow" else ""
    return f"{day}{of_day}:{minute or '00'}", " ".join((text[: found.start()] + " " + text[found.end() :]).split())


def until_clock(clock: str, now: datetime, zone: tzinfo) -> datetime:
    """Return when it is `9:00` next in a zone, or `tomorrow 9:00`.

    Raises:
        ValueError: it is no time of day.
    """
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(f"{clock!r} is no time of day")
    here = now.astimezone(zone)
    at = here.replace(hour=int(found[2]), minute=int(found[3]), second=0, microsecond=0)
    return at + timedelta(days=1) if found[1] or at <= here else at


def write_duration(length: timedelta) -> str:
    """Write a length as `parse_duration` reads it: `1h30m`."""
    rest, written = round(length.total_seconds()), ""
    for unit in "dhms":
        count, rest = divmod(rest, _SIZES_S[unit])
        written += f"{count}{unit}" if count else ""
    return written


def _amount(count: str) -> float:
    if count.startswith("half"):
        return 0.5
    return 1 if count in ("a", "an", "one") else float(count.replace(",", "."))


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
