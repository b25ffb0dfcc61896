"""PostgreSQL as the journal's database, for several daemons that share the work: their writers come one after the other, as those of one do.

Source: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS, https://www.postgresql.org/docs/current/libpq-connect.html.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from bot.adapters.journal.database import Database
from bot.ports.errors import ConfigError, JournalError
from bot.ports.lease import Fence

DRIVERS = ("postgresql", "postgresql+psycopg")
READERS_KEPT = 4  # connections; more are opened under load, and closed again
READERS_MOST = 20  # a server takes 100 in all, unless it was told otherwise

# Any number that no other program of this database locks. It is held from the beginning of a writing transaction to its end, so that each sees
# what all before it wrote: the audit chain has one head, and "is it there already?" one answer.
_WRITERS_LOCK = 0x63686174_6F707364
_ONE_WRITER = f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})"
# The same, and then whether the lease's own number can be had: then nobody holds it any more, and another daemon may have begun to work. Whoever passed
# before it began is done before the other one writes for the first time.
_ONE_WRITER_UNLESS_FREE = "SELECT pg_try_advisory_xact_lock({token}) FROM (SELECT pg_advisory_xact_lock({writers}) OFFSET 0) AS turn"

# What a daemon's session asks of the server.
_SESSION = {
    "synchronous_commit": "on",  # each commit is on the disk when it returns, whatever the server's own setting
    "lock_timeout": "5s",  # how long a writer waits for those of other daemons
    "idle_in_transaction_session_timeout": "60s",  # a daemon that hangs in its transaction must not stop the others
    # A machine that vanished holds its lock until the server notices: within half a minute instead of two hours.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
SET_UP = "SELECT " + ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SESSION.items())

# What the driver does when the server or the line to it is gone: an error within seconds instead of minutes.
CONNECT = {
    "connect_timeout": 5,
    "client_encoding": "utf8",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
    "application_name": "chatopsd",
}


def open_postgresql(url: URL, fence: Fence | None = None) -> Database:
    """Return the engines over a server's database; nothing is connected yet.

    Args:
        fence: what a daemon's writers ask before they write. A session that is lost is noticed within seconds; until then it keeps them from writing
            beside the daemon that has taken over.

    Raises:
        ConfigError: the driver is not installed, or the address names no database.
    """
    check(url)
    return Database(
        writer=_one_at_a_time(_engine(url, "READ COMMITTED", pool_size=1, max_overflow=0), where(url), fence),
        reader=_engine(url, "REPEATABLE READ", pool_size=READERS_KEPT, max_overflow=READERS_MOST - READERS_KEPT, reads_only=True),
        where=where(url),
        settle=_nothing,
        glance=_nothing_found,
        examine=_nothing_found,
        copy=_refuse_to_copy,
    )


def check(url: URL) -> None:
    """See that an address can be used.

    Raises:
        ConfigError: the driver is not installed, or the address names no database.
    """
    if find_spec("psycopg") is None:
        raise ConfigError(
            "DATABASE_URL names PostgreSQL, and its driver is not installed: run install.sh again, which brings it, "
            "or in your checkout: pip install --constraint constraints.txt '.[postgres]'."
        )
    if not url.database:
        raise ConfigError("DATABASE_URL must name a database: postgresql+psycopg://USER@HOST/DATABASE.")


def where(url: URL) -> str:
    """Return the database, for people: no password in it."""
    host = url.host or url.query.get("host") or "the local socket"
    return f"PostgreSQL, {url.database} at {host}" + (f":{url.port}" if url.port else "")


def _engine(url: URL, isolation: str, pool_size: int, max_overflow: int, reads_only: bool = False) -> Engine:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_use_lifo=True,
        pool_pre_ping=True,  # a connection that did not survive the server's restart is replaced before anybody works on it
        connect_args=CONNECT,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        from psycopg import IsolationLevel

        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise ConfigError(f"DATABASE_URL: the database {url.database} is kept in {encoding}. Create one with ENCODING 'UTF8'.")
        connection.autocommit = True
        connection.execute(SET_UP)
        connection.autocommit = False
        connection.isolation_level = IsolationLevel[isolation.replace(" ", "_")]
        connection.read_only = reads_only

    return engine


def _one_at_a_time(engine: Engine, where: str, fence: Fence | None) -> Engine:
    """Let each transaction begin with its turn among all writers, and where there is a fence only behind it."""
    turn = _ONE_WRITER_UNLESS_FREE.format(token=fence.token, writers=_WRITERS_LOCK) if fence else _ONE_WRITER

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        is_free = connection.exec_driver_sql(turn).scalar()
        if fence and is_free:
            fence.on_lost()
            raise JournalError(
                f"The journal ({where}) can't be used: the session that held the lease on it is gone, and another daemon may work by now. "
                "This one takes the lease anew, or ends."
            )

    return engine


def _nothing(_writer: Engine) -> None:
    """Do nothing: a server keeps its own files in order."""


def _nothing_found(_reader: Engine) -> list[str]:
    """Return no damage: a server checks its own pages."""
    return []


def _refuse_to_copy(_reader: Engine, _target: Path) -> None:
    raise ConfigError(
        "The journal is in PostgreSQL. Back it up with PostgreSQL's own program: pg_dump --format=custom --file=FILE DATABASE."
    )
