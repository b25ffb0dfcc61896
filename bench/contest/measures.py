"""How each thing is measured: what the sandbox saw, from its record; what the process used, from /proc."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from bench.contest.contestants import Contestant, start
from sandbox.client import Sandbox

STEADY = 300
PER_SECOND = 20
BURST = 500
CUT = 50
CUT_PER_SECOND = 25
CUT_AFTER_S = 1.0
STALL_S = 4.0
SLACK_WAITS_S = 3.0
SERVED_AGAIN_WITHIN_S = 75.0
SERVED_AGAIN_AFTER = 10  # so many acked one after the other
KINDS = ("disconnect", "close", "fin", "reset", "deaf", "stall")

CHANNELS = [f"C0BENCH{number:02}" for number in range(50)]
"""Slack allows a message a second in a channel, and the daemon keeps to that: in one channel its answers would take minutes."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command as the sandbox saw it. `acked_at` is None without an ack."""

    number: int
    sent_at: float
    connection: str
    acked_at: float | None

    @property
    def took_s(self) -> float:
        return float("inf") if self.acked_at is None else self.acked_at - self.sent_at


@dataclass(frozen=True, slots=True)
class Load:
    """What one contestant did in one round. Times in seconds."""

    first_start_s: float
    start_s: float
    steady_s: list[float]
    burst_acked: int
    burst_s: float  # from the first command's frame to the last ack
    memory_mb: float
    cpu_per_1000_s: float


@dataclass(frozen=True, slots=True)
class Cut:
    """What became of the commands around the loss of a connection."""

    acked: int  # within Slack's 3 s
    into_it: int  # were written into the lost connection after it was lost
    worst_s: float  # of the others, from their arrival to their ack
    served_again_s: float  # from the cut until every command is acked again


class Arena:
    """The running sandbox with its typist."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sandbox = Sandbox(url)
        self._opener = build_opener(ProxyHandler({}))
        self._newest = 0

    def prepare(self) -> None:
        """Make the command and the channels. Somebody must be connected: each channel is an event."""
        self.sandbox.commands("/ping")
        for channel in CHANNELS:
            self.sandbox.channel(channel, add=["U0ANN", "U0CHATOPS"], name=channel.lower())

    def type(self, count: int, per_second: float, *, wait: bool = True) -> range:
        """Type commands and return their numbers."""
        body = {"count": count, "per_second": per_second, "channels": CHANNELS, "wait": wait}
        answer = self._post("type", body)
        return range(answer["first"], answer["last"] + 1)

    def first_ack_at(self) -> float:
        """Type as soon as anybody is connected, and return when the first command was acked."""
        return float(self._post("first", {"channel": CHANNELS[0]})["at"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = Request(f"{self.url}/_bench/{path}", json.dumps(body).encode(), method="POST")  # noqa: S310 - our own loopback address
        with self._opener.open(request, timeout=120) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def mark(self) -> int:
        """Return the number of the record's newest entry."""
        newest = self.sandbox.record(since=self._newest)
        self._newest = int(newest[-1]["n"]) if newest else self._newest
        return self._newest

    def commands(self, since: int) -> dict[int, Command]:
        """Return the commands that were sent after an entry of the record, by their numbers."""
        sent: dict[str, tuple[int, float, str]] = {}
        acked: dict[str, float] = {}
        for entry in self.sandbox.record(side="socket", since=since):
            if entry["call"] == "slash_commands":
                sent[entry["body"]["envelope_id"]] = (int(entry["body"]["payload"]["text"]), entry["at"], entry["path"])
            elif entry["call"] == "ack":
                acked.setdefault(entry["body"]["envelope_id"], entry["at"])
        return {number: Command(number, at, path, acked.get(envelope)) for envelope, (number, at, path) in sent.items()}

    def answered(self, since: int) -> int:
        """Return how many commands were answered after an entry of the record."""
        return sum(entry["status"] == 200 for entry in self.sandbox.record(side="slack", call="response_url", since=since))

    def wait(self, until: Callable[[], bool], timeout_s: float, what: str) -> None:
        """Return as soon as `until` is true.

        Raises:
            RuntimeError: it was not, in time.
        """
        ends_at = time.monotonic() + timeout_s
        while not until():
            if time.monotonic() > ends_at:
                raise RuntimeError(f"Waited {timeout_s:.0f} s for {what}.")
            time.sleep(0.1)


