"""The lease on the journal: a lock on a file beside SQLite's, a session's advisory lock on PostgreSQL.

Both end with who holds them: the kernel and the server see to that, and no clock is needed.

Source: flock(2); https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS.
"""

import fcntl
import os
import secrets
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from bot.adapters.journal import postgresql
from bot.adapters.journal.failures import explained
from bot.adapters.journal.sqlite_file import file_of, unopened
from bot.ports.errors import ConfigError
from bot.ports.lease import Lease

# Any number that no other program of this database locks, and another one than the writers'.
SERVING_LOCK = 0x63686174_6F707365
_TAKE = text(f"SELECT pg_try_advisory_lock({SERVING_LOCK})")
_HOLD_TOKEN = text("SELECT pg_advisory_lock(:token)")
# The lock lives as long as the session. That the session answers is not enough: a pooler between us and the server may have lent us another one.
_HELD = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND classid = :high AND objid = :low"
).bindparams(high=SERVING_LOCK >> 32, low=SERVING_LOCK & 0xFFFFFFFF)


class FileLease:
    """A lock on a file of its own: SQLite's own file is locked by SQLite, in its own ways."""

    token = None

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._inode: int | None = None  # of the journal's file, once it is there
        self._path = journal.with_name(journal.name + ".serving")
        self._file: int | None = None

    def take(self) -> bool:
        """Take the lock; False when another process has it, or the journal is not the one that was there when we had it.

        Raises:
            ConfigError: the file can't be made, or not be locked.
            JournalError: it can't be made now, such as on a full disk.
        """
        if self._file is not None:
            return True
        if self._is_replaced():
            return False
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise unopened(self._path, error, "Choose another place.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError as error:  # such as ENOLCK: a file system without locks, or a network's that does not answer
            os.close(file)
            raise ConfigError(
                f"DATABASE_URL: {self._path} can't be locked ({error.strerror}), so that two daemons could work at once. Put the journal on a local disk."
            ) from error
        self._file = file
        return not self._is_replaced()

    def is_taken(self) -> bool:
        """Say whether anybody holds it, without making what is not there: whoever asks may be another user than the daemon's."""
        try:
            file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return isinstance(error, BlockingIOError)
        finally:
            os.close(file)
        return False

    def is_held(self) -> bool:
        """Say whether the file that we lock, and the journal's, are still those that another daemon would find."""
        try:
            return self._file is not None and os.path.samestat(os.fstat(self._file), self._path.stat()) and not self._is_replaced()
        except OSError:
            return False

    def _is_replaced(self) -> bool:
        """Say whether the journal's file was moved or removed since we saw it first: what we write goes into a file that nobody will ever read."""
        try:
            inode = self._journal.stat().st_ino
        except FileNotFoundError:
            return self._inode is not None
        if self._file is not None and self._inode is None:
            self._inode = inode
        return self._inode is not None and inode != self._inode

    def release(self) -> None:
        """Unlock the file; it stays, so that all lock the same one."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class ServerLease:
    """A lock that a session of its own holds on the server, and beside it one on a number that nobody else knows: see `postgresql.open_postgresql`."""

    def __init__(self, url: URL) -> None:
        self.token = secrets.randbits(62)
        self._where = postgresql.where(url)
        self._engine: Engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=postgresql.CONNECT,
        )
        self._session: Connection | None = None

    def take(self) -> bool:
        """Take the lock; False when another session has it.

        Raises:
            JournalError: the server can't be asked.
        """
        if self._session is not None:
            return True
        with explained(self._where):
            session = self._engine.connect()
            try:
                session.exec_driver_sql(postgresql.SET_UP)
                taken = bool(session.execute(_TAKE).scalar())
                if taken:
                    session.execute(_HOLD_TOKEN, {"token": self.token})
            except BaseException:
                session.close()
                raise
            if taken:
                self._session = session
            else:
                session.close()
            return taken

    def is_taken(self) -> bool:
        """Say whether any session holds it.

        Raises:
            JournalError: the server can't be asked.
        """
        if self._session is not None:
            return True
        try:
            return not self.take()
        finally:
            self.release()

    def is_held(self) -> bool:
        """Say whether the session that answers still holds the lock."""
        try:
            return self._session is not None and self._session.execute(_HELD).scalar() == 1
        except SQLAlchemyError:
            return False

    def release(self) -> None:
        """End the session, and with it the lock."""
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()
            session.close()
        self._engine.dispose()


def open_lease(database_url: str) -> Lease:
    """Return the lease on the journal at a database URL; nothing is opened or connected yet.

    Raises:
        ConfigError: the URL can't be used.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError) as error:
        raise ConfigError("DATABASE_URL is no database URL. Expected is something like sqlite:////var/lib/chatopsd/journal.db.") from error
    if url.drivername in postgresql.DRIVERS:
        postgresql.check(url)
        return ServerLease(url)
    return FileLease(file_of(url))
