"""A sandbox, and the real daemon against it, each in its own process."""

from pathlib import Path

from bot.demo.processes import Started, configuration, start_daemon, start_sandbox
from sandbox.client import Sandbox

SPEED = 20.0


class Workspace:
    """A Slack workspace and a GitHub, with the daemon in it.

    Args:
        folder: where everything of this workspace is written.
        toml: the daemon's `chatops.toml`; None takes the demo's, with its log watch on `logs`.
    """

    def __init__(self, folder: Path, toml: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(exist_ok=True)
        self.toml = toml or configuration(self.logs, "1s")
        self._sandbox_process, self.url = start_sandbox(folder, 0, SPEED)
        self.sandbox = Sandbox(self.url)
        self.sandbox.settings(list_delay_s=0.2)
        self.daemon: Started | None = None

    def start(self, **environment: str) -> "Workspace":
        """Start the daemon, with more variables where they are given."""
        self.daemon = start_daemon(self.folder, self.url, self.toml, environment)
        return self

    def stop(self) -> int:
        """End the daemon with SIGTERM and return its exit code."""
        assert self.daemon is not None, "the daemon was not started"  # noqa: S101 - a fixture's own misuse
        return self.daemon.stop()

    def kill(self) -> None:
        """End the daemon with SIGKILL."""
        assert self.daemon is not None, "the daemon was not started"  # noqa: S101
        self.daemon.process.kill()
        self.daemon.process.wait()

    def close(self) -> None:
        """End everything."""
        if self.daemon:
            self.daemon.stop()
        self._sandbox_process.stop()

    def wait_watching(self) -> None:
        """Return once the log watch has looked for the first time: what is written from then on is new."""
        self.sandbox.wait_until(lambda: "watch.scanned" in self.log(), what="the first look at the logs")

    def log(self) -> str:
        """Return what the daemon logged so far."""
        return self.daemon.log.read_text(errors="replace") if self.daemon else ""

    def dispatches(self) -> list[dict[str, object]]:
        """Return the dispatches that GitHub accepted, in order."""
        asked = self.sandbox.record(side="github", call="actions/create-workflow-dispatch")
        return [entry for entry in asked if entry["status"] in (200, 204)]
