"""The points of the socket matrix: every way of losing a connection, with nothing under way and with fifty commands in flight."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.faults.invariants import journal, threads
from tests.faults.matrix import Point
from tests.faults.stories import Story
from tests.faults.world import Scene

Json = dict[str, Any]

LIFETIME_S = 18_060.0
BACK_WITHIN_S = 50.0
GHOST_S = 31.0
COMMANDS = 50
CHANNELS = 10
"""The answers are shared out: Slack takes one message a second in a channel."""

CUTS: dict[str, list[Json]] = {
    "disconnect: warning": [{"do": "disconnect", "reason": "warning"}],
    "disconnect: refresh_requested": [{"do": "disconnect", "reason": "refresh_requested"}],
    "disconnect: too_many_websockets": [{"do": "disconnect", "reason": "too_many_websockets"}],
    "CLOSE frame": [{"do": "close"}],
    "FIN without CLOSE": [{"do": "fin"}],
    "reset": [{"do": "reset"}],
    "deaf": [{"do": "deaf"}],
    "a frame split by 4 s": [{"do": "stall", "seconds": 4.0}],
    "reset, and two refused tickets": [{"do": "refuse_open", "error": "internal_error", "times": 2}, {"do": "reset"}],
    "end of life": [{"do": "lifetime", "seconds": 1.0}],
}


def cut_points() -> list[Point]:
    """Return a point for each cut of one connection and of all, idle and under load."""
    return [_cut_point(name, which, busy) for name in CUTS for which in ("any", "all") for busy in (False, True)]


def _cut_point(name: str, which: str, busy: bool) -> Point:
    def play(scene: Scene) -> None:
        _channels(scene)
        if busy:
            _fire(scene, name, which)
        else:
            _cut(scene, name, which)
            _type(scene, "after-the-cut")
        scene.sandbox.sockets("lifetime", seconds=LIFETIME_S)
        scene.sandbox.wait_until(lambda: _healthy(scene) >= 2, BACK_WITHIN_S, "both connections to be back")
        scene.sandbox.clock(GHOST_S)  # what Slack sends to a half-open ghost is lost until it is gone
        scene.sandbox.wait_until(lambda: _healthy(scene) == len(scene.sandbox.connections()), what="the ghosts to be gone")
        # An ordered stall may have waited for one of these.
        assert any(_type(scene, f"at-last-{n}") for n in range(3)), "both connections are back, and no command is acked"

    return Point(
        name=f"{name}, {'all' if which == 'all' else 'one'}, {f'{COMMANDS} commands in flight' if busy else 'idle'}",
        story=Story("commands", play),
        disturb=lambda _scene: None,
        reached=lambda _scene: True,
        check=answered,
        spoils=True,  # the clock is ahead, and a stall may still be ordered
    )


def _channels(scene: Scene) -> None:
    for n in range(CHANNELS):
        scene.sandbox.channel(f"C0X{n}", name=f"x{n}", add=["U0CHATOPS", "U0ANN"])


def _cut(scene: Scene, name: str, which: str) -> None:
    for order in CUTS[name]:
        scene.sandbox.sockets(**{"connection": which, **order})


def _healthy(scene: Scene) -> int:
    return sum(connection["state"] == "open" for connection in scene.sandbox.connections())


def _type(scene: Scene, word: str, channel: str = "C0X0") -> bool:
    word = f"{scene.service}-{word}"
    taken = bool(scene.ann.types(f"/ops help {word}", channel=channel)["ok"])
    scene.requests.append((word, taken))
    return taken


def _fire(scene: Scene, name: str, which: str) -> None:
    """Type fifty commands at once, and cut in the middle of them."""
    with ThreadPoolExecutor(COMMANDS) as crowd:
        typed = [crowd.submit(_type, scene, f"n{n}", f"C0X{n % CHANNELS}") for n in range(COMMANDS)]
        scene.sandbox.wait_until(lambda: scene.sandbox.record(side="socket", call="ack", since=scene.since), what="the first ack")
        _cut(scene, name, which)
        for one in typed:
            one.result()


def answered(scene: Scene) -> list[str]:
    """Every command that was acked is answered once; one that failed for the person at most once.

    Not "never": when the ack is on its way while the connection is cut, nobody can tell on this side.
    """
    told = [scene.ann.reads(m) for m in scene.told()]
    found = []
    for word, taken in scene.requests:
        answers = sum(f"`{word}`" in text for text in told)
        if taken and answers != 1:
            found.append(f"{word} was acked and answered {answers} times")
        if not taken and answers > 1:
            found.append(f"{word} failed for the person, and was answered {answers} times")
    return [*found[:8], *threads(scene), *journal(scene)]
