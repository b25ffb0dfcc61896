"""The watchdog is fed by the parts that live, not by the thread that feeds it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.adapters.systemd import Systemd
from bot.engine.lanes import Lanes
from bot.engine.supervisor import Supervisor
from tests.adapters.notify_socket import NotifySocket

FEED = "WATCHDOG=1"


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[NotifySocket]:
    made = NotifySocket(tmp_path / "notify")
    yield made
    made.close()


def at_once(sign: Callable[[], None]) -> None:
    sign()


def test_it_is_fed_while_every_part_gives_signs(listening: NotifySocket) -> None:
    supervisor = Supervisor(Systemd(listening.environ), {"a": at_once, "b": at_once}, lambda: "Serving.")

    supervisor.look()
    supervisor.look()

    assert listening.heard() == [FEED, "STATUS=Serving.", FEED]


def test_one_silent_part_withholds_it_and_is_named_until_it_speaks(listening: NotifySocket) -> None:
    late: list[Callable[[], None]] = []
    supervisor = Supervisor(Systemd(listening.environ), {"the socket": at_once, "the workers": late.append}, lambda: "Serving.")
    supervisor.look()
    listening.heard()

    supervisor.look()

    assert supervisor.missing == {"the workers"}
    assert listening.heard() == ["STATUS=Hung: no sign of life from the workers."]
    assert len(late) == 1
    late.pop()()
    supervisor.look()
    assert listening.heard() == [FEED, "STATUS=Serving."]


def test_workers_that_all_hang_give_no_sign_and_do_when_one_is_free(listening: NotifySocket) -> None:
    lanes, hold, running = Lanes(2), threading.Event(), threading.Barrier(3)

    def hang() -> None:
        running.wait(10)
        hold.wait(30)

    lanes.start()
    try:
        for lane in "ab":
            lanes.submit(lane, hang)
        running.wait(10)
        told = threading.Event()
        lanes.prove(told.set)
        assert not told.wait(0.2)
        hold.set()
        assert told.wait(10)
    finally:
        hold.set()
        lanes.stop(5)


def test_what_is_asked_four_times_within_the_watchdog_s_time(listening: NotifySocket) -> None:
    supervisor = Supervisor(Systemd({**listening.environ, "WATCHDOG_USEC": "400000"}), {"a": at_once}, lambda: "Serving.")
    supervisor.start()
    try:
        heard: list[str] = []
        wake = threading.Event()
        for _ in range(100):
            heard += listening.heard()
            if heard.count(FEED) >= 3:
                break
            wake.wait(0.05)
        assert heard.count(FEED) >= 3
    finally:
        supervisor.stop(5)
