"""SQLite as the journal's database: one engine that writes, one that reads, each connection set up for durable work.

Source: https://sqlite.org/pragma.html, https://sqlite.org/wal.html.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event

from bot.adapters.journal import sqlite_upkeep
from bot.adapters.journal.database import Database
from bot.adapters.journal.direct import (
    BUSY_TIMEOUT_S,
    DOES_NOT_WAIT,
    LASTING,
    begin_reading,
    begin_writing,
    driver_connection,
    when_free,
)
from bot.adapters.journal.sqlite_file import file_of, unopened
from bot.ports.errors import ConfigError, JournalError

READERS_KEPT = 8  # connections; more are opened under load, and closed again

_PRAGMAS = (
    LASTING,
    "PRAGMA fullfsync=ON",  # macOS only: there a plain fsync does not reach the disk
    "PRAGMA foreign_keys=ON",
    "PRAGMA journal_size_limit=67108864",  # bytes; a burst does not leave a huge WAL file behind
)


def open_sqlite(url: URL, create: bool = True) -> Database:
    """Make the file ready and return the engines over it; nothing is connected yet.

    Raises:
        ConfigError: the address names no file, or one that can't be had; or one that is not there, without `create`.
        JournalError: it can't be had now, such as on a full disk.
    """
    path = _path(url)
    if not create and not path.exists():
        raise ConfigError(f"DATABASE_URL: there is no journal at {path}.")
    _prepare(path)
    writer = _engine(path, pool_size=1, max_overflow=0)
    reader = _engine(path, pool_size=READERS_KEPT, max_overflow=-1, reads_only=True)
    return Database(
        writer=writer,
        reader=reader,
        where=str(path),
        settle=_settle,
        glance=sqlite_upkeep.glance,
        examine=sqlite_upkeep.examine,
        copy=sqlite_upkeep.copy,
        keeps_writer=True,
    )


def _path(url: URL) -> Path:
    name = url.database or ""
    if not name or name == ":memory:" or name.startswith("file:"):
        raise ConfigError("DATABASE_URL must name a file that lasts, such as sqlite:////var/lib/chatopsd/journal.db.")
    if url.host or url.query:
        raise ConfigError("DATABASE_URL for SQLite is sqlite:/// and a path: no host, and nothing after a question mark.")
    return file_of(url)


def _prepare(path: Path) -> None:
    """Create the folder and the file, for nobody else to read: SQLite's other files take the rights of the first."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise unopened(path, error, "Choose another place, or change its rights.") from error
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise ConfigError(f"DATABASE_URL: the folder {path.parent} can't be written by this user. SQLite keeps more than one file there.")


def _engine(path: Path, pool_size: int, max_overflow: int, reads_only: bool = False) -> Engine:
    begin = begin_reading if reads_only else begin_writing
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_use_lifo=True,  # the connection used last has the warmest cache
        pool_reset_on_return=None,  # each transaction of ours has ended by then; to roll it back once more costs, and changes nothing
        # Without a level the driver begins nothing by itself: when a transaction begins, and how, is ours to say.
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        # For others that open a new file in this moment SQLite itself does not wait here.
        mode = when_free(connection, "PRAGMA journal_mode=WAL").fetchone()[0]
        if mode != "wal":
            raise JournalError(f"The journal ({path}) can't be used: SQLite's write-ahead log does not work there. Put it on a local disk.")
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        # Whoever begins to write waits by our own hand, and for an ack not at all; to tell SQLite so each time would take as long as the ack's statement.
        connection.execute("PRAGMA query_only=ON" if reads_only else DOES_NOT_WAIT)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        raw = driver_connection(connection)
        if not raw.in_transaction:  # else the journal has begun it already, see `direct.transaction`
            begin(raw)

    return engine


@contextmanager
def any_text(connection: Connection) -> Iterator[None]:
    """Read text that is no UTF-8, too, instead of failing: what is wrong with it becomes half surrogates. On another database do nothing."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    raw.text_factory = _decoded
    try:
        yield
    finally:
        raw.text_factory = str


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _settle(writer: Engine) -> None:
    """Move everything from the log into the database file, so that this one file is all there is."""
    connection = writer.raw_connection()
    try:
        connection.cursor().execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000:.0f}")
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
