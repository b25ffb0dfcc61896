"""What the one message of a running operation shows, and how little it asks of Slack and GitHub for that."""

import json
from datetime import timedelta
from typing import Any

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with


def edits(workspace: Workspace) -> list[dict[str, Any]]:
    return workspace.sandbox.record(side="slack", call="chat.update")


def kinds(message: dict[str, Any]) -> list[str]:
    return [block["type"] for block in message["blocks"]]


def test_a_running_release_shows_its_jobs_as_a_plan_and_the_usual_time_from_the_second_on(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.ann.types("/release checkout 1.5.0 staging")
    live = sandbox.ann.waits_for("*checkout* `v1.5.0` is live in", channel="C0OPS", timeout_s=30)
    assert "plan" in kinds(live)

    sandbox.commit("acme/checkout", "main", "fix: the total", {"x.txt": "x"})
    sandbox.plan("acme/checkout", "release.yml", "slow")
    sandbox.ann.types("/release checkout 1.5.1 staging")

    def running() -> Any:
        # On a machine that is very busy it takes longer than usual before anybody looks.
        return sandbox.ann.sees_message("of usually", "C0OPS") or sandbox.ann.sees_message("longer than usual", "C0OPS")

    shown = sandbox.ann.reads(sandbox.wait_until(running, 30, "the usual time"))
    assert "jobs done" in shown
    assert "▰" in shown or "▱" in shown or "longer than usual" in shown


def test_a_workspace_that_refuses_plans_gets_a_list_and_is_not_asked_again(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.limits(slack_unknown_blocks=["plan"])
    sandbox.ann.types("/release checkout 1.5.0 staging")
    live = sandbox.ann.waits_for("*checkout* `v1.5.0` is live in", channel="C0OPS", timeout_s=30)
    assert "plan" not in kinds(live)
    assert "✅ Build" in sandbox.ann.reads(live)
    tried = [entry for entry in edits(workspace) if '"plan"' in json.dumps(entry["body"]).replace("\\", "")]
    assert len(tried) == 1, "after the first refusal the plan is not sent again"


def test_the_time_moves_on_without_an_edit_a_second(empty_workspace: Workspace) -> None:
    sandbox, clock = empty_workspace.sandbox, ShiftedClock()
    sandbox.settings(speed=0.05)
    with daemon_with(empty_workspace, clock):
        sandbox.plan("acme/checkout", "release.yml", "slow")
        sandbox.ann.types("/release checkout 1.5.0 staging")
        sandbox.ann.waits_for("so far", channel="C0OPS", timeout_s=30)
        before = len(edits(empty_workspace))
        for minutes in (1, 2, 3):
            clock.advance(timedelta(minutes=1))
            sandbox.ann.waits_for(f"{minutes} min", channel="C0OPS", timeout_s=20)
        assert len(edits(empty_workspace)) - before <= 8


def test_what_failed_is_linked_to_its_line_on_github(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "failure", job="build")
    sandbox.ann.types("/release checkout 1.5.0 staging")
    story = sandbox.ann.waits_for("failed: ", channel="C0OPS", timeout_s=30)
    note = sandbox.wait_until(
        lambda: next((r for r in sandbox.ann.sees_thread(story) if "open the log" in sandbox.ann.reads(r)), None), what="the failure"
    )
    assert note is not None
    assert "#step:" in sandbox.ann.reads(note)
    urls = [element.get("url", "") for block in story["blocks"] if block["type"] == "actions" for element in block["elements"]]
    assert any("#step:" in url for url in urls), "the message itself leads to the log"
