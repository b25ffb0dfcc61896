"""GitHub answers some things and not others: it asks to wait for an hour, or hides one repository."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.adapters.clock import SystemClock
from bot.adapters.journal import open_journal
from bot.core.operations import OperationState
from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with


def test_a_dispatch_that_github_asks_to_hold_for_an_hour_fails_at_once_and_is_not_sent_then(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.fault("github", "actions/create-workflow-dispatch", "rate_limited", retry_after=3600)
    sandbox.ann.types("/release checkout 1.5.0 staging")
    told = sandbox.ann.reads(sandbox.ann.waits_for("failed", channel="C0OPS"))
    assert "asks to wait 3600 s" in told
    assert "Nothing was started" in told


def test_a_repository_that_is_gone_does_not_keep_the_runs_of_others_from_being_followed(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.plan("acme/search", "release.yml", "slow")
    sandbox.ann.types("/release search 0.9.4 staging")
    sandbox.ann.waits_for("running", channel="C0OPS")
    workspace.stop()
    journal = open_journal(f"sqlite:///{workspace.folder / 'state' / 'chatopsd.db'}", SystemClock())
    with journal.begin() as tx:
        [running] = tx.operations.in_states(OperationState.RUNNING)
        assert tx.operations.save(replace(running, repo="acme/gone"), OperationState.RUNNING)
    journal.close()
    workspace.start()
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("*checkout* `v1.5.0` is live", channel="C0OPS", timeout_s=40)
    sandbox.plan("acme/checkout", "release.yml", "slow")
    sandbox.commit("acme/checkout", "main", "fix: it", {"x.txt": "x"})
    sandbox.ann.types("/release checkout 1.5.1 staging")
    sandbox.bob.clicks(
        sandbox.bob.waits_for("Abort and roll back to v1.5.0 …", channel="C0OPS", timeout_s=40), "Abort and roll back to v1.5.0 …"
    )
    assert sandbox.bob.submits({}, sandbox.bob.waits_for_modal("Abort and roll back")) == {}
    # What comes of it is told, though search can't be looked at.
    sandbox.ann.waits_for("Nothing was deployed: the run ended before it came to that.", channel="C0OPS", timeout_s=40)


def test_a_run_whose_jobs_can_not_be_read_does_not_keep_others_of_its_repository_from_ending(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "slow")
    sandbox.ann.types("/release checkout 1.5.0 production")
    sandbox.ann.waits_for("jobs done", channel="C0OPS", timeout_s=20)
    [slow] = sandbox.repo("acme/checkout")["runs"]
    sandbox.fault("github", "actions/list-jobs-for-workflow-run", "error", status=502, times=1000, path=f"/{slow['id']}/")
    sandbox.on_run("cancel", "acme/checkout", slow["id"])
    sandbox.ann.types("/release checkout 1.6.0 staging")
    sandbox.ann.waits_for("*checkout* `v1.6.0` is live", channel="C0OPS", timeout_s=40)


def test_a_run_is_looked_for_as_long_as_ever_when_the_dispatch_was_tried_for_minutes(empty_workspace: Workspace) -> None:
    sandbox, clock, later = empty_workspace.sandbox, ShiftedClock(), timedelta(seconds=120)
    sandbox.fault("github", "actions/create-workflow-dispatch", "rate_limited", retry_after=120)
    sandbox.fault("github", "actions/create-workflow-dispatch", "error", status=502)

    def tries() -> list[int]:
        return [sent["status"] for sent in sandbox.record(side="github", call="actions/create-workflow-dispatch")]

    with daemon_with(empty_workspace, clock):
        sandbox.ann.types("/release checkout 1.5.0 staging")
        sandbox.wait_until(lambda: tries() == [403], what="GitHub to ask for patience")
        first = dispatched_at(empty_workspace)
        sandbox.clock(later.total_seconds())
        clock.advance(later)
        sandbox.wait_until(lambda: tries() == [403, 502], what="the second try")
        assert dispatched_at(empty_workspace) > first + later - timedelta(seconds=5)


def dispatched_at(workspace: Workspace) -> datetime:
    journal = open_journal(f"sqlite:///{workspace.folder / 'state' / 'chatopsd.db'}", SystemClock(), create=False)
    with journal.read() as tx:
        [operation] = tx.operations.in_states(OperationState.DISPATCHING)
    journal.close()
    assert operation.dispatched_at
    return operation.dispatched_at
