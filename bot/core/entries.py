"""Entries: what container runtimes, syslog and others write around each line that a program prints, also around those of one stack trace.

Containerd and CRI-O write `2024-05-01T12:00:00.000000000Z stdout F message`, where `P` in place of `F` marks a part of a line that goes on with the next entry
of that stream. Docker's json-file driver writes `{"log":"message\\n","stream":"stdout","time":"2024-05-01T12:00:00.000000000Z"}`; without the newline
it is a part. Syslog writes `May  1 12:00:00 host program[4711]: message`, or the time as the others do; rsyslog writes a tab as `#011`.
`kubectl logs --timestamps`, `docker logs --timestamps` and the like write `2024-05-01T12:00:00.000000000Z message`.

Sources: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md,
https://docs.docker.com/engine/logging/drivers/json-file/, https://www.rfc-editor.org/rfc/rfc3164 (section 4.1),
https://www.rsyslog.com/doc/configuration/input_directives/rsconf1_escapecontrolcharactersonreceive.html
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from bot.core.interleaved import Interleaved
from bot.core.lines import LONGEST_LINE, cut_long_lines

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

_TIME = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
_CRI = re.compile(rb"(%s (stdout|stderr)) ([FP])(?::[^ \n]*)?(?: |$)" % _TIME, re.MULTILINE)
_DOCKER = b'{"log":"'
_SYSLOG = re.compile(
    rb"(?:%s|[A-Z][a-z]{2} [ 0-3][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}) ([^\s]+ (?![0-9]+:)[^\s\[\]:]+(?:\[[0-9]+\])?): ?" % _TIME
)
_DATED = re.compile(rb"%s ()" % _TIME)
_TAB = b"#011"
_PATIENCE_S = 60.0  # for the rest of a line, while the other stream goes on; runtimes take milliseconds, but some write what a program says without a newline
# What every trace has. Where no line that begins with a header goes on with it, a block of syslog or the like is not unwrapped, which would take long: of its
# last lines only is kept in mind what the next block may go on with.
_FRAMES = (b"\tat ", b"#011at ", b"   at ", b'  File "', b"\t/", b"#011/", b"\tfrom ", b"#011from ")
_LOOKED_AT = 8  # of a block's frames
_AWAY = 4  # bytes between a header and a frame, at most: their blanks
_LAST = 8  # lines
_FIRST = 32  # lines of such a block that may be the end of a trace whose frames came before it


class _Entry(NamedTuple):
    """What somebody printed: what stands in front, who it was, and a line or a part of one."""

    header: bytes
    writer: str
    message: bytes
    is_part: bool = False


class _Runtime(NamedTuple):
    """How a container runtime's entries look."""

    part: re.Pattern[bytes]  # finds those that are parts, and some others, too
    whole: bytes  # stands in those that end a line of a stream


_CRIS = _Runtime(re.compile(rb" std(?:out|err) P"), b" %s F")
_DOCKERS = _Runtime(re.compile(rb'(?:[^n]|[^\\]n)","stream":"'), b'\\n","stream":"%s"')


def are_of_containers(block: bytes) -> bool:
    """Say whether a block, or a file that begins so, holds what a container runtime writes."""
    return block.startswith(_DOCKER) or _CRI.match(block) is not None


def are_entries(block: bytes) -> bool:
    """Say whether a block begins with an entry."""
    return are_of_containers(block) or _form_of(block) is not None


def without_header(line: bytes) -> bytes:
    """Return what was printed, of a line of syslog or of one with its time in front."""
    form = _form_of(line)
    entry = _read(form, line) if form else None
    return entry.message if entry else line


def end_of_whole(block: bytes, end: int, *, is_idle: bool = False) -> int:
    """Return where, up to `end`, reading ends so that no line is torn of which a container runtime wrote only parts: they wait for the rest.

    What the other stream prints behind them waits as well, for at most a minute by its own time, or 1 MiB. 0 when all of it waits.

    Args:
        is_idle: nothing came since the last time: then parts wait only where nothing of the other stream stands behind them.
    """
    for start, part in sorted(_open_parts(block, end)):
        if end - start > LONGEST_LINE:
            continue
        last = _last_of_others(block, start, end, part.writer)
        if last is None or not (is_idle or _seconds_between(part, last) > _PATIENCE_S):
            return start
    return end


def _open_parts(block: bytes, end: int) -> list[tuple[int, _Entry]]:
    """Return, for each stream, where a line begins of which there are only parts up to `end`."""
    runtime = _DOCKERS if block.startswith(_DOCKER) else _CRIS
    if runtime is _DOCKERS and block.count(b'","stream":"', 0, end) == block.count(b'\\n","stream":"', 0, end):
        return []  # there are no parts, which is told in a tenth of the time
    found: dict[str, tuple[int, _Entry]] = {}
    looked_at: dict[str, int] = {}
    for hit in runtime.part.finditer(block, 0, end):
        start = block.rfind(b"\n", 0, hit.start()) + 1
        entry = _of_container(block[start : block.find(b"\n", start)])
        if entry and entry.is_part:
            is_first = entry.writer not in found or _is_whole_between(block, looked_at[entry.writer], start, entry.writer, runtime)
            found[entry.writer] = (start, entry) if is_first else found[entry.writer]
            looked_at[entry.writer] = start
    return [each for writer, each in found.items() if not _is_whole_between(block, looked_at[writer], end, writer, runtime)]


