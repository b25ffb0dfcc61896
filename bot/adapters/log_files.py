"""Log files: follows every file of a glob through appends, rotation and truncation, so that each line is read once.

A watch's very first read starts at the end of the files that exist then: people watch from now on, and day one is no flood. Files that appear later
are read from their beginning. Compressed files are read only to finish what was begun before they were compressed.
"""

import glob
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.adapters.log_marks import LogFile, Mark, find_moved
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint

LONGEST_LINE = 1 << 20  # bytes; a longer one is cut there, and its pieces are lines
BLOCK = 2 << 20  # bytes read at once; more than the longest line
STARTED = "(started)"  # the stream of a checkpoint that only says: this watch has begun, with this pattern
GENERATIONS = 3  # rotated files whose writer may still hold them open
IDLE_READS = 3  # reads without growth after which a rotated file counts as finished

_ROTATED = re.compile(r"[.~_-](?:[0-9][0-9._T-]*|old|bak|prev(?:ious)?)(?:\.(?:gz|bz2|xz|zst|lz4|zip))?")
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")


@dataclass(frozen=True, slots=True)
class _Position:
    """Where one stream stands: its file, and files that were rotated away but may still be written to."""

    mark: Mark | None = None
    previous: tuple[Mark, ...] = ()
    from_end: bool = False  # it was there, unreadable, when the watch began
    refused: bool = False  # that it can't be read was told

    def as_json(self) -> dict[str, Any]:
        return {
            "file": self.mark.as_json() if self.mark else None,
            "previous": [mark.as_json() for mark in self.previous],
            "from_end": self.from_end,
            "refused": self.refused,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "_Position":
        mark = body.get("file")
        return cls(
            Mark.from_json(mark) if mark else None,
            tuple(Mark.from_json(each) for each in body.get("previous", ())),
            bool(body.get("from_end")),
            bool(body.get("refused")),
        )


class FileLogSource:
    """The files that a pattern (`*`, `?`, `[…]`, `**`) matches, each a stream of its own, named by its path."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        """See `bot.ports.logs.LogSource.read`."""
        started = checkpoints.get(STARTED)
        begins = started is None or started.position.get("pattern") != self._pattern
        positions = {name: _Position.from_json(found.position) for name, found in checkpoints.items() if name != STARTED}
        paths = self._paths(positions)
        if begins:
            yield Batch((), Checkpoint(STARTED, {"pattern": self._pattern}))
        positions = {**positions, **_handed_over(positions, paths)}
        for path in sorted({*paths, *positions}):
            known = positions.get(path)
            yield from self._read_stream(path, known, path in paths, begins and known is None)

    def _paths(self, positions: Mapping[str, _Position]) -> set[str]:
        """Return the paths to read: regular files (or what can't be looked at), each file once, without rotated generations of one another.

        Raises:
            Unavailable: the folder that the pattern begins with can't be listed.
        """
        folder = os.path.dirname(self._pattern[: len(self._pattern) - len(self._pattern.lstrip("/"))] + _fixed_part(self._pattern)) or "."  # noqa: PTH120
        if os.path.isdir(folder) and not os.access(folder, os.R_OK | os.X_OK):  # noqa: PTH112
            raise Unavailable(f"The folder {folder} may not be read by this process.")
        hits = [path for path in glob.glob(self._pattern, recursive=True) if not path.endswith(_COMPRESSED)]  # noqa: PTH207
        known = {*hits, *positions}
        chosen: dict[object, str] = {}
        for path in sorted(hits, key=lambda path: (path not in positions, os.path.islink(path), path)):  # noqa: PTH114
            if not any(path.startswith(base) and _ROTATED.fullmatch(path[len(base) :]) for base in known if base != path):
                identity = _identity(path)
                if identity:
                    chosen.setdefault(identity, path)
        return set(chosen.values())

    def _read_stream(self, path: str, known: _Position | None, is_there: bool, begins: bool) -> Iterator[Batch]:
        position = known or _Position(from_end=begins)
        state = _Stream(path, position)
        yield from state.read_previous()
        file = None
        if is_there:
            try:
                file = LogFile(path)
            except FileNotFoundError:
                pass
            except OSError as error:
                yield from state.refuse(error)
                return
        if file:
            with file:
                yield from state.read_file(file)
        else:
            yield from state.read_moved()
        if state.position != known and (known or is_there):
            yield state.batch(())


class _Stream:
    """One stream during one read; `position` moves with every batch."""

    def __init__(self, path: str, position: _Position) -> None:
        self._path = path
        self.position = position
        self._notes: tuple[str, ...] = ()

    def batch(self, lines: tuple[str, ...]) -> Batch:
        notes, self._notes = self._notes, ()
        return Batch(lines, Checkpoint(self._path, self.position.as_json()), notes)

    def refuse(self, error: OSError) -> Iterator[Batch]:
        """Say once that the file can't be read; its position stays for the day when it can."""
        if not self.position.refused:
            self.position = replace(self.position, refused=True)
            self._notes += (f"{self._path} can't be read ({error.strerror or error}); the other files are.",)
            yield self.batch(())

    def read_previous(self) -> Iterator[Batch]:
        """Read what was still written to files after they were rotated away, and let go of those that are finished."""
        for mark in self.position.previous:
            file = find_moved(mark, self._path)
            others = tuple(each for each in self.position.previous if each != mark)
            if file is None:
                self.position = replace(self.position, previous=others)
                if mark.size > mark.offset:
                    self._notes += (f"A rotated file of {self._path} is gone; its last line was not complete and is not counted.",)
                continue
            with file:
                grown = file.size > mark.size and not file.is_compressed
                is_last = file.is_compressed or (not grown and mark.idle + 1 >= IDLE_READS)
                idle = 0 if grown else mark.idle + 1
                self.position = replace(self.position, previous=(*others, replace(mark, idle=idle, size=file.size)))
                for lines, offset in _lines(file, mark.offset, takes_rest=is_last):
                    self.position = replace(self.position, previous=(*others, file.mark(offset, idle)))
                    yield self.batch(lines)
            if is_last:
                self.position = replace(self.position, previous=others)

    def read_file(self, file: LogFile) -> Iterator[Batch]:
        """Go on in the file that stands at the path, after what is left of the one that stood there before."""
        mark = self.position.mark
        if mark and file.is_inode_of(mark) and file.continues(mark):
            offset = mark.offset
        elif mark:
            moved = find_moved(mark, self._path)
            if not (moved and moved.is_inode_of(mark)) and mark.offset and file.continues(mark):
                offset = mark.offset  # the same lines under another inode: copied back, or synchronised from elsewhere
            else:
                yield from self._finish(mark, moved)
                offset = 0
            if moved:
                moved.close()
        else:
            offset = _last_line_end(file) if self.position.from_end else 0
        self.position = replace(self.position, from_end=False, refused=False)
        if mark is None or offset != mark.offset or not file.is_inode_of(mark) or file.size != mark.size:
            self.position = replace(self.position, mark=file.mark(offset))
        for lines, after in _lines(file, offset):
            self.position = replace(self.position, mark=file.mark(after))
            yield self.batch(lines)

    def read_moved(self) -> Iterator[Batch]:
        """Read on in the file that stood at the path, while nothing stands there."""
        mark = self.position.mark
        if mark:
            moved = find_moved(mark, self._path)
            yield from self._finish(mark, moved)
            if moved:
                moved.close()

    def _finish(self, mark: Mark, moved: LogFile | None) -> Iterator[Batch]:
        """Read the rest of a file that no longer stands at its path. A renamed one may still be written to, so it is kept in sight."""
        if moved is None:
            self.position = replace(self.position, mark=None)
            if mark.offset or mark.size:
                self._notes += (f"{self._path} was cut short or replaced; what was written to it just before then is not counted.",)
            return
        keeps = moved.is_inode_of(mark) and not moved.is_compressed
        earlier = self.position.previous
        self.position = replace(self.position, mark=None, previous=self._with(earlier, moved.mark(mark.offset)) if keeps else earlier)
        for lines, offset in _lines(moved, mark.offset, takes_rest=not keeps):
            after = moved.mark(offset)
            if keeps:
                self.position = replace(self.position, previous=self._with(earlier, after))
            yield self._unfinished(lines, after, keeps)

    def _unfinished(self, lines: tuple[str, ...], after: Mark, keeps: bool) -> Batch:
        """Make a batch whose checkpoint goes on in a copy, should there be none behind it."""
        if keeps:
            return self.batch(lines)
        held, self.position = self.position, replace(self.position, mark=after)
        made = self.batch(lines)
        self.position = held
        return made

    @staticmethod
    def _with(marks: tuple[Mark, ...], mark: Mark) -> tuple[Mark, ...]:
        return (*marks, mark)[-GENERATIONS:]
