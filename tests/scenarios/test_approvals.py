"""Production asks for an approval: who may give it, what it is bound to, and that exactly one decision is taken."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with

Json = dict[str, Any]
PRODUCTION = '[services.checkout.environments.production]\nreleasers = "releaser"\n'
PLAIN = """\
name: release
on: {workflow_dispatch: {inputs: {version: {required: true}}}}
jobs: {a: {runs-on: ubuntu-latest, steps: [{run: "true"}]}}
"""


def asking(workspace: Workspace, approvals: int = 1) -> Workspace:
    """Let checkout's production ask for approvals by bob and ria."""
    toml = workspace.toml.replace(PRODUCTION, f'{PRODUCTION}approvals = {approvals}\napprovers = "approver"\n', 1)
    workspace.toml = toml.replace('approver = ["S0LEADS", "U0RIA"]', 'approver = ["S0LEADS", "U0RIA", "U0ANN"]', 1)
    return workspace


@pytest.fixture
def waiting(empty_workspace: Workspace) -> tuple[Workspace, Json]:
    workspace = asking(empty_workspace).start()
    workspace.sandbox.ann.types("/release checkout 1.5.0 production")
    return workspace, workspace.sandbox.ann.waits_for("waits for approval", channel="C0OPS")


def test_it_says_what_is_asked_of_whom_until_when_and_nothing_is_sent(waiting: tuple[Workspace, Json]) -> None:
    workspace, card = waiting
    shown = workspace.sandbox.bob.reads(card)
    for words in (
        "✋ *checkout* `v1.5.0` → *production*",
        "0 of 1 approvals",
        "*approver*",
        "Release by ann",
        "[Approve]",
        "[Reject …]",
        "[Withdraw]",
        "[Compare]",
        "6 commits",
        "feat(cart): keep the cart when the session expires (#131) · ann",
        "✅ 1 check passed",
        "Live in production: `v1.4.2`",
    ):
        assert words in shown
    bob = workspace.sandbox.bob
    thread = workspace.sandbox.wait_until(
        lambda: len(bob.sees_thread(card)) == 2 and str(bob.sees_thread(card)), what="two words in the thread"
    )
    assert "<!subteam^S0LEADS>" in str(thread)
    assert "keep the cart when the session expires" in str(thread), "whoever approves sees what they approve"
    assert workspace.dispatches() == []


def test_the_inputs_that_a_person_chose_are_shown_to_whoever_approves(empty_workspace: Workspace) -> None:
    workspace = asking(empty_workspace).start()
    workspace.sandbox.ann.types('/release checkout 1.5.0 production --notes "for <!channel>"')
    card = workspace.sandbox.ann.waits_for("waits for approval", channel="C0OPS")
    assert "`notes` = `for <!channel>`" in workspace.sandbox.bob.reads(card)
    assert "<!channel>" not in str(card["blocks"])


def test_an_approver_approves_and_it_goes(waiting: tuple[Workspace, Json]) -> None:
    workspace, card = waiting
    assert "approved by" not in workspace.sandbox.bob.reads(card)
    workspace.sandbox.bob.clicks(card, "Approve")
    live = workspace.sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert "Release by ann · approved by bob · from `v1.4.2`" in workspace.sandbox.ann.reads(live)
    assert len(workspace.dispatches()) == 1


def test_the_requester_and_outsiders_can_not_approve(waiting: tuple[Workspace, Json]) -> None:
    workspace, card = waiting
    workspace.sandbox.ann.clicks(card, "Approve")
    told = workspace.sandbox.ann.waits_for("You can't approve what you asked for yourself.")
    assert told["ephemeral_to"] == "U0ANN"
    workspace.sandbox.dana.clicks(card, "Approve")
    workspace.sandbox.dana.waits_for("Only an approver may do this")
    assert workspace.dispatches() == []


def test_a_rejection_needs_a_reason_which_everybody_reads(waiting: tuple[Workspace, Json]) -> None:
    workspace, card = waiting
    bob = workspace.sandbox.bob
    bob.clicks(card, "Reject …")
    form = bob.waits_for_modal("Reject")
    assert bob.submits({"reason": "the migration is not reviewed"}, form) == {}
    rejected = workspace.sandbox.ann.waits_for("Rejected by bob: the migration is not reviewed", channel="C0OPS")
    assert "[Approve]" not in workspace.sandbox.ann.reads(rejected)
    assert workspace.dispatches() == []


def test_only_who_asked_can_withdraw(waiting: tuple[Workspace, Json]) -> None:
    workspace, card = waiting
    workspace.sandbox.bob.clicks(card, "Withdraw")
    workspace.sandbox.bob.waits_for("Only ann, who asked for it, can withdraw it.")
    workspace.sandbox.ann.clicks(card, "Withdraw")
    workspace.sandbox.ann.waits_for("Withdrawn by who asked for it", channel="C0OPS")


def test_a_workflow_that_changed_after_it_was_shown_voids_the_approval(waiting: tuple[Workspace, Json]) -> None:
    workspace, card = waiting
    sandbox = workspace.sandbox
    inputs = "{version: {}, environment: {}, sha: {}, dispatch_id: {}}"
    changed = f"name: Release\nrun-name: x ${{{{ inputs.dispatch_id }}}}\non: {{workflow_dispatch: {{inputs: {inputs}}}}}\n"
    jobs = "jobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n"
    sandbox.commit("acme/checkout", "main", "ci: sneak something in", {".github/workflows/release.yml": changed + jobs})
    sandbox.bob.clicks(card, "Approve")
    sandbox.ann.waits_for("was changed on main after this was shown: the approval is void", channel="C0OPS")
    assert workspace.dispatches() == []


