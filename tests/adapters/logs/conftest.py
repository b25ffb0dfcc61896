"""A log and its reader, and a journal, for the tests of how they are followed."""

from pathlib import Path

import pytest

from tests.adapters.logs.journal_file import JournalFile, require_journal_tools
from tests.adapters.logs.reader import Reader


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A reader of a watch that has begun before any file was there."""
    made = Reader(tmp_path / "*.log")
    assert made.read() == []
    return made


@pytest.fixture
def journal(tmp_path: Path) -> JournalFile:
    require_journal_tools()
    return JournalFile(tmp_path / "journal")
