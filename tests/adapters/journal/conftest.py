"""The journal that the contract is held against: the same tests for every kind of database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.journal import SqlJournal, open_journal

from .values import StillClock


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the SQLite file of a test is, for the tests that are about SQLite itself."""
    return tmp_path / "state" / "journal.db"


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, path: Path) -> str:
    """Return the address of an empty database, of each kind that the journal knows."""
    addresses = {"sqlite": f"sqlite:///{path}"}
    return addresses[request.param]


@pytest.fixture
def journal(url: str, clock: StillClock) -> Iterator[SqlJournal]:
    opened = open_journal(url, clock)
    yield opened
    opened.close()
