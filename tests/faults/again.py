"""The points of duplicates: every envelope comes twice, at once or long after, also to a daemon that was restarted meanwhile."""

from tests.faults.matrix import SETTLE_S, Point
from tests.faults.stories import MISTAKE, STORIES, Story
from tests.faults.world import Scene

MANY = 1000
LATER = {"5 minutes": 300.0, "20 hours": 72_000.0}


def duplicate_points() -> list[Point]:
    """Return the points of every story."""
    return [point for story in (*STORIES, MISTAKE) for point in (_at_once(story), *_all_later(story))]


def _at_once(story: Story) -> Point:
    return Point(
        name="every envelope twice at once",
        story=story,
        disturb=lambda scene: scene.sandbox.sockets("duplicate", times=MANY),
        reached=lambda _scene: True,
    )


def _all_later(story: Story) -> list[Point]:
    return [_later(story, after, restarted) for after in LATER for restarted in (False, True)]


def _later(story: Story, after: str, restarted: bool) -> Point:
    def play(scene: Scene) -> None:
        story.play(scene)
        assert scene.until(scene.settled, "the story to settle", SETTLE_S) is not None, "the daemon died before"
        if restarted:
            scene.world.workspace.stop()
            scene.world.start()
        scene.sandbox.clock(LATER[after])
        scene.sandbox.wait_connected()
        scene.sandbox.redeliver(scene.since)
        # What is typed now comes after them; whoever reads that it failed, since the connections of a day ago are just replaced, types it again.
        scene.until(lambda: scene.ann.types("/ops help last")["ok"], "what comes after them to be taken")
        scene.until(lambda: any("`last`" in scene.ann.reads(m) for m in scene.told()), "the answer to what came after them")

    return Point(
        name=f"every envelope again after {after}" + (", the daemon restarted" if restarted else ""),
        story=Story(story.name, play, watches=story.watches),
        disturb=lambda _scene: None,
        reached=lambda _scene: True,
        spoils=True,  # the world's clock is ahead
    )
