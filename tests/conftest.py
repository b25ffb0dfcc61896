"""What holds for every test."""

import gc
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.demo import processes
from tests import warm

# The machine is shared: how long an example takes says nothing about the code.
settings.register_profile("chatopsd", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chatopsd")

if not os.environ.get("CHATOPS_COLD"):
    processes._popen = warm.start

SLOW = ("faults", "systemd", "scenarios", "web")
"""The folders whose files last for long. They begin first, so that no process is left alone with one of them at the end."""


def pytest_xdist_auto_num_workers() -> int:
    """Two processes for each processor: most of the time a test waits for a daemon, for a browser, or for a clock."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow files first; each file's own order stays."""
    items.sort(key=lambda item: _turn(item.path))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected is there to stay: no collection of garbage looks through it, neither meanwhile nor afterwards."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@cache
def _turn(path: Path) -> int:
    return next((turn for turn, name in enumerate(SLOW) if Path(__file__).parent / name in path.parents), len(SLOW))
