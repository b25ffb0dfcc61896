"""What a plugin keeps, each plugin in its own namespace."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from bot.api import Stored
from bot.ports.clock import Clock
from bot.ports.journal import Journal, Json, Transaction


class PluginStorage:
    """See `bot.api.Storage` for what each member promises. One for each run of a handler; it is used by one thread."""

    def __init__(self, plugin: str, journal: Journal, clock: Clock) -> None:
        self._plugin = plugin
        self._journal = journal
        self._clock = clock
        self.open: Transaction | None = None  # the transaction that the handler is in

    def get(self, key: str, default: Json = None) -> Json:
        with self._reading() as tx:
            return tx.plugins.get(self._plugin, key, default)

    def put(self, key: str, value: Json) -> None:
        with self._writing() as tx:
            tx.plugins.put(self._plugin, key, value, self._clock.now())

    def delete(self, key: str) -> bool:
        with self._writing() as tx:
            return tx.plugins.delete(self._plugin, key)

    def items(self, prefix: str = "") -> Mapping[str, Json]:
        with self._reading() as tx:
            return tx.plugins.items(self._plugin, prefix)

    @contextmanager
    def transaction(self) -> Iterator["PluginStorage"]:
        if self.open is not None:
            raise RuntimeError("A storage transaction is open already in this handler.")
        with self._journal.begin() as tx:
            self.open = tx
            try:
                yield self
            finally:
                self.open = None

    def stored(self, **values: Json) -> Stored:
        return Stored(self._plugin, values)

    def _reading(self) -> AbstractContextManager[Transaction]:
        return nullcontext(self.open) if self.open else self._journal.read()

    def _writing(self) -> AbstractContextManager[Transaction]:
        return nullcontext(self.open) if self.open else self._journal.begin()
