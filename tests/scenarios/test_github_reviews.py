"""A run that waits for GitHub's own required reviewers: told with the link and who may, reviewed by our buttons where that is allowed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.scene import Scene, scene_in

Json = dict[str, Any]
REPO = "acme/checkout"
BOT = "acme-chatops"
PRODUCTION = '[services.checkout.environments.production]\nreleasers = "releaser"\n'


def with_reviews(toml: str) -> str:
    toml = toml.replace(PRODUCTION, PRODUCTION + 'approvers = "approver"\ngithub_reviews = true\n', 1)
    toml = toml.replace('approver = ["S0LEADS", "U0RIA"]', 'approver = ["S0LEADS", "U0RIA", "U0ANN"]', 1)
    return toml.replace("[roles]\n", '[people]\nU0BOB = "bob-okafor"\n\n[roles]\n', 1)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("workspace"), with_reviews) as made:
        yield made


def waiting(scene: Scene, version: str, environment: str, *reviewers: str) -> Json:
    """Start a release whose run waits for reviewers, and return its card."""
    sandbox = scene.workspace.sandbox
    sandbox.plan(REPO, "release.yml", "waiting", reviewers=list(reviewers))
    sandbox.ann.types(f"/release checkout {version} {environment}")
    return scene.sees(sandbox.bob, f"*checkout* `v{version}` → *{environment}* · waits for a review on GitHub", "C0OPS")


def last_run(scene: Scene) -> Json:
    run: Json = max(scene.workspace.sandbox.repo(REPO)["runs"], key=lambda run: run["id"])
    return run


def asked(scene: Scene) -> list[Json]:
    return scene.workspace.sandbox.record(side="github", call="actions/review-pending-deployments-for-run")


def test_an_approver_reviews_by_our_button_and_github_shows_who(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    card = waiting(scene, "4.1.0", "production", BOT, "bob")
    shown = sandbox.bob.reads(card)
    for words in (f"review of *production*, by {BOT} or bob", "review it there", "[Approve on GitHub]", "[Reject on GitHub]"):
        assert words in shown
    scene.thread_says(sandbox.bob, card, "Waits on GitHub for a review")
    sandbox.dana.types("/ops status")
    assert f"↳ production: {BOT} or bob" in sandbox.dana.reads(scene.sees(sandbox.dana, "1 waiting"))

    sandbox.ann.clicks(card, "Approve on GitHub")
    scene.sees(sandbox.ann, "You can't approve what you asked for yourself.")
    sandbox.dana.clicks(card, "Approve on GitHub")
    scene.sees(sandbox.dana, "Only an approver may do this")
    assert asked(scene) == []

    sandbox.bob.clicks(card, "Approve on GitHub")
    scene.sees(sandbox.bob, "`v4.1.0` is live in *production*", "C0OPS")
    (review,) = asked(scene)
    assert review["body"]["state"] == "approved"
    assert review["body"]["comment"] == "Approved by bob (@bob-okafor) in Slack, through chatopsd."
    scene.thread_says(sandbox.bob, card, "approved *production* on GitHub: “Approved by bob")
    by_bob = [event.action for event in scene.audit() if event.actor == "U0BOB"]
    assert by_bob[:2] == ["operation.reviewed", "operation.review_asked"]


def test_a_rejection_ends_the_run(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    card = waiting(scene, "4.2.0", "production", BOT)
    sandbox.bob.clicks(card, "Reject on GitHub")
    scene.thread_says(sandbox.bob, card, "rejected *production* on GitHub")
    scene.sees(sandbox.bob, "`v4.2.0` → *production* failed", "C0OPS")


@pytest.mark.parametrize(("version", "environment", "reviewer"), [("4.3.0", "production", "bob"), ("4.4.0", "staging", BOT)])
def test_where_github_or_the_configuration_does_not_let_us_there_is_only_the_link(
    scene: Scene, version: str, environment: str, reviewer: str
) -> None:
    sandbox = scene.workspace.sandbox
    card = waiting(scene, version, environment, reviewer)
    assert "review it there" in sandbox.bob.reads(card)
    assert "[Approve on GitHub]" not in sandbox.bob.reads(card)
    sandbox.call(
        "POST", "github/review", {"repo": REPO, "run_id": last_run(scene)["id"], "state": "approved", "comment": "fine", "user": "bob"}
    )
    scene.thread_says(sandbox.bob, card, f"✅ bob approved *{environment}* on GitHub: “fine”")
    scene.sees(sandbox.bob, f"`v{version}` is live in *{environment}*", "C0OPS")
