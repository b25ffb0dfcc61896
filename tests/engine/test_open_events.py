"""Events that go on in a later batch or window, where one stream holds the lines of several writers, such as the pods that a query of Loki finds."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.core.lines import block_of
from bot.core.windows import Window
from bot.engine.open_events import MOST_WRITERS, OpenEvents
from bot.ports.logs import Batch, Checkpoint
from tests.engine.log_world import LogWorld

FIRST, REST = "ERROR cannot charge {}", ["java.lang.IllegalStateException: ERROR in queue", "\tat com.acme.{}.b(A.java:1)"]


class Pods:
    """A source whose one stream holds the lines of several pods. Each batch is a list of who wrote what."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[str, list[str]]]] = []
        self._reads = 0

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        for batch in self.batches:
            self._reads += 1
            parts = [(pod, block_of(lines)) for pod, lines in batch]
            data = b"".join(part for _, part in parts)
            yield Batch(data, Checkpoint("loki", {"at": self._reads}), writers=tuple((pod, len(part)) for pod, part in parts))
        self.batches = []


class World:
    def __init__(self, folder: Path) -> None:
        self.logs = LogWorld(folder)
        self.pods = Pods()

    def scan(self, *batches: list[tuple[str, list[str]]]) -> Window:
        """Count batches, as the next process would."""
        self.logs.restart()
        self.pods.batches = list(batches)
        return self.logs.engines({"api": self.pods}).watches.scan(self.logs.watch)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.scan()
    yield made
    made.logs.journal.close()


def first(pod: str) -> tuple[str, list[str]]:
    return pod, [FIRST.format(pod)]


def rest(pod: str) -> tuple[str, list[str]]:
    return pod, [line.format(pod) for line in REST]


def test_the_rest_of_a_trace_belongs_to_the_pod_that_wrote_its_beginning(world: World) -> None:
    window = world.scan([first("cart"), ("shop", ["INFO ok"])], [rest("cart"), first("shop")], [rest("shop")])

    assert (window.lines, window.errors, window.distinct) == (7, 2, 2)


def test_it_does_in_a_later_window_too(world: World) -> None:
    assert world.scan([first("cart"), first("shop"), ("web", ["INFO ok"])]).errors == 2
    assert world.scan([rest("shop"), ("web", ["INFO ok"])]).errors == 0
    assert world.scan([("web", ["INFO ok"]), rest("cart"), ("shop", ["INFO ok"])]).errors == 0

    assert world.scan([rest("shop")]).errors == 1  # its event is over


def test_a_trace_that_begins_behind_another_pod_s_error_is_not_a_part_of_that(world: World) -> None:
    alone = world.scan([first("cart")]).fingerprints
    window = world.scan([first("cart"), ("shop", ["\tat com.acme.Shop.b(A.java:1)"])])

    assert [kind.id for kind in window.fingerprints] == [kind.id for kind in alone]


def test_of_many_writers_the_events_of_those_that_wrote_last_are_kept() -> None:
    events = OpenEvents({})
    for n in range(2 * MOST_WRITERS):
        events.name("loki", f"pod {n}")
    events.name("loki", "pod 3")
    carry = events.carry("loki", lambda name: "" if name.endswith("5") else f"open {name}")

    kept = OpenEvents({"loki": Checkpoint("loki", {}, carry)}).carried()

    assert len(kept) == MOST_WRITERS
    assert kept["loki\npod 3"] == "open loki\npod 3"
    assert "loki\npod 199" in kept
    assert "loki\npod 195" not in kept
    assert "loki\npod 4" not in kept


def test_a_stream_with_one_writer_keeps_what_it_always_kept() -> None:
    events = OpenEvents({"a.log": Checkpoint("a.log", {}, "open")})

    assert events.carried() == {"a.log": "open"}
    assert events.name("a.log", "") == "a.log"
    assert events.carry("a.log", {"a.log": "further"}.__getitem__) == "further"


@pytest.mark.parametrize("carry", ["{", "{}", '{"a": 1}', "of,another,form", '{"a": "of,another,form"}'])
def test_what_another_version_carried_in_another_form_is_passed_over(tmp_path: Path, carry: str) -> None:
    world = World(tmp_path)
    world.scan([("web-1", [FIRST.format("card")])])
    with world.logs.journal.begin() as tx:
        tx.watches.save_checkpoint(world.logs.watch.name, Checkpoint("loki", {"at": 1}, carry))

    assert world.scan([("web-1", ["ERROR of its own"])]).errors == 1
