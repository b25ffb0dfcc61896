"""Ending a run and running its failed jobs again: by button and by command, written down before it is asked, and never asked twice on a guess."""

from typing import Any

import pytest

from bot.testing import Workspace

CANCEL = "actions/cancel-workflow-run"
RERUN = "actions/re-run-workflow-failed-jobs"
ONE_JOB = """\
name: release
run-name: "${{ inputs.version }} [${{ inputs.dispatch_id }}]"
on: {workflow_dispatch: {inputs: {version: {}, environment: {}, sha: {}, dispatch_id: {}, notes: {}}}}
jobs: {all: {name: Everything, runs-on: ubuntu-latest, steps: [{run: "true"}]}}
"""


@pytest.fixture
def running(workspace: Workspace) -> Workspace:
    """Give a workspace in which the slow release of checkout v1.5.0 to staging goes on."""
    workspace.sandbox.plan("acme/checkout", "release.yml", "slow")
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    story(workspace, "jobs done")
    return workspace


@pytest.fixture
def failed(workspace: Workspace) -> Workspace:
    """Give a workspace in which that release failed."""
    workspace.sandbox.plan("acme/checkout", "release.yml", "failure", job="build")
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    story(workspace, "failed: ")
    return workspace


def story(workspace: Workspace, text: str, version: str = "v1.5.0") -> dict[str, Any]:
    """Return the message of checkout's operation as soon as it says `text`."""
    sandbox = workspace.sandbox

    def there() -> dict[str, Any] | None:
        found = sandbox.ann.sees_message(f"*checkout* `{version}`", "C0OPS")
        return found if found and text in sandbox.ann.reads(found) else None

    found = sandbox.wait_until(there, timeout_s=40, what=f"the story of {version} to say {text!r}")
    assert found is not None
    return found


def asked(workspace: Workspace, call: str) -> list[int]:
    return [entry["status"] for entry in workspace.sandbox.record(side="github", call=call)]


def operation_id(message: dict[str, Any]) -> str:
    return next(str(block["block_id"]).partition(":")[2] for block in message["blocks"] if block["type"] == "actions")


def test_whoever_may_release_cancels_by_the_button_and_the_message_says_who(running: Workspace) -> None:
    sandbox = running.sandbox
    sandbox.bob.clicks(story(running, "jobs done"), "Cancel")
    shown = sandbox.ann.reads(story(running, "cancelled"))
    assert "Cancelled by bob" in shown
    assert asked(running, CANCEL) == [202]
    assert "Re-run failed jobs" in shown


def test_a_run_is_cancelled_once_however_often_it_is_asked(running: Workspace) -> None:
    sandbox = running.sandbox
    sandbox.fault("github", CANCEL, "slow", seconds=2)
    message = story(running, "jobs done")
    sandbox.bob.clicks(message, "Cancel")
    story(running, "bob asked to cancel it")
    sandbox.ria.types(f"/ops cancel {operation_id(message)}")
    sandbox.ria.waits_for("GitHub is at it")
    story(running, "cancelled")
    assert asked(running, CANCEL) == [202]


def test_what_is_not_there_or_has_ended_is_not_cancelled(failed: Workspace) -> None:
    sandbox = failed.sandbox
    sandbox.ann.types("/ops cancel nope")
    sandbox.ann.waits_for("There is no operation `nope`")
    sandbox.ann.types(f"/ops cancel {operation_id(story(failed, 'failed: '))}")
    sandbox.ann.waits_for("There is nothing to cancel")
    assert asked(failed, CANCEL) == []


def test_a_cancellation_whose_answer_was_lost_is_seen_in_the_run(running: Workspace) -> None:
    sandbox = running.sandbox
    sandbox.fault("github", CANCEL, "lost")
    sandbox.bob.clicks(story(running, "jobs done"), "Cancel")
    assert "Cancelled by bob" in sandbox.ann.reads(story(running, "cancelled"))
    assert len(asked(running, CANCEL)) == 1


def test_a_refused_cancellation_is_told_and_leaves_the_run_as_it_is(running: Workspace) -> None:
    sandbox = running.sandbox
    sandbox.fault("github", CANCEL, "error", status=409)
    sandbox.bob.clicks(story(running, "jobs done"), "Cancel")
    sandbox.bob.waits_for("GitHub refuses")
    assert "jobs done" in sandbox.ann.reads(story(running, "[Cancel]"))


def test_failed_jobs_are_run_again_and_the_new_attempt_decides(failed: Workspace) -> None:
    sandbox = failed.sandbox
    sandbox.ann.clicks(story(failed, "failed: "), "Re-run failed jobs")
    story(failed, "is live in")
    assert asked(failed, RERUN) == [201]
    assert sandbox.repo("acme/checkout")["runs"][0]["run_attempt"] == 2


def test_a_rerun_whose_answer_was_lost_is_looked_up_and_not_sent_again(failed: Workspace) -> None:
    sandbox = failed.sandbox
    sandbox.fault("github", RERUN, "lost")
    sandbox.ann.types(f"/ops rerun {operation_id(story(failed, 'failed: '))}")
    sandbox.ann.waits_for("GitHub did not say whether it took that")
    story(failed, "is live in")
    assert len(asked(failed, RERUN)) == 1
    assert sandbox.repo("acme/checkout")["runs"][0]["run_attempt"] == 2


def test_a_rerun_that_github_did_not_take_is_not_sent_again_either(failed: Workspace) -> None:
    sandbox = failed.sandbox
    sandbox.fault("github", RERUN, "error", status=502)
    message = story(failed, "failed: ")
    sandbox.ann.clicks(message, "Re-run failed jobs")
    sandbox.ann.waits_for("GitHub did not say whether it took that")
    sandbox.ann.types(f"/ops rerun {operation_id(message)}")
    sandbox.ann.waits_for("ann asked to re-run its failed jobs")
    assert len(asked(failed, RERUN)) == 1


