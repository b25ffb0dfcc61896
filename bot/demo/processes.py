"""Starts the sandbox and the daemon as processes of their own, and ends them."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.request import ProxyHandler, build_opener

START_WITHIN_S = 30.0
STOP_WITHIN_S = 12.0
TEMPLATE = Path(__file__).with_name("chatops.toml")

_direct = build_opener(ProxyHandler({}))  # whatever HTTP_PROXY says: all of it is on loopback


class DidNotStart(Exception):
    """A process ended, or did not answer, before it was ready; the text holds the end of its log."""


@dataclass
class Started:
    """A process and where it writes what it has to say."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> int:
        """Ask it to end, give it the time that it may take, and return its exit code."""
        if self.is_alive():
            self.process.terminate()
        try:
            return self.process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def free_port(wanted: int) -> int:
    """Return `wanted` when nothing listens there, else a port that is free; 0 always gives a free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise DidNotStart("There is no free port on 127.0.0.1.")


def start_sandbox(folder: Path, port: int, speed: float) -> tuple[Started, str]:
    """Start the sandbox and return it with its address once it listens."""
    ready = folder / "sandbox.json"
    ready.unlink(missing_ok=True)
    arguments = ["sandbox", "--port", str(port), "--speed", str(speed), "--ready-file", str(ready)]
    started = _start("sandbox", arguments, folder, dict(os.environ))
    _wait(started, ready.exists)
    return started, str(json.loads(ready.read_text())["url"])


def configuration(logs: Path, every: str, *, approvals: bool = False) -> str:
    """Return the demo's `chatops.toml`, its watch reading the `.log` files of a folder.

    Args:
        approvals: let checkout's production follow staging, and ask for an approval.
    """
    text = TEMPLATE.read_text().replace("@LOGS@", str(logs)).replace("@EVERY@", every)
    return text.replace("#APPROVALS ", "") if approvals else text


def start_daemon(folder: Path, url: str, toml: str, more: Mapping[str, str] | None = None) -> Started:
    """Start the daemon as an operator would, by its environment and its file alone, and return it once Slack has its connections.

    Args:
        more: variables beside, or instead of, those of `environment`.
    """
    (folder / "chatops.toml").write_text(toml)
    before = {connection["id"] for connection in _sockets(url)}
    started = _start("daemon", ["bot", "run"], folder, {**_clean_environment(), **environment(folder, url), **(more or {})})
    _wait(started, lambda: any(connection["id"] not in before for connection in _sockets(url)))
    return started


def environment(folder: Path, url: str) -> dict[str, str]:
    """Return the variables that tell the daemon where its Slack and its GitHub are."""
    return {
        "SLACK_BOT_TOKEN": "xoxb-sandbox-bot",
        "SLACK_APP_TOKEN": "xapp-sandbox-app",
        "SLACK_API_URL": f"{url}/api/",
        "GITHUB_TOKEN": "sandbox-github-token",
        "GITHUB_API_URL": url,
        "CHATOPS_CONFIG": str(folder / "chatops.toml"),
        "CHATOPS_STATE_DIR": str(folder / "state"),
    }


def _clean_environment() -> dict[str, str]:
    """Return our environment without anything that could lead the daemon to a real workspace, or past its own token, or to a proxy."""
    ours = ("SLACK_", "GITHUB_", "CHATOPS_", "DATABASE_URL", "PLUGIN_PATH", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours) and not name.lower().endswith("_proxy")}


def _start(name: str, arguments: list[str], folder: Path, env: dict[str, str]) -> Started:
    log = folder / f"{name}.log"
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join(filter(None, (str(root), env.get("PYTHONPATH", ""))))
    with log.open("ab") as output:
        process = _popen([sys.executable, "-m", *arguments], folder, {**env, "PYTHONPATH": path}, output)
    return Started(name, process, log)


def _popen(command: list[str], folder: Path, env: dict[str, str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
    # A session of its own: Ctrl-C reaches the demo, which then stops both in order.
    return subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)


def _wait(started: Started, is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while not is_ready():
        if not started.is_alive():
            raise DidNotStart(f"The {started.name} ended at once:\n{started.last_words()}")
        if time.monotonic() > deadline:
            started.stop()
            raise DidNotStart(f"The {started.name} was not ready within {START_WITHIN_S:.0f} s:\n{started.last_words()}")
        time.sleep(0.05)


def _sockets(url: str) -> list[Any]:
    with _direct.open(f"{url}/_sandbox/sockets", timeout=5) as answer:
        found = json.load(answer)
    return list(found if isinstance(found, list) else found.get("sockets", []))
