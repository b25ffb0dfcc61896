"""The journal itself: transactions over a database, each error in words."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import cast

from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from bot.adapters.journal import direct, postgresql
from bot.adapters.journal.alerts import SqlAlerts
from bot.adapters.journal.audit import SqlAudit
from bot.adapters.journal.database import Database
from bot.adapters.journal.direct import Busy
from bot.adapters.journal.failures import RESTORE, explained
from bot.adapters.journal.inbox import SqlInbox
from bot.adapters.journal.locks import SqlLocks
from bot.adapters.journal.operations import SqlOperations
from bot.adapters.journal.outbox import SqlOutbox
from bot.adapters.journal.plugins import SqlPlugins
from bot.adapters.journal.schema import bring_up_to_date, check_up_to_date
from bot.adapters.journal.silences import SqlSilences
from bot.adapters.journal.sqlite import open_sqlite
from bot.adapters.journal.turnstile import Turnstile
from bot.adapters.journal.watches import SqlWatches
from bot.ports.clock import Clock
from bot.ports.errors import ConfigError, JournalError
from bot.ports.events import Envelope
from bot.ports.journal import Alerts, Audit, Inbox, InboxEntry, Locks, Operations, Outbox, Plugins, Silences, Transaction, Watches
from bot.ports.lease import Fence

# A writer that waits longer is told that the journal is busy. Slack takes no ack after 3 s anyway; the engine's own writers can wait a little longer.
PATIENCE_S = 10.0


class Tables(Enum):
    """What is done about tables that are not those that this program knows."""

    MADE = "made"  # they are made, or brought up to date
    CHECKED = "checked"  # that is a mistake: a daemon of another version works on them
    ANY = "any"  # nothing: they are only copied


class SqlTransaction:
    """One transaction: what is asked of its parts is done on its one connection."""

    __slots__ = ("_clock", "_connection")

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    @property
    def inbox(self) -> Inbox:
        return SqlInbox(self._connection, self._clock)

    @property
    def operations(self) -> Operations:
        return SqlOperations(self._connection)

    @property
    def audit(self) -> Audit:
        return SqlAudit(self._connection, self._clock)

    @property
    def outbox(self) -> Outbox:
        return SqlOutbox(self._connection, self._clock)

    @property
    def watches(self) -> Watches:
        return SqlWatches(self._connection, self._clock)

    @property
    def alerts(self) -> Alerts:
        return SqlAlerts(self._connection)

    @property
    def silences(self) -> Silences:
        return SqlSilences(self._connection)

    @property
    def plugins(self) -> Plugins:
        return SqlPlugins(self._connection)

    @property
    def locks(self) -> Locks:
        return SqlLocks(self._connection)


class SqlJournal:
    """The journal over a database whose tables are up to date."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._turnstile = Turnstile()
        self._held: Connection | None = None  # whoever is past the turnstile writes on it
        self._explained = explained(database.where)
        self._closed = False

    @contextmanager
    def begin(self, *, lasting: bool = True) -> Iterator[Transaction]:
        """Open a transaction that may write; writers of this process come in the order in which they asked.

        Args:
            lasting: see the port. A server's transaction lasts in any case.

        Raises:
            JournalError: nothing of it was written. (Of a commit whose answer a server could not send any more, this is not known.)
        """
        with self._turn(), self._explained, self._writing(lasting=lasting) as connection:
            yield SqlTransaction(connection, self._clock)

    def receive_at_once(self, arrivals: Sequence[tuple[Envelope, str]]) -> list[InboxEntry | None] | None:
        """Write envelopes down in one commit, or return None, with nothing written, where that would mean to wait for another writer.

        Raises:
            JournalError: nothing of it was written.
        """
        if not self._database.keeps_writer or not self._turnstile.try_enter():
            return None
        try:
            self._check_open()
            with self._explained, self._writing(waits=False) as connection:
                inbox = SqlInbox(connection, self._clock)
                return [inbox.receive(envelope, lane) for envelope, lane in arrivals]
        except Busy:
            return None
        finally:
            self._turnstile.leave()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Open a transaction that only reads: it sees one moment, waits for no writer, and none waits for it."""
        self._check_open()
        with explained(self._database.where, reads_only=True), self._reading() as connection:
            yield SqlTransaction(connection, self._clock)

    def examine(self) -> list[str]:
        """Look for damage everywhere, however long it takes, and return what was found."""
        self._check_open()
        with self._explained:
            return self._database.examine(self._database.reader)

    def back_up(self, target: Path) -> None:
        """Write a copy of one moment into a new file, while others write.

        Raises:
            ConfigError: the database has a program of its own for that.
            JournalError: the copy can't be written; there is none then.
        """
        self._check_open()
        with self._explained:
            self._database.copy(self._database.reader, target)

    def close(self) -> None:
        """Wait for the writer that is at work, bring the database to rest, and close it. A second time does nothing."""
        if self._closed:
            return
        with self._turn(), self._explained:
            self._closed = True
            self._let_go()
            try:
                self._database.settle(self._database.writer)
            finally:
                self._database.dispose()

    def _writing(self, *, waits: bool = True, lasting: bool = True) -> AbstractContextManager[Connection]:
        """Begin a transaction: on the connection of the one before, where the database has but one; to take it from a pool each time costs as much.

        Raises:
            Busy: another process writes, and without `waits` it is not waited for.
        """
        return _OnKept(self, waits, lasting) if self._database.keeps_writer else self._database.writer.begin()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if not self._database.keeps_writer:
            with self._database.reader.begin() as connection:
                yield connection
            return
        with self._database.reader.connect() as connection, direct.reading(connection) as lent:
            yield cast(Connection, lent)

    def kept_writer(self) -> Connection:
        """Return the writing connection that stays open; for whoever is past the turnstile."""
        if self._held is None:
            self._held = self._database.writer.connect()
        return self._held

    def drop_writer(self) -> None:
        """Close it for good, whatever state it is in: the next transaction begins with a new one."""
        if self._held is not None:
            self._held.invalidate()
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turnstile.enter(PATIENCE_S):
            raise JournalError(
                f"The journal ({self._database.where}) is busy: other writers took longer than {PATIENCE_S:.0f} s. The disk may be too slow."
            )
        try:
            self._check_open()
            yield
        finally:
            self._turnstile.leave()

    def _check_open(self) -> None:
        if self._closed:
            raise JournalError(f"The journal ({self._database.where}) is closed.")


class _OnKept:
    """A transaction on the journal's one writing connection, without a generator: it stands between an envelope and its ack."""

    __slots__ = ("_journal", "_lasting", "_transaction", "_waits")

    def __init__(self, journal: SqlJournal, waits: bool, lasting: bool) -> None:
        self._journal = journal
        self._waits = waits
        self._lasting = lasting

    def __enter__(self) -> Connection:
        self._transaction = direct.transaction(self._journal.kept_writer(), waits=self._waits, lasting=self._lasting)
        try:
            return cast(Connection, self._transaction.__enter__())
        except Busy:
            raise
        except BaseException:
            self._journal.drop_writer()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        try:
            self._transaction.__exit__(kind, error, where)
        except BaseException:
            self._journal.drop_writer()
            raise
        if kind is not None or self._transaction.is_spent:
            self._journal.drop_writer()


