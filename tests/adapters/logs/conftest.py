"""A log and its reader, for the tests of how files are followed."""

from pathlib import Path

import pytest

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
