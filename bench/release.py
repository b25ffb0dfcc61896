"""Measure a release from both ends: `python -m bench.release [SECONDS]` prints how fast it is, and what following many runs asks of GitHub.

The second table plays half an hour in SECONDS (default 90): the daemon's clock and GitHub's runs go that much faster, and everything is asked over
the real wire.
"""

import platform
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import Daemon
from bot.demo.processes import environment
from bot.settings import load_settings
from bot.testing import Workspace

ROUNDS = 12
COUNTS = (1, 10, 50)
PLAYED = timedelta(minutes=30)
STEP_S = 30.0  # of the world that is played
LISTS, JOBS = "actions/list-workflow-runs-for-repo", "actions/list-jobs-for-workflow-run"
LONG_WORKFLOW = """name: Deploy
run-name: Deploy ${{ inputs.version }} [${{ inputs.dispatch_id }}]
on:
  workflow_dispatch:
    inputs:
      version: {required: true, type: string}
      environment: {required: true, type: string}
      sha: {required: true, type: string}
      dispatch_id: {required: true, type: string}
jobs:
"""
SERVICE = """
[services.s{n}]
repo = "acme/many"
deploy_workflow = "deploy.yml"
[services.s{n}.environments.staging]
"""


class FastClock:
    """Time that goes faster."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._began, self._real = datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=(time.monotonic() - self._real) * self._speed)

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        return event.wait(timeout_s / self._speed)


def main() -> int:
    """Print both tables; return the exit code."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 90.0
    print(f"Python {platform.python_version()} on {platform.machine()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n")
    with tempfile.TemporaryDirectory() as folder:
        latencies(Path(folder))
    print("\n| runs at once | lists an hour | jobs an hour | answered 304 (free) | counted an hour | of 5,000 |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            print(requests(Path(folder), count, seconds), flush=True)
    return 0


def latencies(folder: Path) -> None:
    """Time a submitted form until its dispatch, and a job's end until the message shows it."""
    made = Workspace(folder).start()
    try:
        submitted = [submit_to_dispatch(made, number) for number in range(ROUNDS)]
        shown = changes_to_edits(made)
    finally:
        made.close()
    print("| from | to | median | slowest | n |")
    print("| --- | --- | ---: | ---: | ---: |")
    for start, end, times in (
        ("a submitted form", "the dispatch reaches GitHub", submitted),
        ("a job ends", "the message shows it", shown),
    ):
        print(f"| {start} | {end} | {statistics.median(times):.2f} s | {max(times):.2f} s | {len(times)} |")


def submit_to_dispatch(made: Workspace, number: int) -> float:
    """Release once by form and return how long its dispatch took."""
    sandbox = made.sandbox
    sandbox.commit("acme/checkout", "main", f"fix: number {number}", {f"{number}.txt": "x"})
    sandbox.ann.types("/release checkout")
    form = sandbox.wait_until(lambda: _filled(sandbox.ann.modals), timeout_s=20, what="the form to be filled")
    before, began = len(made.dispatches()), sandbox.call("GET", "state", github=0)["now"]
    mistakes = sandbox.ann.submits({}, form)
    if mistakes:
        raise SystemExit(f"The form was refused: {mistakes}")
    sandbox.wait_until(lambda: len(made.dispatches()) > before, timeout_s=20, what="the dispatch")
    at = float(str(made.dispatches()[-1]["at"]))
    version = next(block["element"]["initial_value"] for block in form["blocks"] if block.get("block_id", "").startswith("version"))
    sandbox.ann.waits_for(f"`{version}` is live in", channel="C0OPS", timeout_s=60)
    return at - float(began)


def _filled(modals: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the form once it proposes a version."""
    ready = [view for view in modals if any(block.get("block_id", "").partition(":")[0] == "version" for block in view["blocks"])]
    return ready[-1] if ready else None


def changes_to_edits(made: Workspace) -> list[float]:
    """Follow slow releases and return how long it took from each end of a job until the message showed it."""
    sandbox = made.sandbox
    sandbox.settings(speed=0.1)  # two seconds a step: slower than the follower looks
    version, ended, shown = sandbox.version(), dict[str, float](), dict[str, float]()
    sandbox.ann.types("/release search 9.0.0 staging")
    until = time.monotonic() + 180
    while time.monotonic() < until:
        told = sandbox.changes(version, 5.0)
        version, now = told["version"], time.monotonic()
        for change in told["changes"]:
            if change["kind"] == "run":
                for job in change["run"].get("jobs", ()):
                    if job["status"] == "completed":
                        ended.setdefault(job["name"], now)
            elif change["kind"] == "message_changed":
                for task in _tasks(change["message"]):
                    if task["status"] == "complete":
                        shown.setdefault(task["title"], now)
        if (ended and set(ended) == set(shown) and "is live" in sandbox.ann.sees_last("C0OPS")) or "9.0.0` is live" in str(told):
            break
    return [shown[name] - at for name, at in ended.items() if name in shown]


def _tasks(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [task for block in message.get("blocks") or [] if block["type"] == "plan" for task in block["tasks"]]


def requests(folder: Path, count: int, seconds: float) -> str:
    """Follow so many runs for the time that is played, and return a line of the table."""
    speed = PLAYED.total_seconds() / seconds
    made = Workspace(folder, many(count))
    try:
        sandbox = made.sandbox
        sandbox.repository("acme/many", commits=3, tags={"v1.0.0": -1}, workflows={"deploy.yml": long_workflow()})
        sandbox.settings(speed=1.0, step_s=STEP_S * 20.0 / speed, list_delay_s=0.1)  # the sandbox itself goes at 20
        with daemon(made, FastClock(speed)):
            for n in range(count):
                sandbox.ann.types(f"/deploy s{n} v1.0.0 staging")
            sandbox.wait_until(lambda: len(made.dispatches()) == count, timeout_s=120, what="all dispatches")
            sandbox.wait_until(lambda: all(r["status"] == "in_progress" for r in sandbox.repo("acme/many")["runs"]), 60, "all runs")
            since = len(sandbox.record())
            began = time.monotonic()
            while time.monotonic() - began < seconds:
                time.sleep(0.5)
            asked = [e for e in sandbox.record(side="github", since=since) if e["call"] in (LISTS, JOBS)]
            played_s = (time.monotonic() - began) * speed
            still = sum(run["status"] != "completed" for run in sandbox.repo("acme/many")["runs"])
    finally:
        made.close()
    calls, free = Counter(e["call"] for e in asked), sum(e["status"] == 304 for e in asked)
    per_hour = 3600 / played_s
    counted = (len(asked) - free) * per_hour
    note = "" if still == count else f" ({count - still} ended)"
    return (
        f"| {count}{note} | {calls[LISTS] * per_hour:.0f} | {calls[JOBS] * per_hour:.0f} | {free * per_hour:.0f} | {counted:.0f} |"
        f" {counted / 5000:.1%} |"
    )


def many(count: int) -> str:
    return '[chatops]\nchannel = "C0OPS"\nplugins = ["deploy", "ops"]\n' + "".join(SERVICE.format(n=n) for n in range(count))


def long_workflow() -> str:
    """Return a workflow of six jobs, one after the other, of twelve steps each: more than the time that is played."""
    jobs = []
    for n in range(6):
        needs = f"    needs: job{n - 1}\n" if n else ""
        steps = "".join(f"      - name: Step {step}\n        run: echo {step}\n" for step in range(12))
        jobs.append(f"  job{n}:\n    name: Job {n}\n{needs}    runs-on: ubuntu-latest\n    steps:\n{steps}")
    return LONG_WORKFLOW + "".join(jobs)


@contextmanager
def daemon(made: Workspace, clock: FastClock) -> Iterator[None]:
    """Run the daemon on a fast clock."""
    (made.folder / "chatops.toml").write_text(made.toml)
    running = Daemon(load_settings(environment(made.folder, made.url), made.folder), clock)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        made.sandbox.wait_connected(2)
        yield
    finally:
        running.stop()
        thread.join(30)


if __name__ == "__main__":
    sys.exit(main())
