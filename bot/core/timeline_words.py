"""Reads what people type behind `timeline`: `checkout since 14:00 until 15:30 by @ann`."""

import difflib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from bot.core.durations import parse_duration
from bot.core.timeline import TimelineQuery

EXPECTED_TIME = "a time such as 14:00, yesterday 14:00, 2026-11-25, 2026-11-25 14:00, or how long ago, such as 2h"

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)>")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY = timedelta(days=1)


def read_query(words: Sequence[str], now: datetime, zone: tzinfo, services: Iterable[str]) -> TimelineQuery:
    """Read a query; the times are those of `zone`.

    Raises:
        ValueError: what is wrong and what is expected, for the person.
    """
    known = list(services)
    found: dict[str, object] = {}
    queue = list(words)
    while queue:
        word = queue.pop(0)
        key = word.lower()
        if key in ("since", "until"):
            _once(found, key)
            found[key], queue = _take_time(key, queue, now, zone)
        elif key == "by":
            _once(found, "actor")
            found["actor"] = _take_person(queue)
        else:
            _once(found, "service", word)
            found["service"] = _service(word, known)
    query = TimelineQuery(**found)  # type: ignore[arg-type]  # each value was made for its field above
    if query.since and query.until and query.until <= query.since:
        raise ValueError(
            f"until {query.until.astimezone(zone):%Y-%m-%d %H:%M} is not after since {query.since.astimezone(zone):%Y-%m-%d %H:%M}."
        )
    return query


def _once(found: dict[str, object], key: str, word: str = "") -> None:
    if key in found:
        said = f"I don't know what to do with {word}" if word else f"{'by' if key == 'actor' else key} stands there twice"
        raise ValueError(f"{said}. Expected: [service] [since TIME] [until TIME] [by @person].")


def _take_person(queue: list[str]) -> str:
    person = _PERSON.fullmatch(queue.pop(0)) if queue else None
    if person is None:
        raise ValueError("Behind “by” I expect a person, chosen from Slack's list so that it is a mention: by @ann.")
    return person[1]


def _service(word: str, known: list[str]) -> str:
    if word in known:
        return word
    near = difflib.get_close_matches(word, [*known, "since", "until", "by"], n=1, cutoff=0.6)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise ValueError(f"There is no service {word}.{hint} Known: {', '.join(known) or 'none'}.")


def _take_time(key: str, queue: list[str], now: datetime, zone: tzinfo) -> tuple[datetime, list[str]]:
    """Return the time at the beginning of the queue, and what is left of the queue."""
    if not queue:
        raise ValueError(f"Behind “{key}” I expect {EXPECTED_TIME}.")
    first, rest = queue[0].lower(), queue[1:]
    here = now.astimezone(zone)
    if _CLOCK.fullmatch(first):
        at = _at(here, first)
        return (at - _DAY if at > here else at), rest  # "since 22:00", asked in the morning, was last night
    day = _day(first, here)
    if day is not None:
        if rest and _CLOCK.fullmatch(rest[0]):
            return _at(day, rest[0]), rest[1:]
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight + _DAY if key == "until" else midnight), rest
    try:
        return now - parse_duration(first.removesuffix("ago")), rest[1:] if rest and rest[0].lower() == "ago" else rest
    except (ValueError, OverflowError):
        raise ValueError(f"{key} {queue[0]}: I expect {EXPECTED_TIME}.") from None


def _day(word: str, here: datetime) -> datetime | None:
    if word in ("today", "yesterday"):
        return here - _DAY if word == "yesterday" else here
    if not _DATE.fullmatch(word):
        return None
    try:
        return datetime.strptime(word, "%Y-%m-%d").replace(tzinfo=here.tzinfo)
    except ValueError:
        raise ValueError(f"{word} is no date; expected one such as 2026-11-25.") from None


def _at(day: datetime, clock: str) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)
