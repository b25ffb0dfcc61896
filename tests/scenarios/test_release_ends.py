"""How a run can end, and what people are told then."""

from datetime import timedelta

import pytest

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with


@pytest.mark.parametrize(
    ("outcome", "headline"),
    [("failure", "failed"), ("cancelled", "cancelled"), ("timed_out", "failed"), ("startup_failure", "failed")],
)
def test_a_run_that_does_not_succeed_says_how_it_ended(workspace: Workspace, outcome: str, headline: str) -> None:
    workspace.sandbox.plan("acme/checkout", "release.yml", outcome)
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")

    def ended() -> dict[str, object] | None:
        story = workspace.sandbox.ann.sees_message("*checkout* `v1.5.0`", "C0OPS")
        return story if story and headline in workspace.sandbox.ann.reads(story) else None

    story = workspace.sandbox.wait_until(ended, timeout_s=30, what=f"the story to say {headline}")
    assert story is not None
    assert "is live" not in workspace.sandbox.ann.reads(story)


def test_a_failure_shows_the_step_and_the_end_of_its_log(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "failure", job="build")
    sandbox.ann.types("/release checkout 1.5.0 staging")
    story = sandbox.ann.waits_for("failed: ", channel="C0OPS", timeout_s=30)
    thread = sandbox.wait_until(
        lambda: [r for r in sandbox.ann.sees_thread(story) if "open the log" in sandbox.ann.reads(r)], what="the failure in the thread"
    )
    assert "The tag v1.5.0 was cut before: re-run the failed jobs" in sandbox.ann.reads(story)
    shown = sandbox.ann.reads(thread[-1])
    assert "Build ›" in shown
    assert "##[error]" in shown or "exit code 1" in shown


def test_a_run_that_nobody_can_find_is_told_as_unknown_only_after_a_long_look(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.fault("github", "actions/create-workflow-dispatch", "error", status=502)
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("waiting for its run", channel="C0OPS")
    sandbox.wait_until(lambda: len(sandbox.record(side="github", call="actions/list-workflow-runs-for-repo")) >= 2, what="the search")
    assert len(sandbox.record(side="github", call="actions/create-workflow-dispatch")) == 1, "it is never sent again on a guess"
    assert workspace.dispatches() == []


def test_a_dispatch_whose_answer_was_lost_is_found_again_by_its_id(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.fault("github", "actions/create-workflow-dispatch", "lost")
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert len(sandbox.record(side="github", call="actions/create-workflow-dispatch")) == 1
    assert len(sandbox.repo("acme/checkout")["runs"]) == 1


def test_a_server_that_tells_no_run_id_is_followed_all_the_same(workspace: Workspace) -> None:
    workspace.sandbox.settings(return_run_details=False)
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    workspace.sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert len(workspace.sandbox.repo("acme/checkout")["runs"]) == 1


def test_a_dispatch_refused_for_the_rate_is_sent_once_it_may_be(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.fault("github", "actions/create-workflow-dispatch", "rate_limited", retry_after=1)
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert [e["status"] for e in sandbox.record(side="github", call="actions/create-workflow-dispatch")] == [403, 200]


def test_a_run_that_somebody_deleted_on_github_is_told_and_waits_for_a_person(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "slow")
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("jobs done", channel="C0OPS", timeout_s=20)
    sandbox.clock(3600.0)  # so that it can't be one that GitHub does not show yet
    sandbox.on_run("delete_run", "acme/checkout", int(sandbox.repo("acme/checkout")["runs"][0]["id"]))
    shown = sandbox.ann.reads(sandbox.ann.waits_for("Give up", channel="C0OPS", timeout_s=30))  # its thread says why, too
    for way_on in ("The run is gone from GitHub", "It did run", "It did not run"):
        assert way_on in shown


def test_a_failed_run_that_is_run_again_on_github_is_followed_to_its_new_end(empty_workspace: Workspace) -> None:
    sandbox, clock = empty_workspace.sandbox, ShiftedClock()
    with daemon_with(empty_workspace, clock):
        sandbox.plan("acme/checkout", "release.yml", "failure", job="build")
        sandbox.ann.types("/release checkout 1.5.0 staging")
        sandbox.ann.waits_for("failed: ", channel="C0OPS", timeout_s=30)
        sandbox.on_run("rerun", "acme/checkout", int(sandbox.repo("acme/checkout")["runs"][0]["id"]))
        clock.advance(timedelta(seconds=40))
        sandbox.bob.types("/release search 0.9.4 staging")  # the follower is at work
        live = sandbox.ann.waits_for("*checkout* `v1.5.0` is live in", channel="C0OPS", timeout_s=40)
        assert any("🔁" in sandbox.ann.reads(reply) for reply in sandbox.ann.sees_thread(live))
