"""The daemon is killed in the middle of a lock: at the next start it goes on, and there is one lock, or none, as was asked for."""

from bot.testing import Workspace

BRANCH = "production-chatopsd-lock"


def branches(workspace: Workspace) -> list[str]:
    return [branch if isinstance(branch, str) else branch["name"] for branch in workspace.sandbox.repo("acme/checkout")["branches"]]


def kill_at(workspace: Workspace, call: str, moment: str) -> None:
    assert workspace.daemon is not None
    workspace.sandbox.kill(workspace.daemon.process.pid, 1, moment, "github", call)


def restart_when_killed(workspace: Workspace) -> None:
    assert workspace.daemon is not None
    workspace.daemon.process.wait(30)
    workspace.start()


def test_a_lock_is_taken_once_and_taken_off_once_wherever_the_daemon_died(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    kill_at(workspace, "git/create-ref", "processed")
    sandbox.ann.types("/ops lock checkout production midnight")
    restart_when_killed(workspace)
    sandbox.ann.waits_for("*production* is locked", channel="C0OPS", timeout_s=30)
    assert branches(workspace).count(BRANCH) == 1

    kill_at(workspace, "git/delete-ref", "processed")
    sandbox.ann.types("/ops unlock checkout production")
    restart_when_killed(workspace)
    sandbox.ann.waits_for("unlocked by ann", channel="C0OPS", timeout_s=60)
    assert BRANCH not in branches(workspace)
