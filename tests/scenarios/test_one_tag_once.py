"""One version for two environments at once: the second run would skip its deploy and end green, so it is never started."""

from bot.testing import Workspace


def test_a_release_whose_tag_another_one_is_about_to_cut_is_refused(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.fault("github", "actions/create-workflow-dispatch", "slow", seconds=3.0)
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("to GitHub", channel="C0OPS")  # about to be sent, or on its way
    sandbox.bob.types("/release checkout 1.5.0 production")
    told = sandbox.bob.waits_for("cuts the same tag")
    assert "The release v1.5.0 of checkout to staging has not ended yet" in sandbox.bob.reads(told)
    sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert len(workspace.dispatches()) == 1
    assert not sandbox.ann.sees_message("*production*")
