"""Folders that hold logs: what stands beside a log there, by its name or its number.

A folder of thousands of files may have had all of them rotated at once. So it is listed anew only when it may hold other names than it did: when its own
time of change is another one, or so young that a further change would leave it the same. What each file is like is looked at each time.
"""

import os
import stat
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Container, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from bot.adapters.logs.births import born_ns
from bot.adapters.logs.marks import LogFile, Mark
from bot.adapters.logs.names import logs_of

SETTLED_NS = 2_500_000_000  # the coarsest times of file systems are two seconds apart


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a folder, as it was when it was looked at."""

    path: str
    inode: tuple[int, int]
    mtime_ns: int
    size: int

    def open(self) -> LogFile | None:
        """Open it; None when something else stands there by now, or nothing."""
        try:
            file = LogFile(self.path)
        except OSError:
            return None
        if (file.dev, file.ino) == self.inode:
            return file
        file.close()
        return None

    @property
    def born_ns(self) -> int:
        """When it was made; 0 where nobody tells."""
        with suppress(OSError):
            fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                return born_ns(fd)
            finally:
                os.close(fd)
        return 0

    def is_of(self, mark: Mark) -> bool:
        """Say whether this is the very file of a mark."""
        if self.inode[1] != mark.ino:
            return False
        born_ns = mark.born_ns and self.born_ns
        return born_ns == mark.born_ns if born_ns else self.mtime_ns == mark.mtime_ns


class Folders:
    """The folders that are looked into during one read.

    Args:
        live: the paths that are read for themselves, and so are no copies or generations of others; two logs may begin alike.
        further: of some paths, further folders that hold generations of them.
        followed: the paths of all logs, also of those at which nothing stands now.
    """

    def __init__(
        self,
        live: Container[str],
        further: Mapping[str, Collection[str]] = MappingProxyType({}),
        followed: Collection[str] = (),
    ) -> None:
        self.live = live
        self._followed = followed
        self._stems = {(os.path.dirname(log), stem_of(os.path.basename(log))) for log in followed}  # noqa: PTH119, PTH120
        self._further = further
        self._listings: dict[str, _Listing] = {}

    def is_of_another(self, found: str, path: str) -> bool:
        """Say whether a file is a generation of another log than that at a path: the names of two may begin alike, and so may what they hold."""
        logs = []
        for log in logs_of(found):
            if log == path:
                return False
            logs += [log] if log in self._followed else []
        return os.path.realpath(path) not in logs if logs else self._is_named_more_like_another(found, path)

    def _is_named_more_like_another(self, found: str, path: str) -> bool:
        """Say whether a name begins with that of another log, of which only a part is that of the log at a path: what a link leads to has any ending."""
        folder, name = os.path.split(found)
        own = max((len(stem) for stem in _stems_of(path) if name.startswith(stem)), default=len(name))
        ends = [end for end in range(own + 1, len(name) + 1) if not name[end : end + 1].isalnum()]
        return any((place, name[:end]) in self._stems for end in ends for place in (folder, os.path.dirname(folder)))  # noqa: PTH120

    def look(self, path: str, number: int = 0, *, is_rough: bool = False) -> Iterator[Entry]:
        """Yield the files beside a path, and beside what it links to, that have a name like one of these, or that number on their device.

        What stands at the path is yielded by this name alone: where a link leads to is no generation of it.

        Args:
            is_rough: whether a change of the folder may be missed that its time can't tell.
        """
        entries = [entry for found in self._beside(path, number, is_rough) if (entry := _entry_at(found))]
        here = next((entry.inode for entry in entries if entry.path == path), None)
        yield from (entry for entry in entries if entry.path == path or entry.inode != here)

    def _beside(self, path: str, number: int, is_rough: bool) -> Iterator[str]:
        real, stems = os.path.realpath(path), _stems_of(path)
        for folder in dict.fromkeys((os.path.dirname(path) or ".", os.path.dirname(real), *sorted(self._further.get(path, ())))):  # noqa: PTH120
            with suppress(OSError):
                yield from self._listing(folder, is_rough).paths(stems, number)

    def _listing(self, folder: str, is_rough: bool) -> "_Listing":
        known = self._listings.get(folder)
        if known is None or not known.is_current(is_rough=is_rough):
            known = self._listings[folder] = _Listing(folder)
        return known


class _Listing:
    """The names in a folder at one time.

    Raises:
        OSError: it can't be listed.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._changed = _change_of(folder)
        self._is_settled = self._changed[-1] < time.time_ns() - SETTLED_NS
        self._by_number: defaultdict[int, list[str]] = defaultdict(list)
        names = []
        with os.scandir(folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    if not entry.is_dir():
                        names.append((entry.name, entry.path))
                        self._by_number[entry.stat().st_ino].append(entry.path)
        self._names = sorted(names)

    def is_current(self, *, is_rough: bool) -> bool:
        """Say whether the folder holds the same names still, as far as its time tells, or (not `is_rough`) for certain."""
        return (self._is_settled or is_rough) and _change_of(self._folder) == self._changed

    def paths(self, stems: set[str], number: int) -> Iterator[str]:
        """Yield the paths, each once, whose names begin with one of some stems, or that have a number."""
        found = dict.fromkeys(self._by_number.get(number, ()))
        for stem in stems:
            at = bisect_left(self._names, (stem,))
            while at < len(self._names) and self._names[at][0].startswith(stem):
                found[self._names[at][1]] = None
                at += 1
        yield from found


def stem_of(name: str) -> str:
    """Return what the names of a log's generations begin with: its own name without its ending."""
    return os.path.splitext(name)[0]  # noqa: PTH122


def _stems_of(path: str) -> set[str]:
    """Return what begins the names of what belongs to a log, by its own name and by where a link leads."""
    return {stem_of(os.path.basename(each)) for each in (path, os.path.realpath(path))}  # noqa: PTH119 - a name may hold any bytes


def _entry_at(path: str) -> Entry | None:
    """Look at a file; None when something else stands there, or nothing."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    is_file = stat.S_ISREG(status.st_mode)
    return Entry(path, (status.st_dev, status.st_ino), status.st_mtime_ns, status.st_size) if is_file else None


def _change_of(folder: str) -> tuple[int, ...]:
    status = os.stat(folder)  # noqa: PTH116
    return status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns, status.st_mtime_ns
