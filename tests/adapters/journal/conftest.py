"""The journal that the contract is held against: the same tests for every kind of database."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bot.adapters.journal import SqlJournal, open_journal

from . import postgresql_server
from .postgresql_server import PostgresqlServer
from .values import StillClock

KINDS = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test over every kind of database, unless it asks for the `path` of a file or for a `server`: then it is about that kind itself."""
    if "url" in metafunc.fixturenames:
        kinds = KINDS[:1] if "path" in metafunc.fixturenames else KINDS[1:] if "server" in metafunc.definition.fixturenames else KINDS
        metafunc.parametrize("url", kinds, indirect=True)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


def _file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the SQLite file of a test is, for the tests that are about SQLite itself."""
    return _file(tmp_path)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresqlServer]:
    """Return a PostgreSQL server, for the tests that are about PostgreSQL itself."""
    if reason := postgresql_server.why_not():
        pytest.skip(reason)
    running = PostgresqlServer()
    running.start()
    yield running
    running.remove()


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database, of each kind that the journal knows."""
    if request.param == "sqlite":
        return f"sqlite:///{_file(tmp_path)}"
    running: PostgresqlServer = request.getfixturevalue("server")
    return running.emptied_database()


@pytest.fixture
def journal(url: str, clock: StillClock) -> Iterator[SqlJournal]:
    opened = open_journal(url, clock)
    yield opened
    opened.close()


@pytest.fixture
def tamper(url: str) -> Callable[..., None]:
    """Return what somebody does who has the database, and not the program."""

    def execute(statement: str) -> None:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    return execute
