"""The inbox's way for whoever may not wait: a connection of its own, which gives up at once where another one writes."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.dialects import sqlite

from bot.adapters.journal import documents
from bot.adapters.journal.columns import stamp
from bot.adapters.journal.inbox import RECEIVE
from bot.ports.events import Envelope
from bot.ports.journal import InboxEntry, InboxState

_COMPILED = RECEIVE.compile(dialect=sqlite.dialect())
_SQL = str(_COMPILED)
_ORDER = tuple(_COMPILED.positiontup or ())


class AtOnce:
    """Writes envelopes down without SQLAlchemy's detour, and without waiting for anybody.

    An engine is made for many threads and any database; here one statement is run by one thread at a time, and each tenth of a millisecond stands
    between a person and their ack.

    Args:
        pragmas: what each connection to the file is set up with.
    """

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        self._path = path
        self._pragmas = pragmas
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    def receive(self, arrivals: Sequence[tuple[Envelope, str]]) -> list[InboxEntry | None] | None:
        """Write envelopes and their lanes down in one commit; None for one whose key was there already.

        Returns None in place of a list when another process writes: nothing was written.

        Raises:
            sqlite3.Error: nothing was written.
        """
        with self._lock:
            connection = self._connection or self._connect()
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname.startswith("SQLITE_BUSY"):
                    return None
                raise
            try:
                entries = [_write(connection, envelope, lane) for envelope, lane in arrivals]
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return entries

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=0.0, isolation_level=None, check_same_thread=False)
        for pragma in self._pragmas:
            connection.execute(pragma)
        self._connection = connection
        return connection


def _write(connection: sqlite3.Connection, envelope: Envelope, lane: str) -> InboxEntry | None:
    values = {
        "new_key": envelope.key,
        "new_lane": lane,
        "new_state": InboxState.NEW.value,
        "new_received_at": stamp(envelope.received_at),
        "new_envelope": documents.write(envelope),
    }
    row = connection.execute(_SQL, [values[name] for name in _ORDER]).fetchone()
    return None if row is None else InboxEntry(row[0], lane, InboxState.NEW, envelope)
