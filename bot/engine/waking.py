"""The journal as the engine uses it: envelopes go first, whoever writes a message down wakes its sender, and what may wait a moment is carried along."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from bot.ports.errors import JournalError
from bot.ports.events import Envelope
from bot.ports.journal import InboxEntry, Journal, Outbox, OutboxRow, Transaction

log = logging.getLogger(__name__)

# Without end, a flood of envelopes would keep every handler from its work.
LONGEST_COURTESY_S = 0.5
# Within this time the ack is out, and of a burst the next envelope has come.
QUIET_S = 0.005
# Two that come within this time may be the beginning of a burst; after one that came alone nobody needs to wait.
BURST_S = 0.02
# So many are written in a millisecond or two, for which the next ack may have to wait.
NOTES_AT_ONCE = 64

Lanes = Mapping[str, Sequence[OutboxRow] | None]
"""Which lanes have something to be sent: their new rows, where these can be sent as they are; None where the journal has to be asked."""

Wake = Callable[[Lanes], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Note:
    write: Callable[[Transaction], None]
    lane: str


class WakingJournal:
    """A journal that tells into which lanes a transaction put messages, after its commit, in the thread that committed."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._courtesy = _Courtesy()
        self._wake: Wake = lambda _lanes: None
        self._notes: list[_Note] = []
        self._carried: list[_Note] = []  # by the transaction that is open now
        self._refused: list[
            _Note
        ] = []  # they failed, by themselves or together with others: only `write_notes` tries them again, one by one
        self._noting = threading.Lock()
        self._writing_refused = threading.Lock()
        self._mine = threading.local()

    def listen(self, wake: Wake) -> None:
        """Call `wake` from now on; it must return at once."""
        self._wake = wake

    def wake(self, lanes: Lanes) -> None:
        """Tell that there is something to be sent."""
        self._wake(lanes)

    @property
    def written(self) -> int:
        """Return how many transactions this thread has committed."""
        return getattr(self._mine, "written", 0)

    @property
    def for_acks(self) -> Journal:
        """The journal for whoever holds up an ack: its transactions are let through before those of everybody else."""
        return _Foremost(self._journal, self._courtesy)

    @property
    def is_flooded(self) -> bool:
        """Tell whether commands come in such quick succession that one commit had better be for many."""
        return self._courtesy.is_burst

    def give_way(self) -> None:
        """Wait a moment while acks are due. Whoever begins a longer work calls it, and leaves the processor to the acks, too."""
        self._courtesy.wait()

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        self._courtesy.wait()
        carried: list[_Note] = []
        is_carried = False
        try:
            with self._journal.begin() as tx:
                carried = self._take_notes()
                for note in carried:
                    note.write(tx)
                is_carried = True
                seen = _SeenTransaction(tx)
                yield cast(Transaction, seen)
        except BaseException:
            if carried:
                self._put_away(carried, is_refused=not is_carried)
            raise
        if carried:
            self._put_away(())
        self._mine.written = self.written + 1
        if seen.lanes:
            self._wake(seen.lanes)

    def note(self, write: Callable[[Transaction], None], lane: str = "") -> None:
        """Have something written down by the next transaction, whoever begins it, in the order in which it was noted: what need not be there at once.

        Should no other transaction come, `write_notes` does it.

        Args:
            lane: of the inbox, an entry of which it finishes: `holds` tells of it.
        """
        with self._noting:
            self._notes.append(_Note(write, lane))

    def holds(self, lane: str) -> bool:
        """Say whether the end of an entry of a lane is noted, and not written yet."""
        with self._noting:
            return any(note.lane == lane for note in (*self._carried, *self._notes, *self._refused))

    def write_notes(self) -> None:
        """Write down what waits to be.

        Raises:
            JournalError: some of it can't be written now. It is kept.
        """
        for _ in range(0, len(self._notes), NOTES_AT_ONCE):
            with self.begin():
                pass
        if self._refused:
            self._write_refused()

    def _write_refused(self) -> None:
        failure: JournalError | None = None
        with self._writing_refused:
            for note in tuple(self._refused):
                try:
                    with self._journal.begin() as tx:
                        note.write(tx)
                except JournalError as error:
                    failure = error
                    continue
                except Exception:  # a mistake of ours, which another try does not mend
                    log.exception("note.dropped")
                with self._noting:
                    self._refused.remove(note)
        if failure:
            raise failure

    def _take_notes(self) -> list[_Note]:
        with self._noting:
            if self._carried:  # whoever has just committed, or failed, puts them away in this moment: those of now must not overtake them
                return []
            self._carried, self._notes = self._notes[:NOTES_AT_ONCE], self._notes[NOTES_AT_ONCE:]
            return self._carried

    def _put_away(self, unwritten: Sequence[_Note], *, is_refused: bool = False) -> None:
        with self._noting:
            self._carried = []
            if is_refused:
                self._refused.extend(unwritten)
            else:
                self._notes[:0] = unwritten

    def receive_at_once(self, arrivals: Sequence[tuple[Envelope, str]]) -> list[InboxEntry | None] | None:
        return self._journal.receive_at_once(arrivals)

    def read(self) -> AbstractContextManager[Transaction]:
        return self._journal.read()

    def close(self) -> None:
        try:
            self.write_notes()
        finally:
            self._journal.close()


