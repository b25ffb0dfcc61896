"""Generations of a rotated log: where a file is that was read, which ones were begun after it, and in which order.

All of it is looked for while somebody may be rotating: a folder is not listed at one instant, and a name that was listed may be another file's when it is
opened. So a listing counts when the next one is the same, and what can't be opened any more is looked for once more.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from bot.adapters.logs.folders import Entry, Folders, stem_of
from bot.adapters.logs.marks import LogFile, Mark
from bot.adapters.logs.names import Rank, bases_of, rank_of

COPIES_LOOKED_AT = 20  # the newest siblings that could be a copy; each costs two hashes, a compressed one its decompression
GENERATIONS_LOOKED_AT = 1000  # the oldest of them, of which the first is the one, most often
LITTLE = 4096  # bytes that may be the same at the beginning of each file of a log
LOOKS = 10  # at a folder that changes under our eyes


def find_moved(
    mark: Mark, path: str, folders: Folders, before: Mark | None = None, *, home: LogFile | None = None, is_over: bool = False
) -> LogFile | None:
    """Find the file of a mark among the siblings of the path where it was: renamed, or else copied or compressed.

    Args:
        before: the generation that was rotated away last before the file was begun: neither it nor an older one is the file, though they may begin alike.
        home: what stands at the path, if it is that file. It is returned unless the file was truncated since, and begun alike: then its copy is.
        is_over: whether it was rotated away when the mark was made: then a copy is rather one that has grown no more.
    """
    for _ in range(LOOKS):
        entries, is_steady, likely = _listed(path, folders, mark.ino), True, home
        for entry in _candidates(mark, path, folders, entries, before):
            file = entry.open()
            if file is None:
                is_steady = False
            elif not _may_be(file, mark, is_over) or (
                likely and not is_over and not _is_truncated_since(likely, file, path, folders, entries)
            ):
                file.close()
            elif _is_surely(file, mark, is_over):
                if likely and likely is not home:
                    likely.close()
                return file
            elif likely:
                file.close()
            else:
                likely = file
        if is_steady and _names(entries, path) == _names(folders.look(path), path):
            return likely
        if likely and likely is not home:
            likely.close()
    return home


def find_copy(mark: Mark, home: LogFile, path: str, folders: Folders, before: Mark | None) -> LogFile | None:
    """Find what the file at a path was copied to before it was truncated and begun alike; None when it was not, or goes on behind what was copied.

    Args:
        before: see `find_moved`.
    """
    if not mark.head_len or not _may_be_truncated(home, mark):
        return None
    entries = [entry for entry in folders.look(path, is_rough=True) if entry.mtime_ns >= mark.mtime_ns and entry.inode[1] != home.ino]
    found = find_moved(mark, path, folders, before, home=home) if any(_ranked(path, folders, entries)) else home
    return None if found is home else found


def _may_be(file: LogFile, mark: Mark, is_over: bool) -> bool:
    """Say whether a file may be that of a mark; what was rotated away before has its number as long as it is not compressed."""
    if not file.continues(mark) or (file.ino == mark.ino and not file.is_inode_of(mark)):
        return False
    return not is_over or file.is_compressed or _is_surely(file, mark, is_over)


def _is_surely(file: LogFile, mark: Mark, is_over: bool) -> bool:
    """Say whether a file that may be that of a mark is to be preferred to any other one."""
    if is_over:
        return mark.offset > LITTLE or file.is_same_as(mark)
    return not (file.is_inode_of(mark) and _may_be_truncated(file, mark))


def _may_be_truncated(file: LogFile, mark: Mark) -> bool:
    """Say whether a file of which little was read may have been truncated since, and have begun alike: what was read does not tell."""
    return mark.offset <= LITTLE and (file.size, file.mtime_ns) != (mark.size, mark.mtime_ns)


def _is_truncated_since(home: LogFile, copy: LogFile, path: str, folders: Folders, entries: list[Entry]) -> bool:
    """Say whether a file was truncated after another one was copied from it: there are copies between them, or it does not go on behind what that holds."""
    mine, its = rank_of(home.path, _bases(path)), rank_of(copy.path, _bases(path))
    if copy.ino == home.ino or (home.path != path and not (mine and its and mine[0] == its[0] and its[1] < mine[1])):
        return False
    later = [rank[1] for rank, _ in _ranked(path, folders, entries) if its and rank[0] == its[0] and rank[1] > its[1]]
    is_last = not any(mine is None or rank < mine[1] for rank in later)
    return not (is_last and _is_copied_to(home, copy))


def oldest_generation(path: str, folders: Folders, since_ns: int = 0) -> LogFile | None:
    """Return the oldest generation of a log that holds something; None when there is none, or when it is a copy of what still stands at the path.

    Args:
        since_ns: only of those that were written to after this time, but also of the empty ones, whose writers may hold them open; 0: of all.
    """
    has_empty = since_ns > 0

    def since() -> list[Entry]:
        entries = _generations(path, folders, _listed(path, folders), has_empty=has_empty)
        return [entry for entry in entries if entry.mtime_ns > since_ns]

    file = _first(since, has_empty=has_empty)
    current = _that_is_copied_to(file, path) if file else None
    if file and current:
        current.close()
        file.close()
        return None
    return file


def newest_generation(of: LogFile, path: str, folders: Folders) -> LogFile | None:
    """Return the generation that was rotated away last before a file was begun, of those that hold something; None when there is none.

    That file may have been rotated away since, and others behind it that nobody has read.
    """

    def older() -> list[Entry]:
        entries = _listed(path, folders, of.ino)
        now = next((entry.path for entry in entries if entry.inode == (of.dev, of.ino)), of.path)
        bases = _bases(path)
        mine = rank_of(now, bases)
        return [
            entry for entry in reversed(_generations(path, folders, entries)) if not mine or (rank_of(entry.path, bases) or mine) < mine
        ]

    return _first(older)


def _first(entries: Callable[[], list[Entry]], *, has_empty: bool = False) -> LogFile | None:
    """Return the first of some files, listed until none of them is renamed meanwhile, that holds something, or (`has_empty`) is not compressed."""
    for _ in range(LOOKS):
        for entry in entries():
            file = entry.open()
            if file is None:
                break
            if file.size or (has_empty and not file.is_compressed):
                return file
            file.close()
        else:
            return None
    return None


def _generations(path: str, folders: Folders, entries: list[Entry], *, has_empty: bool = False) -> list[Entry]:
    """Return the generations of a log that are not empty, or all, the oldest first; of numbered and dated ones those that are in use."""
    ranked = [(rank, entry) for rank, entry in _ranked(path, folders, entries) if entry.size or has_empty]
    if not ranked:
        return []
    (kind, *_), _ = max(ranked, key=lambda each: each[1].mtime_ns)
    return [entry for rank, entry in sorted(ranked, key=lambda each: each[0]) if rank[0] == kind]


def _ranked(path: str, folders: Folders, entries: Iterable[Entry]) -> Iterator[tuple[Rank, Entry]]:
    """Yield those files that have a place among the generations of a log: where it is a link to one of them, those that it led to before. Of files with
    numbers nobody knows which these are."""
    bases = _bases(path)
    own = rank_of(bases[-1], bases)
    for entry in entries:
        rank = rank_of(entry.path, bases)
        if rank and entry.path not in folders.live and not (own and rank[0] == own[0] and (rank[0] == "numbered" or rank[1] > own[1])):
            yield rank, entry


def next_generation(of: LogFile, path: str, folders: Folders, since_ns: int) -> LogFile | None:
    """Return the file that was begun right after `of`, once the log at `path`: the next generation, or the log itself, or None when there is none now.

    A generation has the next lower number, or the next later date. One that is a copy of what still stands at the path does not count: it waits for its
    truncation.

    Args:
        since_ns: one that was last written to before this time is none, whatever its number: there are schemes in which the newest has the highest one. A later
            date tells enough: what a link is led to may have been made before.
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
        # What was opened may have been copied away and truncated since it was listed; or a link was led to it, past another one.
        if _names(folders.look(path), path) != _names(entries, path):
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
        return of.path if of.size else None  # it is gone, and where it stood is all that is known; an empty one may have been compressed
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
        if rank[0] == mine[0] and rank[1] > mine[1] and (mine[0] == "dated" or entry.mtime_ns >= since_ns)
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
    stems = tuple(map(stem_of, bases))

    def is_ours(entry: Entry) -> bool:
        name = os.path.basename(entry.path)  # noqa: PTH119 - a name may hold any bytes
        return name.startswith(stems) and not folders.is_of_another(entry.path, path)

    def is_generation(entry: Entry) -> bool:
        name = os.path.basename(entry.path)  # noqa: PTH119
        is_named_so = any(base in bases for base in bases_of(name))
        is_born_so = mark.born_ns > 0 and not entry.path.endswith(".gz") and not folders.is_of_another(entry.path, path)
        return entry.path not in folders.live and (is_named_so or is_born_so)

    # The device's number may have changed; what the file holds will tell. Of what was empty only the number is known.
    numbered = [entry for entry in entries if entry.inode[1] == mark.ino and entry.path != path]
    renamed = [entry for entry in numbered if (is_ours(entry) if mark.head_len else is_generation(entry))]
    yield from renamed
    if not mark.head_len:
        return
    # An older generation may begin alike, but it was last written before this file was read last.
    copies = [
        entry
        for entry in entries
        if entry.inode[1] != mark.ino
        and entry.mtime_ns >= mark.mtime_ns
        and entry.path not in folders.live
        and entry.path != path
        and is_ours(entry)
    ]
    if copies:
        begun_after = {entry.path for entry in _begun_after(before, path, folders, entries)}
        copies = [entry for entry in copies if entry.path in begun_after]
    generations = sorted(_generations(path, folders, copies), key=lambda entry: entry.mtime_ns != mark.mtime_ns)
    yield from generations[:GENERATIONS_LOOKED_AT]
    yield from sorted({*copies}.difference(generations), key=lambda entry: -entry.mtime_ns)[:COPIES_LOOKED_AT]
    yield from (entry for entry in numbered if entry not in renamed)


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
