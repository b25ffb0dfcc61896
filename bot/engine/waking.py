"""The journal as the engine uses it: envelopes go first, whoever writes a message down wakes its sender, and what may wait a moment is carried along."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, cast

from bot.ports.events import Envelope
from bot.ports.journal import InboxEntry, Journal, Outbox, OutboxRow, Transaction

# Without end, a flood of envelopes would keep every handler from its work.
LONGEST_COURTESY_S = 0.5
# Within this time the ack is out, and of a burst the next envelope has come.
QUIET_S = 0.005
# Two that come within this time may be the beginning of a burst; after one that came alone nobody needs to wait.
BURST_S = 0.02

Lanes = Mapping[str, Sequence[OutboxRow] | None]
"""Which lanes have something to be sent: their new rows, where these can be sent as they are; None where the journal has to be asked."""

Wake = Callable[[Lanes], None]
Note = Callable[[Transaction], None]


class WakingJournal:
    """A journal that tells into which lanes a transaction put messages, after its commit, in the thread that committed."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._courtesy = _Courtesy()
        self._wake: Wake = lambda _lanes: None
        self._notes: list[Note] = []
        self._noting = threading.Lock()

    def listen(self, wake: Wake) -> None:
        """Call `wake` from now on; it must return at once."""
        self._wake = wake

    @property
    def for_acks(self) -> Journal:
        """The journal for whoever holds up an ack: its transactions are let through before those of everybody else."""
        return _Foremost(self._journal, self._courtesy)

    def give_way(self) -> None:
        """Wait a moment while acks are due. Whoever begins a longer work calls it, and leaves the processor to the acks, too."""
        self._courtesy.wait()

    @contextmanager
    def begin(self, *, lasting: bool = True) -> Iterator[Transaction]:
        self._courtesy.wait()
        noted: list[Note] = []
        try:
            # One by one they are better on the disk at once: the next ack would wait for what they left to be written. In a flood that is once for many.
            with self._journal.begin(lasting=lasting or not self._courtesy.is_burst) as tx:
                notes = self._take_notes()
                for note in notes:
                    note(tx)
                noted = notes  # from here on they are only lost with all the rest; one that fails itself must not fail every transaction for ever
                seen = _SeenTransaction(tx)
                yield cast(Transaction, seen)
        except BaseException:
            with self._noting:
                self._notes[:0] = noted
            raise
        if seen.lanes:
            self._wake(seen.lanes)

    def note(self, note: Note) -> None:
        """Have something written down by the next transaction, whoever begins it: what may be lost, but not left undone.

        Where it fails by itself, it is not tried again, nor are those that wait with it.
        Should no other transaction come, `write_notes` does it.
        """
        with self._noting:
            self._notes.append(note)

    def write_notes(self) -> None:
        """Write down what waits to be."""
        if self._notes:
            with self.begin():
                pass

    def _take_notes(self) -> list[Note]:
        with self._noting:
            notes, self._notes = self._notes, []
        return notes

    def receive_at_once(self, arrivals: Sequence[tuple[Envelope, str]]) -> list[InboxEntry | None] | None:
        return self._journal.receive_at_once(arrivals)

    def read(self) -> AbstractContextManager[Transaction]:
        return self._journal.read()

    def close(self) -> None:
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
        """Say whether the last of them came in quick succession."""
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
    def begin(self, *, lasting: bool = True) -> Iterator[Transaction]:
        with self._courtesy, self._journal.begin(lasting=lasting) as tx:
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
