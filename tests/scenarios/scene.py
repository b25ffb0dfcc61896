"""A workspace whose daemon's clock the test moves: Slack's pace, the schedule and every limit of time go by it, so that nothing is waited for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.adapters.journal.journal import open_journal
from bot.ports.journal import AuditEvent
from bot.testing import Workspace
from sandbox.person import Person
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with

Json = dict[str, Any]


@dataclass
class Scene:
    """The workspace and its clock."""

    workspace: Workspace
    clock: ShiftedClock = field(default_factory=ShiftedClock)

    def wait(self, look: Callable[[], Any], what: str, timeout_s: float = 30) -> Any:
        """Return what `look` returns as soon as that is true; each time that it is asked a second passes for the daemon."""

        def hurry() -> Any:
            self.clock.advance(timedelta(seconds=1))
            return look()

        return self.workspace.sandbox.wait_until(hurry, timeout_s, what)

    def sees(self, person: Person, text: str, channel: str | None = None) -> Json:
        """Return the last message that contains `text`, as soon as the person sees one."""
        found: Json = self.wait(lambda: person.sees_message(text, channel), f"{person.name} to see {text!r}")
        return found

    def thread_says(self, person: Person, message: Json, text: str) -> Json:
        """Return the reply to a message that contains `text`, as soon as there is one."""
        found: Json = self.wait(lambda: next((m for m in person.sees_thread(message) if text in str(m)), None), f"{text!r} in the thread")
        return found

    def dispatched(self, version: str) -> int:
        """Return how many dispatches of a version GitHub took."""
        return sum(sent["body"]["inputs"]["version"] == version for sent in self.workspace.dispatches())  # type: ignore[index]

    def audit(self, subject: str = "") -> list[AuditEvent]:
        """Return the newest audit events first."""
        journal = open_journal(f"sqlite:///{self.workspace.folder}/state/chatopsd.db", self.clock, create=False)
        try:
            with journal.read() as tx:
                return tx.audit.recent(500, subject)
        finally:
            journal.close()


@contextmanager
def scene_in(folder: Path, edit: Callable[[str], str] = lambda toml: toml) -> Iterator[Scene]:
    """Run the daemon with the demo's settings, changed by `edit`."""
    workspace = Workspace(folder)
    workspace.toml = edit(workspace.toml)
    try:
        scene = Scene(workspace)
        with daemon_with(workspace, scene.clock):
            yield scene
    finally:
        workspace.close()
