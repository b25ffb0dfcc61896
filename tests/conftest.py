"""What holds for every test."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.demo import processes
from tests import ready_tables, warm

# The machine is shared: how long an example takes says nothing about the code.
settings.register_profile("chatopsd", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chatopsd")

if not os.environ.get("CHATOPS_COLD"):
    processes._popen = warm.start
    ready_tables.install()

FIRST = ("faults", "systemd")
"""The folders whose files last longest: no process is left alone with one of them at the end."""

WAITING = ("scenarios", "web")
"""The folders whose tests mostly wait. They stand between the others, which compute, so that the processors always have something to do."""

WAITED_BY = 0.8
"""All that wait have begun when this part of the others has."""


def pytest_xdist_auto_num_workers() -> int:
    """Two processes for each processor: most of the time a test waits for a daemon, for a browser, or for a clock."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files into the order in which they begin; each file's own order stays."""
    turns = _turns(list(dict.fromkeys(item.path for item in items)))
    items.sort(key=lambda item: turns[item.path])


def _turns(files: list[Path]) -> dict[Path, float]:
    rooms = {path: path.relative_to(Path(__file__).parent).parts[0] if path.is_relative_to(Path(__file__).parent) else "" for path in files}
    waiting = [path for path in files if rooms[path] in WAITING]
    others = [path for path in files if rooms[path] not in (*FIRST, *WAITING)]
    return {
        **dict.fromkeys(files, -1.0),
        **{path: WAITED_BY * n / len(waiting) for n, path in enumerate(waiting)},
        **{path: n / len(others) for n, path in enumerate(others)},
    }


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected is there to stay: no collection of garbage looks through it, neither meanwhile nor afterwards."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