def open_journal(url: str, clock: Clock, *, create: bool = True, fence: Fence | None = None, tables: Tables = Tables.MADE) -> SqlJournal:
    """Open the journal at a database URL, create what is not there yet, run the migrations that it lacks, and look for damage.

    Args:
        create: without it, a journal that is not there is a mistake.
        fence: of a daemon's lease; None for a program that may write beside the daemon.
        tables: what is done about tables that are not this program's.

    Raises:
        ConfigError: the URL can't be used: malformed, no kind that we know, or a place that can't be written.
        JournalError: what is there is no journal, a damaged one, or a newer program's.
    """
    database = _open_database(url, create, fence)
    try:
        with explained(database.where):
            match tables:
                case Tables.MADE:
                    bring_up_to_date(database.writer, database.where)
                case Tables.CHECKED:
                    check_up_to_date(database.reader, database.where)
        if tables is not Tables.ANY:
            _look_for_damage(database)
    except BaseException:
        database.dispose()
        raise
    return SqlJournal(database, clock)


def _look_for_damage(database: Database) -> None:
    with explained(database.where):
        damage = database.glance(database.reader)
    if damage:
        raise JournalError(f"The journal ({database.where}) is damaged: {damage[0]}. {RESTORE}")


def _open_database(url: str, create: bool, fence: Fence | None) -> Database:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # Not quoted: a URL that can't be read may hold a password in an unexpected place.
        raise ConfigError("DATABASE_URL is no database URL. Expected is something like sqlite:////var/lib/chatopsd/journal.db.") from error
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        return open_sqlite(parsed, create)
    if parsed.drivername in postgresql.DRIVERS:
        return postgresql.open_postgresql(parsed, fence)
    raise ConfigError(
        f"DATABASE_URL starts with {parsed.drivername}:, which is no database that the journal knows. It knows sqlite and postgresql+psycopg."
    )
