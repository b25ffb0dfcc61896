"""The running daemon's figures, and the rules and the dashboard that are made of them."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot.demo.processes import free_port
from bot.testing import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples" / "monitoring"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, str]]:
    """A daemon with a page for its figures."""
    port = free_port(0)
    workspace = Workspace(tmp_path_factory.mktemp("measured"))
    workspace.toml += f'\n[metrics]\nport = {port}\ntextfile = "{workspace.folder / "state" / "chatopsd.prom"}"\n'
    try:
        workspace.start()
        yield workspace, f"http://127.0.0.1:{port}"
    finally:
        workspace.close()


def get(address: str) -> tuple[int, str]:
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def figure(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, flags=re.MULTILINE)
    return float(found[1]) if found else -1.0


def names_in(expressions: str) -> set[str]:
    return set(re.findall(r"\b(?:chatopsd|process)_\w+", expressions))


def test_what_happened_is_counted(measured: tuple[Workspace, str]) -> None:
    workspace, at = measured
    ann = workspace.sandbox.ann

    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    ann.types("/ops status")
    ann.waits_for("Running now")

    def text() -> str:
        return get(f"{at}/metrics")[1]

    workspace.sandbox.wait_until(lambda: figure(text(), "chatopsd_outbox_messages") >= 0, 30, "a reading of the journal")
    assert figure(text(), "chatopsd_ack_seconds_count") >= 2
    assert figure(text(), 'chatopsd_handler_seconds_count{handler="release",outcome="ok",plugin="release"}') == 1
    assert figure(text(), "chatopsd_slack_connections") == 2
    assert figure(text(), "chatopsd_github_requests_remaining") > 0
    assert figure(text(), 'chatopsd_log_events_total{event="dispatch.accepted",level="info"}') == 1
    assert "chatopsd_slack_connections 2.0" in (workspace.folder / "state" / "chatopsd.prom").read_text()


def test_alive_and_ready_are_two_things(measured: tuple[Workspace, str]) -> None:
    workspace, at = measured
    assert (get(f"{at}/healthz"), get(f"{at}/readyz")) == ((200, "alive\n"), (200, "ready\n"))

    workspace.sandbox.fault("slack", "apps.connections.open", "refuse", times=1000)
    workspace.sandbox.sockets("close", "all")
    workspace.sandbox.wait_until(lambda: get(f"{at}/readyz") == (503, "Slack can't be reached\n"), 20, "not to be ready")
    assert get(f"{at}/healthz")[0] == 200  # a restart would not bring Slack back
    workspace.sandbox.clear_faults()
    workspace.sandbox.wait_until(lambda: get(f"{at}/readyz")[0] == 200, 40, "to be ready again")


def test_every_figure_of_the_rules_and_of_the_dashboard_is_one_that_there_is(measured: tuple[Workspace, str]) -> None:
    text = get(f"{measured[1]}/metrics")[1]
    there = set(re.findall(r"^(\w+)(?:\{| )", text, flags=re.MULTILINE)) | set(re.findall(r"^# TYPE (\w+)", text, flags=re.MULTILINE))
    rules = " ".join(re.findall(r"expr: (.*)", (EXAMPLES / "alerts.yml").read_text()))
    dashboard = json.loads((EXAMPLES / "dashboard.json").read_text())
    shown = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])

    assert len(names_in(rules)) >= 9
    assert len(names_in(shown)) >= 14
    assert names_in(rules) | names_in(shown) <= there


def test_the_rules_are_what_prometheus_takes_and_fire_when_they_should() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here (Debian: apt install prometheus)")

    checked = subprocess.run([promtool, "check", "rules", "alerts.yml"], cwd=EXAMPLES, capture_output=True, text=True, check=False)
    tested = subprocess.run([promtool, "test", "rules", "alerts.test.yml"], cwd=EXAMPLES, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert tested.returncode == 0, tested.stdout + tested.stderr
