"""A log, and what watches it, for the tests of watches and of their alerts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.log_world import LogWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LogWorld]:
    made = LogWorld(tmp_path)
    made.scan()
    yield made
    made.journal.close()
