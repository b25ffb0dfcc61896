"""The points of the fault matrix: every call of a story, broken in every way."""

from typing import Any

from tests.faults.matrix import FULL, Point
from tests.faults.stories import Story
from tests.faults.world import Scene

Json = dict[str, Any]

SLOW_S = 10.0 if FULL else 3.0
REFUSED_FOR_S = 20.0 if FULL else 3.0
FOR_A_WHILE = 10_000

FAULTS: dict[str, Json] = {
    "429, Retry-After 1": {"fault": "rate_limited", "retry_after": 1},
    "500": {"fault": "error", "status": 500},
    "502 after processing": {"fault": "error_after", "status": 502},
    f"slow {SLOW_S:g} s": {"fault": "slow", "seconds": SLOW_S},
    "answer lost": {"fault": "lost"},
    f"refused for {REFUSED_FOR_S:g} s": {"fault": "refuse", "times": FOR_A_WHILE},
    "broken JSON": {"fault": "broken_json"},
    "redirect": {"fault": "redirect"},
}


def fault_points(story: Story, calls: list[tuple[str, str]]) -> list[Point]:
    """Return a point for each call that the story makes of Slack or GitHub, and each way to break it."""
    distinct = [call for call in dict.fromkeys(calls) if call[0] != "socket"]
    return [_fault_point(story, side, call, name) for side, call in distinct for name in FAULTS]


def _fault_point(story: Story, side: str, call: str, name: str) -> Point:
    order = FAULTS[name]

    def break_it(scene: Scene) -> None:
        scene.sandbox.fault(side, call, **order)
        if order.get("times") == FOR_A_WHILE:
            scene.later(REFUSED_FOR_S, scene.sandbox.clear_faults)

    return Point(
        name=f"{side} {call}: {name}",
        story=story,
        disturb=break_it,
        reached=lambda scene: bool(scene.sandbox.record(side=side, call=call, since=scene.since)),
    )
