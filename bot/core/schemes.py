"""How a service writes its versions: semantic or by the calendar, behind a prefix of its own, and which of a repository's tags are its.

Source: https://calver.org for the parts of a calendar version. The last part counts the releases of one period, from 0.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from bot.core.markup import Mrkdwn, code, md, shorten
from bot.core.names import is_ref
from bot.core.versions import Bump, Version, next_version, parse_version, pre_precedence

SEMVER = "semver"
CALVER = "calver:"
COUNTERS = ("PATCH", "MICRO")
# What each part is written as; a leading 0 means two digits always.
_PARTS = {
    "YYYY": r"[1-9]\d{3}",
    "YY": r"0|[1-9]\d{0,2}",
    "0Y": r"\d{2,3}",
    "MM": r"[1-9]|1[0-2]",
    "0M": r"0[1-9]|1[0-2]",
    "WW": r"[1-9]|[1-4]\d|5[0-3]",
    "0W": r"0[1-9]|[1-4]\d|5[0-3]",
    "DD": r"[1-9]|[12]\d|3[01]",
    "0D": r"0[1-9]|[12]\d|3[01]",
    **dict.fromkeys(COUNTERS, r"0|[1-9]\d{0,8}"),
}
_PRE = r"(?:-(?P<pre>(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
_COUNTED_PRE = re.compile(r"(?P<word>.*?)\.?(?P<number>\d+)")
FIRST_PRE = "rc.1"


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """A version by the calendar: the numbers of its parts, in the order of the format."""

    numbers: tuple[int, ...]
    parts: tuple[str, ...]
    pre: str = ""
    prefix: str = ""

    def __str__(self) -> str:
        shown = ".".join(
            f"{number:02}" if part.startswith("0") else str(number) for number, part in zip(self.numbers, self.parts, strict=True)
        )
        return f"{self.prefix}{shown}" + (f"-{self.pre}" if self.pre else "")

    @property
    def precedence(self) -> tuple[object, ...]:
        """A sort key, as that of a semantic version."""
        return (*self.numbers, not self.pre, pre_precedence(self.pre))

    @property
    def core(self) -> tuple[int, ...]:
        """The numbers alone: a version and its pre-releases share them."""
        return self.numbers


AnyVersion: TypeAlias = Version | CalendarVersion


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The version that comes next, and why, in a few words for people. `bump` is None by the calendar, which looks at no commit."""

    version: AnyVersion
    bump: Bump | None
    why: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """How versions are written. `parts` are those of the calendar, none for semantic ones; `prefix` "" takes tags with and without a `v`."""

    parts: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def shown(self) -> str:
        """What is expected, for a sentence."""
        if self.parts:
            return f"{'.'.join(self.parts)}, such as {CalendarVersion((*_of_day(self.parts, date(2026, 11, 2)), 1), self.parts)}"
        return "MAJOR.MINOR.PATCH, such as 1.5.0"

    @property
    def kind(self) -> str:
        return "calendar version" if self.parts else "semantic version"

    def read(self, tag: str) -> AnyVersion | None:
        """Read a tag; None when it is no version of this scheme, or another service's."""
        if not tag.startswith(self.prefix):
            return None
        rest = tag.removeprefix(self.prefix)
        if self.prefix and rest[:1] == "v":
            return None
        found = self._calendar(rest) if self.parts else parse_version(rest)
        return self._prefixed(found, self.prefix) if found and self.prefix else found

    def read_typed(self, text: str) -> AnyVersion | None:
        """Read what a person typed: the prefix may be left out."""
        typed = text.strip()
        return self.read(typed) or (self.read(self.prefix + typed.removeprefix("v")) if self.prefix else None)

    def latest(self, tags: Iterable[str]) -> AnyVersion | None:
        """Return the highest version among `tags`, pre-releases left out unless there is nothing else; None when no tag is a version."""
        versions = [v for v in map(self.read, tags) if v]
        return max([v for v in versions if not v.pre] or versions, key=lambda v: v.precedence, default=None)

    def suggest(self, last: AnyVersion | None, messages: list[str], today: date) -> Suggestion:
        """Propose the version after `last`: from the commit messages since, or from the calendar."""
        if not self.parts:
            return Suggestion(*next_version(last if isinstance(last, Version) else None, messages, self.prefix or "v"))
        day = _of_day(self.parts, today)
        if last is None:
            return Suggestion(CalendarVersion((*day, 0), self.parts, "", self.prefix), None, "the first version")
        *before, count = last.core
        if day > tuple(before):
            return Suggestion(CalendarVersion((*day, 0), self.parts, "", last.prefix), None, "the first one of this period")
        following = count if last.pre else count + 1
        return Suggestion(CalendarVersion((*before, following), self.parts, "", last.prefix), None, "one more in the same period")

    def next_pre(self, version: AnyVersion, tags: Iterable[str]) -> str:
        """Return the pre-release of `version` that comes next: `rc.1`, or one more than the highest among `tags`."""
        known = [v for v in map(self.read, tags) if v and v.core == version.core and v.pre]
        highest = max(known, key=lambda v: v.precedence, default=None)
        counted = _COUNTED_PRE.fullmatch(highest.pre) if highest else None
        if highest is None:
            return f"{version}-{FIRST_PRE}"
        pre = f"{highest.pre[: counted.start('number')]}{int(counted['number']) + 1}" if counted else f"{highest.pre}.1"
        return f"{version}-{pre}"

    def check(self, text: str, tags: Sequence[str], today: date) -> AnyVersion | Mrkdwn:
        """Return the version to release, written as the service's tags are, or why it can't be."""
        typed = text.strip()
        version = self.read_typed(typed)
        if version is None or not is_ref(str(version)):
            return md("{} is not a {}. Expected {}.", code(shorten(typed, 60)), self.kind, self.shown)
        last = self.latest(tags)
        version = self._prefixed(version, self.prefix or (last.prefix if last else version.prefix))
        if str(version) in tags:
            return md("The tag {} exists already.", code(str(version)))
        same = [v for v in map(self.read, tags) if v and v.core == version.core]
        above = max([*same, *([last] if last else [])], key=lambda v: v.precedence, default=None)
        if above and version.precedence <= above.precedence:
            return md("{} is not above the last version, {}.", code(str(version)), code(str(above)))
        tomorrow = _of_day(self.parts, today + timedelta(days=1)) if self.parts else ()
        if self.parts and version.core[:-1] > tomorrow:  # a slip of the finger would stand above every later version
            return md("{} lies in the future.", code(str(version)))
        return version

    def _calendar(self, text: str) -> CalendarVersion | None:
        pattern = r"(?P<prefix>v?)" + r"\.".join(f"({_PARTS[part]})" for part in self.parts) + _PRE
        found = re.fullmatch(pattern, text.strip())
        if not found:
            return None
        numbers = tuple(int(found[group]) for group in range(2, 2 + len(self.parts)))
        return CalendarVersion(numbers, self.parts, found["pre"] or "", found["prefix"])

    def _prefixed(self, version: AnyVersion, prefix: str) -> AnyVersion:
        if isinstance(version, Version):
            return Version(version.major, version.minor, version.patch, version.pre, prefix)
        return CalendarVersion(version.numbers, version.parts, version.pre, prefix)


