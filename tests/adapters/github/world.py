"""The sandbox as a process of its own, and its control API in the words of the tests."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import httpx2

T = TypeVar("T")
TOKEN = "sandbox-github-token"


class World:
    """A running sandbox."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().split()[-1]  # it tells its address once it listens
        self._control = httpx2.Client(timeout=20)
        self._mark = 0

    def close(self) -> None:
        self._control.close()
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

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
        version = 0
        for _ in range(400):
            found = look()
            if found:
                return found
            answer = self._control.get(f"{self.url}/_sandbox/changes", params={"since": version, "timeout": 5}).json()
            version = max(version, answer["version"])
        raise AssertionError("it did not happen")
