"""The sandbox as a process of its own, and its control API in the words of the tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from bot.demo.processes import start_sandbox

T = TypeVar("T")
TOKEN = "sandbox-github-token"


class World:
    """A running sandbox.

    Args:
        folder: where it writes.
    """

    def __init__(self, folder: Path) -> None:
        self._started, self.url = start_sandbox(folder, 0, 1.0)
        self._control = httpx2.Client(timeout=20)
        self._mark = 0

    def close(self) -> None:
        self._control.close()
        self._started.stop()

    def tell(self, path: str, **body: Any) -> Any:
        answer = self._control.post(f"{self.url}/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def fault(self, call: str, fault: str, **more: Any) -> None:
        self.tell("faults", side="github", call=call, fault=fault, **more)

    def start_afresh(self) -> None:
        """Forget earlier faults, settings and what was asked."""
        self._control.delete(f"{self.url}/_sandbox/faults")
        self.tell("limits", github_remaining=5000, github_secondary=False)
        self.tell("github/settings", list_delay_s=0.0, return_run_details=True, speed=1.0, step_s=0.02)
        self._mark += len(self.asked())

    def asked(self, call: str | None = None) -> list[dict[str, Any]]:
        """Return the requests of this test to GitHub, of one operation or of all."""
        query = {"side": "github", "since": self._mark, **({"call": call} if call else {})}
        return list(self._control.get(f"{self.url}/_sandbox/record", params=query).json())

    def repo(self, full_name: str) -> dict[str, Any]:
        repos = self._control.get(f"{self.url}/_sandbox/github").json()["repos"]
        return next(repo for repo in repos if repo["full_name"] == full_name)

    def wait(self, look: Callable[[], T | None]) -> T:
        """Return what `look` returns once that is something; it is asked again after each change of the world."""
        version = self._changes(since=1 << 60, timeout=0)
        for _ in range(400):
            found = look()
            if found:
                return found
            version = self._changes(since=version, timeout=5)
        raise AssertionError("it did not happen")

    def _changes(self, **query: int) -> int:
        """Return the number of the newest change, as soon as there is one after `since`."""
        return int(self._control.get(f"{self.url}/_sandbox/changes", params=query).json()["version"])
