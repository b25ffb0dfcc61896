"""Semantic versions: what is one, which is higher, and which comes next. How a service writes its versions is in `core.schemes`.

Source: https://semver.org (2.0.0) for form and precedence; https://www.conventionalcommits.org (1.0.0) for the bump.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_SEMVER = re.compile(
    r"(?P<prefix>v?)(?P<major>0|[1-9]\d{0,8})\.(?P<minor>0|[1-9]\d{0,8})\.(?P<patch>0|[1-9]\d{0,8})"
    r"(?:-(?P<pre>(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+(?P<build>[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)
_CONVENTIONAL = re.compile(r"(?P<type>[a-zA-Z]+)(?:\([^()]*\))?(?P<breaking>!)?:\s")
_MERGE = re.compile(r"Merge pull request #(?P<number>\d+) from ")
_BREAKING_FOOTER = re.compile(r"^BREAKING[ -]CHANGE:\s", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Version:
    """A semantic version with the prefix that it was written with (`v`, none, or a service's own such as `checkout-v`)."""

    major: int
    minor: int
    patch: int
    pre: str = ""
    prefix: str = "v"

    def __str__(self) -> str:
        return f"{self.prefix}{self.major}.{self.minor}.{self.patch}" + (f"-{self.pre}" if self.pre else "")

    @property
    def precedence(self) -> tuple[object, ...]:
        """A sort key: a pre-release comes before its release; numbers compare as numbers and before words."""
        return (self.major, self.minor, self.patch, not self.pre, pre_precedence(self.pre))

    @property
    def core(self) -> tuple[int, ...]:
        """The numbers alone: a version and its pre-releases share them."""
        return (self.major, self.minor, self.patch)


def pre_precedence(pre: str) -> tuple[object, ...]:
    """Return the sort key of what stands behind the hyphen of a pre-release."""
    return tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre.split(".")) if pre else ()


def parse_version(text: str) -> Version | None:
    """Read a semantic version, with or without a leading `v`; None when `text` is not one. Build metadata is refused: a tag has none."""
    found = _SEMVER.fullmatch(text.strip())
    if not found or found["build"]:
        return None
    return Version(int(found["major"]), int(found["minor"]), int(found["patch"]), found["pre"] or "", found["prefix"])


class Bump(StrEnum):
    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


def next_version(last: Version | None, messages: list[str], prefix: str = "v") -> tuple[Version, Bump, str]:
    """Return the version after `last`, what it bumps, and why, from the commit messages since.

    A breaking change asks for a major version (a minor one below 1.0.0, where anything may change), a `feat` for a minor one, all else for a patch.
    """
    if last is None:
        return Version(0, 1, 0, "", prefix), Bump.MINOR, "the first version"
    breaking = [m for m in messages if _is_breaking(m)]
    features = [m for m in messages if _type_of(m) == "feat"]
    if breaking and last.major > 0:
        return Version(last.major + 1, 0, 0, "", last.prefix), Bump.MAJOR, _counted(breaking, "breaking change")
    if breaking or features:
        why = _counted(breaking, "breaking change") if breaking else _counted(features, "feature")
        return Version(last.major, last.minor + 1, 0, "", last.prefix), Bump.MINOR, why
    patch = Version(last.major, last.minor, last.patch if last.pre else last.patch + 1, "", last.prefix)
    return patch, Bump.PATCH, f"no feature among {_counted(messages, 'commit')}" if messages else "no commit since"


def title_of(message: str) -> str:
    """Return what a commit says of itself in one line: its subject, or the pull request's title where it merges one."""
    subject, _, rest = message.partition("\n")
    merged = _MERGE.match(subject)
    title = next((line.strip() for line in rest.splitlines() if line.strip()), "") if merged else ""
    return f"{title} (#{merged['number']})" if merged and title else subject.strip()


def _type_of(message: str) -> str:
    found = _CONVENTIONAL.match(title_of(message))
    return found["type"].lower() if found else ""


def _is_breaking(message: str) -> bool:
    found = _CONVENTIONAL.match(title_of(message))
    return bool((found and found["breaking"]) or _BREAKING_FOOTER.search(message))


def _counted(messages: list[str], noun: str) -> str:
    return f"{len(messages)} {noun}" + ("" if len(messages) == 1 else "s")
