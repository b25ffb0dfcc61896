"""The adapter under test, in front of a scripted GitHub or of the sandbox's."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.github import RestGitHub, connect
from bot.core.redaction import Secret

from .scripted_github import ScriptedGitHub
from .world import TOKEN, World


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        return event.is_set()

    def move(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture
def clock() -> SetClock:
    """Three seconds behind GitHub's `Date`."""
    return SetClock(datetime(2026, 11, 23, 8, 59, 57, tzinfo=UTC))


@pytest.fixture
def script() -> Iterator[ScriptedGitHub]:
    server = ScriptedGitHub()
    yield server
    server.close()


@pytest.fixture
def github(script: ScriptedGitHub, clock: SetClock) -> Iterator[RestGitHub]:
    """The adapter, talking to the script."""
    adapter = connect(script.url, Secret("github_token_for_tests"), clock)
    yield adapter
    adapter.close()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One sandbox for all tests of this room."""
    world = World(tmp_path_factory.mktemp("github"))
    yield world
    world.close()


@pytest.fixture
def world(sandbox: World) -> World:
    """The sandbox, without faults; its record begins with the test."""
    sandbox.start_afresh()
    return sandbox


class RealClock:
    """The clock on the wall, which is the sandbox's too."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        return event.wait(timeout_s)


@pytest.fixture
def real(world: World) -> Iterator[RestGitHub]:
    """The adapter, talking to the sandbox."""
    adapter = connect(world.url, Secret(TOKEN), RealClock())
    yield adapter
    adapter.close()
