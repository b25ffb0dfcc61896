"""Time stamps: when a log line was written, as far as it says so itself and that can be read without doubt.

A stamp with its zone says when. One without may be in UTC or in the zone of this machine, on which most logs are written: it counts where only one of
both lies within the window in which the line was read. In doubt there is none.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

LOOKED_AT = 2048  # characters of a line of fields
EARLY = timedelta(hours=24)  # before its window: a line that was read late
EARLY_WITHOUT_ZONE = timedelta(minutes=2)
LATE = timedelta(seconds=30)  # after its window: another host's clock
LONGEST_WITHOUT_ZONE = timedelta(hours=1)  # a longer window may hold the same time of day in two zones
NO_YEAR = 2000  # stands for it; a leap year

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_CLOCK = r"(?P<hour>[0-2][0-9]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]{1,9}))?"
_ZONE = r"(?:\ ?(?P<zone>Z\b|UTC\b|GMT\b|[+-][0-2][0-9]:?[0-5][0-9]\b))?"
_FORMS = tuple(
    re.compile(form, re.VERBOSE)
    for form in (
        rf"(?<![0-9])(?P<year>20[0-9]{{2}})(?P<between>[-/.])(?P<month>[01][0-9])(?P=between)(?P<day>[0-3][0-9])[T\ _,-]{{1,3}}{_CLOCK}{_ZONE}",
        rf"(?<![0-9])(?P<day>[0-3]?[0-9])(?P<between>[-/])(?P<name>[A-Z][a-z]{{2}})(?P=between)(?P<year>20[0-9]{{2}})[:\ ]{_CLOCK}{_ZONE}",
        rf"\b(?P<name>[A-Z][a-z]{{2}})\ {{1,2}}(?P<day>[0-3]?[0-9])\ (?:(?P<year>20[0-9]{{2}})\ )?{_CLOCK}{_ZONE}(?:\ (?P<year_last>20[0-9]{{2}})\b)?",
        rf"\b[IWEF](?P<month>[01][0-9])(?P<day>[0-3][0-9])\ {_CLOCK}",  # klog
    )
)
_FIELD = re.compile(
    r"""(?<![\w.-])["']?(?:@?timestamp|time|ts|asctime|datetime|eventTime)["']?\ ?[:=]\ ?(?P<value>"[^"]{10,40}"|[0-9][\w.:+-]{9,40})"""
)
_EPOCH = re.compile(r"(?P<whole>1[0-9]{9})(?P<finer>(?:[0-9]{3}){0,3})(?P<rest>\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time as a line says it: aware where it names its zone, else of no zone; without a year it stands in `NO_YEAR`."""

    at: datetime
    has_year: bool = True

    @property
    def form(self) -> str:
        """What it says and leaves open: stamps of one form can be compared."""
        return f"{'zone' if self.at.tzinfo else 'no zone'}, {'year' if self.has_year else 'no year'}"


def stamp_of(line: str) -> Stamp | None:
    """Read when a line was written from its header, or from its fields when it is JSON or logfmt; None when it does not say."""
    from bot.core.fingerprints import message_of, without_colours  # builds its patterns at the first use

    line = without_colours(line)
    header = line[: len(line.rstrip()) - len(message_of(line))]
    found = _in_text(header) if header else None
    if found:
        return found
    field = _FIELD.search(line[:LOOKED_AT])
    if field is None:
        return None
    value = field["value"].strip('"')
    return _of_epoch(value) or _in_text(value)


def placed(stamp: Stamp, since: datetime, until: datetime, zone: tzinfo | None = None) -> datetime | None:
    """Say when a line was written that was read in a window, in UTC; None when that is in doubt.

    Args:
        zone: in which a stamp without one may be; None takes the machine's.
    """
    has_zone = stamp.at.tzinfo is not None
    if not has_zone and until - since > LONGEST_WITHOUT_ZONE:
        return None
    earliest, latest = since - (EARLY if has_zone else EARLY_WITHOUT_ZONE), until + LATE
    found = {at for at in _readings(stamp, until, zone) if earliest <= at <= latest}
    return min(found.pop(), until) if len(found) == 1 else None


def _readings(stamp: Stamp, until: datetime, zone: tzinfo | None) -> Iterator[datetime]:
    for year in (stamp.at.year,) if stamp.has_year else (until.year - 1, until.year, until.year + 1):
        with suppress(ValueError, OverflowError, OSError):  # the 29th of February
            at = stamp.at.replace(year=year)
            if at.tzinfo:
                yield at.astimezone(UTC)
                continue
            yield at.replace(tzinfo=UTC)
            for fold in (0, 1):  # an hour of autumn comes twice
                there = at.replace(fold=fold)
                yield (there.replace(tzinfo=zone) if zone else there.astimezone()).astimezone(UTC)


def _in_text(text: str) -> Stamp | None:
    for form in _FORMS:
        found = form.search(text)
        if found:
            with suppress(ValueError):
                return _of_parts(found.groupdict())
    return None


def _of_parts(parts: dict[str, str | None]) -> Stamp:
    name = parts.get("name")
    month = _MONTHS.index(name) + 1 if name else int(parts["month"] or 0)
    year = parts.get("year") or parts.get("year_last")
    micro = int((parts["fraction"] or "0").ljust(6, "0")[:6])
    zone = _zone(parts.get("zone") or "")
    at = datetime(
        int(year or NO_YEAR),
        month,
        int(parts["day"] or 0),
        int(parts["hour"] or 0),
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        micro,
        zone,
    )
    return Stamp(at, bool(year))


def _zone(text: str) -> tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    away = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-away if text[0] == "-" else away)


def _of_epoch(value: str) -> Stamp | None:
    found = _EPOCH.fullmatch(value)
    if found is None:
        return None
    seconds = float(f"{found['whole']}.{found['finer']}") if found["finer"] else float(found["whole"] + (found["rest"] or ""))
    return Stamp(datetime.fromtimestamp(seconds, UTC))
