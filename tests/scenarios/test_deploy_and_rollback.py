"""From staging to production, and back again: what has a tag is deployed, what was live is gone back to."""

from typing import Any

import pytest

from bot.testing import Workspace

PRODUCTION = "[services.checkout.environments.production]\n"


@pytest.fixture
def promoted(empty_workspace: Workspace) -> Workspace:
    """Give a workspace in which production follows staging, and v1.5.0 was released to staging."""
    empty_workspace.toml = empty_workspace.toml.replace(PRODUCTION, f'{PRODUCTION}after = "staging"\n', 1).replace(
        "[services.checkout.inputs]", 'migrations = ["db/migrate/**"]\n\n[services.checkout.inputs]', 1
    )
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


def one_more(workspace: Workspace, version: str, message: str, files: dict[str, str]) -> None:
    """Release a version with one more commit to staging, and deploy it to production."""
    workspace.sandbox.commit("acme/checkout", "main", message, files)
    workspace.sandbox.ann.types(f"/release checkout {version} staging")
    workspace.sandbox.ann.waits_for(f"*checkout* `v{version}` is live in *staging*", channel="C0OPS", timeout_s=30)
    deploy(workspace, version)


def form_that_shows(workspace: Workspace, text: str) -> dict[str, Any]:
    """Return Ann's modal as soon as it shows a text."""
    ann = workspace.sandbox.ann
    found = workspace.sandbox.wait_until(
        lambda: next((view for view in reversed(ann.modals) if text in ann.reads(view)), None), what=f"a form with {text!r}"
    )
    assert found is not None
    return found


