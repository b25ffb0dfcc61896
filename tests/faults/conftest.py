"""Says at the end how many points were tried and how many held, and writes it down after a full run."""

import pytest

from tests.faults.matrix import TALLIES
from tests.faults.paper import summary, write_down


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLIES:
        terminalreporter.section("faults")
        for line in summary(list(TALLIES.values())):
            terminalreporter.line(line)
        write_down(list(TALLIES.values()))
