"""A real Prometheus Alertmanager on loopback, as Debian ships it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from bot.core.endpoints import Endpoint

PATIENCE_S = 30.0
CONFIG = "route:\n  receiver: none\nreceivers:\n  - name: none\n"


class RealAlertmanager:
    """The running program, and Prometheus' part of the talk with it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(base_url=f"{url}/api/v2", timeout=PATIENCE_S)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.url)

    def fire(self, name: str = "HighErrors", *, ended: bool = False, summary: str = "5xx above 5%", **labels: str) -> None:
        """Tell of an alert as Prometheus does, again and again while it lasts."""
        now = datetime.now(UTC)
        body = {
            "labels": {"alertname": name, "severity": "critical", **labels},
            "annotations": {"summary": summary, "runbook_url": "https://runbooks.example.org/5xx"},
            "endsAt": (now - timedelta(seconds=1) if ended else now + timedelta(hours=1)).isoformat(),
            "generatorURL": "https://prometheus.example.org/graph",
            "startsAt": (now - timedelta(seconds=30)).isoformat(),
        }
        self.http.post("/alerts", json=[body]).raise_for_status()
        self.wait(lambda: self.fires(name, **labels) != ended, f"{name} to be known")

    def fires(self, name: str, **labels: str) -> bool:
        found = self.http.get("/alerts").json()
        return any(alert["labels"].items() >= {"alertname": name, **labels}.items() for alert in found)

    def state(self, name: str = "HighErrors") -> str:
        """Return "active" or "suppressed"."""
        return next(str(alert["status"]["state"]) for alert in self.http.get("/alerts").json() if alert["labels"]["alertname"] == name)

    def silences(self) -> list[dict[str, object]]:
        """Return the silences that last."""
        return [silence for silence in self.http.get("/silences").json() if silence["status"]["state"] != "expired"]

    def clear(self) -> None:
        """End all that fires and all silences."""
        for silence in self.silences():
            self.http.delete(f"/silence/{silence['id']}").raise_for_status()
        for alert in self.http.get("/alerts").json():
            ended = {"labels": alert["labels"], "startsAt": alert["startsAt"], "endsAt": datetime.now(UTC).isoformat()}
            self.http.post("/alerts", json=[ended]).raise_for_status()
        self.wait(lambda: not self.http.get("/alerts").json(), "all alerts to end")

    def wait(self, holds: object, what: str) -> None:
        """Wait until a condition holds."""
        assert callable(holds)
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.02)


@contextmanager
def running(folder: Path) -> Iterator[RealAlertmanager]:
    """Start it, and end it."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        pytest.skip("no Alertmanager on this machine: apt-get install prometheus-alertmanager")
    (folder / "alertmanager.yml").write_text(CONFIG)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [
        program,
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        made = RealAlertmanager(f"http://127.0.0.1:{port}")
        made.wait(lambda: _answers(made), "Alertmanager to answer")
        yield made
    finally:
        process.kill()
        process.wait()


def _answers(alertmanager: RealAlertmanager) -> bool:
    try:
        return alertmanager.http.get("/status").is_success
    except httpx2.HTTPError:
        return False
