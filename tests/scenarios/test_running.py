"""Starting, stopping, crashing, coming back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.testing import Workspace
from tests import warm

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _from_nothing() -> Iterator[None]:
    """The daemon starts as an operator starts it; the sandbox as everywhere."""
    with warm.starting(lambda command, *rest: (warm.COLD if "bot" in command else warm.start)(command, *rest)):
        yield


def run_bot(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the daemon with only these variables."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_missing_settings_end_the_start_with_every_name(tmp_path: Path) -> None:
    ended = run_bot(tmp_path, "run")
    assert ended.returncode == 2
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "GITHUB_TOKEN", "chatops.toml"):
        assert name in ended.stderr
    assert "Traceback" not in ended.stderr


def test_malformed_settings_are_all_told_and_no_secret_with_them(tmp_path: Path) -> None:
    (tmp_path / "chatops.toml").write_text('[chatops]\nchannel = "#ops"\nplugns = []\n[services.a]\nrepo = "no slash"\n')
    ended = run_bot(
        tmp_path, "check", SLACK_BOT_TOKEN="xoxb-very-secret-value", SLACK_APP_TOKEN="xoxb-also-secret", GITHUB_TOKEN="ghp_hidden"
    )
    assert ended.returncode == 2
    for name in ("SLACK_APP_TOKEN", "chatops.channel", "plugns", "services.a.repo"):
        assert name in ended.stderr, ended.stderr
    assert "secret" not in ended.stderr.replace("secrets", "")
    assert "ghp_hidden" not in ended.stderr


def test_a_token_that_slack_refuses_ends_the_start_and_names_the_variable(empty_workspace: Workspace) -> None:
    empty_workspace.sandbox.token("xoxb-sandbox-bot", revoke=True)
    from bot.demo.processes import environment

    (empty_workspace.folder / "chatops.toml").write_text(empty_workspace.toml)
    ended = run_bot(empty_workspace.folder, "run", **environment(empty_workspace.folder, empty_workspace.url))
    assert ended.returncode == 2
    assert "SLACK_BOT_TOKEN" in ended.stderr
    assert "xoxb-sandbox-bot" not in ended.stderr


def test_a_socket_token_that_slack_refuses_is_one_sentence_and_no_trace(empty_workspace: Workspace) -> None:
    from bot.demo.processes import environment

    (empty_workspace.folder / "chatops.toml").write_text(empty_workspace.toml)
    variables = {**environment(empty_workspace.folder, empty_workspace.url), "SLACK_APP_TOKEN": "xapp-of-another-app"}
    ended = run_bot(empty_workspace.folder, "run", **variables)
    assert ended.returncode == 2
    assert "Slack refuses SLACK_APP_TOKEN (invalid_auth)" in ended.stderr
    assert "Traceback" not in ended.stderr  # of parts that were stopped before they were started


def test_a_plugin_that_does_not_exist_ends_the_start_and_is_named(empty_workspace: Workspace) -> None:
    from bot.demo.processes import environment

    (empty_workspace.folder / "chatops.toml").write_text(empty_workspace.toml.replace('"release", ', '"relaese", '))
    ended = run_bot(empty_workspace.folder, "check", **environment(empty_workspace.folder, empty_workspace.url))
    assert ended.returncode == 2
    assert "relaese" in ended.stderr


def test_check_counts_what_it_read_and_does_not_call_a_doubt_well(tmp_path: Path) -> None:
    smallest = '[chatops]\nchannel = "C0OPS"\nplugins = ["ops"]\n'
    watch = '[[watches]]\nname = "app"\nsource = { file = "/nowhere/*.log" }\nevery = "15m"\n'
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1", "GITHUB_TOKEN": "ghp_1"}
    for toml, says in (
        (smallest, ("0 services, 0 watches, 1 plugin with ", "All is well.")),
        (smallest + watch, ("watches.app.source: ", "0 services, 1 watch, 1 plugin with ", "It can be used; see above.")),
    ):
        (tmp_path / "chatops.toml").write_text(toml)
        ended = run_bot(tmp_path, "check", **tokens)
        assert ended.returncode == 0, ended.stderr
        for each in says:
            assert each in ended.stdout


def test_sigterm_and_sigint_end_it_cleanly_and_in_time(workspace: Workspace) -> None:
    assert workspace.daemon is not None
    workspace.sandbox.plan("acme/checkout", "release.yml", "slow")
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    workspace.sandbox.ann.waits_for("running", channel="C0OPS")
    for signum in (signal.SIGTERM, signal.SIGINT):
        began = time.monotonic()
        workspace.daemon.process.send_signal(signum)
        assert workspace.daemon.process.wait(10) == 0
        assert time.monotonic() - began < 10
        assert "daemon.stopped" in workspace.log()
        workspace.start()


def test_a_run_that_ended_while_the_daemon_was_down_is_told_when_it_is_back(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("checkout", channel="C0OPS")
    sandbox.wait_until(workspace.dispatches, what="the dispatch")
    workspace.kill()
    sandbox.wait_until(
        lambda: any(r["status"] == "completed" for r in sandbox.repo("acme/checkout")["runs"]), timeout_s=30, what="the run to end"
    )

    workspace.start()

    sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=20)
    assert len(sandbox.record(side="github", call="actions/create-workflow-dispatch")) == 1
    parents = [
        m for m in sandbox.ann.sees("C0OPS") if m["user"] == "U0CHATOPS" and m.get("thread_ts") in (None, m["ts"]) and not m["ephemeral_to"]
    ]
    assert len(parents) == 1, "one message tells one story, also over a crash"


def test_the_audit_holds_who_did_what_and_verifies(workspace: Workspace) -> None:
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    workspace.sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    workspace.stop()
    from bot.demo.processes import environment

    verified = run_bot(workspace.folder, "audit", "verify", **environment(workspace.folder, workspace.url))
    assert verified.returncode == 0
    assert "holds" in verified.stdout


def test_no_secret_is_left_behind(workspace: Workspace) -> None:
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    workspace.sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    workspace.stop()
    for file in [f for f in workspace.folder.rglob("*") if f.is_file()]:
        content = file.read_bytes()
        for secret in (b"xoxb-sandbox-bot", b"xapp-sandbox-app", b"sandbox-github-token"):
            assert secret not in content, f"{secret!r} is in {file.name}"
