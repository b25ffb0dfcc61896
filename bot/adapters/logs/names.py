"""Names of a rotated log's generations: of which log a name tells, and in which order they were begun."""

import os
import re
from collections.abc import Iterable, Iterator

# What logrotate and its like append to a name: app.log.1, app.log-20240501, app.log.2024-05-01, app.log.old, each perhaps compressed, or not finished.
ROTATED = re.compile(r"(?:\.[0-9]{1,4}|[._-][0-9]{4}[0-9._T-]{4,}|[.~](?:old|bak|prev)|~)(?:\.(?:gz|bz2|xz|zst|lz4|zip))?(?:\.tmp)?")

_NUMBERED = re.compile(r"\.([0-9]{1,4})(\.gz)?")
_DATED = re.compile(r"[._-]([0-9]{4}[0-9._T-]{4,}?)(\.gz)?")
# What others write in front of a name's ending: app.1.log, app-2024-05-01.log, app.20240501.log.gz (logrotate's `extension`, logback, log4j).
_WITHIN = re.compile(
    r"(?P<stem>.*[^./])(?P<mark>\.[0-9]{1,4}|[._-][0-9]{4}[0-9._T-]{4,}?)(?P<ending>\.[A-Za-z][A-Za-z0-9]{0,7})(?P<packed>\.gz)?", re.DOTALL
)
_LONGEST_SUFFIX = 48  # characters that are looked at for what was appended
Rank = tuple[str, str, bool]
"""A generation's kind, a text that sorts the older ones first, and whether it is compressed."""


def bases_of(path: str) -> Iterator[str]:
    """Yield what a path may be an older generation of, by its name: without what was appended, or was put within."""
    for at in range(len(path) - 1, max(0, len(path) - _LONGEST_SUFFIX), -1):
        if path[at] in "._-~" and ROTATED.fullmatch(path, at):
            yield path[:at]
    within = _marked_within(path)
    if within:
        yield within[0]


def logs_of(path: str) -> Iterator[str]:
    """Yield what a path may be an older generation of: a log in the same folder, or in the one above, as with logrotate's `olddir`."""
    yield from bases_of(path)
    for base in bases_of(path):
        folder, name = os.path.split(base)
        yield os.path.join(os.path.dirname(folder), name)  # noqa: PTH118, PTH120


def _marked_within(path: str) -> tuple[str, str] | None:
    """Return a log's name, and what would stand behind it if the mark had been appended; None when nothing stands within."""
    found = _WITHIN.fullmatch(path)
    return (found["stem"] + found["ending"], found["mark"] + (found["packed"] or "")) if found else None


def rank_of(path: str, bases: Iterable[str]) -> Rank | None:
    """Return the place of a generation of a log; None for what has no place in an order."""
    name = os.path.basename(path)  # noqa: PTH119
    return next((rank for base in bases if (rank := _rank_behind(name, base))), None)


def _rank_behind(name: str, base: str) -> Rank | None:
    within = _marked_within(name)
    if within and within[0] == base:
        name = base + within[1]
    if not name.startswith(base):
        return None
    numbered = _NUMBERED.fullmatch(name, len(base))
    if numbered:
        return "numbered", f"{9999 - int(numbered[1]):04}", bool(numbered[2])
    dated = _DATED.fullmatch(name, len(base))
    return ("dated", dated[1], bool(dated[2])) if dated else None
