"""The journal as the engine uses it: whoever writes a message down wakes its channel's sender, as soon as that is committed."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, cast

from bot.ports.journal import Journal, Outbox, OutboxRow, Transaction

Wake = Callable[[Iterable[str]], None]


class WakingJournal:
    """A journal that tells into which channels a transaction put messages, after its commit, in the thread that committed."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._wake: Wake = lambda _channels: None

    def listen(self, wake: Wake) -> None:
        """Call `wake` from now on; it must return at once."""
        self._wake = wake

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        with self._journal.begin() as tx:
            noting = _NotingTransaction(tx)
            yield cast(Transaction, noting)
        if noting.channels:
            self._wake(noting.channels)

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