def test_a_daemon_that_dies_between_intent_and_request_looks_and_does_not_repeat(failed: Workspace) -> None:
    sandbox = failed.sandbox
    assert failed.daemon is not None
    sandbox.kill(failed.daemon.process.pid, 1, "processed", side="github", call=RERUN)
    sandbox.ann.clicks(story(failed, "failed: "), "Re-run failed jobs")
    sandbox.wait_until(lambda: failed.daemon is not None and not failed.daemon.is_alive(), what="the daemon to die")
    failed.start()
    story(failed, "is live in")
    assert len(asked(failed, RERUN)) == 1


def test_an_old_run_is_not_run_again_over_what_is_newer(failed: Workspace) -> None:
    sandbox = failed.sandbox
    old = story(failed, "failed: ")
    sandbox.commit("acme/checkout", "main", "fix: it", {"x.txt": "x"})
    sandbox.ann.types("/release checkout 1.5.1 staging")
    sandbox.ann.waits_for("*checkout* `v1.5.1` is live", channel="C0OPS", timeout_s=40)
    sandbox.ann.clicks(old, "Re-run failed jobs")
    sandbox.ann.waits_for("`v1.5.1` went live in staging since")
    assert asked(failed, RERUN) == []


def test_an_abort_cancels_and_then_goes_back_to_what_was_live(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "waiting", reviewers=["bob"])
    sandbox.ann.types("/release checkout 1.5.0 staging")
    story(workspace, "waits for a review on GitHub")
    sandbox.settings(speed=0.002)  # it is at its deployment, for a while
    sandbox.review("acme/checkout", int(sandbox.repo("acme/checkout")["runs"][0]["id"]), "approved")
    message = story(workspace, "running, 3 of 4 jobs done")
    sandbox.bob.clicks(message, "Abort and roll back to v1.4.2 …")
    form = sandbox.bob.waits_for_modal("Abort and roll back")
    assert "goes back to `v1.4.2`" in sandbox.bob.reads(form)
    assert sandbox.bob.submits({}, form) == {}
    story(workspace, "cancelled")
    sandbox.settings(speed=1)
    sandbox.ann.waits_for("*checkout* `v1.4.2` is live in *staging*", channel="C0OPS", timeout_s=40)
    assert "Rollback by bob" in sandbox.ann.reads(story(workspace, "is live", version="v1.4.2"))
    thread = "".join(sandbox.ann.reads(reply) for reply in sandbox.ann.sees_thread(message))
    assert "Rolling back to `v1.4.2`, as bob asked" in thread


def test_an_abort_before_anything_was_deployed_goes_nowhere(running: Workspace) -> None:
    sandbox = running.sandbox
    message = story(running, "jobs done")
    sandbox.bob.clicks(message, "Abort and roll back to v1.4.2 …")
    form = sandbox.bob.waits_for_modal("Abort and roll back")
    assert "unless nothing was deployed yet" in sandbox.bob.reads(form)
    assert sandbox.bob.submits({}, form) == {}
    assert "Roll back to" not in sandbox.ann.reads(story(running, "cancelled"))
    sandbox.wait_until(
        lambda: any(
            "Nothing was deployed: the run ended before it came to that." in str(reply) for reply in sandbox.ann.sees_thread(message)
        ),
        what="a word on the rollback",
    )
    assert len(running.dispatches()) == 1
    sandbox.ann.types("/ops locks")
    sandbox.ann.waits_for("Nothing is locked")


@pytest.mark.parametrize(("job", "is_offered"), [("build", False), ("deploy", True)])
def test_a_release_that_failed_offers_the_way_back_only_once_it_came_to_its_deployment(
    workspace: Workspace, job: str, is_offered: bool
) -> None:
    workspace.sandbox.plan("acme/checkout", "release.yml", "failure", job=job)
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    shown = workspace.sandbox.ann.reads(story(workspace, "failed: "))
    assert ("Roll back to v1.4.2 …" in shown) is is_offered
    assert "I can't tell" not in shown


def test_a_release_that_was_cancelled_while_it_waited_for_a_review_deployed_nothing(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "waiting", reviewers=["bob"])
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.clicks(story(workspace, "waits for a review on GitHub"), "Cancel")
    assert "Roll back to" not in sandbox.ann.reads(story(workspace, "cancelled"))


def test_where_no_job_says_that_it_deploys_the_way_back_is_offered_with_a_doubt(empty_workspace: Workspace) -> None:
    sandbox = empty_workspace.sandbox
    sandbox.commit("acme/checkout", "main", "ci: all in one", {".github/workflows/release.yml": ONE_JOB})
    workspace = empty_workspace.start()
    sandbox.plan("acme/checkout", "release.yml", "failure")
    sandbox.ann.types("/release checkout 1.5.0 staging")
    shown = sandbox.ann.reads(story(workspace, "failed: "))
    assert "Roll back to v1.4.2 …" in shown
    assert "I can't tell whether `v1.5.0` was deployed" in shown


def test_what_succeeded_is_deployed_on_by_a_button(empty_workspace: Workspace) -> None:
    production = "[services.checkout.environments.production]\n"
    empty_workspace.toml = empty_workspace.toml.replace(production, f'{production}after = "staging"\n', 1)
    workspace = empty_workspace.start()
    sandbox = workspace.sandbox
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.bob.clicks(story(workspace, "is live in *staging*"), "Deploy to production")
    sandbox.ann.waits_for("*checkout* `v1.5.0` is live in *production*", channel="C0OPS", timeout_s=40)
