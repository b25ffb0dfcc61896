"""Marks: where reading a log file stands, and how the file is known again when it was renamed, copied, compressed, cut short or replaced.

An inode's number is reused at once, and the first bytes alone are the same in many files. So a mark holds both, when the file was made, and a hash of the
bytes before the offset.
"""

import errno
import gzip
import os
import re
import stat
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2s
from typing import Any

from bot.adapters.logs.births import born_ns
from bot.adapters.logs.positions import position_of, unreadable

HEAD = 1024
TAIL = 256
_PACKED = re.compile(rb"\x1f\x8b\x08|BZh[1-9]1AY&SY|\xfd7zXZ\0|\x28\xb5\x2f\xfd|\x04\x22M\x18|PK\x03\x04")


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file was read. `size` and `mtime_ns` are what they were then; `idle` counts the reads since it last grew, once it was rotated away.
    `born_ns` is 0 where nobody tells when it was made."""

    dev: int
    ino: int
    offset: int = 0
    head_len: int = 0
    head_hash: str = ""
    tail_len: int = 0
    tail_hash: str = ""
    size: int = 0
    mtime_ns: int = 0
    idle: int = 0
    born_ns: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: object) -> "Mark":
        """Read what `as_json` wrote.

        Raises:
            Unavailable: it has another form.
        """
        return position_of(cls, body)


@dataclass(frozen=True, slots=True)
class Position:
    """Where one stream stands: in its file, and in files that were rotated away.

    Where what stood at the path was empty, nothing tells it from any other file: then the mark is of the generation before it, or of itself when there was
    none, so that whatever is a generation later was begun since.

    `before` is the generation that was rotated away last before the file of the mark was begun. `since_ns` is when the last file that was read at the path, or
    stood there empty, had been written to last: nothing that was begun since is older. What is read of it later, under another name, may be younger than
    what was begun after it. 0 while reading goes on at the path.
    """

    mark: Mark | None = None
    previous: tuple[Mark, ...] = ()
    from_end: bool = False  # it was there, unread, when the watch began
    refused: bool = False  # that it can't be read was told
    empty: bool = False  # what stood at the path
    before: Mark | None = None
    since_ns: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "file": self.mark.as_json() if self.mark else None,
            "previous": [mark.as_json() for mark in self.previous],
            "from_end": self.from_end,
            "refused": self.refused,
            "empty": self.empty,
            "before": self.before.as_json() if self.before else None,
            "since_ns": self.since_ns,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Position":
        """Read what `as_json` wrote.

        Raises:
            Unavailable: it has another form.
        """
        mark, older, before, since_ns = body.get("file"), body.get("previous", []), body.get("before"), body.get("since_ns", 0)
        if not isinstance(older, list):
            raise unreadable("previous")
        if not isinstance(since_ns, int):
            raise unreadable("since_ns")
        previous = tuple(map(Mark.from_json, older))
        return cls(
            Mark.from_json(mark) if mark else None,
            previous,
            bool(body.get("from_end")),
            bool(body.get("refused")),
            bool(body.get("empty")),
            Mark.from_json(before) if before else None,
            since_ns,
        )


class LogFile:
    """One file, open for reading: whatever happens to its name, this stays the same file. `size` is what it was when it was opened."""

    def __init__(self, path: str) -> None:
        """Open a regular file.

        Raises:
            OSError: it is gone, may not be read, or is no regular file (a pipe would never answer).
        """
        self.path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._unpacked: _Unpacked | None = None
        self._born_ns: int | None = None
        try:
            found = _status_of_regular(self._fd, path)
            self.dev, self.ino, self.mtime_ns, self.size = found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
            if self.is_compressed:
                self._unpacked = _Unpacked(self._fd)
                self.size = self._unpacked.size
            self._head = self.read(0, HEAD)
        except OSError:
            self.close()
            raise

    @property
    def is_compressed(self) -> bool:
        return self.path.endswith(".gz")

    @property
    def is_packed(self) -> bool:
        """Whether it is compressed and its name does not say so: what compresses calls it by another one until it is finished."""
        return self._unpacked is None and _PACKED.match(self._head) is not None

    @property
    def born_ns(self) -> int:
        """When it was made; 0 where nobody tells."""
        if self._born_ns is None:
            self._born_ns = born_ns(self._fd)
        return self._born_ns

    @property
    def is_cut_short(self) -> bool:
        """Whether it no longer reaches to its `size`."""
        return self._unpacked is None and os.fstat(self._fd).st_size < self.size

    def __enter__(self) -> "LogFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._unpacked:
            self._unpacked.close()
        os.close(self._fd)

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset` on, of a compressed file those that it holds unpacked."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        if self._unpacked:
            return self._unpacked.read(offset, length)
        return os.pread(self._fd, length, offset)

    def mark(self, offset: int, idle: int = 0) -> Mark:
        """Mark that the file was read up to `offset`."""
        tail = self.read(max(0, offset - TAIL), min(TAIL, offset))
        head = self._head
        return Mark(
            self.dev, self.ino, offset, len(head), _hash(head), len(tail), _hash(tail), self.size, self.mtime_ns, idle, self.born_ns
        )

    def is_inode_of(self, mark: Mark) -> bool:
        """Say whether this is the very file on the disk. Where nobody tells when a file was made, its number may be another one's by now.

        A file system that is mounted anew may have another device number: then the file must begin as it did.
        """
        if self.ino != mark.ino or not (self.dev == mark.dev or self._begins_as(mark)):
            return False
        is_untouched = (self.size, self.mtime_ns) == (mark.size, mark.mtime_ns)
        return is_untouched or not mark.born_ns or self.born_ns in (0, mark.born_ns)

    def is_same_as(self, mark: Mark) -> bool:
        """Say whether this is the file of a mark, or a copy of it that holds no more."""
        return (self.size == mark.size or self.is_inode_of(mark)) and self.continues(mark)

    def stands_at(self, path: str) -> bool:
        """Say whether this file still stands at a path, and is not cut short."""
        try:
            found = os.stat(path)  # noqa: PTH116
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (self.dev, self.ino) and found.st_size >= self.size

    def still_holds(self, mark: Mark, offset: int) -> bool:
        """Say whether this file, which was opened some time ago, was not truncated since: it reaches to `offset` and holds what was read up to the mark."""
        if self._unpacked:
            return True
        self.size = os.fstat(self._fd).st_size
        self._head = self.read(0, HEAD)
        return self.size >= offset and self.continues(mark)

    def continues(self, mark: Mark) -> bool:
        """Say whether this holds what was read up to the mark, so that reading can go on here."""
        if self.size < mark.offset:
            return False
        if not mark.head_len:  # it was empty: only the inode tells, and from 0 is right anyway
            return self.is_inode_of(mark)
        if not self._begins_as(mark):
            return False
        return _hash(self.read(mark.offset - mark.tail_len, mark.tail_len)) == mark.tail_hash

    def _begins_as(self, mark: Mark) -> bool:
        return 0 < mark.head_len <= self.size and _hash(self._head[: mark.head_len]) == mark.head_hash


class _Unpacked:
    """What a gzip file holds, read from front to back: going back further than to the last read means unpacking it from its beginning."""

    def __init__(self, fd: int) -> None:
        self._packed = os.fdopen(os.dup(fd), "rb")
        self._file = gzip.GzipFile(fileobj=self._packed)
        self._start, self._held = 0, b""
        self.size = 0
        try:
            while block := self._file.read(1 << 20):
                self.size += len(block)
        except (EOFError, OSError, zlib.error):
            self.size = 0  # broken, or still being written: there is nothing in it yet

    def close(self) -> None:
        self._packed.close()

    def read(self, offset: int, length: int) -> bytes:
        end = self._start + len(self._held)
        if not self._start <= offset <= end or end == 0:
            self._file.seek(offset)
            self._start, self._held, end = offset, b"", offset
        if offset + length > end:
            kept = max(self._start, offset - TAIL)
            self._held = self._held[kept - self._start :] + self._file.read(offset + length - end)
            self._start = kept
        return self._held[offset - self._start : offset - self._start + length]


def _status_of_regular(fd: int, path: str) -> os.stat_result:
    found = os.fstat(fd)
    if stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EISDIR, "it is a folder", path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no regular file", path)
    return found


def _hash(piece: bytes) -> str:
    return blake2s(piece, digest_size=8).hexdigest()