def load(arena: Arena, contestant: Contestant, folder: Path) -> Load:
    """Measure one contestant at work: two starts, the steady commands, the burst, and what that cost."""
    running = start(contestant, folder, arena.url)
    try:
        first_start_s = arena.first_ack_at() - running.started_at
    finally:
        running.stop()
    running = start(contestant, folder, arena.url)
    try:
        start_s = arena.first_ack_at() - running.started_at
        _settle(arena, contestant)
        cpu_s, mark = running.cpu_s, arena.mark()
        steady = [command.took_s for command in _typed(arena, STEADY, PER_SECOND)]
        burst = _typed(arena, BURST, 0)
        arena.wait(lambda: arena.answered(mark) >= STEADY + BURST, 180.0, f"{contestant.name} to answer everything")
        cost_s = (running.cpu_s - cpu_s) * 1000 / (STEADY + BURST)
        last = max((command.acked_at or float("inf") for command in burst), default=float("inf"))
        acked = sum(command.took_s <= SLACK_WAITS_S for command in burst)
        burst_s = last - min(command.sent_at for command in burst)
        return Load(first_start_s, start_s, steady, acked, burst_s, running.memory_mb, cost_s)
    finally:
        running.stop()


def _typed(arena: Arena, count: int, per_second: float) -> list[Command]:
    mark = arena.mark()
    numbers = arena.type(count, per_second)
    found = arena.commands(mark)
    return [found[number] for number in numbers if number in found]


def _settle(arena: Arena, contestant: Contestant) -> None:
    """Wait until all connections stand, and each has served."""
    arena.sandbox.wait_connected(contestant.connections)
    arena.type(20, 50)


def cut(arena: Arena, contestant: Contestant, kind: str, folder: Path) -> Cut:
    """Measure what becomes of commands while one of the contestant's connections is being lost."""
    running = start(contestant, folder, arena.url)
    try:
        arena.first_ack_at()
        _settle(arena, contestant)
        mark = arena.mark()
        lost: str = arena.sandbox.connections()[0]["id"]
        cut_at: list[float] = []
        timer = threading.Timer(CUT_AFTER_S, lambda: cut_at.append(_cut(arena, kind, lost)))
        timer.start()
        numbers = list(arena.type(CUT, CUT_PER_SECOND))
        timer.join()
        served_again_at = _served_again_at(arena, mark, numbers)
        found = arena.commands(mark)
        return _judge([found[number] for number in numbers if number in found], kind, lost, cut_at[0], served_again_at)
    finally:
        running.stop()


def _cut(arena: Arena, kind: str, lost: str) -> float:
    at = time.time()
    arena.sandbox.sockets(kind, lost, **({"seconds": STALL_S} if kind == "stall" else {}))
    return at


def _judge(commands: list[Command], kind: str, lost: str, cut_at: float, served_again_at: float) -> Cut:
    # Asked to go, a connection still serves for a while: what is written into it is not lost. What waits behind half a frame comes later than Slack waits for
    # an ack, or not at all.
    into_it = [c for c in commands if c.connection == lost and c.sent_at >= cut_at] if kind != "disconnect" else []
    waits = [command.took_s for command in commands if command not in into_it]
    acked = sum(command.took_s <= SLACK_WAITS_S for command in commands)
    return Cut(acked, len(into_it), max(waits, default=float("inf")), max(0.0, served_again_at - cut_at))


def _served_again_at(arena: Arena, mark: int, numbers: list[int]) -> float:
    """Go on typing, and return since when every command is acked in time; infinite when that does not happen any more."""
    until = time.monotonic() + SERVED_AGAIN_WITHIN_S
    typed = list(numbers)
    while time.monotonic() < until:
        typed += arena.type(5, 5, wait=False)
        time.sleep(0.2)
        found = arena.commands(mark)
        served: list[Command] = []
        for number in reversed(typed):
            if number not in found or found[number].took_s > SLACK_WAITS_S:
                break
            served.append(found[number])
        if len(served) >= SERVED_AGAIN_AFTER:
            return served[-1].sent_at
    return float("inf")
