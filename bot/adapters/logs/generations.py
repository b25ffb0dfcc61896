"""Generations of a rotated log: where a file is that was read, which ones were begun after it, and in which order.

All of it is looked for while somebody may be rotating: a folder is not listed at one instant, and a name that was listed may be another file's when it is
opened. So a listing counts when the next one is the same, and what can't be opened any more is looked for once more.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from bot.adapters.logs.folders import Entry, Folders, stem_of
from bot.adapters.logs.marks import LogFile, Mark

# What logrotate and its like append to a name: app.log.1, app.log-20240501, app.log.2024-05-01, app.log.old, each perhaps compressed.
ROTATED = re.compile(r"(?:\.[0-9]{1,4}|[._-][0-9]{4}[0-9._T-]{4,}|[.~](?:old|bak|prev)|~)(?:\.(?:gz|bz2|xz|zst|lz4|zip))?")
COPIES_LOOKED_AT = 20  # the newest siblings that could be a copy; each costs two hashes, a compressed one its decompression
GENERATIONS_LOOKED_AT = 1000  # the oldest of them, of which the first is the one, most often
LOOKS = 10  # at a folder that changes under our eyes

_NUMBERED = re.compile(r"\.([0-9]{1,4})(\.gz)?")
_DATED = re.compile(r"[._-]([0-9]{4}[0-9._T-]{4,}?)(\.gz)?")
# What others write in front of a name's ending: app.1.log, app-2024-05-01.log, app.20240501.log.gz (logrotate's `extension`, logback, log4j).
_WITHIN = re.compile(
    r"(?P<stem>.*[^./])(?P<mark>\.[0-9]{1,4}|[._-][0-9]{4}[0-9._T-]{4,}?)(?P<ending>\.[A-Za-z][A-Za-z0-9]{0,7})(?P<packed>\.gz)?", re.DOTALL
)
_LONGEST_SUFFIX = 48  # characters that are looked at for what was appended
_Rank = tuple[str, str, bool]
"""A generation's kind, a text that sorts the older ones first, and whether it is compressed."""


def bases_of(path: str) -> Iterator[str]:
    """Yield what a path may be an older generation of, by its name: without what was appended, or was put within."""
    for at in range(len(path) - 1, max(0, len(path) - _LONGEST_SUFFIX), -1):
        if path[at] in "._-~" and ROTATED.fullmatch(path, at):
            yield path[:at]
    within = _marked_within(path)
    if within:
        yield within[0]


def _marked_within(path: str) -> tuple[str, str] | None:
    """Return a log's name, and what would stand behind it if the mark had been appended; None when nothing stands within."""
    found = _WITHIN.fullmatch(path)
    return (found["stem"] + found["ending"], found["mark"] + (found["packed"] or "")) if found else None


def find_moved(mark: Mark, path: str, folders: Folders) -> LogFile | None:
    """Find the file of a mark among the siblings of the path where it was: renamed, or else copied or compressed."""
    for _ in range(LOOKS):
        entries, is_steady = _listed(path, folders, mark.ino), True
        for entry in _candidates(mark, path, folders, entries):
            file = entry.open()
            if file is None:
                is_steady = False
            elif file.continues(mark):
                return file
            else:
                file.close()
        if is_steady and _names(entries, path) == _names(folders.look(path), path):
            return None
    return None


def oldest_generation(path: str, folders: Folders) -> LogFile | None:
    """Return the oldest generation of a log that holds something; None when there is none, or when it is a copy of what still stands at the path."""
    file = _first_with_content(path, folders)
    current = _that_is_copied_to(file, path) if file else None
    if file and current:
        current.close()
        file.close()
        return None
    return file


def newest_generation(path: str, folders: Folders) -> LogFile | None:
    """Return the generation of a log that was rotated away last, of those that hold something; None when there is none."""
    return _first_with_content(path, folders, newest=True)


def _first_with_content(path: str, folders: Folders, *, newest: bool = False) -> LogFile | None:
    for _ in range(LOOKS):
        entries = _generations(path, folders, _listed(path, folders))
        for entry in reversed(entries) if newest else entries:
            file = entry.open()
            if file is None:
                break  # it was renamed meanwhile
            if file.size:
                return file
            file.close()
        else:
            return None
    return None


def _generations(path: str, folders: Folders, entries: list[Entry]) -> list[Entry]:
    """Return the generations of a log that are not empty, the oldest first; of numbered and dated ones those that are in use."""
    ranked = [(rank, entry) for rank, entry in _ranked(path, folders, entries) if entry.size]
    if not ranked:
        return []
    (kind, *_), _ = max(ranked, key=lambda each: each[1].mtime_ns)
    return [entry for rank, entry in sorted(ranked, key=lambda each: each[0]) if rank[0] == kind]


def _ranked(path: str, folders: Folders, entries: Iterable[Entry]) -> Iterator[tuple[_Rank, Entry]]:
    """Yield those files that have a place among the generations of a log."""
    bases = _bases(path)
    for entry in entries:
        rank = _rank(entry.path, bases)
        if rank and entry.path not in folders.live:
            yield rank, entry


