"""Whoever asked is told by a mention how their operation ended: not of their own acts, not of success, and once, whatever happens in between."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with
from tests.scenarios.scene import Scene, scene_in

Json = dict[str, Any]
PRODUCTION = '[services.checkout.environments.production]\nreleasers = "releaser"\n'
ASKED = f'{PRODUCTION}approvals = 1\napprovers = "approver"\n'
DISPATCH = "actions/create-workflow-dispatch"
OPS = "C0OPS"
MINE = "<@U0ANN>, your release of checkout `v1.5.0` to *{}* "


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with scene_in(tmp_path, lambda toml: toml.replace(PRODUCTION, ASKED, 1)) as made:
        yield made


def card(workspace: Workspace) -> Json:
    """Return the message of ann's release."""
    found = workspace.sandbox.ann.sees_message("Release by ann", OPS)
    assert found
    return found


def pings(workspace: Workspace) -> list[str]:
    """Return what the thread of ann's release tells her by a mention."""
    ann = workspace.sandbox.ann
    return [text for reply in ann.sees_thread(card(workspace)) if "<@U0ANN>" in (text := ann.reads(reply))]


def ping(scene: Scene) -> str:
    """Return the one word to ann in the thread, as soon as it is there; no second one comes."""
    scene.wait(lambda: pings(scene.workspace), "a word to ann")
    settle(scene)
    (told,) = pings(scene.workspace)
    return told


def settle(scene: Scene) -> None:
    """Let everything be said that was to be said: what is posted after it stands below it."""
    scene.workspace.sandbox.bob.types("@chatops help")
    scene.sees(scene.workspace.sandbox.bob, "What I can do", OPS)


def released(scene: Scene, environment: str = "staging", until: str = "jobs done") -> Json:
    ann = scene.workspace.sandbox.ann
    ann.types(f"/release checkout 1.5.0 {environment}")
    return scene.sees(ann, until, OPS)


def test_a_rejection_by_somebody_else_is_told_with_its_reason(scene: Scene) -> None:
    bob = scene.workspace.sandbox.bob
    bob.clicks(released(scene, "production", "waits for approval"), "Reject …")
    bob.submits({"reason": "the migration is not <reviewed>"}, bob.waits_for_modal("Reject"))
    assert ping(scene) == MINE.format("production") + "did not go out. Rejected by bob: the migration is not <reviewed>"


def test_what_nobody_approved_in_time_is_told_once_over_a_restart(empty_workspace: Workspace) -> None:
    workspace, sandbox, clock = empty_workspace, empty_workspace.sandbox, ShiftedClock()
    workspace.toml = workspace.toml.replace(PRODUCTION, ASKED, 1)
    with daemon_with(workspace, clock) as daemon:
        sandbox.ann.types("/release checkout 1.5.0 production")
        sandbox.ann.waits_for("waits for approval", OPS)
        sandbox.wait_until(lambda: "asks for your approval" in str(sandbox.ann.sees_thread(card(workspace))), 30, "the question")
        sandbox.fault("slack", "chat.postMessage", "error", status=503, times=1000)
        clock.advance(timedelta(minutes=61))
        daemon.tick("approve.look_at_clock")
        sandbox.wait_until(lambda: "Nobody approved it within 1 h" in sandbox.ann.reads(card(workspace)), 30, "the end")
        assert pings(workspace) == []
    sandbox.clear_faults()
    with daemon_with(workspace, clock) as daemon:
        sandbox.wait_until(lambda: pings(workspace), 40, "a word to ann")
        daemon.tick("approve.look_at_clock")
        sandbox.bob.types("@chatops help")
        sandbox.bob.waits_for("What I can do", OPS, timeout_s=30)
    assert pings(workspace) == [MINE.format("production") + "did not go out. Nobody approved it within 1 h. Ask for it again."]


def test_a_run_that_somebody_else_cancels_is_told(scene: Scene) -> None:
    scene.workspace.sandbox.plan("acme/checkout", "release.yml", "slow")
    scene.workspace.sandbox.bob.clicks(released(scene), "Cancel")
    assert ping(scene).startswith(MINE.format("staging") + "was ended. Cancelled by bob.")


