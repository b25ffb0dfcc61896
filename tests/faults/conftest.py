"""Says at the end how many points were tried and how many held, and writes it down after a full run."""

from collections.abc import Iterator

import pytest

from tests.faults.matrix import TALLIES
from tests.faults.paper import summary, write_down
from tests.faults.world import Worlds


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """The worlds of all points, each used again and again."""
    made = Worlds(tmp_path_factory.mktemp("worlds"))
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLIES:
        terminalreporter.section("faults")
        for line in summary(list(TALLIES.values())):
            terminalreporter.line(line)
        write_down(list(TALLIES.values()))
