"""One running daemon for the scenarios of a file that leave nothing behind for each other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.testing import Workspace


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder: Path = tmp_path_factory.mktemp("workspace")
    made = Workspace(folder)
    try:
        yield made.start()
    finally:
        made.close()
