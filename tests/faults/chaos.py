"""Chaos: seeded random mixtures of stories, several under way at a time, with kills, broken calls, lost connections and duplicates among them."""

import random
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from sandbox.client import Refused
from tests.faults.breaks import FAULTS, FOR_A_WHILE
from tests.faults.cuts import CUTS, LIFETIME_S
from tests.faults.invariants import alerts, dispatches, journal, stories, threads
from tests.faults.matrix import LOOKS, SETTLE_S, WORKERS, Tally, add, evidence
from tests.faults.stories import ACK, FORM, REFUSAL, RELEASE, Story
from tests.faults.world import Scene, World, Worlds

Json = dict[str, Any]

AT_ONCE = 4
CALLS = (
    ("slack", "chat.postMessage"),
    ("slack", "chat.update"),
    ("slack", "views.open"),
    ("slack", "users.info"),
    ("slack", "conversations.history"),
    ("slack", "apps.connections.open"),
    ("github", "actions/create-workflow-dispatch"),
    ("github", "actions/list-workflow-runs-for-repo"),
    ("github", "actions/list-jobs-for-workflow-run"),
    ("github", "git/list-matching-refs"),
    ("github", "*"),
    ("slack", "*"),
)


def play_chaos(seeds: Sequence[int], operations: int, worlds: Worlds) -> Tally:
    """Play so many operations, shared out among the seeds, which run side by side; each operation is a point."""
    counts = Tally("Chaos")
    with ThreadPoolExecutor(min(WORKERS, len(seeds))) as crowd:
        for one in [crowd.submit(_play, counts, seed, operations // len(seeds), worlds) for seed in seeds]:
            one.result()
    return add(counts)


def _play(counts: Tally, seed: int, operations: int, worlds: Worlds) -> None:
    dice = random.Random(seed)
    for played in range(0, operations, AT_ONCE):
        world = worlds.borrow(watches=True)
        results = play_batch(world, dice, min(AT_ONCE, operations - played))
        for n, found in enumerate(results, start=played + 1):
            counts.note(f"seed {seed}, operation {n}", found)
        if any(results):
            evidence(world, f"seed {seed}, operations from {played + 1}", [text for found in results for text in found])
        else:
            worlds.give_back(world)


def play_batch(world: World, dice: random.Random, size: int) -> list[list[str]]:
    """Play some stories side by side, each with its misfortune, and return what does not hold of each."""
    told: list[str] = []
    cast = [(Scene(world), story) for story in _stories(dice, size)]
    try:
        for scene, story in cast:
            told += _disturb(scene, dice)
            story.play(scene)
            _revive(cast)
        looks = 0
        while looks < LOOKS:
            _revive(cast)
            if cast[0][0].until(lambda: all(scene.settled() for scene, _ in cast), "everything to settle", SETTLE_S) is not None:
                found, looks = [_broken(scene) for scene, _ in cast], looks + 1
                if not any(found):
                    break
    except Exception:  # noqa: BLE001 - also when the harness broke: what proves nothing must not pass for what held
        found = [[traceback.format_exc()], *([] for _ in cast[1:])]
    world.sandbox.sockets("lifetime", seconds=LIFETIME_S)
    cast[0][0].end()
    return [[*one, f"misfortunes: {', '.join(told)}"] if one else [] for one in found]


def _stories(dice: random.Random, size: int) -> list[Story]:
    """Choose stories; at most one of them is about alerts, whose lines can't be told apart."""
    chosen = [dice.choice((RELEASE, RELEASE, FORM, REFUSAL)) for _ in range(size)]
    if dice.random() < 0.5:
        chosen[dice.randrange(size)] = ACK
    return chosen


def _disturb(scene: Scene, dice: random.Random) -> list[str]:
    """Order nothing, or one misfortune, and say which."""
    sandbox = scene.sandbox
    match dice.choice(("nothing", "kill", "kill", "stop", "break", "break", "cut", "duplicate")):
        case "stop":
            scene.world.workspace.stop()
            return ["stopped"]
        case "kill":
            at, moment = dice.randint(1, 40), dice.choice(("before", "processed", "answered"))
            sandbox.kill(scene.world.pid, at, moment)
            return [f"kill at {at} {moment}"]
        case "break":
            (side, call), name = dice.choice(CALLS), dice.choice(list(FAULTS))
            order = {**FAULTS[name], "skip": dice.randint(0, 2)}
            if order.get("times") == FOR_A_WHILE:
                order["times"] = dice.randint(2, 6)
            sandbox.fault(side, call, **order)
            return [f"{side} {call}: {name}"]
        case "cut":
            name = dice.choice(list(CUTS))
            for order in CUTS[name]:
                with suppress(Refused):  # none is open just now
                    sandbox.sockets(**{"connection": dice.choice(("any", "all")), **order})
            return [name]
        case "duplicate":
            sandbox.sockets("duplicate", times=dice.randint(1, 5))
            return ["duplicates"]
    return []


def _revive(cast: list[tuple[Scene, Story]]) -> None:
    while cast[0][0].died:
        cast[0][0].revive()
        for scene, story in cast:
            if scene.requests or scene.lines:
                story.resume(scene)


def _broken(scene: Scene) -> list[str]:
    operations = [op for op in scene.world.journal.operations(scene.mark) if op["service"] == scene.service]
    return [*dispatches(scene, operations), *stories(scene, operations), *alerts(scene), *threads(scene), *journal(scene)]
