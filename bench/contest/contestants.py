"""The processes of the contest: the sandbox, and who is measured against it, each started by its command and read from /proc."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.demo.processes import environment

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 30.0
STOP_WITHIN_S = 12.0
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_TOML = """\
[chatops]
channel = "C0OPS"
plugins = [{plugins}]
"""


@dataclass(frozen=True, slots=True)
class Contestant:
    """Whom we measure, and how many connections it holds."""

    name: str
    command: tuple[str, ...]
    connections: int


DAEMON = Contestant("daemon", ("bot", "run"), 2)
BOLT = Contestant("bare Bolt", ("bench.contest.bare_bolt",), 1)
FLOOR = Contestant("floor", ("bench.contest.floor",), 1)
CONTESTANTS = (DAEMON, BOLT, FLOOR)


class Running:
    """A process, what it uses, and when it was started (in seconds of the wall clock, as the sandbox's record counts)."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, env: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self.started_at = time.time()
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=folder,
                env={**env, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def memory_mb(self) -> float:
        """Return the resident memory."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def children(self) -> list[str]:
        """Return the ids of the processes that it has started and that still run."""
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return [child for task in tasks for child in (task / "children").read_text().split()]

    @property
    def cpu_s(self) -> float:
        """Return the CPU time that was used so far, user and system together."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    def check_alive(self) -> None:
        """Fail when it has ended by itself.

        Raises:
            RuntimeError: it has; with the end of its log.
        """
        if self._process.poll() is not None:
            raise RuntimeError("It ended by itself:\n" + "\n".join(self._log.read_text(errors="replace").splitlines()[-15:]))

    def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL when that is not enough."""
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start_arena(folder: Path) -> tuple[Running, str]:
    """Start the sandbox and return it with its address once it listens."""
    ready = folder / "arena.json"
    running = Running(("bench.contest.arena", str(ready)), folder, os.environ, folder / "arena.log")
    until = time.monotonic() + START_WITHIN_S
    while not ready.exists() or not ready.read_text():
        running.check_alive()
        if time.monotonic() > until:
            running.stop()
            raise RuntimeError(f"The sandbox did not start within {START_WITHIN_S:.0f} s.")
        time.sleep(0.02)
    return running, str(json.loads(ready.read_text())["url"])


def start(contestant: Contestant, folder: Path, url: str, more: str = "", plugins: str = '"ping"') -> Running:
    """Start a contestant. Its state is kept in `folder`: an empty one makes it a first start.

    Args:
        more: what its chatops.toml holds besides.
        plugins: their names, each in quotes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chatops.toml").write_text(_TOML.format(plugins=plugins) + more)
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    found = {"PLUGIN_PATH": str(Path(__file__).parent / "plugins")}
    return Running(contestant.command, folder, {**inherited, **environment(folder, url), **found}, folder / "log")
