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


def test_lanes_that_can_wait_leave_workers_to_the_others() -> None:
    lanes, release, ran = Lanes(3, patient=2), threading.Event(), threading.Barrier(3)
    other, rest = threading.Event(), threading.Event()

    def hang() -> None:
        ran.wait(SOON_S)
        release.wait(SOON_S)

    lanes.start()
    for n in range(2):
        lanes.submit(f"job:{n}", hang, patient=True)
    ran.wait(SOON_S)
    lanes.submit("job:2", rest.set, patient=True)
    lanes.submit("somebody's", other.set)
    assert other.wait(SOON_S)
    assert not rest.is_set()
    assert (lanes.is_waiting("job:0"), lanes.is_waiting("job:2")) == (False, True)
    release.set()
    assert rest.wait(SOON_S)
    assert lanes.stop(SOON_S)


def test_the_jobs_of_a_lane_that_can_wait_run_in_order() -> None:
    lanes, seen, done = Lanes(2, patient=1), list[int](), threading.Event()

    def job(n: int) -> None:
        seen.append(n)
        if n == 49:
            done.set()

    lanes.start()
    for n in range(50):
        lanes.submit("one", partial(job, n), patient=True)
    assert done.wait(SOON_S)
    assert seen == list(range(50))
    assert lanes.stop(SOON_S)
