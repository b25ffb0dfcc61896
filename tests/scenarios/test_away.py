"""After an absence: what ended meanwhile and what is still open, said once; nothing when nothing happened."""

from datetime import timedelta

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with


def test_what_ended_while_the_daemon_was_away_is_told_in_one_message(empty_workspace: Workspace) -> None:
    sandbox, clock = empty_workspace.sandbox, ShiftedClock()
    with daemon_with(empty_workspace, clock):
        sandbox.ann.types("/release checkout 1.5.0 staging")
        sandbox.wait_until(empty_workspace.dispatches, what="the dispatch")
        sandbox.ann.waits_for("running", channel="C0OPS")
    sandbox.wait_until(
        lambda: all(r["status"] == "completed" for r in sandbox.repo("acme/checkout")["runs"]), timeout_s=30, what="the end of the run"
    )

    clock.advance(timedelta(hours=2))
    with daemon_with(empty_workspace, clock):
        told = sandbox.ann.waits_for("I was away for 2 h", channel="C0OPS", timeout_s=30)

    shown = sandbox.ann.reads(told)
    assert "Ended meanwhile" in shown
    assert "v1.5.0" in shown
    assert "Still open" not in shown


def test_what_expired_while_the_daemon_was_away_is_told_as_expired(empty_workspace: Workspace) -> None:
    sandbox, clock = empty_workspace.sandbox, ShiftedClock()
    empty_workspace.toml = empty_workspace.toml.replace("#APPROVALS appro", "appro")
    with daemon_with(empty_workspace, clock):
        sandbox.ann.types("/release checkout 1.5.0 production")
        sandbox.ann.waits_for("waits for approval", channel="C0OPS")

    clock.advance(timedelta(days=2))
    with daemon_with(empty_workspace, clock):
        told = sandbox.ann.waits_for("I was away for 2 d", channel="C0OPS", timeout_s=30)

    shown = sandbox.ann.reads(told)
    assert "Ended meanwhile" in shown
    assert "expired" in shown
    assert "Still open" not in shown


def test_nothing_is_said_when_nothing_happened(empty_workspace: Workspace) -> None:
    sandbox, clock = empty_workspace.sandbox, ShiftedClock()
    with daemon_with(empty_workspace, clock):
        pass
    clock.advance(timedelta(days=1))
    with daemon_with(empty_workspace, clock):
        sandbox.ann.types("@bot help")
        sandbox.ann.waits_for("What I can do")
    assert not sandbox.ann.sees_message("I was away", "C0OPS")


def test_a_laptop_that_slept_is_noticed_by_the_jump_of_the_clock(empty_workspace: Workspace) -> None:
    sandbox, clock = empty_workspace.sandbox, ShiftedClock()
    sandbox.plan("acme/checkout", "release.yml", "slow")
    with daemon_with(empty_workspace, clock):
        sandbox.ann.types("/release checkout 1.5.0 staging")
        sandbox.ann.waits_for("jobs done", channel="C0OPS", timeout_s=20)
        clock.advance(timedelta(hours=8))
        told = sandbox.ann.waits_for("I was away for 8 h", channel="C0OPS", timeout_s=40)
    assert "Still open" in sandbox.ann.reads(told)
