"""Plays the points of a matrix, several worlds side by side, and keeps the tally."""

import os
import queue
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.faults.invariants import broken
from tests.faults.stories import Story
from tests.faults.world import Scene, World, Worlds

Json = dict[str, Any]

FULL = os.environ.get("CHATOPS_FAULTS") == "full"
ONLY = os.environ.get("CHATOPS_FAULTS_ONLY", "")
WORKERS = int(os.environ.get("CHATOPS_FAULTS_WORKERS", "3"))
SETTLE_S = 60.0
LOOKS = 3
"""Between two looks the next window of a watch may edit its alert; what is wrong stays wrong."""


@dataclass(frozen=True, slots=True)
class Point:
    """One playing: a story, and what goes wrong in it.

    Args:
        disturb: called before the story begins.
        reached: says afterwards whether what was ordered did happen.
        check: returns what does not hold after it.
        spoils: the world is of no use to the next point.
        fresh: it needs a daemon that has seen nothing yet: a second try of a point that was not reached.
    """

    name: str
    story: Story
    disturb: Callable[[Scene], None]
    reached: Callable[[Scene], bool]
    check: Callable[[Scene], list[str]] = broken
    expects_death: bool = False
    spoils: bool = False
    fresh: bool = False


@dataclass(slots=True)
class Tally:
    """What came of the points of one matrix."""

    area: str
    tried: int = 0
    unreached: list[str] = field(default_factory=list)
    failures: dict[str, list[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def held(self) -> int:
        return self.tried - len(self.failures)

    def note(self, name: str, found: list[str]) -> None:
        with self.lock:
            self.tried += 1
            if found:
                self.failures[name] = found

    def skip(self, name: str) -> None:
        with self.lock:
            self.unreached.append(name)

    def report(self) -> str:
        lines = [f"{name}: {'; '.join(found)}" for name, found in self.failures.items()]
        return "\n".join([f"{self.area}: points tried: {self.tried}, held: {self.held}", *lines])


TALLIES: dict[str, Tally] = {}
"""What came of each matrix in this session."""


def add(counts: Tally) -> Tally:
    """Add what came of some points to their matrix."""
    whole = TALLIES.setdefault(counts.area, Tally(counts.area))
    whole.tried += counts.tried
    whole.unreached += counts.unreached
    whole.failures |= counts.failures
    return counts


def play_point(world: World, point: Point) -> tuple[bool, list[str]]:
    """Play a point and return whether it was reached and what does not hold after it."""
    scene = Scene(world)
    code: int | None = None
    try:
        point.disturb(scene)
        point.story.play(scene)
        looks = 0
        while looks < LOOKS:
            if scene.died:
                code = world.exit_code
                scene.revive()
                point.story.resume(scene)
            if scene.until(scene.settled, "everything to settle", SETTLE_S) is not None:
                found, looks = point.check(scene), looks + 1
                if not found:
                    break
    except AssertionError as error:
        found = [str(error)]
        found += [f"left: {left}" for left in (*world.journal.operations(scene.mark), *world.journal.unfinished(scene.mark))][:3]
    if code is not None and not (point.expects_death and code == -9):
        found.append(f"the daemon ended by itself, with code {code}")
    reached = point.reached(scene)
    scene.end()
    return reached, found


def play_all(area: str, points: Iterable[Point], worlds: Worlds) -> Tally:
    """Play all points, `WORKERS` at a time, each worker in a world that lasts until a point breaks in it."""
    counts = Tally(area)
    waiting: queue.Queue[Point] = queue.Queue()
    for point in points:
        if ONLY in f"{area}: {point.story.name}: {point.name}":
            waiting.put(point)
    crowd = [threading.Thread(target=_work, args=(counts, waiting, worlds)) for _ in range(min(WORKERS, waiting.qsize()))]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    return add(counts)


def _work(counts: Tally, waiting: "queue.Queue[Point]", worlds: Worlds) -> None:
    while True:
        try:
            point = waiting.get_nowait()
        except queue.Empty:
            return
        name = f"{point.story.name}: {point.name}"
        world: World | None = None
        try:
            world = worlds.borrow(point.story.watches, fresh=point.fresh)
            reached, found = play_point(world, point)
        except Exception:  # noqa: BLE001 - the harness itself broke: a point that proves nothing must not pass for one that held
            reached, found = True, [traceback.format_exc()]
        if reached or found:
            counts.note(name, found)
        elif point.fresh or (counts.tried and not FULL):  # a sample can do without it, but not without any
            counts.skip(name)
        else:
            waiting.put(replace(point, fresh=True))
        if world and found:
            evidence(world, name, found)
        elif world:
            worlds.give_back(world, spoilt=point.spoils)


def evidence(world: World, name: str, found: list[str]) -> None:
    """Close a world in which something broke, and keep what it wrote."""
    try:
        record = [f"{e['n']} {e['side']} {e['call']} {e['method']} {e['status']}" for e in world.sandbox.record()]
        seen = world.sandbox.transcript()
    except OSError:
        record, seen = [], ""
    text = "\n".join([name, *found, "", seen, "", *record[-120:]])
    (world.workspace.folder / "evidence.txt").write_text(text)
    world.close()
