"""The demo leaves nothing behind, however it is ended, and goes nowhere but to loopback."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.testing import Workspace

ROOT = Path(__file__).parents[2]


def started(*arguments: str, until: str) -> "subprocess.Popen[str]":
    """Start the demo, and return it once it printed `until`."""
    command = [sys.executable, "-m", "bot", "demo", *arguments]
    demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    for line in demo.stdout:
        if until in line:
            return demo
    raise AssertionError(f"the demo ended with {demo.wait()}")


def children(demo: "subprocess.Popen[str]") -> list[str]:
    return Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()


def test_closing_the_terminal_ends_the_sandbox_and_the_daemon_too() -> None:
    with started("--port", "0", until="Ctrl-C stops everything") as demo:
        both = children(demo)
        assert len(both) == 2
        demo.send_signal(signal.SIGHUP)
        assert demo.wait(20) == 0
    assert not [pid for pid in both if Path(f"/proc/{pid}").exists()]


def test_ctrl_c_stops_the_tour_at_once() -> None:
    with started("--tour", until="A release, through the form") as demo:
        both = children(demo)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) == 130
    assert not [pid for pid in both if Path(f"/proc/{pid}").exists()]


def test_a_proxy_of_the_environment_is_not_asked_for_what_is_on_loopback(
    empty_workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    ann = empty_workspace.start().sandbox.ann

    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
