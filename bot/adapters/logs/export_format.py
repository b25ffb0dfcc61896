"""systemd's journal export format, read entry by entry in bounded memory.

An entry is a run of fields, ended by an empty line. A field is `NAME=value` in one line or, when the value holds a line end or other control characters,
the name alone in a line, the value's length as 64 bits (little endian), the value and a line end.

Source: https://systemd.io/JOURNAL_EXPORT_FORMATS/
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Protocol

LONGEST_VALUE = 1 << 20  # bytes kept of a value; the rest is passed over
_CHUNK = 1 << 16
_LENGTH = struct.Struct("<Q")

CUT = "(cut)"  # the field that names those whose value was cut


class Stream(Protocol):
    """Bytes that are read from front to back."""

    def read(self, size: int, /) -> bytes: ...
    def readline(self, size: int, /) -> bytes: ...


def read_entries(stream: Stream) -> Iterator[Mapping[str, bytes]]:
    """Yield each complete entry: name → value, the last one where a name stands more than once. What is cut off at the end is left out."""
    entry: dict[str, bytes] = {}
    while line := stream.readline(LONGEST_VALUE + _CHUNK):
        if line == b"\n":
            if entry:
                yield entry
            entry = {}
            continue
        name, is_text, value = line.partition(b"=")
        key = name.rstrip(b"\n").decode("ascii", "replace")
        if is_text:
            rest = 0 if line.endswith(b"\n") else _skip_line(stream)
            value = value.removesuffix(b"\n")
            is_cut = rest > 0 or len(value) > LONGEST_VALUE
            value = value[:LONGEST_VALUE]
        else:
            length = stream.read(_LENGTH.size)
            if len(length) < _LENGTH.size:
                return
            size = _LENGTH.unpack(length)[0]
            value = stream.read(min(size, LONGEST_VALUE))
            is_cut = size > LONGEST_VALUE
            if not _skip(stream, size - len(value) + 1):
                return
        entry[key] = value
        if is_cut:
            entry[CUT] = key.encode()


def _skip_line(stream: Stream) -> int:
    """Read on to the line's end and return how much there was."""
    skipped = 0
    while piece := stream.readline(_CHUNK):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _skip(stream: Stream, count: int) -> bool:
    """Read `count` bytes and let them go; False when the stream ends before."""
    while count > 0:
        piece = stream.read(min(count, _CHUNK))
        if not piece:
            return False
        count -= len(piece)
    return True
