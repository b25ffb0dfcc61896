"""The journal as the engine uses it: envelopes go first, and whoever writes a message down wakes its channel's sender."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, cast

from bot.ports.events import Envelope
from bot.ports.journal import InboxEntry, Journal, Outbox, OutboxRow, Transaction

# Without end, a flood of envelopes would keep every handler from its work.
LONGEST_COURTESY_S = 0.5
# Within this time the ack is out, and of a burst the next envelope has come.
QUIET_S = 0.005

Wake = Callable[[Iterable[str]], None]


class WakingJournal:
    """A journal that tells into which channels a transaction put messages, after its commit, in the thread that committed."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._courtesy = _Courtesy()
        self._wake: Wake = lambda _channels: None

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
    def begin(self) -> Iterator[Transaction]:
        self._courtesy.wait()
        with self._journal.begin() as tx:
            noting = _NotingTransaction(tx)
            yield cast(Transaction, noting)
        if noting.channels:
            self._wake(noting.channels)

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
        self._last_left_at = -QUIET_S

    def wait(self) -> None:
        """Wait for a moment without them. It is a wait of some length, not for their end: between two of a burst nobody has to wake up."""
        until = time.monotonic() + LONGEST_COURTESY_S
        while (left_s := self._busy_for_s()) > 0 and time.monotonic() < until:
            time.sleep(left_s)

    def _busy_for_s(self) -> float:
        return QUIET_S if self._foremost else self._last_left_at + QUIET_S - time.monotonic()

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Go before everybody else."""
        with self._lock:
            self._foremost += 1
        try:
            yield
        finally:
            with self._lock:
                self._foremost -= 1
                self._last_left_at = time.monotonic()


class _Foremost:
    def __init__(self, journal: Journal, courtesy: _Courtesy) -> None:
        self._journal = journal
        self._courtesy = courtesy

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        with self._courtesy.claim(), self._journal.begin() as tx:
            yield tx

    def receive_at_once(self, arrivals: Sequence[tuple[Envelope, str]]) -> list[InboxEntry | None] | None:
        with self._courtesy.claim():
            return self._journal.receive_at_once(arrivals)

    def read(self) -> AbstractContextManager[Transaction]:
        return self._journal.read()

    def close(self) -> None:
        self._journal.close()


# Both hand on whatever they don't know: what the journal learns to do needs no line here.


class _NotingTransaction:
    __slots__ = ("_tx", "channels")

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.channels: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    @property
    def outbox(self) -> "_NotingOutbox":
        return _NotingOutbox(self._tx.outbox, self.channels)


class _NotingOutbox:
    __slots__ = ("_channels", "_outbox")

    def __init__(self, outbox: Outbox, channels: set[str]) -> None:
        self._outbox = outbox
        self._channels = channels

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    def put(self, row: OutboxRow, at: datetime) -> None:
        self._outbox.put(row, at)
        self._channels.add(row.lane)
