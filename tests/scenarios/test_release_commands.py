"""What can be asked beside a plain release: a dry run, a tag alone, a deploy by form, notes."""

from typing import Any

from bot.testing import Workspace
from tests.scenarios.forms import block, filled_form

Json = dict[str, Any]


def test_a_dry_run_shows_everything_and_starts_nothing(shared: Workspace) -> None:
    ann = shared.sandbox.ann
    ann.types("/release checkout 1.5.0 staging --dry-run --notes hello")
    told = ann.waits_for("🧪 Dry run: *checkout* `v1.5.0` → *staging* · it would go. Nothing was dispatched.")
    assert told["ephemeral_to"] == ann.id
    shown = ann.reads(told)
    for words in (
        "*6 commits*",
        "✅ 1 check passed",
        "✅ Every gate is open for you",
        "Open: person, role",
        "`notes` = `hello`",
        "`release.yml` on `main` would get",
    ):
        assert words in shown
    assert shared.dispatches() == []


def test_a_dry_run_names_every_gate_and_every_mistake_at_once(shared: Workspace) -> None:
    dana = shared.sandbox.dana
    dana.types("/release checkout 1.4.2 production --dry-run --input mood=good")
    shown = dana.reads(dana.waits_for("things would stop it. Nothing was dispatched."))
    for words in ("⛔ The tag `v1.4.2` exists already.", "`release.yml` has no input `mood`.", "⛔ *role*", "Ask @releasers"):
        assert words in shown
    assert shared.dispatches() == []


def test_a_dry_run_of_several_services_and_one_without_a_version(shared: Workspace) -> None:
    ann = shared.sandbox.ann
    ann.types("/release checkout,search --dry-run")
    ann.waits_for("Dry run: *checkout* `v1.5.0`")
    ann.waits_for("Dry run: *search* `v0.9.4`")
    ann.types("/deploy checkout 1.4.2 staging --dry-run")
    ann.waits_for("Dry run: *checkout* `v1.4.2` → *staging* · it would go")
    assert shared.dispatches() == []


def test_a_tag_is_cut_and_nothing_is_deployed_until_it_is_asked_for(workspace: Workspace) -> None:
    sandbox, ann = workspace.sandbox, workspace.sandbox.ann
    deployed = len(sandbox.repo("acme/checkout")["deployments"])
    ann.types("/tag checkout 1.5.0")
    ann.waits_for("✅ *checkout* `v1.5.0` is tagged", channel="C0OPS", timeout_s=40)
    assert any(tag["name"] == "v1.5.0" for tag in sandbox.repo("acme/checkout")["tags"])
    assert len(sandbox.repo("acme/checkout")["deployments"]) == deployed
    sent: Any = workspace.dispatches()[-1]["body"]["inputs"]
    assert sorted(sent) == ["dispatch_id", "sha", "version"]

    form = filled_form(workspace, ann, "/deploy", title="Deploy")
    version = next(each for each in form["blocks"] if each.get("block_id") == block(form, "version"))
    assert version["element"]["initial_option"]["value"] == "v1.5.0", "the newest is chosen"
    assert ann.submits({}, form) == {}
    ann.waits_for("✅ *checkout* `v1.5.0` is live in *staging*", channel="C0OPS", timeout_s=40)


def test_the_form_of_a_tag_asks_for_no_environment_and_guests_may_not_tag(shared: Workspace) -> None:
    form = filled_form(shared, shared.sandbox.ann, "/tag", title="Tag")
    assert not block(form, "environment")
    shared.sandbox.ann.closes()
    shared.sandbox.gus.types("/tag checkout 1.5.0", channel="C0CHECKOUT")
    shared.sandbox.gus.waits_for("guests can't run operations", channel="C0CHECKOUT")


def test_choosing_another_version_to_deploy_shows_what_it_brings(shared: Workspace) -> None:
    ann = shared.sandbox.ann
    form = filled_form(shared, ann, "/deploy checkout", title="Deploy")
    ann.chooses(form, block(form, "version"), "v1.3.0")
    shared.sandbox.wait_until(lambda: "→ `v1.3.0` at `" in ann.reads(ann.modal), what="the other version")
    ann.closes()


def test_by_mention_without_a_version_it_says_what_to_type(shared: Workspace) -> None:
    shared.sandbox.ann.types("@bot deploy checkout")
    shared.sandbox.ann.waits_for("Say what to deploy, such as `deploy checkout 1.5.0 production`.")
    shared.sandbox.ann.types("@bot release checkout 1.5.0 --dry-run")
    shared.sandbox.ann.waits_for("🧪 Dry run: *checkout* `v1.5.0`")
