import threading
from functools import partial

import pytest

from bot.engine.lanes import Lanes

SOON_S = 10.0


def test_jobs_of_one_lane_run_in_order_and_never_together() -> None:
    lanes, seen, done, running = Lanes(4), [], threading.Event(), []
    overlaps = []

    def job(n: int) -> None:
        running.append(n)
        if len(running) > 1:
            overlaps.append(tuple(running))
        seen.append(n)
        running.remove(n)
        if n == 199:
            done.set()

    lanes.start()
    for n in range(200):
        lanes.submit("one", partial(job, n))
    assert done.wait(SOON_S)
    assert seen == list(range(200))
    assert not overlaps
    assert lanes.stop(SOON_S)


def test_a_slow_lane_holds_no_other_up() -> None:
    lanes, release, other = Lanes(2), threading.Event(), threading.Event()
    lanes.start()
    lanes.submit("slow", lambda: release.wait(SOON_S) and None)
    lanes.submit("fast", other.set)
    assert other.wait(SOON_S)
    release.set()
    assert lanes.stop(SOON_S)


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(2)])
def test_a_job_that_crashes_takes_nothing_with_it(error: BaseException) -> None:
    lanes, after = Lanes(1), threading.Event()

    def crash() -> None:
        raise error

    lanes.start()
    lanes.submit("one", crash)
    lanes.submit("one", after.set)
    assert after.wait(SOON_S)
    assert lanes.stop(SOON_S)


def test_after_the_stop_nothing_is_taken_and_what_waits_is_left() -> None:
    lanes, release, started, ran = Lanes(1), threading.Event(), threading.Event(), []

    def slow() -> None:
        started.set()
        release.wait(SOON_S)

    lanes.start()
    lanes.submit("one", slow)
    lanes.submit("one", lambda: ran.append("waiting"))
    assert started.wait(SOON_S)
    assert not lanes.stop(0.01)
    assert not lanes.submit("two", lambda: ran.append("late"))
    release.set()
    assert lanes.stop(SOON_S)
    assert ran == []


def test_a_lane_is_busy_while_its_job_waits_or_runs() -> None:
    lanes, release, started = Lanes(1), threading.Event(), threading.Event()

    def slow() -> None:
        started.set()
        release.wait(SOON_S)

    lanes.start()
    lanes.submit("one", slow)
    assert started.wait(SOON_S)
    assert lanes.is_busy("one")
    assert not lanes.is_busy("two")
    release.set()
    assert lanes.stop(SOON_S)
    assert not lanes.is_busy("one")
