"""GitHub's clock and ours differ: what is measured by the one is never compared with the other."""

import pytest

from tests.faults.invariants import broken
from tests.faults.stories import RELEASE
from tests.faults.world import Scene, Worlds


@pytest.mark.sockets
def test_a_lost_run_is_searched_for_as_long_when_githubs_clock_is_an_hour_ahead(worlds: Worlds) -> None:
    world = worlds.borrow(watches=False)
    world.sandbox.clock(3600.0)
    scene = Scene(world)
    scene.sandbox.fault("github", "actions/create-workflow-dispatch", "error", status=502)

    RELEASE.play(scene)

    assert scene.until(scene.settled, "the search to end") is not None
    assert [operation["state"] for operation in world.journal.operations(scene.mark)] == ["unknown"]
    assert broken(scene) == []
    worlds.give_back(world, spoilt=True)
