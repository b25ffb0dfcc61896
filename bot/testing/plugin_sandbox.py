"""What the test of a plugin is given: people who type, click and look, a clock that moves, a GitHub that succeeds or fails."""

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.adapters.journal import open_journal
from bot.app import Daemon
from bot.core.operations import Operation, OperationKind, OperationState
from bot.demo.processes import configuration, environment, start_sandbox
from bot.settings import load_settings
from bot.testing.clock import ShiftedClock
from sandbox.client import Sandbox
from sandbox.person import Person

SPEED = 20.0
SETTLED_WITHIN_S = 15.0
# An event that no plugin serves leaves nothing behind that could be waited for.
NOTICED_WITHIN_S = 1.0

Json = dict[str, Any]


class PatientPerson(Person):
    """A person who waits, after whatever they do, until the bot has done all that it does at once about it."""

    def __init__(self, sandbox: "PluginSandbox", user: str, name: str) -> None:
        super().__init__(sandbox, user, name)
        self._plugins = sandbox

    def does(self, deed: str, **body: Any) -> Json:
        before = self._plugins.received()
        answer = super().does(deed, **body)
        self._plugins.settle(before)
        return answer


class PluginSandbox(Sandbox):
    """A Slack workspace with a GitHub, and the real daemon in it, in a thread of the test. The daemon starts when somebody first does something.

    Args:
        folder: where everything of this test is written.
        plugin_folders: where plugins are looked for.
    """

    def __init__(self, folder: Path, plugin_folders: Sequence[Path]) -> None:
        self._folder = folder / "chatopsd"
        self._folder.mkdir(parents=True)
        self._logs = self._folder / "logs"
        self._logs.mkdir()
        self.folder = folder / "plugins"  # for plugins that a test writes itself
        self.folder.mkdir()
        self._plugin_folders = (self.folder, *plugin_folders)
        self._clock = ShiftedClock()
        self._lines: tuple[str, ...] = ()
        self._loaded: dict[str, Mapping[str, Any]] = {}
        self._daemon: Daemon | None = None
        self._thread: threading.Thread | None = None
        self._crashed: list[BaseException] = []
        self._process, url = start_sandbox(self._folder, 0, SPEED)
        super().__init__(url)
        for person in list(self.people()):
            setattr(self, person.name, PatientPerson(self, person.id, person.name))

    def load(self, name: str, **settings: Any) -> None:
        """Load a plugin: a module `NAME.py` beside the test, beside its folder, in one of the folders of the ini option, or an installed one.

        Args:
            settings: what stands in its table `[plugins.NAME]`.
        """
        if self._daemon is not None:
            raise AssertionError("Load plugins before anybody does anything: the daemon runs already.")
        self._loaded[name] = settings

    def configure(self, *lines: str) -> None:
        """Put lines into `[chatops]` of the settings, such as `'crash_budget = 2'`."""
        self._lines += lines

    def given_deployed(self, service: str, version: str, environment: str = "production", by: str = "U0BOB") -> None:
        """Have a version of a service be live in an environment, as if it had been released now."""
        now = self._clock.now()
        repo = f"acme/{service}"
        found = self.repo(repo)
        sha = next((tag["sha"] for tag in found["tags"] if tag["name"] == version), found["branches"][0]["sha"])
        name = f"given{self.received()}{len(version)}{abs(hash((service, version, environment))) % 100_000}"
        operation = Operation(
            id=name,
            kind=OperationKind.RELEASE,
            state=OperationState.SUCCEEDED,
            service=service,
            repo=repo,
            workflow="release.yml",
            ref="main",
            sha=sha,
            version=version,
            environment=environment,
            actor=by,
            requested_at=now,
            updated_at=now,
            dispatch_id=f"chatopsd-{name}",
            channel="C0OPS",
            started_at=now,
            finished_at=now,
        )
        journal = open_journal(f"sqlite:///{self._database}", self._clock)
        try:
            with journal.begin() as tx:
                tx.operations.add(operation, f"given:{name}:{now.isoformat()}")
        finally:
            journal.close()

    def advance(self, length: timedelta) -> None:
        """Move the clock of the daemon and of the world forward."""
        self._start()
        self._clock.advance(length)
        self.clock(length.total_seconds())

    def runs(self, job: str) -> None:
        """Run a scheduled job of a plugin now: `"PLUGIN.FUNCTION"`."""
        self._start()
        assert self._daemon is not None  # noqa: S101 - it was just started
        before = self.received()
        self._daemon.tick(job)
        self.settle(before)

    def chore(self, name: str) -> None:
        """Run a chore of the daemon itself now, and wait for its end and for what it had to say."""
        self._start()
        assert self._daemon is not None  # noqa: S101 - it was just started
        self._daemon.chore(name)
        if not self._wait(self._is_idle, SETTLED_WITHIN_S):
            raise AssertionError(f"The bot was still busy after {SETTLED_WITHIN_S:.0f} s.\n{self.transcript()}")

    def settle(self, before: int) -> None:
        """Return once the daemon has handled whatever came after entry number `before`, and has posted all that it had to say about it."""
        self._wait(lambda: self.received() > before, NOTICED_WITHIN_S)
        if not self._wait(self._is_idle, SETTLED_WITHIN_S):
            raise AssertionError(f"The bot was still busy after {SETTLED_WITHIN_S:.0f} s.\n{self.transcript()}")
        if self._crashed:
            raise AssertionError(f"The daemon ended: {self._crashed[0]}") from self._crashed[0]

    def received(self) -> int:
        """Start the daemon if it does not run yet, and return the number of the last entry of its inbox."""
        self._start()
        return int(self._ask("SELECT coalesce(max(id), 0) FROM inbox"))

    def close(self) -> None:
        """End the daemon and the world."""
        if self._daemon is not None and self._thread is not None:
            self._daemon.stop()
            self._thread.join(15)
        self._process.stop()

    @property
    def _database(self) -> Path:
        return self._folder / "state" / "chatopsd.db"

    def _is_idle(self) -> bool:
        return not self._ask(
            "SELECT (SELECT count(*) FROM inbox WHERE finished_at IS NULL) + (SELECT count(*) FROM outbox WHERE ended_at IS NULL)"
        )

    def _ask(self, question: str) -> Any:
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=5)) as connection:
            return connection.execute(question).fetchone()[0]

    def _wait(self, holds: Any, within_s: float) -> bool:
        pause = threading.Event()
        for _ in range(int(within_s / 0.01)):
            if holds():
                return True
            pause.wait(0.01)
        return bool(holds())

    def _start(self) -> None:
        if self._daemon is not None:
            return
        (self._folder / "chatops.toml").write_text(self._toml())
        variables = {**environment(self._folder, self.url), "PLUGIN_PATH": ":".join(map(str, self._plugin_folders))}
        self._daemon = Daemon(load_settings(variables, self._folder), self._clock)
        self._thread = threading.Thread(target=self._run, daemon=True, name="chatopsd")
        self._thread.start()
        self._wait(lambda: self._crashed or len(self.connections()) >= 2, 30)
        if self._crashed:
            raise AssertionError(f"The daemon did not start: {self._crashed[0]}") from self._crashed[0]

    def _run(self) -> None:
        assert self._daemon is not None  # noqa: S101 - this thread is started after it was made
        try:
            self._daemon.run()
        except BaseException as error:  # noqa: BLE001 - told to the test, which runs in another thread
            self._crashed.append(error)

    def _toml(self) -> str:
        """Return the demo's settings, with the plugins under test and without log watches: a test reads no logs by accident."""
        text = configuration(self._logs, "1h").partition("[[watches]]")[0]
        there = text.partition("plugins = [")[2].partition("]")[0]
        names = ", ".join(json.dumps(name) for name in self._loaded if json.dumps(name) not in there)
        text = text.replace("plugins = [", f"plugins = [{names}, " if names else "plugins = [", 1)
        text = text.replace("[chatops]\n", "\n".join(["[chatops]", *self._lines, ""]), 1)
        for name, settings in self._loaded.items():
            if settings:
                text += f"\n[plugins.{name}]\n" + "".join(f"{key} = {_toml_value(value)}\n" for key, value in settings.items())
        return text


def _toml_value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_toml_value(each)}" for key, each in value.items()) + " }"
    return json.dumps(value)
