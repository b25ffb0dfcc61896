"""Container logs: what the container runtime writes around each line that a container prints.

Containerd and CRI-O write `2024-05-01T12:00:00.000000000Z stdout F message`, where `P` in place of `F` marks a part of a line that goes on with the next entry
of that stream. Docker's json-file driver writes `{"log":"message\\n","stream":"stdout","time":"2024-05-01T12:00:00.000000000Z"}`; without the newline
it is a part.

Sources: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md,
https://docs.docker.com/engine/logging/drivers/json-file/
"""

import json
import re
from typing import NamedTuple

from bot.core.interleaved import Interleaved
from bot.core.lines import cut_long_lines

_TIME = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
_CRI = re.compile(rb"(%s (stdout|stderr)) ([FP])(?::[^ \n]*)?(?: |$)" % _TIME, re.MULTILINE)
_DOCKER = b'{"log":"'


class _Entry(NamedTuple):
    """What a container printed: when and where to, and a line or a part of one."""

    header: bytes
    writer: str
    message: bytes
    is_part: bool


def are_entries(block: bytes) -> bool:
    """Say whether a block, or a file that begins so, holds what a container runtime writes."""
    return block.startswith(_DOCKER) or _CRI.match(block) is not None


def end_of_whole(block: bytes, end: int) -> int:
    """Return where, up to `end`, the last line is complete that a container printed: parts of one wait for the rest. 0 when there are only parts."""
    while end:
        start = block.rfind(b"\n", 0, end - 1) + 1
        entry = _entry_of(block[start : end - 1])
        if entry is None or not entry.is_part:
            break
        end = start
    return end


class Unwrapper:
    """Unwraps the entries of one container's log: what goes on with an event loses its header, and parts of a line become one.

    Other lines keep their headers, which say when they were written; lines that are no entries stay as they are.

    Args:
        carried: what `carried` said when the lines before these were taken.
    """

    def __init__(self, carried: str = "") -> None:
        self._lines = Interleaved(carried)

    def unwrap(self, block: bytes) -> bytes:
        """Add a block of complete lines, and return those that nothing will go on with."""
        parts: dict[str, list[bytes]] = {}
        for line in block.split(b"\n")[:-1]:
            entry = _entry_of(line) or _Entry(b"", "", line, False)
            if entry.is_part:
                parts.setdefault(entry.writer, []).append(entry.message)
                continue
            before = parts.pop(entry.writer, None) if parts else None
            self._lines.add(entry.writer, entry.header, b"".join([*before, entry.message]) if before else entry.message)
        for writer, messages in parts.items():  # there is no more room to wait for the rest
            self._lines.add(writer, b"", b"".join(messages))
        return cut_long_lines(self._lines.take(keeps_open=True))

    def rest(self) -> bytes:
        """Return the lines that were kept back: nobody knows when the next one comes."""
        return cut_long_lines(self._lines.take())

    @property
    def carried(self) -> str:
        """What is to be known, behind the `rest`, when reading goes on later."""
        return self._lines.carried


def _entry_of(line: bytes) -> _Entry | None:
    found = _CRI.match(line)
    if found:
        return _Entry(found[1] + b" F ", found[2].decode(), line[found.end() :], found[3] == b"P")
    if not line.startswith(_DOCKER):
        return None
    try:
        said = json.loads(line)
        message, stream, time = said["log"], said["stream"], said["time"]
        header = f"{time} {stream} F ".encode()
        return _Entry(
            header, str(stream), message.removesuffix("\n").removesuffix("\r").encode("utf-8", "replace"), not message.endswith("\n")
        )
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return None
