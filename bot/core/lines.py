"""Blocks of log lines: bytes of complete lines, each ended by a newline, as log sources read them and as windows count them.

Blocks are bytes, not lists of text, since most lines are only counted: nothing is done for each of them.
"""

import re
from collections.abc import Iterable

LONGEST_LINE = 1 << 20  # bytes; a longer one is cut there, and its pieces are lines

_NOTHING_BUT_NULS = re.compile(rb"^\0+\r?\n", re.MULTILINE)


def block_of(lines: Iterable[str | bytes]) -> bytes:
    """Return lines as one block. A newline within a line makes two of it."""
    return b"".join((line.encode("utf-8", "replace") if isinstance(line, str) else line) + b"\n" for line in lines)


def lines_of(block: bytes) -> list[str]:
    """Return the lines of a block as text: broken encodings replaced, without the carriage return of Windows."""
    return [text_of(line) for line in block.split(b"\n")[:-1]]


def text_of(line: bytes) -> str:
    """Return one line, given without its newline, as text."""
    return line.removesuffix(b"\r").decode("utf-8", "replace")


def without_nuls(block: bytes) -> bytes:
    """Return a block without NUL bytes: the hole that a truncation leaves under a writer that does not append is no line."""
    if b"\0" not in block:
        return block
    return _NOTHING_BUT_NULS.sub(b"", block).replace(b"\0", b"")


def cut_long_lines(block: bytes, longest: int = LONGEST_LINE) -> bytes:
    """Return a block in which every line of more than `longest` bytes is cut into pieces of that length, the last one shorter."""
    pieces, start, at = [], 0, 0
    while len(block) - at > longest:
        newline = block.rfind(b"\n", at, at + longest + 1)
        if newline >= 0:
            at = newline + 1
            continue
        at += longest
        pieces.append(block[start:at])
        start = at
    return b"\n".join((*pieces, block[start:])) if pieces else block
