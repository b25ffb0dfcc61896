"""The gates at work: promotion order, checks of the commit, a freeze; and `why-not`, which asks all of them at once."""

from datetime import UTC, datetime, timedelta

from bot.testing import Workspace
from tests.clocks import ShiftedClock
from tests.scenarios.daemon_thread import daemon_with

PRODUCTION = "[services.checkout.environments.production]\n"
APPROVED = ("approvals = 2", 'approvers = "approver"', 'overriders = "approver"')
SMOKE = """\
name: release
run-name: "Release ${{ inputs.version }} [${{ inputs.dispatch_id }}]"
on: {workflow_dispatch: {inputs: {version: {}, environment: {}, sha: {}, dispatch_id: {}, notes: {}}}}
jobs:
  tag:
    name: Tag
    runs-on: ubuntu-latest
    steps:
      - name: Tag
        env: {REF: "refs/tags/${{ inputs.version }}", SHA: "${{ inputs.sha }}"}
        run: curl --request POST "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/git/refs" --data "{\\"ref\\":\\"$REF\\",\\"sha\\":\\"$SHA\\"}"
  deploy: {name: Deploy, needs: tag, runs-on: ubuntu-latest, environment: "${{ inputs.environment }}", steps: [{run: "true"}]}
  smoke: {name: Smoke, needs: deploy, runs-on: ubuntu-latest, steps: [{run: "false"}]}
"""


def with_gate(workspace: Workspace, *lines: str) -> Workspace:
    workspace.toml = workspace.toml.replace(PRODUCTION, PRODUCTION + "".join(f"{line}\n" for line in lines), 1)
    return workspace.start()


def test_a_version_reaches_production_only_after_staging(empty_workspace: Workspace) -> None:
    ann = with_gate(empty_workspace, 'after = "staging"').sandbox.ann
    ann.types("/release checkout 1.5.0 production")
    ann.waits_for("v1.5.0 has not succeeded in staging yet. Bring it to staging first.")
    assert empty_workspace.dispatches() == []
    ann.types("/ops why-not checkout production 1.5.0")
    ann.waits_for("v1.5.0 has not succeeded in staging yet.\n↳")
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("is live in *staging*", channel="C0OPS", timeout_s=30)
    ann.types("/ops why-not checkout production 1.5.0")
    ann.waits_for("every gate is open for you")


def test_a_green_run_that_skipped_its_deployment_opens_no_way_to_production(empty_workspace: Workspace) -> None:
    workspace = with_gate(empty_workspace, 'after = "staging"')
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    skipping = SMOKE.replace("needs: tag,", 'needs: tag, if: "${{ false }}",')
    sandbox.commit("acme/checkout", "main", "ci: never deploy", {".github/workflows/release.yml": skipping})
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("GitHub skipped its job Deploy", channel="C0OPS", timeout_s=30)
    ann.types("/ops why-not checkout production 1.5.0")
    ann.waits_for("GitHub skipped the job Deploy of v1.5.0 in staging, and has no record of its deployment.")
    ann.types("/deploy checkout 1.5.0 production")
    ann.waits_for("GitHub skipped the job Deploy of v1.5.0 in staging, and has no record of its deployment. Bring it to staging first.")
    assert len(workspace.dispatches()) == 1


def test_what_somebody_else_made_live_in_staging_may_go_on_while_it_is_live_there(empty_workspace: Workspace) -> None:
    workspace, clock = empty_workspace, ShiftedClock()
    workspace.toml = workspace.toml.replace(PRODUCTION, f'{PRODUCTION}after = "staging"\n', 1)
    sandbox = workspace.sandbox
    with daemon_with(workspace, clock):
        sandbox.deployment("acme/checkout", "staging", "v1.4.1", user="dana")
        sandbox.ann.types("/ops why-not checkout production 1.4.2")
        sandbox.ann.waits_for("v1.4.2 has not succeeded in staging yet.")
        sandbox.ann.types("/deploy checkout 1.4.1 production")
        sandbox.ann.waits_for("*checkout* `v1.4.1` is live in *production*", channel="C0OPS", timeout_s=30)

        clock.advance(timedelta(minutes=2))  # what GitHub said is asked for anew
        sandbox.fault("github", "repos/list-deployments", "error", status=503, times=50)
        sandbox.ann.types("/deploy checkout 1.4.2 production")
        sandbox.ann.waits_for("I did not bring v1.4.2 to staging, and can't look up whether somebody else did.")
        assert len(workspace.dispatches()) == 1


