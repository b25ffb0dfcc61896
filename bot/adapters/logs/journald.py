"""systemd's journal: follows it by its cursor, through journalctl.

A watch's very first read starts at the journal's end. A message that goes on with what its writer said before, as the lines of a stack trace
do, stands behind that without a header.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.adapters.logs.export_format import CUT, read_entries
from bot.adapters.logs.journal_lines import line_of, text_in, writer_of
from bot.adapters.logs.positions import position_of
from bot.adapters.logs.programs import Program
from bot.core.interleaved import Interleaved
from bot.core.lines import cut_long_lines, without_nuls
from bot.core.sources import JournaldSource
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint

STREAM = "journal"
BY_MACHINE = "journal, by machine"  # the stream of a checkpoint that only says: the folder is read so, and was first at this time
BLOCK = 1 << 20  # bytes of lines after which a piece is given
SILENCE_S = 60.0  # journalctl never takes so long between two entries, unless its disk hangs
LATE = timedelta(hours=1)
_LATE_US = LATE // timedelta(microseconds=1)
# What it says, in English, where `*` in a unit's name stands for none that has ever written: there is nothing to read, yet.
NO_SUCH_UNIT = "Failed to add filter for units: No data available"

_MACHINE = "_MACHINE_ID="
_FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_PID,_BOOT_ID"


@dataclass(frozen=True, slots=True)
class Position:
    """The entry that was read last. An empty cursor stands for what is before all of that time: of a journal that held nothing, for its beginning."""

    cursor: str = ""
    boot: str = ""
    realtime_us: int = 0
    lost: bool = False  # that the journal no longer holds the entry was told
    open: str = ""  # what may go on with what was written last; see `Interleaved`
    refused: bool = False  # that it can't be read was told

    @classmethod
    def of(cls, entry: Mapping[str, bytes]) -> "Position":
        """Return the position behind an entry."""
        return cls(text_in(entry, "__CURSOR"), text_in(entry, "_BOOT_ID"), int(entry.get("__REALTIME_TIMESTAMP", b"0")))


@dataclass(frozen=True, slots=True)
class _Stream:
    """Entries that come in one order: those of one machine, or all of them."""

    name: str = STREAM
    machine: str = ""

    @classmethod
    def of(cls, machine: str) -> "_Stream":
        return cls(f"{STREAM} {machine}", machine)

    @property
    def filters(self) -> list[str]:
        return [f"{_MACHINE}{self.machine}"] if self.machine else []

    def batch(self, lines: Interleaved, position: Position, notes: tuple[str, ...] = ()) -> Batch:
        parts = [(writer, without_nuls(cut_long_lines(data))) for writer, data in lines.take_by_writer()]
        checkpoint = Checkpoint(self.name, asdict(replace(position, open=lines.carried)))
        writers = tuple((writer, len(data)) for writer, data in parts)
        return Batch(b"".join(data for _, data in parts), checkpoint, tuple(dict.fromkeys(notes)), writers=writers)

    def refusal(self, position: Position, error: Unavailable) -> Batch:
        """Return what notes once that nothing more can be read, and says each time that it still can't; the position stays for when it can."""
        why = (f"{self} waits for the next read. {error}",)
        checkpoint = Checkpoint(self.name, asdict(replace(position, refused=True)))
        return Batch(b"", checkpoint, notes=() if position.refused else why, unreadable=why if position.refused else ())

    def __str__(self) -> str:
        return f"The journal of machine {self.machine}" if self.machine else "The journal"


WHOLE = _Stream()


