"""Log streams: what is new behind one path, in the file that stands there and in those that were rotated away from it."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from bot.adapters.logs.folders import Folders
from bot.adapters.logs.generations import (
    LITTLE,
    find_copy,
    find_moved,
    generation_before,
    newest_generation,
    next_generation,
    oldest_generation,
)
from bot.adapters.logs.marks import LogFile, Mark, Position
from bot.core.entries import are_of_containers, end_of_whole
from bot.core.lines import LONGEST_LINE as LONGEST_LINE
from bot.core.lines import cut_long_lines, without_nuls
from bot.ports.logs import Batch, Checkpoint

BLOCK = 2 << 20  # bytes read at once; more than the longest line
_PEEK = 16 << 10
GENERATIONS = 3  # rotated files that are kept in sight, since their writer may still hold them open
IDLE_READS = 3  # reads without growth after which a rotated file counts as finished,
IDLE_FOR_S = 900.0  # and nothing was written to it for so long: around a release reads come within minutes


class Readable(Protocol):
    """Something of a size that is read from an offset on."""

    @property
    def size(self) -> int: ...
    def read(self, offset: int, length: int) -> bytes: ...


class LogStream:
    """One path during one read.

    Args:
        position: where it goes on.
        saved: what the journal holds for it, None when nothing.
        folders: where it stands, with the paths of all streams that are read now.

    Attributes:
        is_gone: whether what it went on in is nowhere any more.
        failure: why reading ended where it did, when the disk failed.
    """

    def __init__(self, path: str, position: Position, saved: Position | None, folders: Folders) -> None:
        self._path = path
        self._folders = folders
        self._position = position
        self._was_refused = position.refused
        self._told = saved
        self.is_gone = False
        self.failure: OSError | None = None
        self._notes: tuple[str, ...] = ()
        self._unreadable: tuple[str, ...] = ()

    def read(self) -> Iterator[Batch]:
        """Yield what is new, then where the stream stands if that has changed since it was told last."""
        try:
            yield from self._read()
        except OSError as error:
            self.failure = error
            self._refuse(error)
            yield self._batch(b"")

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to go on with: what comes to the path begins anew."""
        return self._path not in self._folders.live and self._position.mark is None and not self._position.previous

    def _read(self) -> Iterator[Batch]:
        yield from self._read_previous()
        try:
            file = LogFile(self._path) if self._path in self._folders.live else None
        except FileNotFoundError:
            file = None
        except OSError as error:
            self._refuse(error)
        else:
            yield from self._read_current(file)
        if self._position != self._told or self._notes or self._unreadable:
            yield self._batch(b"")

    def _batch(self, data: bytes) -> Batch:
        notes, self._notes, self._told = self._notes, (), self._position
        return Batch(data, Checkpoint(self._path, self._position.as_json()), notes, unreadable=self._unreadable)

    def _refuse(self, error: OSError) -> None:
        """Note once that the file can't be read, and say each time that it still can't; its position stays for the day when it can."""
        why = f"{self._path} can't be read: {error.strerror or error}."
        self._position = replace(self._position, refused=True)
        if self._was_refused:
            self._unreadable = (why,)
        else:
            self._notes += (why,)

    def _read_current(self, file: LogFile | None) -> Iterator[Batch]:
        mark = self._position.mark
        if file and file.is_packed:
            file.close()
            return
        begun = oldest_generation(self._path, self._folders) if mark and self._position.empty and not mark.head_len else None
        if begun:
            if file:
                file.close()
            known = next((each for each in reversed(self._position.previous) if begun.is_inode_of(each) and begun.continues(each)), None)
            self._position = replace(self._position, previous=tuple(each for each in self._position.previous if each != known))
            yield from self._leave(known or begun.mark(0), begun)  # what was empty when it was left may have been written to late
        elif mark is None:
            if file:
                yield from self._begin(file, _last_line_end(file) if self._position.from_end else 0)
        elif file and file.is_inode_of(mark) and file.continues(mark):
            copy = find_copy(mark, file, self._path, self._folders, self._position.before)
            if copy:
                file.close()
                yield from self._leave(mark, copy)
            else:
                yield from self._go_on(file, mark.offset)
        else:
            moved = find_moved(mark, self._path, self._folders, self._position.before, is_over=self._position.empty)
            if file and mark.offset and file.continues(mark) and not (moved and (mark.offset <= LITTLE or moved.is_inode_of(mark))):
                # The same lines under another inode, and the old one nowhere: copied back, or synchronised from elsewhere.
                if moved:
                    moved.close()
                yield from self._go_on(file, mark.offset)
            elif moved:
                if file:
                    file.close()
                yield from self._leave(mark, moved)
            elif self._position.empty and (begun := oldest_generation(self._path, self._folders, mark.mtime_ns)):
                # The generation behind which an empty file was waited for was deleted.
                if file:
                    file.close()
                yield from self._leave(begun.mark(0), begun)
            elif file or mark.head_len or not self._position.empty:  # else it was empty and is gone: its first generation is waited for
                is_lost = mark.size > 0 and not self._position.empty
                self._position = replace(self._position, mark=None)
                self.is_gone = is_lost and file is None
                if is_lost and file:
                    self._notes += (f"{self._path} was cut short or replaced; what was written just before then is not counted.",)
                if file:
                    yield from self._begin(file, 0)

    def _begin(self, file: LogFile, offset: int) -> Iterator[Batch]:
        """Read a file that stands at the path, of which nothing was read."""
        self._position = replace(self._position, before=generation_before(file, self._path, self._folders) if file.size else None)
        yield from self._go_on(file, offset)

    def _go_on(self, file: LogFile, offset: int) -> Iterator[Batch]:
        """Read the file that stands at the path."""
        with file:
            here = _moved_on(self._position.mark, file, offset)
            is_idle = self._told is not None and here == self._told.mark
            since_ns = 0 if file.size else file.mtime_ns
            self._position = replace(self._position, mark=here, from_end=False, refused=False, empty=not file.size, since_ns=since_ns)
            if not file.size:
                self._wait_behind(file)
            for data, after in blocks(file, offset, is_idle=is_idle):
                ahead = file.mark(after)
                if not file.still_holds(here, after):  # it was truncated since it was opened: the next read finds the copy
                    return
                here = ahead
                self._position = replace(self._position, mark=here)
                yield self._batch(data)

    def _wait_behind(self, file: LogFile) -> None:
        """Mark the generation before a file that is empty: what is begun after that one is new."""
        last = newest_generation(file, self._path, self._folders)
        if last is None:
            return
        with last:
            known = next(
                (each for each in reversed(self._position.previous) if last.is_same_as(each)), None
            )  # its writer may still hold it open
            previous = tuple(each for each in self._position.previous if each != known)
            before = newest_generation(last, self._path, self._folders)
            self._position = replace(
                self._position,
                mark=known or last.mark(_last_line_end(last)),
                previous=previous,
                before=before.mark(before.size) if before else None,
            )
            if before:
                before.close()

    def _leave(self, mark: Mark, moved: LogFile) -> Iterator[Batch]:
        """Read the rest of a file that no longer stands at the path, then those that were begun after it, up to the one that stands there now."""
        since_ns = self._position.since_ns or mark.mtime_ns
        self._position = replace(self._position, since_ns=since_ns)
        while True:
            with moved:
                is_copy = moved.is_compressed or not moved.is_inode_of(mark)
                for data, after in blocks(moved, mark.offset, takes_rest=is_copy, is_idle=moved.size == mark.size):  # a copy grows no more
                    mark = moved.mark(after)
                    self._position = replace(self._position, mark=mark)
                    yield self._batch(data)
                following = next_generation(moved, self._path, self._folders, since_ns)
                if following is None or self._is_waited_for(following, moved):
                    # Nothing stands at the path yet, or nothing by which it could be known again: what will is looked for from here.
                    if following:
                        following.close()
                    self._position = replace(self._position, mark=moved.mark(mark.offset), empty=True)
                    if not moved.size:
                        self._wait_behind(moved)
                    return
                previous = self._position.previous
                if not is_copy and (
                    moved.size or moved.born_ns
                ):  # its writer may still hold it open; an empty one is known by its birth alone
                    previous = (*previous, moved.mark(mark.offset))
                self._position = replace(
                    self._position, mark=following.mark(0), previous=previous, empty=False, before=moved.mark(mark.offset)
                )
            for older in previous[:-GENERATIONS]:
                yield from self._read_rotated(older, is_last_time=True)
            if following.path == self._path:
                yield from self._go_on(following, 0)
                return
            moved, mark = following, following.mark(0)

    def _is_waited_for(self, following: LogFile, moved: LogFile) -> bool:
        """Say whether a file that stands empty at the path is known by the generation before it, or what was moved away, rather than by its birth."""
        if following.path != self._path or following.size:
            return False
        if not following.born_ns or not (moved.size or os.path.islink(self._path)):  # noqa: PTH114 - a name may hold any bytes
            return True
        last = newest_generation(following, self._path, self._folders)
        if last:
            last.close()
        return last is not None

    def _read_previous(self) -> Iterator[Batch]:
        """Read what was still written to files after they were rotated away, and let go of those that are finished."""
        for mark in self._position.previous:
            yield from self._read_rotated(mark)

    def _read_rotated(self, mark: Mark, *, is_last_time: bool = False) -> Iterator[Batch]:
        others = tuple(each for each in self._position.previous if each != mark)
        file = find_moved(mark, self._path, self._folders, is_over=True)
        if file is None:
            self._position = replace(self._position, previous=others)
            if mark.size > mark.offset:
                self._notes += (f"A rotated file of {self._path} is gone; its last line was not complete and is not counted.",)
            return
        with file:
            idle = 0 if file.size > mark.size else min(mark.idle + 1, IDLE_READS)
            is_idle = idle == IDLE_READS and time.time() - file.mtime_ns / 1e9 >= IDLE_FOR_S
            is_finished = file.is_compressed or is_idle or is_last_time
            latest = replace(mark, idle=idle, size=file.size)
            before = self._position.before
            is_before = before is not None and (before.ino, before.born_ns) == (mark.ino, mark.born_ns)
            for data, after in blocks(file, mark.offset, takes_rest=is_finished, is_idle=idle > 0):
                latest = file.mark(after, idle)
                before = replace(latest, idle=0) if is_before else before
                self._position = replace(self._position, previous=(*others, latest), before=before)
                yield self._batch(data)
            before = replace(latest, idle=0) if is_before else before
            self._position = replace(self._position, previous=others if is_finished else (*others, latest), before=before)


