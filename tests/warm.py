"""Starts daemons and sandboxes as forks of a process that has loaded their modules: a second of processor time less for each of hundreds.

What a fork runs is what `python -m bot run` and `python -m sandbox` run, in a process, a session and an environment of its own. How they start from nothing is
tested by those who start them themselves: the service, the demo, the commands, the wheel. CHATOPS_COLD=1 starts all of them from nothing.
"""

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, cast

from bot.adapters.github import wire
from bot.demo import processes
from bot.engine import outbox
from sandbox.app import build
from sandbox.github.rest import GitHubSide
from sandbox.slack.side import SlackSide
from sandbox.world import World
from tests import ready_tables

MODULES = (
    *("bot.__main__", "bot.app", "bot.commands.daemon", "bot.core.fingerprints"),
    *("ahocorasick_rs", "alembic.command", "_strptime", "encodings.idna", "httpcore2"),  # loaded where they are used
)
PACE_TIMES = 10.0
"""How many times faster than Slack allows a warm daemon posts. The sandbox holds to Slack's limits in a few tests only, and its jobs run faster, too."""
ROOT = Path(__file__).parents[1]
Start = Callable[[list[str], Path, dict[str, str], IO[bytes]], "subprocess.Popen[bytes]"]
COLD: Start = processes._popen
_LONGEST = 1 << 20  # bytes of a request: an environment, mostly


class Forked:
    """A fork of the warm process, with what is used of `subprocess.Popen`."""

    def __init__(self, warm: "_Warm", pid: int) -> None:
        self._warm = warm
        self.pid = pid
        self.returncode: int | None = None
        self._fd = os.pidfd_open(pid)

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._fd], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = self._warm.ask({"wait": self.pid})["code"]
            os.close(self._fd)
        return self.returncode

    def send_signal(self, signum: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Warm:
    """The process that forks; it ends when this one does."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _LONGEST)
        self._process = subprocess.Popen([sys.executable, "-m", "tests.warm", str(theirs.fileno())], cwd=ROOT, pass_fds=[theirs.fileno()])
        theirs.close()
        self._lock = threading.Lock()
        atexit.register(self.close)

    def popen(self, command: list[str], folder: Path, env: dict[str, str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start `python -m module …`; everything that it writes goes to `output`."""
        asked = {"arguments": command[2:], "folder": str(folder), "env": env}
        return cast("subprocess.Popen[bytes]", Forked(self, self.ask(asked, output.fileno())["pid"]))

    def ask(self, asked: dict[str, Any], *fds: int) -> dict[str, int]:
        with self._lock:
            socket.send_fds(self._ours, [json.dumps(asked).encode()], fds)
            answer: dict[str, int] = json.loads(self._ours.recv(_LONGEST))
        return answer

    def close(self) -> None:
        self._ours.close()
        self._process.wait()


_of_this_process: list[_Warm] = []


def start(command: list[str], folder: Path, env: dict[str, str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
    """Start a daemon or a sandbox warm."""
    if not _of_this_process:
        _of_this_process.append(_Warm())
    return _of_this_process[0].popen(command, folder, env, output)


@contextmanager
def starting(how: Start) -> Iterator[None]:
    """Start whatever is started meanwhile in this way."""
    before = processes._popen
    processes._popen = how
    try:
        yield
    finally:
        processes._popen = before


def _serve(requests: socket.socket) -> dict[str, Any] | None:
    """Fork whenever that is asked for. Return None at the end, and in a fork what it is to run."""
    while True:
        text, fds, _, _ = socket.recv_fds(requests, _LONGEST, 1)
        if not text:
            return None
        asked = json.loads(text)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            requests.send(json.dumps({"code": os.waitstatus_to_exitcode(status)}).encode())
            continue
        pid = os.fork()
        if not pid:
            requests.close()
            os.setsid()
            for fd in (1, 2):
                os.dup2(fds[0], fd)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.close(fds[0])
            return cast("dict[str, Any]", asked)
        os.close(fds[0])
        requests.send(json.dumps({"pid": pid}).encode())


def _run(asked: dict[str, Any]) -> None:
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["env"])
    paths = asked["env"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [asked["folder"], *paths, *sys.path[1:]]
    if any(Path(path, "sitecustomize.py").exists() for path in paths):  # Python imports it by itself
        sys.modules.pop("sitecustomize", None)
        import_module("sitecustomize")
    module, *arguments = asked["arguments"]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def main() -> None:
    """Load and make what daemons and sandboxes load and make, and fork."""
    for module in MODULES:
        import_module(module)
    wire.trusted()
    wire.operations()
    world = World(speed=1.0)
    build(world, SlackSide(world), GitHubSide(world))  # the expressions of its routes stay compiled
    outbox.PACE_S /= PACE_TIMES
    ready_tables.install()
    gc.collect()
    gc.freeze()  # no fork looks through it again, nor copies it by that

    assert threading.active_count() == 1, "a fork of a process with threads may hang"
    asked = _serve(socket.socket(fileno=int(sys.argv[1])))
    if asked:
        _run(asked)


if __name__ == "__main__":
    main()