def parse_scheme(text: str, prefix: str = "") -> Scheme:
    """Read the setting `versions`: `semver`, or `calver:` and a format such as `YYYY.MM.PATCH`.

    Raises:
        ValueError: it is neither, or a prefix makes no tag.
    """
    if prefix and not is_ref(f"{prefix}1.0.0"):
        raise ValueError(f"{prefix} can't begin a tag")
    if text == SEMVER:
        return Scheme((), prefix)
    parts = tuple(text.removeprefix(CALVER).split("."))
    is_known = text.startswith(CALVER) and len(parts) > 1 and len(set(parts)) == len(parts) and all(part in _PARTS for part in parts)
    if not is_known or "Y" not in parts[0] or parts[-1] not in COUNTERS or any(part in COUNTERS for part in parts[:-1]):
        raise ValueError(f"{text} is no scheme of versions")
    return Scheme(parts, prefix)


def _of_day(parts: tuple[str, ...], day: date) -> tuple[int, ...]:
    """Return the numbers of a day, but for the counter. Weeks are those of ISO 8601, and then the year is, too."""
    iso = day.isocalendar()
    by_week = any(part in ("WW", "0W") for part in parts)
    year = iso.year if by_week else day.year
    numbers = {"YYYY": year, "YY": year - 2000, "0Y": year - 2000, "MM": day.month, "0M": day.month, "DD": day.day, "0D": day.day}
    numbers |= {"WW": iso.week, "0W": iso.week}
    return tuple(numbers[part] for part in parts if part not in COUNTERS)
