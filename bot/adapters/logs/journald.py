"""systemd's journal: follows it by its cursor, through journalctl.

A watch's very first read starts at the journal's end. An entry is one line, or several when its message is: the time, the level as applications write it,
who wrote it, the message. A message that is JSON stays as it is, so that its own fields are seen; one that goes on with what its writer said before, as the
lines of a stack trace do, stands behind that without a header.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.adapters.logs.export_format import CUT, read_entries
from bot.adapters.logs.programs import Program
from bot.core.interleaved import Interleaved
from bot.core.lines import cut_long_lines, without_nuls
from bot.core.sources import JournaldSource
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint

STREAM = "journal"
BLOCK = 1 << 20  # bytes of lines after which a piece is given
SILENCE_S = 60.0  # journalctl never takes so long between two entries, unless its disk hangs
LATE = timedelta(hours=1)
_LATE_US = LATE // timedelta(microseconds=1)
# What it says, in English, where `*` in a unit's name stands for none that has ever written: there is nothing to read, yet.
NO_SUCH_UNIT = "Failed to add filter for units: No data available"
# The syslog levels by number; the three gravest in the one word that applications have for them.
LEVELS = (b"CRITICAL", b"CRITICAL", b"CRITICAL", b"ERROR", b"WARNING", b"NOTICE", b"INFO", b"DEBUG")

_FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_PID,_BOOT_ID"


@dataclass(frozen=True, slots=True)
class Position:
    """The entry that was read last. An empty cursor stands for the beginning of a journal that held nothing."""

    cursor: str = ""
    boot: str = ""
    realtime_us: int = 0
    lost: bool = False  # that the journal no longer holds the entry was told
    open: str = ""  # what may go on with what was written last; see `Interleaved`

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Position":
        """Read what `asdict` made."""
        return cls(**{name: body[name] for name in cls.__dataclass_fields__ if name in body})

    @classmethod
    def of(cls, entry: Mapping[str, bytes]) -> "Position":
        """Return the position behind an entry."""
        return cls(_text(entry, "__CURSOR"), _text(entry, "_BOOT_ID"), int(entry.get("__REALTIME_TIMESTAMP", b"0")))


class JournaldLogSource:
    """The entries of a journal that pass the source's filters: one stream."""

    def __init__(self, source: JournaldSource, program: str = "journalctl") -> None:
        where = [f"--directory={source.directory}"] if source.directory else []
        self._base = [program, "--quiet", "--no-pager", "--output=export", f"--output-fields={_FIELDS}", *where]
        self._filters = [
            *(f"--unit={unit}" for unit in source.units),
            *([f"--priority={source.priority}"] if source.priority else []),
            *source.matches,
        ]

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        """See `bot.ports.logs.LogSource.read`."""
        saved = checkpoints.get(STREAM)
        if saved is None:
            yield _batch(Interleaved(), self._end())
            return
        position = Position.from_json(saved.position)
        if not position.cursor:
            yield from self._read([], position)
        elif self._holds(position.cursor):
            yield from self._read([f"--cursor={position.cursor}"], position)
        else:
            yield from self._read_by_time(position)

    def _end(self) -> Position:
        return next((Position.of(entry) for entry in self._entries(["--lines=1"])), Position())

    def _holds(self, cursor: str) -> bool:
        """Say whether the entry is still there: journalctl goes to the nearest one without a word."""
        found = next(iter(list(self._entries([f"--cursor={cursor}", "--lines=1"]))), {})
        return _text(found, "__CURSOR") == cursor

    def _read_by_time(self, position: Position) -> Iterator[Batch]:
        notes: tuple[str, ...] = ()
        if not position.lost:
            at = datetime.fromtimestamp(position.realtime_us // 1_000_000, UTC)
            notes = (
                f"The journal no longer holds the entry that was read last: it goes on behind {at:%Y-%m-%d %H:%M:%S} UTC; what was removed is not counted.",
            )
        yield from self._read([f"--since={_time_of(position.realtime_us)}"], replace(position, lost=True), notes)

    def _read(self, start: list[str], position: Position, notes: tuple[str, ...] = ()) -> Iterator[Batch]:
        """Yield what comes behind the position. `start` may lead to the entry there, or to others of its microsecond: they are passed over."""
        lines = Interleaved(position.open)
        size, at = 0, position
        for entry in self._entries([*start, *self._filters]):
            here = Position.of(entry)
            if here.cursor == position.cursor or (position.lost and here.realtime_us <= position.realtime_us):
                continue
            header, message = line_of(entry)
            if entry.get(CUT) == b"MESSAGE":
                notes += ("A journal entry has more than 1 MiB: what is behind that is not read.",)
            lines.add(_writer_of(entry), header, message)
            size, at = size + len(header) + len(message), here
            if size >= BLOCK:
                yield _batch(lines, at, notes)
                size, notes = 0, ()
        further = self._further(at) if at == position else None
        if size or notes or further:
            yield _batch(lines, further or at, notes)

    def _further(self, position: Position) -> Position | None:
        """Return where to go on when nothing passed the filters for long: else the entry that was read last would be vacuumed one day, and that look
        like a gap. It stays `LATE` behind the journal's end, since a journal that others are collected in takes entries in late."""
        until = self._end().realtime_us - _LATE_US
        if until - position.realtime_us < _LATE_US:
            return None
        found = next((Position.of(entry) for entry in self._entries(["--reverse", "--lines=1", f"--until={_time_of(until)}"])), Position())
        return found if position.realtime_us < found.realtime_us <= until else None

    def _entries(self, arguments: list[str]) -> Iterator[Mapping[str, bytes]]:
        with Program([*self._base, *arguments], silence_s=SILENCE_S, variables={"LC_ALL": "C"}) as journalctl:
            yield from read_entries(journalctl.output)
            code, complaint = journalctl.exit_code(), journalctl.complaint()
            if code and complaint == NO_SUCH_UNIT:
                return
            if code or "insufficient permissions" in complaint:
                raise Unavailable(f"The journal can't be read: {complaint or f'journalctl ended with exit code {code}'}.{_help(complaint)}")


def line_of(entry: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """Return an entry as a log line, or as several: the header of the first, and the message without its last newline."""
    message = entry.get("MESSAGE", b"").rstrip(b"\r\n")
    if message.startswith(b"{"):
        return b"", message
    seconds, microseconds = divmod(int(entry.get("__REALTIME_TIMESTAMP", b"0")), 1_000_000)
    at = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{microseconds:06d}Z".encode()
    priority = entry.get("PRIORITY", b"6")
    level = LEVELS[int(priority)] if priority in (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7") else b"INFO"
    writer = entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or b"-"
    pid = b"[" + entry["_PID"] + b"]" if entry.get("_PID") else b""
    return b"%s %s %s%s: " % (at, level, writer.replace(b"\n", b" "), pid), message


def _writer_of(entry: Mapping[str, bytes]) -> str:
    names = ("_BOOT_ID", "_PID", "SYSLOG_IDENTIFIER", "_COMM")
    return "/".join(_text(entry, name) for name in names)


def _batch(lines: Interleaved, position: Position, notes: tuple[str, ...] = ()) -> Batch:
    data = without_nuls(cut_long_lines(lines.take()))
    return Batch(data, Checkpoint(STREAM, asdict(replace(position, open=lines.carried))), tuple(dict.fromkeys(notes)))


def _time_of(microseconds: int) -> str:
    return f"@{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


def _text(entry: Mapping[str, bytes], name: str) -> str:
    return entry.get(name, b"").decode("utf-8", "replace")


def _help(complaint: str) -> str:
    if "ermission" not in complaint:
        return ""
    return " Put the user that the daemon runs as into the group systemd-journal."