def test_a_run_that_is_cancelled_on_github_is_told(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "slow")
    released(scene)
    sandbox.on_run("cancel", "acme/checkout", int(sandbox.repo("acme/checkout")["runs"][0]["id"]))
    assert ping(scene).startswith(MINE.format("staging") + "was ended. Cancelled on GitHub.")


def test_a_run_that_fails_is_told_with_the_step_in_one_message(scene: Scene) -> None:
    scene.workspace.sandbox.plan("acme/checkout", "release.yml", "failure", job="build")
    released(scene, until="failed")
    told = ping(scene)
    assert told.startswith(MINE.format("staging") + "failed.")
    assert "`Build › Build and test` failed" in told
    assert "open the log" in told
    replies = scene.workspace.sandbox.ann.sees_thread(card(scene.workspace))
    assert sum("open the log" in str(reply) for reply in replies) == 1


def test_a_run_that_fails_again_is_told_to_whoever_asked_and_to_who_had_its_failed_jobs_run_again(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "failure", job="build")
    released(scene, until="failed")
    ping(scene)
    sandbox.plan("acme/checkout", "release.yml", "failure", job="build")
    sandbox.bob.clicks(card(scene.workspace), "Re-run failed jobs")
    scene.wait(lambda: len(pings(scene.workspace)) == 2, "a second word to ann")
    settle(scene)

    again = MINE.format("staging") + "failed. (<@U0BOB> had its failed jobs run again.)"
    assert pings(scene.workspace)[1].startswith(again)
    assert "<@U0BOB>" not in pings(scene.workspace)[0]


def test_a_dispatch_that_github_refuses_is_told(scene: Scene) -> None:
    scene.workspace.sandbox.fault("github", DISPATCH, "error", status=422)
    released(scene, until="Nothing was started")
    told = ping(scene)
    assert told.startswith(MINE.format("staging") + "failed. GitHub refused the dispatch")
    assert told.endswith("Nothing was started.")


def test_an_outcome_that_nobody_knows_is_told_and_so_is_that_somebody_else_gave_up(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.fault("github", DISPATCH, "error", status=500)
    released(scene, until="waiting for its run")
    sandbox.clock(360)
    scene.clock.advance(timedelta(minutes=6))
    assert ping(scene).startswith(
        "<@U0ANN>, nobody knows how your release of checkout `v1.5.0` to *staging* ended. GitHub did not say whether it took the dispatch"
    )
    sandbox.bob.clicks(card(scene.workspace), "Give up")
    scene.wait(lambda: len(pings(scene.workspace)) == 2, "another word to ann")
    assert pings(scene.workspace)[1] == MINE.format("staging") + "was ended. Given up by bob; it is not known whether it ran."


def test_nobody_is_told_of_their_own_acts_or_of_success(scene: Scene) -> None:
    ann = scene.workspace.sandbox.ann
    ann.clicks(released(scene, "production", "waits for approval"), "Withdraw")
    scene.sees(ann, "Withdrawn by who asked for it", OPS)
    settle(scene)
    assert pings(scene.workspace) == []

    scene.workspace.sandbox.plan("acme/checkout", "release.yml", "slow")
    ann.clicks(released(scene), "Cancel")
    scene.sees(ann, "Cancelled by ann", OPS)
    settle(scene)
    assert pings(scene.workspace) == []

    ann.types("/release checkout 1.6.0 staging")
    scene.sees(ann, "is live in *staging*", OPS)
    settle(scene)
    assert pings(scene.workspace) == []


def test_several_that_were_started_together_are_told_each_by_its_own_end(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.plan("acme/search", "release.yml", "failure", job="build")
    sandbox.ann.types("/release checkout,search 2.0.0 staging")
    scene.sees(sandbox.ann, "1 succeeded, 1 failed", OPS)
    head = sandbox.ann.sees_message("Asked for by ann", OPS)
    assert head
    told = scene.wait(lambda: [t for r in sandbox.ann.sees_thread(head) if "<@U0ANN>" in (t := sandbox.ann.reads(r))], "a word to ann")
    settle(scene)
    assert len(told) == 1
    assert "your release of search `v2.0.0` to *staging* failed." in told[0]
