"""The points of the kill matrix: every request and frame of a story, every moment, and every commit."""

from collections import Counter
from typing import Any

from tests.faults.matrix import Point
from tests.faults.stories import Story
from tests.faults.world import Scene, Worlds

Json = dict[str, Any]

MOMENTS = ("before", "processed", "answered")
FRAME_MOMENTS = ("before", "answered")
"""A frame has no answer: after it was acted on is one moment."""


def calls_of(story: Story, worlds: Worlds) -> list[tuple[str, str]]:
    """Play a story undisturbed, and return the side and the call of each request and frame in their order."""
    world = worlds.borrow(story.watches, fresh=True)
    try:
        scene = Scene(world)
        story.play(scene)
        assert scene.until(scene.settled, "the undisturbed story to settle") is not None
        return [(e["side"], e["call"]) for e in scene.sandbox.record(since=scene.since) if e["call"] not in ("hello", "disconnect")]
    finally:
        worlds.give_back(world)


def request_points(story: Story, calls: list[tuple[str, str]]) -> list[Point]:
    """Return a point for each call, each occurrence of it, and each moment."""
    points = []
    seen: Counter[tuple[str, str]] = Counter()
    for side, call in calls:
        seen[side, call] += 1
        for moment in FRAME_MOMENTS if side == "socket" else MOMENTS:
            points.append(_request_point(story, side, call, seen[side, call], moment))
    return points


def _request_point(story: Story, side: str, call: str, at: int, moment: str) -> Point:
    return Point(
        name=f"kill at {side} {call} #{at}, {moment}",
        story=story,
        disturb=lambda scene: scene.sandbox.kill(scene.world.pid, at, moment, side, call),
        reached=lambda scene: bool(scene.sandbox.killed()["fired"]),
        expects_death=True,
    )


FIRST_BLOWS = (
    ("socket", "slash_commands", "answered"),
    ("socket", "ack", "answered"),
    ("slack", "chat.postMessage", "processed"),
    ("github", "actions/create-workflow-dispatch", "before"),
    ("github", "actions/create-workflow-dispatch", "processed"),
)


def double_points(story: Story, most: int) -> list[Point]:
    """Return a point for each of some kills, followed by another one after each of the first commits of the next start, and of the one after that."""
    return [_double_point(story, *blow, at) for blow in FIRST_BLOWS for at in range(1, most + 1)]


def _double_point(story: Story, side: str, call: str, moment: str, at: int) -> Point:
    def order(scene: Scene) -> None:
        scene.world.kills_at_start = [at, at]
        scene.sandbox.kill(scene.world.pid, 1, moment, side, call)

    return Point(
        name=f"kill at {side} {call} #1, {moment}, and after commit #{at} of the next two starts",
        story=story,
        disturb=order,
        reached=lambda scene: bool(scene.sandbox.killed()["fired"]),
        expects_death=True,
    )


def commit_points(story: Story, most: int) -> list[Point]:
    """Return a point for each commit to the journal, whether the story comes that far or not."""
    return [_commit_point(story, at) for at in range(1, most + 1)]


def _commit_point(story: Story, at: int) -> Point:
    def order(scene: Scene) -> None:
        scene.world.commits.write_text(str(at))

    return Point(
        name=f"kill after commit #{at}",
        story=story,
        disturb=order,
        reached=lambda scene: not scene.world.commits.exists(),
        expects_death=True,
    )
