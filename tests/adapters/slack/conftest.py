"""The adapter, wired to a sandbox that runs in a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.slack import SlackChat, SlackSockets, build_app, web_client
from bot.adapters.slack.arrivals import Arrivals
from bot.adapters.slack.edge import reader
from bot.core.redaction import Secret
from bot.ports.events import Answer, Envelope, EnvelopeKind
from sandbox.client import Sandbox

BOT_TOKEN = Secret("xoxb-sandbox-bot")
APP_TOKEN = Secret("xapp-sandbox-app")
PATIENCE_S = 15.0
ROOT = Path(__file__).parents[3]


class WallClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        return event.wait(timeout_s)


def no_answer(_envelope: Envelope) -> Answer | None:
    return None


class Collector:
    """A receiver that keeps what it gets. `answer` is what it says; it may wait, or raise."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer: Callable[[Envelope], Answer | None] = no_answer
        self.together: list[int] = []  # how many came at once, each time
        self.waited_s = 0.0  # how long the last one had waited for a thread
        self._news = threading.Condition()

    def receive(self, envelope: Envelope, waited_s: float = 0.0) -> Answer | None:
        self.waited_s = waited_s
        answer = self.answer(envelope)
        with self._news:
            self.envelopes.append(envelope)
            self._news.notify_all()
        return answer

    def receive_together(self, envelopes: Sequence[Envelope]) -> Callable[[], None] | None:
        """Keep what needs no answer. Where an answer was set, which may wait, it is for the workers."""
        if self.answer is not no_answer:
            return None
        self.together.append(len(envelopes))

        def start() -> None:
            with self._news:
                self.envelopes += envelopes
                self._news.notify_all()

        return start

    def wait_for(self, kind: EnvelopeKind, count: int = 1) -> Envelope:
        """Return the last of `count` envelopes of a kind."""
        with self._news:
            arrived = self._news.wait_for(lambda: len(self.of(kind)) >= count, PATIENCE_S)
        assert arrived, f"no {kind} came; there are {[e.kind for e in self.envelopes]}"
        return self.of(kind)[count - 1]

    def of(self, kind: EnvelopeKind) -> list[Envelope]:
        return [envelope for envelope in self.envelopes if envelope.kind is kind]


@dataclass
class Wired:
    """The adapter's parts, put together as the daemon does."""

    url: str
    receiver: Collector = field(default_factory=Collector)
    fatal: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = web_client(BOT_TOKEN, f"{self.url}/api/")
        self.chat = SlackChat(self.client)
        self.read = reader(self.chat, WallClock())
        self.app = build_app(self.client, self.chat, self.receiver, WallClock())

    def sockets(self, app_token: Secret = APP_TOKEN, **more: Any) -> SlackSockets:
        arrivals = Arrivals(self.read, self.receiver.receive_together)
        return SlackSockets(self.app, app_token, f"{self.url}/api/", self.fatal.append, arrivals=arrivals, **more)


def eventually(happened: Callable[[], Any], what: str = "it to happen", patience_s: float = PATIENCE_S) -> None:
    """Wait for something inside of this process that nobody tells of."""
    until = time.monotonic() + patience_s
    never = threading.Event()
    while not happened():
        assert time.monotonic() < until, f"waited {patience_s:g} s for {what}"
        never.wait(0.01)


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    ready = tmp_path_factory.mktemp("sandbox") / "ready.json"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--ready-file", str(ready)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        try:
            eventually(lambda: ready.exists() or process.poll() is not None, "the sandbox to listen", 30.0)
            yield json.loads(ready.read_text())["url"]
        finally:
            process.terminate()


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[Sandbox]:
    world = Sandbox(sandbox_url)
    yield world
    world.clear_faults()
    world.sockets("enable")
    world.sockets("refuse_open", times=0)
    for token in (BOT_TOKEN, APP_TOKEN):
        world.token(token.value, revoke=False)
    eventually(lambda: not world.connections() or world.clock(31.0), "the connections to be gone")


@pytest.fixture
def wired(sandbox: Sandbox) -> Wired:
    return Wired(sandbox.url)


@pytest.fixture
def running(wired: Wired, sandbox: Sandbox) -> Iterator[Wired]:
    """The adapter, connected twice."""
    with connected(wired, sandbox):
        yield wired


@contextlib.contextmanager
def connected(wired: Wired, sandbox: Sandbox, **more: Any) -> Iterator[SlackSockets]:
    """Hold the connections while the block runs."""
    sockets = wired.sockets(**more)
    sockets.start()
    try:
        eventually(lambda: sockets.connected == more.get("connections", 2), "all connections")
        yield sockets
    finally:
        sockets.stop(5.0)
