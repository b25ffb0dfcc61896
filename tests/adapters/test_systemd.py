"""What systemd hears from us, at its end of the socket."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.systemd import Systemd
from tests.adapters.notify_socket import NotifySocket


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[NotifySocket]:
    made = NotifySocket(tmp_path / "notify")
    yield made
    made.close()


def test_ready_comes_with_its_words_in_one_datagram(listening: NotifySocket) -> None:
    Systemd(listening.environ).ready("Serving: 2 connections to Slack.")

    assert listening.heard() == ["READY=1", "STATUS=Serving: 2 connections to Slack."]


def test_a_status_of_several_lines_is_one_line_and_can_t_say_ready(listening: NotifySocket) -> None:
    Systemd(listening.environ).status("2 mistakes\nREADY=1\n" + "x" * 1000)

    (line,) = listening.heard()
    assert line.startswith("STATUS=2 mistakes READY=1 xxx")
    assert len(line) < 600


def test_last_words_are_waited_for_until_they_are_read(tmp_path: Path) -> None:
    heard: list[object] = []
    returned = threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind(str(tmp_path / "notify"))
        end.settimeout(10)

        def read() -> None:
            heard.append(end.recv(4096))
            heard.append(returned.wait(0.2))
            heard.append(end.recv(4096))  # and the descriptor that came along is closed with it

        thread = threading.Thread(target=read)
        thread.start()
        Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")}).last_words("Did not start: why.")
        returned.set()
        thread.join(10)
    assert heard == [b"STATUS=Did not start: why.", False, b"BARRIER=1"]


def test_a_reload_names_its_moment_so_that_systemd_can_order_it(listening: NotifySocket) -> None:
    Systemd(listening.environ).reloading()

    first, second = listening.heard()
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0


def test_an_abstract_address_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
        end.bind("\0chatopsd-test-notify")
        Systemd({"NOTIFY_SOCKET": "@chatopsd-test-notify"}).alive()
        assert end.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_a_watchdog_is_fed_only_by_the_process_that_it_watches(
    listening: NotifySocket, more: dict[str, str], expected: float | None
) -> None:
    assert Systemd({**listening.environ, **more}, pid=7).watchdog_s == expected


def test_without_systemd_nothing_is_said_and_nothing_fails(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Systemd({}).ready("x")
    assert caplog.text == ""
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("x")
    assert "systemd.unreachable" in caplog.text
