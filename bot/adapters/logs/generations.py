"""Generations of a rotated log: where a file is that was read, which ones were begun after it, and in which order.

All of it is looked for while somebody may be rotating: a folder is not listed at one instant, and a name that was listed may be another file's when it is
opened. So a listing counts when the next one is the same, and what can't be opened any more is looked for once more.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

from bot.adapters.logs.folders import Entry, Folders, stem_of
from bot.adapters.logs.marks import LogFile, Mark
from bot.adapters.logs.names import Rank, bases_of, rank_of

COPIES_LOOKED_AT = 20  # the newest siblings that could be a copy; each costs two hashes, a compressed one its decompression
GENERATIONS_LOOKED_AT = 1000  # the oldest of them, of which the first is the one, most often
LITTLE = 4096  # bytes that may be the same at the beginning of each file of a log
LOOKS = 10  # at a folder that changes under our eyes


def find_moved(mark: Mark, path: str, folders: Folders, before: Mark | None = None, *, is_over: bool = False) -> LogFile | None:
    """Find the file of a mark among the siblings of the path where it was: renamed, or else copied or compressed.

    Args:
        before: the generation that was rotated away last before the file was begun: neither it nor an older one is the file, though they may begin alike.
        is_over: whether it was rotated away when the mark was made: then a copy is rather one that has grown no more.
    """
    for _ in range(LOOKS):
        entries, is_steady = _listed(path, folders, mark.ino), True
        grown: LogFile | None = None
        for entry in _candidates(mark, path, folders, entries, before):
            file = entry.open()
            if file is None:
                is_steady = False
            elif not file.continues(mark) or (entry.inode[1] == mark.ino and not file.is_inode_of(mark)):
                file.close()
            elif not is_over or mark.offset > LITTLE or file.is_same_as(mark):
                if grown:
                    grown.close()
                return file
            elif grown:
                file.close()
            else:
                grown = file
        if grown:
            return grown
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


def _ranked(path: str, folders: Folders, entries: Iterable[Entry]) -> Iterator[tuple[Rank, Entry]]:
    """Yield those files that have a place among the generations of a log."""
    bases = _bases(path)
    for entry in entries:
        rank = rank_of(entry.path, bases)
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
    mine = rank_of(now, _bases(path))
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
        if _is_copied_to(current, file):
            return current
        current.close()
    return None


def _is_copied_to(current: LogFile, copy: LogFile) -> bool:
    """Say whether a file goes on behind what was copied of it: it is not made later than the copy, nor written anew since."""
    is_later = 0 < copy.born_ns < current.born_ns
    is_anew = current.size == copy.size and current.mtime_ns > copy.mtime_ns
    return not is_later and not is_anew and current.continues(copy.mark(copy.size))


def _names(entries: Iterable[Entry], path: str) -> dict[str, tuple[int, int]]:
    """Return which files have names like that of a log: what else comes and goes in a busy folder is nothing to it."""
    stems = _stems(path)
    return {entry.path: entry.inode for entry in entries if os.path.basename(entry.path).startswith(stems)}  # noqa: PTH119


def _stems(path: str) -> tuple[str, ...]:
    return tuple(map(stem_of, _bases(path)))


def find_copy(mark: Mark, file: LogFile, path: str, folders: Folders, before: Mark | None) -> LogFile | None:
    """Find what a file was copied to before it was truncated and begun alike; None when it was not, or goes on behind what was copied.

    Args:
        before: see `find_moved`.
    """
    entries = [
        entry for entry in folders.look(path, is_rough=True) if entry.mtime_ns >= mark.mtime_ns and entry.inode != (file.dev, file.ino)
    ]
    if not any(_ranked(path, folders, entries)):
        return None
    copy = find_moved(mark, path, folders, before)
    if copy is None:
        return None
    is_last = len([*_ranked(path, folders, _begun_after(before, path, folders, entries))]) < 2
    if not (is_last and _is_copied_to(file, copy)) and not copy.is_inode_of(mark):
        return copy
    copy.close()
    return None


def generation_before(file: LogFile, path: str, folders: Folders) -> Mark | None:
    """Return the generation that was rotated away last before the file that stands at a path was begun; None when there is none, or while it is rotated."""
    entries = [
        entry for entry in _generations(path, folders, list(folders.look(path, is_rough=True))) if entry.inode != (file.dev, file.ino)
    ]
    for entry in reversed(entries):
        if entry.path.endswith(".gz"):
            found = Mark(*entry.inode, mtime_ns=entry.mtime_ns, born_ns=entry.born_ns)
        else:
            older = entry.open()
            if older is None:
                return None
            with older:
                found, is_copy = older.mark(older.size), _is_copied_to(file, older)
            if is_copy:
                continue
        return found if file.stands_at(path) else None
    return None


def _begun_after(before: Mark | None, path: str, folders: Folders, entries: list[Entry]) -> list[Entry]:
    """Return which of some files are no generations as old as one, or older."""
    ranked = sorted(_ranked(path, folders, entries), key=lambda each: each[0])
    at = next((rank for rank, entry in ranked if before and entry.is_of(before)), None)
    if at is None and before and before.head_len:
        copies = [each for each in ranked if each[1].mtime_ns >= before.mtime_ns]
        copies.sort(key=lambda each: each[1].mtime_ns != before.mtime_ns)
        at = next((rank for rank, entry in copies if _ends_as(entry, before)), None)
    if at is None:
        return entries
    older = {entry.path for rank, entry in ranked if rank[0] == at[0] and rank[1] <= at[1]}
    return [entry for entry in entries if entry.path not in older]


def _ends_as(entry: Entry, mark: Mark) -> bool:
    """Say whether a file holds what the mark's did, and no more."""
    file = entry.open()
    if file is None:
        return False
    with file:
        return file.is_same_as(mark)


def _candidates(mark: Mark, path: str, folders: Folders, entries: list[Entry], before: Mark | None) -> Iterator[Entry]:
    """Yield the files that may be that of the mark: its inode under a name like the log's; then what may be a copy, first what has its time, which gzip
    keeps, then of the generations the oldest, since the others were begun later, of what has any other name the newest; then its inode under any other name,
    since that may be another log's by now, which begins alike."""
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
    if copies:
        begun_after = {entry.path for entry in _begun_after(before, path, folders, entries)}
        copies = [entry for entry in copies if entry.path in begun_after]
    generations = sorted(_generations(path, folders, copies), key=lambda entry: entry.mtime_ns != mark.mtime_ns)
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