def test_a_tag_that_was_moved_after_it_was_shown_voids_the_approval(empty_workspace: Workspace) -> None:
    workspace = asking(empty_workspace).start()
    sandbox = workspace.sandbox
    sandbox.ann.types("/deploy checkout 1.4.2 production")
    card = sandbox.ann.waits_for("waits for approval", channel="C0OPS")
    subprocess.run(["git", "--git-dir", sandbox.repo("acme/checkout")["path"], "update-ref", "refs/tags/v1.4.2", "main"], check=True)
    sandbox.bob.clicks(card, "Approve")
    sandbox.ann.waits_for("was shown, and the tag v1.4.2 has moved on to", channel="C0OPS")
    assert workspace.dispatches() == []


def test_a_branch_that_moved_on_voids_the_approval_where_the_workflow_takes_no_commit(empty_workspace: Workspace) -> None:
    workspace = asking(empty_workspace)
    without_sha = workspace.toml.replace('repo = "acme/checkout"', 'repo = "acme/plain"', 1)
    for word in ("environment", "sha", "dispatch_id", "notes"):
        without_sha = without_sha.replace(f'{word} = "{word}"\n', "", 1)
    workspace.toml = without_sha
    sandbox = workspace.sandbox
    sandbox.repository("acme/plain", commits=["chore: begin"], workflows={"release.yml": PLAIN, "deploy.yml": PLAIN})
    workspace.start()
    sandbox.ann.types("/release checkout 1.5.0 production")
    card = sandbox.ann.waits_for("waits for approval", channel="C0OPS")
    sandbox.commit("acme/plain", "main", "feat: nobody looked at this", {"a.txt": "a"})
    sandbox.bob.clicks(card, "Approve")
    sandbox.ann.waits_for("was shown, and main has moved on to", channel="C0OPS")
    assert workspace.dispatches() == []


def test_many_clicks_at_once_take_one_decision_and_everyone_else_is_told(waiting: tuple[Workspace, Json]) -> None:
    workspace, card = waiting
    sandbox = workspace.sandbox
    deeds = [(sandbox.bob, "Approve"), (sandbox.ria, "Approve"), (sandbox.ann, "Withdraw")] * 8

    def act(deed: tuple[Any, str]) -> None:
        person, button = deed
        try:
            person.clicks(card, button)
        except Exception as error:  # noqa: BLE001 - the button is gone from the message: Slack would not even send it
            assert "There is" in str(error)  # noqa: PT017

    with ThreadPoolExecutor(12) as crowd:
        list(crowd.map(act, deeds))
    ended = sandbox.wait_until(
        lambda: sandbox.ann.sees_message("is live in", "C0OPS") or sandbox.ann.sees_message("Withdrawn", "C0OPS"),
        timeout_s=40,
        what="one decision",
    )
    assert ended is not None
    assert len(workspace.dispatches()) == (1 if "is live" in sandbox.ann.reads(ended) else 0)
    sandbox.wait_until(
        lambda: any(person.sees_message("Nothing was changed") for person in (sandbox.bob, sandbox.ria, sandbox.ann)),
        what="a word to somebody who came too late",
    )


def test_two_approvals_are_two_people(empty_workspace: Workspace) -> None:
    workspace = asking(empty_workspace, approvals=2).start()
    sandbox = workspace.sandbox
    sandbox.bob.types("/release checkout 1.5.0 production")
    card = sandbox.ria.waits_for("0 of 2 approvals", channel="C0OPS")
    sandbox.ria.clicks(card, "Approve")
    card = sandbox.ria.waits_for("1 of 2 approvals", channel="C0OPS")
    assert "approved by ria" in sandbox.ria.reads(card)
    sandbox.ria.clicks(card, "Approve")
    sandbox.ria.waits_for("You have approved this already.")
    assert workspace.dispatches() == []
    sandbox.ann.clicks(card, "Approve")
    live = sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert "Release by bob · approved by ria and ann · " in sandbox.ria.reads(live)


def test_a_request_survives_a_restart_is_reminded_once_and_expires(empty_workspace: Workspace) -> None:
    workspace, clock = asking(empty_workspace), ShiftedClock()
    sandbox = workspace.sandbox
    with daemon_with(workspace, clock):
        sandbox.ann.types("/release checkout 1.5.0 production")
        card = sandbox.ann.waits_for("waits for approval", channel="C0OPS")
    with daemon_with(workspace, clock) as daemon:
        clock.advance(timedelta(minutes=31))
        daemon.tick("approve.look_at_clock")
        sandbox.wait_until(
            lambda: [m for m in sandbox.bob.sees_thread(card) if "⏰" in sandbox.bob.reads(m)], timeout_s=40, what="the reminder"
        )
        clock.advance(timedelta(minutes=31))
        daemon.tick("approve.look_at_clock")
        sandbox.ann.waits_for("Nobody approved it within 1 h", channel="C0OPS", timeout_s=40)
    assert len([m for m in sandbox.bob.sees_thread(card) if "⏰" in sandbox.bob.reads(m)]) == 1
    assert workspace.dispatches() == []