def test_a_run_of_ours_that_failed_behind_its_deployment_does_not_count_as_somebody_else_s(empty_workspace: Workspace) -> None:
    workspace, clock = empty_workspace, ShiftedClock()
    workspace.toml = workspace.toml.replace(PRODUCTION, f'{PRODUCTION}after = "staging"\n', 1)
    sandbox = workspace.sandbox
    sandbox.commit("acme/checkout", "main", "ci: look after it", {".github/workflows/release.yml": SMOKE})
    with daemon_with(workspace, clock):
        sandbox.plan("acme/checkout", "release.yml", "failure", job="smoke")
        sandbox.ann.types("/release checkout 1.5.0 staging")
        sandbox.ann.waits_for("failed: `Smoke", channel="C0OPS", timeout_s=30)
        clock.advance(timedelta(minutes=2))  # what GitHub said is asked for anew
        sandbox.ann.types("/ops status")
        sandbox.ann.waits_for("staging `v1.5.0`")
        sandbox.ann.types("/ops why-not checkout production 1.5.0")
        sandbox.ann.waits_for("v1.5.0 has not succeeded in staging yet.")


def test_where_services_of_one_repository_share_an_environment_only_the_journal_counts(empty_workspace: Workspace) -> None:
    twin = """
[services.twin]
repo = "acme/checkout"
release_workflow = "release.yml"
deploy_workflow = "deploy.yml"

[services.twin.environments.staging]
"""
    empty_workspace.toml += twin
    sandbox = with_gate(empty_workspace, 'after = "staging"').sandbox
    sandbox.deployment("acme/checkout", "staging", "v1.4.1", user="dana")
    sandbox.ann.types("/ops why-not checkout production 1.4.1")
    sandbox.ann.waits_for("v1.4.1 has not succeeded in staging yet.")


def test_a_commit_with_red_checks_is_not_released_where_they_are_required(empty_workspace: Workspace) -> None:
    workspace = with_gate(empty_workspace, "required_checks = true")
    sandbox = workspace.sandbox
    sandbox.commit("acme/checkout", "main", "fix: breaks the tests", {"x.txt": "x"}, checks="failure")
    sandbox.ann.types("/release checkout 1.5.0 production")
    sandbox.ann.waits_for("Failed on")
    assert workspace.dispatches() == []
    sandbox.commit("acme/checkout", "main", "fix: mends them", {"x.txt": "y"}, checks="success")
    sandbox.ann.types("/release checkout 1.5.0 production")
    sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)


def test_nothing_starts_in_a_freeze_and_why_not_names_every_gate(empty_workspace: Workspace) -> None:
    now = datetime.now(UTC)
    begins, ends = now - timedelta(hours=2), now + timedelta(hours=2)
    freeze = f"{begins:%a %H:%M} - {ends:%a %H:%M} UTC"
    sandbox = with_gate(empty_workspace, f'freeze = ["{freeze}"]', 'after = "staging"', *APPROVED).sandbox
    sandbox.ann.types("/release checkout 1.5.0 production")
    refused = sandbox.ann.reads(sandbox.ann.waits_for("It is frozen until"))
    assert 'In an emergency, whoever holds the role approver can go past it: --override "why".' in refused
    assert empty_workspace.dispatches() == []

    sandbox.dana.types("/ops why-not checkout production v1.5.0")
    shown = sandbox.dana.reads(sandbox.dana.waits_for("gates closed"))
    for words in (
        "3 of 7 gates closed",
        "✋ *approval* · 2 approvals are asked for once it is started",
        "In an emergency, whoever holds the role approver can go past lock, freeze",
        "Only a releaser may do this",
        "Ask @releasers",
        "It is frozen until",
        "has not succeeded in staging",
        "✅ person",
    ):
        assert words in shown
    sandbox.dana.types("/ops why-not checkout staging")
    sandbox.dana.waits_for("every gate is open for you")


def test_an_approval_that_is_still_to_be_asked_for_is_no_closed_gate(empty_workspace: Workspace) -> None:
    ann = with_gate(empty_workspace, *APPROVED).sandbox.ann

    ann.types("/ops why-not checkout production 1.5.0")

    shown = ann.reads(ann.waits_for("*checkout* `1.5.0` → *production*"))
    assert "✅ *checkout* `1.5.0` → *production*: every gate is open for you, then 2 approvals" in shown
    assert "⛔" not in shown
    assert "↳ _The approvers, by the buttons of its message._" in shown
