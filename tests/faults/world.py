"""A sandbox with a daemon that may die: brought back as systemd would, with a service of its own for each point."""

import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.demo.processes import DidNotStart
from bot.testing import Workspace
from sandbox.client import Sandbox
from sandbox.person import Person
from tests.faults.journal import JournalFile, Mark

Json = dict[str, Any]
Found = TypeVar("Found")

SERVICES = 95  # the form shows a hundred at most
SEARCH = timedelta(minutes=6)  # longer than a lost run is searched for
LOOKS_BEFORE_AGEING = 3
SPARE = 4  # as many services are used at once
LAUNCH = Path(__file__).with_name("launch")
BOT = "U0CHATOPS"

TOML = """[chatops]
channel = "C0OPS"
plugins = ["release", "ack", "logwatch", "ops"]

[roles]
releaser = ["S0RELEASERS", "U0BOB", "U0RIA"]
"""
SERVICE = """
[services.{name}]
repo = "acme/{name}"
release_workflow = "release.yml"
ref = "main"

[services.{name}.inputs]
version = "version"
environment = "environment"
sha = "sha"
dispatch_id = "dispatch_id"

[services.{name}.environments.staging]
"""
WATCH = """
[[watches]]
name = "api"
source = {{ file = "{logs}/*.log" }}
every = "1s"
channel = "C0ALERTS"
errors = "ERROR"
"""


class World:
    """One sandbox and the daemon's life in it. Its points come one after the other.

    Args:
        watches: whether the daemon watches a log; its ticks would disturb the counting of commits elsewhere.
    """

    def __init__(self, folder: Path, watches: bool) -> None:
        logs = folder / "logs"
        services = "".join(SERVICE.format(name=f"p{n}") for n in range(1, SERVICES + 1))
        self.workspace = Workspace(folder, TOML + services + (WATCH.format(logs=logs) if watches else ""))
        self.sandbox: Sandbox = self.workspace.sandbox
        self.sandbox.settings(list_delay_s=0.2, speed=20.0)
        self.journal = JournalFile(folder / "state" / "chatopsd.db")
        self.watches = watches
        self.log = logs / "api.log"
        self.log.touch()
        self.commits = folder / "kill-at-commit"
        self.kills_at_start: list[int] = []  # after which commit the daemon is killed when it is started next, and when after that
        self.points = 0
        self.started_at_record = 0
        try:
            self.start()
            # What stands in a log before it is read for the first time is not new.
            self.sandbox.wait_until(lambda: not watches or self.journal.windows(Mark()), 30.0, "the first look at the log")
        except (DidNotStart, AssertionError):
            self.workspace.close()
            raise

    def start(self) -> None:
        """Start the daemon; one that is killed while it starts is started again, as systemd does."""
        for left in (3, 2, 1, 0):
            self.started_at_record = len(self.sandbox.record())
            if self.kills_at_start:
                self.commits.write_text(str(self.kills_at_start.pop(0)))
            try:
                self.workspace.start(PYTHONPATH=str(LAUNCH), FAULTS_COMMITS=str(self.commits))
            except DidNotStart:
                if not left:
                    raise
            else:
                return

    @property
    def pid(self) -> int:
        assert self.workspace.daemon is not None
        return self.workspace.daemon.process.pid

    @property
    def exit_code(self) -> int | None:
        """The daemon's exit code; None while it lives."""
        return self.workspace.daemon.process.poll() if self.workspace.daemon else None

    def calm(self) -> None:
        """Take back every order that is still pending."""
        self.sandbox.clear_faults()
        self.sandbox.kill_nobody()
        self.sandbox.sockets("duplicate", times=0)
        self.commits.unlink(missing_ok=True)
        self.kills_at_start.clear()

    def close(self) -> None:
        self.workspace.kill()
        self.workspace.close()

    def forget(self) -> None:
        """Close it and remove what it wrote."""
        self.close()
        shutil.rmtree(self.workspace.folder, ignore_errors=True)


