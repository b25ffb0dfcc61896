"""From staging to production, and back again: what has a tag is deployed, what was live is gone back to."""

import pytest

from bot.testing import Workspace

PRODUCTION = "[services.checkout.environments.production]\n"


@pytest.fixture
def promoted(empty_workspace: Workspace) -> Workspace:
    """Give a workspace in which production follows staging, and v1.5.0 was released to staging."""
    empty_workspace.toml = empty_workspace.toml.replace(PRODUCTION, f'{PRODUCTION}after = "staging"\n', 1)
    workspace = empty_workspace.start()
    workspace.sandbox.ann.types("/release checkout 1.5.0 staging")
    workspace.sandbox.ann.waits_for("*checkout* `v1.5.0` is live in *staging*", channel="C0OPS", timeout_s=30)
    return workspace


def deploy(workspace: Workspace, version: str, environment: str = "production") -> None:
    workspace.sandbox.ann.types(f"/deploy checkout {version} {environment}")
    workspace.sandbox.ann.waits_for(f"*checkout* `v{version}` is live in *{environment}*", channel="C0OPS", timeout_s=30)


def test_what_succeeded_in_staging_is_promoted_to_production(promoted: Workspace) -> None:
    deploy(promoted, "1.5.0")
    sent = promoted.dispatches()[-1]["body"]
    assert sent["inputs"]["version"] == "v1.5.0"  # type: ignore[index]
    assert sent["inputs"]["environment"] == "production"  # type: ignore[index]
    tag = next(t["sha"] for t in promoted.sandbox.repo("acme/checkout")["tags"] if t["name"] == "v1.5.0")
    assert sent["inputs"]["sha"] == tag  # type: ignore[index]
    promoted.sandbox.ann.types("/ops status")
    promoted.sandbox.ann.waits_for("production `v1.5.0`")


def test_what_has_no_tag_or_was_not_in_staging_is_not_promoted(promoted: Workspace) -> None:
    ann = promoted.sandbox.ann
    ann.types("/deploy checkout 1.9.0 production")
    ann.waits_for("There is no tag `1.9.0`")
    ann.types("/deploy checkout 1.4.2 production")
    ann.waits_for("v1.4.2 has not succeeded in staging yet")
    assert len(promoted.dispatches()) == 1


def test_a_rollback_is_chosen_among_what_was_live_and_skips_the_promotion_order(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    deploy(promoted, "1.5.0")
    sandbox.ann.types("/rollback checkout production")
    sandbox.ann.waits_for("Nothing was live before in production")

    sandbox.commit("acme/checkout", "main", "fix: something that breaks it all", {"x.txt": "x"})
    sandbox.ann.types("/release checkout 1.5.1 staging")
    sandbox.ann.waits_for("*checkout* `v1.5.1` is live in *staging*", channel="C0OPS", timeout_s=30)
    deploy(promoted, "1.5.1")

    sandbox.ann.types("/rollback checkout production")
    offer = sandbox.ann.waits_for("Roll back to v1.5.0")
    assert "Live now: `v1.5.1`" in sandbox.ann.reads(offer)
    assert offer["ephemeral_to"] == sandbox.ann.id
    sandbox.ann.clicks(offer, "Roll back to v1.5.0")

    live = sandbox.ann.waits_for("Rollback by ann", channel="C0OPS", timeout_s=30)
    sandbox.ann.waits_for("production*", channel="C0OPS", timeout_s=30)
    sandbox.wait_until(
        lambda: "✅" in sandbox.ann.reads(sandbox.ann.sees_message("Rollback by ann", "C0OPS") or {}), timeout_s=30, what="the end"
    )
    assert promoted.dispatches()[-1]["body"]["inputs"]["rollback"] == "true"  # type: ignore[index]
    thread = "".join(sandbox.ann.reads(reply) for reply in sandbox.ann.sees_thread(live))
    assert "of `v1.5.1` taken back" in thread
    assert "something that breaks it all" in thread


def test_what_was_never_there_is_nothing_to_go_back_to(promoted: Workspace) -> None:
    promoted.sandbox.ann.types("/rollback checkout staging 1.4.2")
    promoted.sandbox.ann.waits_for("was never brought to staging through me")
    assert len(promoted.dispatches()) == 1
