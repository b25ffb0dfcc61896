"""A release through the modal, as Slack's people meet it."""

from bot.testing import Workspace
from tests.scenarios.forms import block, filled_form


def test_the_form_proposes_the_version_that_follows_from_the_commits(shared: Workspace) -> None:
    shown = shared.sandbox.ann.reads(filled_form(shared, shared.sandbox.ann))
    assert "v1.5.0" in shown
    assert "The last is v1.4.2" in shown
    assert "1 feature" in shown
    shared.sandbox.ann.closes()


def test_choosing_another_service_proposes_its_version(shared: Workspace) -> None:
    ann = shared.sandbox.ann
    form = filled_form(shared, ann)
    ann.chooses(form, "release_service", "search")
    proposed = shared.sandbox.wait_until(lambda: "v0.9.4" in ann.reads(ann.modal), what="the version of search")
    assert proposed
    ann.closes()


def test_mistakes_are_shown_at_their_fields_and_the_mended_form_is_taken(workspace: Workspace) -> None:
    ann = workspace.sandbox.ann
    form = filled_form(workspace, ann)
    version, ref = block(form, "version"), block(form, "ref")

    errors = ann.submits({version: "1.4.2", ref: "no-such-branch"}, form)

    assert errors[version] == "The tag v1.4.2 exists already. The next version would be v1.5.0."
    assert errors[ref] == "There is no branch, tag or commit no-such-branch in acme/checkout."
    assert workspace.dispatches() == []

    assert ann.submits({version: "1.5.0", ref: "main"}, form) == {}

    ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert len(workspace.dispatches()) == 1
    assert any(tag["name"] == "v1.5.0" for tag in workspace.sandbox.repo("acme/checkout")["tags"])


def test_who_may_not_release_there_is_told_at_the_environment(shared: Workspace) -> None:
    dana = shared.sandbox.dana
    form = filled_form(shared, dana)
    environment = block(form, "environment")
    errors = dana.submits({environment: "production"}, form)
    assert "Only a releaser may do this" in errors[environment]
    assert "@releasers" in errors[environment]
    assert shared.dispatches() == []
    dana.closes()


def test_from_another_channel_the_person_is_told_where_to_follow(workspace: Workspace) -> None:
    bob = workspace.sandbox.bob
    form = filled_form(workspace, bob, channel="C0CHECKOUT")
    assert bob.submits({}, form) == {}
    told = bob.waits_for("follow it in", channel="C0CHECKOUT")
    assert told["ephemeral_to"] == bob.id


def test_a_form_that_was_asked_for_by_a_mention_is_refused_with_what_to_type(shared: Workspace) -> None:
    shared.sandbox.ann.types("@bot release")
    shared.sandbox.ann.waits_for("Say what to release, such as")
