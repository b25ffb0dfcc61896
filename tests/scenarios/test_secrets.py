"""Everything that a full run leaves behind is looked through for the bot's secrets: database, logs, messages, requests, arguments."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.processes import environment
from bot.testing import Workspace
from tests import warm

TELLTALE = '''"""A plugin that is careless with what it can see."""

import logging
import os

from bot.api import Context, Plugin

plugin = Plugin("telltale")


@plugin.command("telltale")
def telltale(ctx: Context) -> None:
    """Log every secret, and crash with all of them."""
    secrets = [os.environ[name] for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "GITHUB_TOKEN")]
    logging.getLogger("telltale").warning("here is %s", secrets[2])
    try:
        raise KeyError(*secrets)
    except KeyError as error:
        raise ZeroDivisionError(" ".join(secrets)) from error
'''


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, list[str]]]:
    """A workspace in which everything happened that could give a secret away, and the arguments of the daemon that ran in it."""
    workspace = Workspace(tmp_path_factory.mktemp("secrets"))
    own = workspace.folder / "own"
    own.mkdir()
    (own / "telltale.py").write_text(TELLTALE)
    workspace.toml = workspace.toml.replace('"release", ', '"release", "telltale", ', 1)
    workspace.toml += f'\n[metrics]\ntextfile = "{workspace.folder / "state" / "chatopsd.prom"}"\n'
    try:
        with warm.starting(warm.COLD):  # as an operator does: the arguments are looked through, too
            workspace.start(PLUGIN_PATH=str(own))
        assert workspace.daemon
        arguments = [(Path("/proc") / str(workspace.daemon.process.pid) / "cmdline").read_text().replace("\0", " ")]
        live(workspace)
        workspace.stop()
        yield workspace, arguments
    finally:
        workspace.close()


def live(workspace: Workspace) -> None:
    ann, sandbox = workspace.sandbox.ann, workspace.sandbox
    ann.types("/ops telltale")
    ann.waits_for("Something broke in")
    sandbox.fault("github", "actions/create-workflow-dispatch", "error", status=500)
    sandbox.fault("slack", "chat.postMessage", "lost")
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("v1.5.0", channel="C0OPS", timeout_s=30)
    workspace.wait_watching()
    with (workspace.logs / "checkout.log").open("a") as log:
        log.write(f"ERROR the request was refused: Authorization: Bearer {secrets(workspace)['SLACK_BOT_TOKEN']}\n")
    ann.waits_for("1 error", channel="C0ALERTS", timeout_s=30)


def secrets(workspace: Workspace) -> dict[str, str]:
    known = environment(workspace.folder, workspace.url)
    return {name: known[name] for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "GITHUB_TOKEN")}


def found_in(workspace: Workspace, content: bytes) -> list[str]:
    return [name for name, value in secrets(workspace).items() if value.encode() in content]


def test_no_file_that_the_daemon_wrote_holds_a_secret(left_behind: tuple[Workspace, list[str]]) -> None:
    workspace, _ = left_behind
    files = [path for path in (workspace.folder / "state").rglob("*") if path.is_file()] + [workspace.folder / "daemon.log"]

    assert {"chatopsd.db", "daemon.log", "chatopsd.prom", "alive"} <= {path.name for path in files}
    assert {path.name: found for path in files if (found := found_in(workspace, path.read_bytes()))} == {}
    assert b"handler.crashed" in (workspace.folder / "daemon.log").read_bytes()
    assert b"[secret]" in (workspace.folder / "daemon.log").read_bytes()


def test_no_request_but_for_its_authorisation_and_no_message_holds_a_secret(left_behind: tuple[Workspace, list[str]]) -> None:
    workspace, _ = left_behind
    record = workspace.sandbox.record()  # without headers, and the app-level token goes in one

    assert len(record) > 25
    assert [entry["call"] for entry in record if found_in(workspace, json.dumps(entry).encode())] == []
    assert found_in(workspace, json.dumps(workspace.sandbox.state(as_="U0ANN")).encode()) == []


def test_no_argument_of_the_daemon_holds_a_secret(left_behind: tuple[Workspace, list[str]]) -> None:
    workspace, arguments = left_behind

    assert "bot run" in arguments[0]
    assert found_in(workspace, arguments[0].encode()) == []