class Worlds:
    """Worlds that are at hand: a start takes seconds, and a point that held leaves a world as good as new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._idle: list[World] = []
        self._made = 0
        self._lock = threading.Lock()

    def borrow(self, watches: bool, fresh: bool = False) -> World:
        """Return a world that nobody else has.

        Args:
            fresh: one whose daemon has seen nothing yet.
        """
        with self._lock:
            found = next((world for world in self._idle if world.watches == watches), None)
            if found and not fresh:
                self._idle.remove(found)
                return found
            self._made += 1
            folder = self._folder / str(self._made)
        return World(folder, watches)

    def give_back(self, world: World, spoilt: bool = False) -> None:
        """Keep a world for the next point; one that is spoilt or used up is closed."""
        if spoilt or world.points + SPARE > SERVICES or world.exit_code is not None:
            world.forget()
            return
        with self._lock:
            self._idle.append(world)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().forget()


class Scene:
    """One playing of a story: who asked for what, how Slack answered them, and what there was before."""

    def __init__(self, world: World, service: str = "") -> None:
        self.world = world
        self.sandbox = world.sandbox
        self.ann: Person = world.sandbox.ann
        world.points += 1
        self.service = service or f"p{world.points}"
        if not service:
            self.sandbox.repository(f"acme/{self.service}", commits=["chore: first", "feat: second", "fix: third"], tags={"v1.0.0": 0})
        if world.watches:
            self._resolve_what_is_open()
        self.mark: Mark = world.journal.mark()
        self.since = len(self.sandbox.record())
        self.before = self._places()
        self.requests: list[tuple[str, bool]] = []  # what was asked for, and whether Slack told the person that it was taken
        self.told_before = 0  # what ann had been told when she asked last
        self.lines = 0
        self.deaths = 0
        self.aged: set[str] = set()
        self._timers: list[threading.Timer] = []

    def _resolve_what_is_open(self) -> None:
        """End the alert of the point before: while one is open, the same trouble opens no other."""

        def still_open() -> Json | None:
            return next((m for m in self.ann.sees("C0ALERTS") if "'action_id': 'resolve'" in str(m)), None)

        def ended() -> bool:
            """Click again when it did not help: what broke in the point before may still be broken for a moment."""
            found = still_open()
            if found is None:
                return True
            answer = self.ann.clicks(found, "resolve")
            if answer.get("ok"):
                with suppress(AssertionError):
                    self.sandbox.wait_until(lambda: (still_open() or {}).get("ts") != found["ts"], 5.0)
            return still_open() is None

        self.sandbox.wait_until(ended, 90.0, "the alert of the last point to end")

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        """Do something after a while; the scene is not over before."""
        timer = threading.Timer(seconds, act)
        timer.start()
        self._timers.append(timer)

    def end(self) -> None:
        """Take back every order that is still pending, and close what ann has open."""
        for timer in self._timers:
            timer.join()
        self.world.calm()
        for view in reversed(self.ann.modals):
            self.ann.closes(view)

    def _places(self) -> set[tuple[str, str]]:
        return {(m["channel"], m["ts"]) for m in self.ann.sees()}

    def ask(self, what: str, deed: Callable[[], Json]) -> bool:
        """Let ann ask for something, note how Slack answered, and say whether it was taken. Mistakes that are shown in a form settle it, too."""
        self.told_before = len(self.told())
        answer = deed()
        taken = bool(answer.get("ok"))
        self.requests.append(("mistakes", True) if answer.get("errors") else (what, taken))
        return taken

    def fresh(self) -> list[Json]:
        """Return the messages that ann sees now and did not see before."""
        return [m for m in self.ann.sees() if (m["channel"], m["ts"]) not in self.before]

    def told(self) -> list[Json]:
        """Return what the bot said to ann alone."""
        return [m for m in self.fresh() if m["user"] == BOT and (m["ephemeral_to"] == self.ann.id or m["channel"].startswith("D"))]

    def parents(self, channel: str) -> list[Json]:
        """Return the bot's own messages in a channel that everybody sees and that are no replies."""
        return [
            m
            for m in self.fresh()
            if m["user"] == BOT and m["channel"] == channel and not m["ephemeral_to"] and m.get("thread_ts") in (None, m["ts"])
        ]

    @property
    def died(self) -> bool:
        return self.world.exit_code is not None

    def until(self, predicate: Callable[[], Found], what: str, timeout_s: float = 30.0) -> Found | None:
        """Return what `predicate` returns as soon as that is true, or None when the daemon died.

        Raises:
            AssertionError: neither happened in time.
        """
        found: list[Found] = []

        def look() -> bool:
            if self.died:
                return True
            found[:] = [predicate()]
            return bool(found[0])

        self.sandbox.wait_until(look, timeout_s, what)
        return found[0] if found and found[0] else None

    def revive(self) -> None:
        """Start the daemon again after it died."""
        self.deaths += 1
        self.world.start()

    def settled(self) -> bool:
        """Say whether there is nothing left that would still change without anybody's doing."""
        journal = self.world.journal
        if journal.unfinished(self.mark) or any(row["ended_at"] is None for row in journal.outbox(self.mark)):
            return False
        moving = [op for op in journal.operations(self.mark) if op["finished_at"] is None and op["state"] != "unknown"]
        for operation in moving:
            self._age(operation)
        return not moving and self._all_lines_counted()

    def _all_lines_counted(self) -> bool:
        counted: int = sum(window["errors"] for window in self.world.journal.windows(self.mark))
        return counted >= self.lines

    def _age(self, operation: Json) -> None:
        """Let the search for a run that was never made come to its end."""
        if operation["state"] != "dispatching" or operation["id"] in self.aged:
            return
        record = self.sandbox.record(side="github", since=max(self.since, self.world.started_at_record))
        here = [entry for entry in record if f"/{operation['repo']}/" in entry["path"]]
        sent = max((entry["n"] for entry in here if entry["call"] == "actions/create-workflow-dispatch"), default=0)
        looks = [e for e in here if e["n"] > sent and e["call"] == "actions/list-workflow-runs-for-repo" and e["status"] in (200, 304)]
        if len(looks) >= LOOKS_BEFORE_AGEING:
            self.aged.add(operation["id"])
            self.world.journal.age(operation["id"], SEARCH)