def next_generation(of: LogFile, path: str, folders: Folders, since_ns: int) -> LogFile | None:
    """Return the file that was begun right after `of`, once the log at `path`: the next generation, or the log itself, or None when there is none now.

    A generation has the next lower number, or the next later date. One that is a copy of what still stands at the path does not count: it waits for its
    truncation.

    Args:
        since_ns: one that was last written to before this time is none, whatever its number: there are schemes in which the newest has the highest one.
    """
    for _ in range(LOOKS):
        entries = _listed(path, folders, of.ino)
        now = _present_path(of, path, folders, entries)
        if now is None:
            continue
        chosen, is_newest = _following(of, now, path, folders, entries, since_ns)
        if chosen is None:
            return None
        file = chosen.open()
        if file is None:
            continue
        current = _that_is_copied_to(file, path) if chosen.path != path and is_newest else None
        if current is not None:
            file.close()
            file = current
        elif _names(folders.look(path), path) != _names(
            entries, path
        ):  # what was opened may have been copied away and truncated since it was listed
            file.close()
            continue
        return file
    return None


def _present_path(of: LogFile, path: str, folders: Folders, entries: list[Entry]) -> str | None:
    """Return where a file stands that may have been renamed, or compressed, since it was opened; None when it is not in the listing."""
    for entry in entries:
        if entry.inode == (of.dev, of.ino):
            return entry.path
    again = find_moved(of.mark(of.size), path, folders)
    if again is None:
        return of.path  # it is gone, and where it stood is all that is known
    with again:
        return next((entry.path for entry in entries if entry.inode == (again.dev, again.ino)), None)


def _following(of: LogFile, now: str, path: str, folders: Folders, entries: list[Entry], since_ns: int) -> tuple[Entry | None, bool]:
    """Return what was begun after a file, and whether nothing was rotated away since: an older one that is as the log begins has only its first lines."""
    current = next((entry for entry in entries if entry.path == path and entry.inode != (of.dev, of.ino)), None)
    mine = _rank(now, _bases(path))
    if mine is None:
        return current, True
    later = [
        (rank[1:], entry)
        for rank, entry in _ranked(path, folders, entries)
        if rank[0] == mine[0] and rank[1] > mine[1] and entry.mtime_ns >= since_ns
    ]
    return (min(later, key=lambda each: each[0])[1] if later else current), len(later) < 2


def _that_is_copied_to(file: LogFile, path: str) -> LogFile | None:
    """Return the file at the path if the other one is a copy of it, perhaps unfinished: it is not truncated yet, and goes on."""
    if not file.size or file.is_compressed:
        return None
    with suppress(OSError):
        current = LogFile(path)
        if current.continues(file.mark(file.size)):
            return current
        current.close()
    return None


def _names(entries: Iterable[Entry], path: str) -> dict[str, tuple[int, int]]:
    """Return which files have names like that of a log: what else comes and goes in a busy folder is nothing to it."""
    stems = _stems(path)
    return {entry.path: entry.inode for entry in entries if os.path.basename(entry.path).startswith(stems)}  # noqa: PTH119


def _stems(path: str) -> tuple[str, ...]:
    return tuple(map(stem_of, _bases(path)))


def _candidates(mark: Mark, path: str, folders: Folders, entries: list[Entry]) -> Iterator[Entry]:
    """Yield the files that may be that of the mark: its inode under a name like the log's; then what may be a copy, of the generations the oldest first, since
    the others were begun later, of what has any other name the newest; then its inode under any other name, since that may be another log's by now, which
    begins alike."""
    bases = _bases(path)
    stems = _stems(path)
    renamed: list[Entry] = []
    copies: list[Entry] = []
    elsewhere: list[Entry] = []
    for entry in entries:
        if entry.path == path:
            continue
        name = os.path.basename(entry.path)  # noqa: PTH119 - a name may hold any bytes
        is_ours = name.startswith(stems)
        if entry.inode[1] == mark.ino:  # the device's number may have changed; what it holds will tell
            if mark.head_len:
                (renamed if is_ours else elsewhere).append(entry)
            elif entry.path not in folders.live and any(
                base in bases for base in bases_of(name)
            ):  # of what was empty only the number is known
                renamed.append(entry)
        # An older generation may begin alike, but it was last written before this file was read last.
        elif mark.head_len and entry.mtime_ns >= mark.mtime_ns and entry.path not in folders.live and is_ours:
            copies.append(entry)
    yield from renamed
    generations = _generations(path, folders, copies)
    yield from generations[:GENERATIONS_LOOKED_AT]
    yield from sorted({*copies}.difference(generations), key=lambda entry: -entry.mtime_ns)[:COPIES_LOOKED_AT]
    yield from elsewhere


def _listed(path: str, folders: Folders, number: int = 0) -> list[Entry]:
    """Return the files beside a path that have a name like its own, or that number, as soon as two looks at them are the same."""
    before: list[Entry] = []
    for look in range(LOOKS):
        now = list(folders.look(path, number))
        if look and _names(now, path) == _names(before, path):
            break
        before = now
    return now


def _bases(path: str) -> tuple[str, ...]:
    """Return what a log is called, and what it is called where a link leads to it: by that its generations are (Kubernetes links to each pod's `0.log`)."""
    return tuple(dict.fromkeys(os.path.basename(each) for each in (path, os.path.realpath(path))))  # noqa: PTH119 - a name may hold any bytes


def _rank(path: str, bases: Iterable[str]) -> _Rank | None:
    """Return the place of a generation of a log; None for what has no place in an order."""
    name = os.path.basename(path)  # noqa: PTH119
    return next((rank for base in bases if (rank := _rank_behind(name, base))), None)


def _rank_behind(name: str, base: str) -> _Rank | None:
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