def _moved_on(mark: Mark | None, file: LogFile, offset: int) -> Mark:
    """Return the mark as it was when nothing has changed, so that an idle file costs no write."""
    if mark and (mark.offset, mark.dev, mark.ino, mark.size, mark.mtime_ns) == (offset, file.dev, file.ino, file.size, file.mtime_ns):
        return mark
    return file.mark(offset)


def _length_to_read(file: Readable, offset: int) -> int:
    """Return a length that ends at a newline where there is one: cutting a block costs as much again as reading it."""
    ahead = offset + BLOCK - _PEEK
    if not isinstance(file, LogFile) or file.is_compressed or offset + BLOCK > file.size:
        return BLOCK
    newline = file.read(ahead, _PEEK).rfind(b"\n")
    return BLOCK if newline < 0 else BLOCK - _PEEK + newline + 1


def blocks(file: Readable, offset: int, takes_rest: bool = False, is_idle: bool = False) -> Iterator[tuple[bytes, int]]:
    """Yield the complete lines from `offset` on, in blocks, each with the offset behind it.

    A partial last line waits unless `takes_rest`, and so does a line of which a container runtime wrote only parts, with what stands behind it unless
    `is_idle`: nothing came since the last read. A line is cut every LONGEST_LINE bytes, wherever the blocks and the writes end.
    """
    while block := file.read(offset, _length_to_read(file, offset)):
        end = block.rfind(b"\n") + 1
        if end and are_of_containers(block) and not (takes_rest and offset + len(block) >= file.size):
            complete = end_of_whole(block, end, is_idle=is_idle)
            if not complete and len(block) <= LONGEST_LINE:
                return
            end = complete or end
        whole = block[:end]
        if not end and takes_rest and offset + len(block) >= file.size and len(block) <= LONGEST_LINE:
            end, whole = len(block), block + b"\n"
        elif not end:
            end = (len(block) - 1) // LONGEST_LINE * LONGEST_LINE  # exactly as long as allowed may yet be a whole line
            whole = block[:end] + b"\n"
        if not end:
            return
        offset += end
        yield without_nuls(cut_long_lines(whole)), offset


def _last_line_end(file: LogFile) -> int:
    """Return the offset behind the last complete line."""
    start = max(0, file.size - LONGEST_LINE)
    found = file.read(start, LONGEST_LINE).rfind(b"\n")
    if found >= 0:
        return start + found + 1
    return 0 if start == 0 else file.size
