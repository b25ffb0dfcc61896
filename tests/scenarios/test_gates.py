"""The gates at work: promotion order, checks of the commit, a freeze; and `why-not`, which asks all of them at once."""

from datetime import UTC, datetime, timedelta

from bot.testing import Workspace

PRODUCTION = "[services.checkout.environments.production]\n"
APPROVED = ("approvals = 2", 'approvers = "approver"', 'overriders = "approver"')


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
        "In an emergency, whoever is approver can go past lock, freeze",
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