def test_a_rollback_shows_what_it_takes_back_before_it_is_done_and_skips_the_promotion_order(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    deploy(promoted, "1.5.0")
    merge = "Merge pull request #57 from acme/carts\n\nfix: something that breaks it all"
    one_more(promoted, "1.5.1", merge, {"db/migrate/7_drop.sql": "DROP TABLE carts;"})

    sandbox.ann.types("/rollback checkout production")
    form = form_that_shows(promoted, "disappear")
    shown = sandbox.ann.reads(form)
    assert "Live now: `v1.5.1` · by ann" in shown
    assert "`v1.5.1` → `v1.5.0`" in shown, "the one before is chosen"
    assert "*1 commit disappears*" in shown
    assert "something that breaks it all (#57)" in shown
    assert "Merge pull request" not in shown
    assert "1 migration changed since*: `db/migrate/7_drop.sql`" in shown
    assert sandbox.ann.submits({}, form) == {}

    live = sandbox.ann.waits_for("Rollback by ann", channel="C0OPS", timeout_s=30)
    sandbox.wait_until(
        lambda: "✅" in sandbox.ann.reads(sandbox.ann.sees_message("Rollback by ann", "C0OPS") or {}), timeout_s=30, what="the end"
    )
    assert promoted.dispatches()[-1]["body"]["inputs"]["rollback"] == "true"  # type: ignore[index]
    sandbox.wait_until(
        lambda: any("of `v1.5.1` taken back" in sandbox.ann.reads(reply) for reply in sandbox.ann.sees_thread(live)),
        what="a reply that says what was taken back",
    )

    # The environment is locked until somebody says that the cause was addressed.
    locked = sandbox.ann.waits_for("Rolled back from v1.5.1 to v1.5.0: locked until the cause is addressed", channel="C0OPS")
    assert "Locked by chatopsd" in sandbox.ann.reads(locked)
    sandbox.ann.types("/deploy checkout 1.5.1 production")
    sandbox.ann.waits_for("chatopsd locked production: Rolled back from v1.5.1")
    done = sandbox.ann.sees_message("Rollback by ann", "C0OPS")
    assert done is not None
    sandbox.bob.clicks(done, "It was addressed")
    sandbox.ann.waits_for("is unlocked", channel="C0OPS")
    deploy(promoted, "1.5.1")


def test_another_version_is_chosen_and_what_it_takes_back_is_shown_anew(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    deploy(promoted, "1.5.0")
    sandbox.ann.types("/rollback checkout production")
    form = form_that_shows(promoted, "`v1.5.0` → `v1.4.2`")
    sandbox.ann.chooses(form, "rollback_environment", "staging")
    form = form_that_shows(promoted, "*checkout* in *staging*: `v1.5.0` → `v1.4.2`")
    one_more(promoted, "1.5.1", "feat: more", {"x.txt": "x"})
    sandbox.ann.chooses(form, "rollback_environment", "production")
    form = form_that_shows(promoted, "*checkout* in *production*: `v1.5.1` → `v1.5.0`")
    sandbox.ann.chooses(form, "rollback_version", "v1.4.2")
    form = form_that_shows(promoted, "*checkout* in *production*: `v1.5.1` → `v1.4.2`")
    assert "before me" in str(form["blocks"])
    assert "lived" in str(form["blocks"])
    assert sandbox.ann.submits({}, form) == {}
    sandbox.ann.waits_for("*checkout* `v1.4.2` is live in *production*", channel="C0OPS", timeout_s=30)


def test_a_version_is_named_as_people_name_it_and_one_that_never_was_is_told_before_anything_starts(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    deploy(promoted, "1.5.0")
    sandbox.ann.types("/rollback checkout production 1.4.2")
    form = form_that_shows(promoted, "*checkout* in *production*: `v1.5.0` → `v1.4.2`")
    assert "disappear" in sandbox.ann.reads(form)
    assert "could not be looked up" not in sandbox.ann.reads(form)
    assert "To v1.4.2" in str(form["submit"])
    before = len(promoted.dispatches())

    sandbox.ann.types("/rollback checkout production 1.2.9")
    form = form_that_shows(promoted, "There is no tag `1.2.9`: choose one of these.")
    assert "To " not in str(form["submit"])
    assert len(promoted.dispatches()) == before
    sandbox.ann.chooses(form, "rollback_version", "v1.4.2")
    form_that_shows(promoted, "*checkout* in *production*: `v1.5.0` → `v1.4.2`")


def test_the_gates_that_are_closed_to_whoever_looks_stand_in_the_form_before_anything_is_sent(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    deploy(promoted, "1.5.0")
    sandbox.ann.types("/rollback checkout production")
    shown = sandbox.ann.reads(form_that_shows(promoted, "`v1.5.0` → `v1.4.2`"))
    assert "✅ Every gate is open for you" in shown, "the promotion order is not asked of a rollback"

    sandbox.bob.types('/ops lock checkout production "payments migration"')
    sandbox.ann.waits_for("*production* is locked", channel="C0OPS")
    sandbox.ann.types("/rollback checkout production")
    form = form_that_shows(promoted, "gates closed")
    shown = sandbox.ann.reads(form)
    assert "⛔ *lock* · bob locked production: payments migration. _bob, or whoever may release there, by /ops unlock" in shown
    assert "disappear" in shown
    assert "bob locked production: payments migration." in str(sandbox.ann.submits({}, form)), "as it is when it is sent"

    sandbox.dana.types("/rollback checkout production")
    dana = sandbox.dana
    sandbox.wait_until(
        lambda: any("⛔ *role* · Only a releaser may do this" in dana.reads(view) for view in dana.modals), what="what dana may not"
    )


def test_a_mention_offers_versions_whose_buttons_open_the_same_form(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    sandbox.ann.types("@chatops rollback checkout staging")
    offer = sandbox.ann.waits_for("Roll back to v1.4.2 …", channel="C0OPS")
    sandbox.ann.clicks(offer, "Roll back to v1.4.2 …")
    form_that_shows(promoted, "`v1.5.0` → `v1.4.2`")


def test_a_button_whose_environment_was_taken_out_of_the_settings_says_so(promoted: Workspace) -> None:
    ann = promoted.sandbox.ann
    old = ann.waits_for("*checkout* `v1.5.0` is live in *staging*", channel="C0OPS")
    promoted.stop()
    promoted.toml = promoted.toml.replace("environments.staging]", "environments.stage]").replace('after = "staging"', 'after = "stage"')
    promoted.start()
    ann.clicks(old, "Roll back to v1.4.2 …")
    ann.waits_for("checkout has no environment `staging`.")
    assert not ann.modals


def test_what_was_never_there_is_nothing_to_go_back_to(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    sandbox.ann.types("@chatops rollback checkout staging 1.4.1")
    sandbox.ann.waits_for("was never brought to staging")
    assert len(promoted.dispatches()) == 1


def test_a_deployment_by_hand_is_seen_and_said(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    sandbox.deployment("acme/checkout", "staging", "v1.4.1", user="dana")
    sandbox.ann.types("/ops status")
    shown = sandbox.ann.reads(sandbox.ann.waits_for("staging `v1.4.1`"))
    assert "dana" in shown


def test_when_github_can_not_be_asked_the_journal_answers_and_says_so(promoted: Workspace) -> None:
    sandbox = promoted.sandbox
    sandbox.fault("github", "repos/list-deployments", "error", status=503, times=20)
    sandbox.ann.types("/ops status")
    shown = sandbox.ann.reads(sandbox.ann.waits_for("staging `v1.5.0`"))
    assert "GitHub could not be asked" in shown