class JournaldLogSource:
    """The entries of a journal that pass the source's filters: one stream, and of a folder one for each machine that has entries there.

    Where machines are collected, entries come in late, and so between those that were read. Those of one machine keep their order.
    """

    def __init__(self, source: JournaldSource, program: str = "journalctl") -> None:
        where = [f"--directory={source.directory}"] if source.directory else []
        self._base = [program, "--quiet", "--no-pager", *where]
        self._is_folder = bool(source.directory)
        self._of_machines = [match for match in source.matches if match.startswith(_MACHINE)]
        self._filters = [
            *(f"--unit={unit}" for unit in source.units),
            *([f"--priority={source.priority}"] if source.priority else []),
            *(match for match in source.matches if match not in self._of_machines),
        ]

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        """See `bot.ports.logs.LogSource.read`."""
        saved = {name: position_of(Position, found.position) for name, found in checkpoints.items()}
        machines = self._machines() if self._is_folder else []
        if self._is_folder and (machines or BY_MACHINE in saved):
            wanted = [stream for stream in map(_Stream.of, machines) if not self._of_machines or stream.filters[0] in self._of_machines]
            yield from self._read_folder(wanted, saved)
        else:
            yield from self._go_on(WHOLE, saved.get(STREAM))

    def _read_folder(self, streams: list[_Stream], saved: Mapping[str, Position]) -> Iterator[Batch]:
        """Read machine by machine. One that came since the watch began is read from that time on; one that can't be read keeps nobody from the others."""
        whole = saved.get(STREAM)
        failures: list[Unavailable] = []
        if BY_MACHINE in saved:
            began = saved[BY_MACHINE]
            for stream in streams:
                position = saved.get(stream.name, began)
                yield from _attempt(stream, position, self._go_on(stream, replace(position, refused=False)), failures)
        elif whole:  # there was no machine yet, or an earlier version read them all together
            began = Position(realtime_us=whole.realtime_us)
            is_held = bool(whole.cursor) and self._holds(WHOLE, whole)
            for stream in streams:
                position = saved.get(stream.name, replace(began, lost=bool(whole.cursor)))
                takes_over = whole.cursor and stream.name not in saved
                batches = (
                    self._take_over(stream, whole, is_held=is_held) if takes_over else self._go_on(stream, replace(position, refused=False))
                )
                yield from _attempt(stream, position, batches, failures)
        else:
            began = yield from self._begin(streams, failures)
        if failures and len(failures) == len(streams):
            raise failures[0]
        if BY_MACHINE not in saved:
            yield Batch(b"", Checkpoint(BY_MACHINE, asdict(began)))
        if whole:
            yield Batch(b"", Checkpoint(STREAM, {}))  # it is over

    def _begin(self, streams: list[_Stream], failures: list[Unavailable]) -> Generator[Batch, None, Position]:
        """Begin at the end of each, and return when that is."""
        ends: dict[_Stream, Position | Unavailable] = {}
        for stream in streams:
            try:
                ends[stream] = self._end(stream)
            except Unavailable as error:
                ends[stream] = error
                failures.append(error)
        began = Position(realtime_us=max((end.realtime_us for end in ends.values() if isinstance(end, Position)), default=0))
        for stream, end in ends.items():
            yield stream.batch(Interleaved(), end) if isinstance(end, Position) else stream.refusal(began, end)
        return began

    def _machines(self) -> list[str]:
        """Return which machines have entries; none where entries don't say whose they are."""
        with self._asked([f"--field={_MACHINE.rstrip('=')}"]) as journalctl:
            found = journalctl.output.read().decode("ascii", "replace").split()
            _check(journalctl)
        return sorted(found)

    def _go_on(self, stream: _Stream, position: Position | None) -> Iterator[Batch]:
        if position is None:
            yield stream.batch(Interleaved(), self._end(stream))
        elif not position.cursor:
            yield from self._read(stream, [f"--since={_time_of(position.realtime_us)}"] if position.realtime_us else [], position)
        elif self._holds(stream, position):
            yield from self._read(stream, [f"--cursor={position.cursor}"], position)
        else:
            yield from self._read_by_time(stream, position)

    def _take_over(self, stream: _Stream, whole: Position, *, is_held: bool) -> Iterator[Batch]:
        """Go on with one machine where the whole folder was read up to an entry, as an earlier version did."""
        end = self._end(stream)
        is_told = False
        for batch in self._read(stream, [f"--cursor={whole.cursor}"], whole) if is_held else self._read_by_time(stream, whole):
            is_told = True
            yield batch
        if not is_told:
            yield stream.batch(Interleaved(), end)

    def _end(self, stream: _Stream) -> Position:
        return next((Position.of(entry) for entry in self._entries(["--lines=1", *stream.filters])), Position())

    def _holds(self, stream: _Stream, position: Position) -> bool:
        """Say whether the entry is still there: journalctl goes to the nearest one without a word, and others may have the same microsecond."""
        until = f"--until={_time_of(position.realtime_us)}"
        for entry in self._entries([f"--cursor={position.cursor}", until, *stream.filters]):
            here = Position.of(entry)
            if here.cursor == position.cursor or here.realtime_us != position.realtime_us:
                return here.cursor == position.cursor
        return False

    def _read_by_time(self, stream: _Stream, position: Position) -> Iterator[Batch]:
        notes: tuple[str, ...] = ()
        if not position.lost:
            at = datetime.fromtimestamp(position.realtime_us // 1_000_000, UTC)
            notes = (
                f"{stream} no longer holds the entry that was read last: it goes on behind {at:%Y-%m-%d %H:%M:%S} UTC; what was removed is not counted.",
            )
        yield from self._read(stream, [f"--since={_time_of(position.realtime_us)}"], replace(position, lost=True), notes)

    def _read(self, stream: _Stream, start: list[str], position: Position, notes: tuple[str, ...] = ()) -> Iterator[Batch]:
        """Yield what comes behind the position, to which `start` leads."""
        lines = Interleaved(position.open)
        size, at = 0, position
        narrowed = stream.filters or self._of_machines
        for here, entry in _behind(position, self._entries([*start, *self._filters, *narrowed])):
            header, message = line_of(entry)
            if entry.get(CUT) == b"MESSAGE":
                notes += ("A journal entry has more than 1 MiB: what is behind that is not read.",)
            lines.add(writer_of(entry), header, message)
            size, at = size + len(header) + len(message), here
            if size >= BLOCK:
                yield stream.batch(lines, at, notes)
                size, notes = 0, ()
        further = self._further(stream, at) if at == position else None
        if size or notes or further:
            yield stream.batch(lines, further or at, notes)

    def _further(self, stream: _Stream, position: Position) -> Position | None:
        """Return where to go on when nothing passed the filters for long: else the entry that was read last would be vacuumed one day, and that look
        like a gap. It stays `LATE` behind the journal's end, since a journal that others are collected in takes entries in late."""
        until = self._end(stream).realtime_us - _LATE_US
        if until - position.realtime_us < _LATE_US:
            return None
        last = ["--reverse", "--lines=1", f"--until={_time_of(until)}", *stream.filters]
        found = next((Position.of(entry) for entry in self._entries(last)), Position())
        return found if position.realtime_us < found.realtime_us <= until else None

    def _entries(self, arguments: list[str]) -> Iterator[Mapping[str, bytes]]:
        with self._asked(["--output=export", f"--output-fields={_FIELDS}", *arguments]) as journalctl:
            yield from read_entries(journalctl.output)
            _check(journalctl)

    def _asked(self, arguments: list[str]) -> Program:
        return Program([*self._base, *arguments], silence_s=SILENCE_S, variables={"LC_ALL": "C"})


def _attempt(stream: _Stream, position: Position, batches: Iterator[Batch], failures: list[Unavailable]) -> Iterator[Batch]:
    """Yield what can be read of a stream, and write down where that ended when not all can."""
    was_refused = position.refused
    try:
        for batch in batches:
            position = position_of(Position, batch.checkpoint.position)
            yield batch
    except Unavailable as error:
        failures.append(error)
        yield stream.refusal(replace(position, refused=was_refused), error)
    else:
        if position.refused:
            yield Batch(b"", Checkpoint(stream.name, asdict(replace(position, refused=False))))


def _behind(position: Position, entries: Iterable[Mapping[str, bytes]]) -> Iterator[tuple[Position, Mapping[str, bytes]]]:
    """Pass over the entry at the position. journalctl may begin with others of the same microsecond: those before it were read, too."""
    tied: list[tuple[Position, Mapping[str, bytes]]] = []
    is_looked_for = bool(position.cursor) and not position.lost
    for entry in entries:
        here = Position.of(entry)
        if here.cursor == position.cursor:
            tied, is_looked_for = [], False
        elif is_looked_for and here.realtime_us == position.realtime_us:
            tied.append((here, entry))
        elif not position.lost or here.realtime_us > position.realtime_us:
            yield from tied
            tied, is_looked_for = [], False
            yield here, entry
    yield from tied


def _check(journalctl: Program) -> None:
    code, complaint = journalctl.exit_code(), journalctl.complaint()
    if code and complaint == NO_SUCH_UNIT:
        return
    if code or "insufficient permissions" in complaint:
        raise Unavailable(f"The journal can't be read: {complaint or f'journalctl ended with exit code {code}'}.{_help(complaint)}")


def _time_of(microseconds: int) -> str:
    return f"@{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


def _help(complaint: str) -> str:
    if "ermission" not in complaint:
        return ""
    return " Put the user that the daemon runs as into the group systemd-journal."