def _is_whole_between(block: bytes, start: int, end: int, writer: str, runtime: _Runtime) -> bool:
    """Say whether a stream's line ends between two lines."""
    text = runtime.whole % writer.encode()
    at = block.find(text, start, end)
    while at >= 0:
        entry = _of_container(block[block.rfind(b"\n", 0, at) + 1 : block.find(b"\n", at)])
        if entry and not entry.is_part and entry.writer == writer:
            return True
        at = block.find(text, at + 1, end)
    return False


def _last_of_others(block: bytes, start: int, end: int, writer: str) -> _Entry | None:
    """Return the last entry between two places that is not of a stream."""
    while end > start:
        before = block.rfind(b"\n", 0, end - 1) + 1
        entry = _of_container(block[before : end - 1])
        if entry and entry.writer != writer:
            return entry
        end = before
    return None


def _seconds_between(one: _Entry, other: _Entry) -> float:
    with suppress(ValueError):
        return abs((_time_of(other) - _time_of(one)).total_seconds())
    return 0.0


def _time_of(entry: _Entry) -> datetime:
    return datetime.fromisoformat(entry.header.split(b" ", 1)[0].decode())


class Unwrapper:
    """Unwraps the entries of one log: what goes on with an event stands behind it and loses its header, and parts of a line become one.

    Other lines keep their headers, which say when they were written; what is no entry goes with the line before it.

    Args:
        carried: what `carried` said when the lines before these were taken.
    """

    def __init__(self, carried: str = "") -> None:
        self._lines = Interleaved(carried)

    def unwrap(self, block: bytes) -> bytes:
        """Add a block of complete lines, and return those that nothing will go on with."""
        if are_of_containers(block):
            self._add(block, _of_container)
        elif form := _form_of_traces(block):
            self._add(block, partial(_read, form))
        else:
            entry_of = partial(_read, _form_of(block) or _DATED)
            start = _end_of_first(block, _FIRST, entry_of) if self._lines.is_open else 0
            self._add(block[:start], entry_of)
            kept = self.rest()
            if start < len(block):
                self._lines = Interleaved()
                self._add(block[max(start, _start_of_last(block, _LAST)) :], entry_of)
                self._lines.take()
            return kept + block[start:]
        return cut_long_lines(self._lines.take(keeps_open=True))

    def _add(self, block: bytes, entry_of: Callable[[bytes], _Entry | None]) -> None:
        parts: dict[str, list[bytes]] = {}
        for line in block.split(b"\n")[:-1]:
            entry = entry_of(line)
            if entry is None:
                self._lines.follow(line)
            elif entry.is_part:
                parts.setdefault(entry.writer, []).append(entry.message)
            else:
                before = parts.pop(entry.writer, None) if parts else None
                self._lines.add(entry.writer, entry.header, b"".join([*before, entry.message]) if before else entry.message)
        for writer, messages in parts.items():  # there is no more room to wait for the rest
            self._lines.add(writer, b"", b"".join(messages))

    def rest(self) -> bytes:
        """Return the lines that were kept back: nobody knows when the next one comes."""
        return cut_long_lines(self._lines.take())

    @property
    def carried(self) -> str:
        """What is to be known, behind the `rest`, when reading goes on later."""
        return self._lines.carried


def _form_of(block: bytes) -> re.Pattern[bytes] | None:
    return next((form for form in (_SYSLOG, _DATED) if form.match(block)), None)


def _form_of_traces(block: bytes) -> re.Pattern[bytes] | None:
    """Return in which form a block holds the frames of traces; None when it seems to hold none in any."""
    if not _form_of(block):
        return None
    hits = _finder().find_matches_as_indexes(block)
    for _, frame, _ in hits[:: len(hits) // _LOOKED_AT + 1]:
        start = block.rfind(b"\n", 0, frame) + 1
        for form in (_SYSLOG, _DATED):
            header = form.match(block, start)
            if header and abs(frame - header.end()) <= _AWAY:
                return form
    return None


@cache
def _finder() -> "BytesAhoCorasick":
    from ahocorasick_rs import BytesAhoCorasick, MatchKind

    return BytesAhoCorasick(_FRAMES, matchkind=MatchKind.LeftmostFirst)


def _end_of_first(block: bytes, lines: int, entry_of: Callable[[bytes], _Entry | None]) -> int:
    """Return where the first lines of a block end, with those behind them that go with the last one."""
    at = 0
    while at < len(block):
        end = block.find(b"\n", at)
        if lines <= 0 and entry_of(block[at:end]):
            break
        at = end + 1
        lines -= 1
    return at


def _start_of_last(block: bytes, lines: int) -> int:
    at = len(block)
    while at and lines:
        at = block.rfind(b"\n", 0, at - 1) + 1
        lines -= 1
    return at


def _read(form: re.Pattern[bytes], line: bytes) -> _Entry | None:
    found = form.match(line)
    return _Entry(found[0], found[1].decode("utf-8", "replace"), _with_tabs(line[found.end() :])) if found else None


def _with_tabs(message: bytes) -> bytes:
    tabs = 0
    while message.startswith(_TAB, tabs * len(_TAB)):
        tabs += 1
    return b"\t" * tabs + message[tabs * len(_TAB) :] if tabs else message


def _of_container(line: bytes) -> _Entry | None:
    found = _CRI.match(line)
    if found:
        return _Entry(found[1] + b" F ", found[2].decode(), line[found.end() :], found[3] == b"P")
    if not line.startswith(_DOCKER):
        return None
    try:
        said = json.loads(line)
        message, stream, time = said["log"], said["stream"], said["time"]
        text = message.removesuffix("\n").removesuffix("\r").encode("utf-8", "replace")
        return _Entry(f"{time} {stream} F ".encode(), str(stream), text, not message.endswith("\n"))
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return None