class _Courtesy:
    """Lets those who hold up an ack pass: everybody else waits until none of them came for a moment, or has waited long enough."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._foremost = 0
        self._last_left_at = -BURST_S
        self._is_burst = False

    @property
    def is_burst(self) -> bool:
        """Tell whether the last two of them came in quick succession."""
        return self._is_burst

    def wait(self) -> None:
        """Wait for a moment without them. It is a wait of some length, not for their end: between two of a burst nobody has to wake up."""
        until = time.monotonic() + LONGEST_COURTESY_S
        while (left_s := self._busy_for_s()) > 0 and time.monotonic() < until:
            time.sleep(left_s)

    def _busy_for_s(self) -> float:
        if self._foremost:
            return QUIET_S
        return self._last_left_at + QUIET_S - time.monotonic() if self._is_burst else 0.0

    def __enter__(self) -> None:
        """Go before everybody else."""
        with self._lock:
            self._foremost += 1

    def __exit__(self, *_how: object) -> None:
        with self._lock:
            self._foremost -= 1
            now = time.monotonic()
            self._is_burst = now - self._last_left_at < BURST_S
            self._last_left_at = now


class _Foremost:
    def __init__(self, journal: Journal, courtesy: _Courtesy) -> None:
        self._journal = journal
        self._courtesy = courtesy

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        with self._courtesy, self._journal.begin() as tx:
            yield tx

    def receive_at_once(self, arrivals: Sequence[tuple[Envelope, str]]) -> list[InboxEntry | None] | None:
        with self._courtesy:
            return self._journal.receive_at_once(arrivals)

    def read(self) -> AbstractContextManager[Transaction]:
        return self._journal.read()

    def close(self) -> None:
        self._journal.close()


# Both hand on whatever they don't know: what the journal learns to do needs no line here.


class _SeenTransaction:
    __slots__ = ("_tx", "lanes")

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.lanes: dict[str, list[OutboxRow] | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    @property
    def outbox(self) -> "_SeenOutbox":
        return _SeenOutbox(self._tx.outbox, self.lanes)


class _SeenOutbox:
    __slots__ = ("_lanes", "_outbox")

    def __init__(self, outbox: Outbox, lanes: dict[str, list[OutboxRow] | None]) -> None:
        self._outbox = outbox
        self._lanes = lanes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    def put(self, row: OutboxRow, at: datetime) -> OutboxRow | None:
        stored = self._outbox.put(row, at)
        known = self._lanes.setdefault(row.lane, [])
        if known is not None and stored is not None and stored.whisper and not stored.story:
            known.append(stored)
        else:
            self._lanes[row.lane] = None
        return stored
