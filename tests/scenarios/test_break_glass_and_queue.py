"""Going past closed gates with a reason, and waiting for one's turn, through the daemon whose clock is moved."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.testing import Workspace
from sandbox.client import Refused
from tests.scenarios.daemon_thread import daemon_with
from tests.scenarios.scene import Scene, scene_in

REPO = "acme/checkout"
PRODUCTION = '[services.checkout.environments.production]\nreleasers = "releaser"\n'
STAGING = "[services.checkout.environments.staging]\n"


def busy_and_guarded(toml: str) -> str:
    asked = 'approvals = 1\napprovers = "approver"\noverriders = "approver"\napprovals_channel = "C0ALERTS"\n'
    toml = toml.replace(PRODUCTION, PRODUCTION + asked, 1).replace(STAGING, STAGING + 'when_busy = "queue"\n', 1)
    return toml.replace("[roles]\n", '[people]\nU0ANN = "ann-larsen"\nU0RIA = "Ann-Larsen"\n\n[roles]\n', 1)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("workspace"), busy_and_guarded) as made:
        yield made


def test_a_break_glass_passes_the_gates_that_it_names_loudly_and_stays_marked(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types('/ops lock checkout production "do not touch"')
    scene.sees(sandbox.ann, "*production* is locked", "C0OPS")
    sandbox.ann.types('/release checkout 3.1.0 production --override "it burns"')
    scene.sees(sandbox.ann, "Only an approver may do this")
    sandbox.bob.types('/release checkout 3.1.0 production --override " "')
    scene.sees(sandbox.bob, "needs a reason")
    assert scene.dispatched("v3.1.0") == 0

    sandbox.bob.types('/release checkout 3.1.0 production --override "it <!here> burns"')
    card = scene.sees(sandbox.dana, "*checkout* `v3.1.0`", "C0OPS")
    assert "*Break-glass*: bob went past *lock, approval*" in sandbox.dana.reads(card)
    assert "it &lt;!here&gt; burns" in str(card)
    loud = scene.wait(lambda: [m for m in sandbox.dana.sees_thread(card) if "Break-glass" in str(m)], "a loud word in the thread")
    assert "<!subteam^S0LEADS>" in str(loud)
    assert "U0BOB" not in str(loud[0]["blocks"] if "blocks" in loud[0] else loud[0]["text"]), "nobody is mentioned for their own act"
    ended = scene.sees(sandbox.dana, "`v3.1.0` is live in *production*", "C0OPS")
    assert "*Break-glass*" in sandbox.dana.reads(ended)
    assert scene.dispatched("v3.1.0") == 1

    event = next(event for event in scene.audit() if event.action == "operation.override")
    assert (event.actor, event.detail["reason"], event.detail["gates"]) == ("U0BOB", "it <!here> burns", ["lock", "approval"])
    sandbox.ann.types("/ops unlock checkout production")
    scene.sees(sandbox.ann, "*production* is unlocked", "C0OPS")


def test_failed_jobs_behind_a_break_glass_are_run_again_by_whoever_may_break_it(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.plan(REPO, "release.yml", "failure", job="build")
    sandbox.bob.types('/release checkout 3.1.1 production --override "it burns still"')
    failed = scene.sees(sandbox.bob, "Re-run failed jobs", "C0OPS")
    sandbox.ann.clicks(failed, "Re-run failed jobs")
    scene.sees(sandbox.ann, "1 of 1 approval missing.")
    sandbox.bob.clicks(failed, "Re-run failed jobs")
    ended = scene.sees(sandbox.bob, "`v3.1.1` is live in *production*", "C0OPS")
    assert "*Break-glass*" in sandbox.bob.reads(ended)
    assert scene.dispatched("v3.1.1") == 1


def test_an_override_where_every_gate_is_open_or_no_role_is_set_is_refused(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.bob.types('/release checkout 3.2.0 staging --override "just because"')
    scene.sees(sandbox.bob, "no role is set for it")
    assert scene.dispatched("v3.2.0") == 0


def test_what_finds_its_environment_busy_waits_for_its_turn_and_can_be_withdrawn(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.plan(REPO, "release.yml", "waiting")
    sandbox.ann.types("/release checkout 3.3.0 staging")
    scene.wait(lambda: any(run["status"] == "waiting" for run in sandbox.repo(REPO)["runs"]), "the run to wait")
    for version, person in (("1.4.2", sandbox.bob), ("1.4.1", sandbox.ria), ("1.4.0", sandbox.ann)):
        person.types(f"/deploy checkout {version} staging")
        scene.sees(person, f"*checkout* `v{version}` → *staging* · queued", "C0OPS")
    card = scene.sees(sandbox.ann, "`v1.4.0` → *staging* · queued", "C0OPS")
    assert "Waits for the release v3.3.0 and 2 more to end. It is number 3 in the queue." in sandbox.ann.reads(card)
    sandbox.ria.types("/deploy checkout 1.4.1 staging")
    scene.sees(sandbox.ria, "The deploy v1.4.1 of checkout to staging was asked for already.")

    second = scene.sees(sandbox.ria, "`v1.4.1` → *staging* · queued", "C0OPS")
    sandbox.bob.clicks(second, "Withdraw")
    scene.sees(sandbox.bob, "Only ria, who asked for it, can withdraw it.")
    sandbox.ria.clicks(second, "Withdraw")
    scene.sees(sandbox.ria, "Withdrawn by who asked for it", "C0OPS")
    scene.sees(sandbox.ann, "Waits for the release v3.3.0 and 1 more to end. It is number 2 in the queue.", "C0OPS")

    run = next(run for run in sandbox.repo(REPO)["runs"] if run["status"] == "waiting")
    sandbox.review(REPO, run["id"], "approved")
    for version in ("1.4.2", "1.4.0"):
        scene.sees(sandbox.ann, f"`v{version}` is live in *staging*", "C0OPS")
    sent = [entry["body"]["inputs"]["version"] for entry in scene.workspace.dispatches()]  # type: ignore[index]
    assert sent[-3:] == ["v3.3.0", "v1.4.2", "v1.4.0"], "in the order in which they were asked for"


def test_approvals_are_asked_for_where_the_approvers_are_and_can_be_given_there(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/release checkout 3.3.1 production")
    card = scene.sees(sandbox.bob, "`v3.3.1` → *production* · waits for approval", "C0ALERTS")
    scene.thread_says(sandbox.bob, card, "asks for your approval")
    sandbox.bob.clicks(card, "Approve")
    scene.sees(sandbox.bob, "`v3.3.1` is live in *production*", "C0OPS")
    scene.wait(
        lambda: "[Approve]" not in sandbox.bob.reads(next(m for m in sandbox.bob.sees("C0ALERTS") if m["ts"] == card["ts"])), "an edit"
    )
    assert scene.dispatched("v3.3.1") == 1


def test_what_is_locked_after_it_was_asked_for_is_not_started(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/release checkout 3.3.2 production")
    card = scene.sees(sandbox.bob, "`v3.3.2` → *production* · waits for approval", "C0OPS")
    sandbox.ria.types("/ops lock checkout production incident")
    scene.sees(sandbox.ria, "*production* is locked", "C0OPS")
    sandbox.bob.clicks(card, "Approve")
    scene.sees(sandbox.ann, "ria locked production: incident.", "C0OPS")
    rejected = scene.sees(sandbox.ann, "`v3.3.2` → *production* · rejected", "C0OPS")
    assert "Nothing was started." in sandbox.ann.reads(rejected)
    assert scene.dispatched("v3.3.2") == 0
    sandbox.ria.types("/ops unlock checkout production")
    scene.sees(sandbox.ria, "unlocked by ria", "C0OPS")


def test_one_person_with_two_accounts_can_not_approve_their_own_request(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/release checkout 3.4.0 production")
    card = scene.sees(sandbox.ria, "`v3.4.0` → *production* · waits for approval", "C0OPS")
    sandbox.ria.clicks(card, "Approve")
    scene.sees(sandbox.ria, "You can't approve what you asked for yourself.")
    sandbox.ann.clicks(card, "Withdraw")
    scene.sees(sandbox.ann, "`v3.4.0` → *production* · cancelled", "C0OPS")


def test_fifty_clicks_at_once_take_one_decision_and_everyone_is_answered(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.dana.types("/ops locks")  # dana is told something, so that an answer can be told from silence
    sandbox.ann.types("/release checkout 3.5.0 production")
    card = scene.sees(sandbox.bob, "`v3.5.0` → *production* · waits for approval", "C0OPS")
    deeds = [
        (sandbox.bob, "Approve"),
        (sandbox.bob, "Reject …"),
        (sandbox.ann, "Withdraw"),
        (sandbox.ann, "Approve"),
        (sandbox.dana, "Approve"),
    ] * 10
    answered = ["gone"] * len(deeds)  # the button is no longer there to click

    def act(number: int) -> None:
        person, what = deeds[number]
        with suppress(AssertionError, Refused):
            answered[number] = "ok" if person.clicks(card, what).get("ok") else "not acked"

    with ThreadPoolExecutor(25) as crowd:
        list(crowd.map(act, range(50)))
    assert "not acked" not in answered
    ended = scene.wait(
        lambda: (
            sandbox.ann.sees_message("`v3.5.0` is live", "C0OPS")
            or sandbox.ann.sees_message("`v3.5.0` → *production* · cancelled", "C0OPS")
        ),
        "one decision",
    )
    went = "is live" in sandbox.ann.reads(ended)
    assert scene.dispatched("v3.5.0") == (1 if went else 0)
    story = next(event.subject for event in scene.audit() if event.detail.get("version") == "v3.5.0")
    decisions = [event.action for event in scene.audit(story) if event.action in ("operation.approval", "operation.cancelled")]
    assert len(decisions) == 1
    in_need_of_an_answer = (
        sum(what != "Reject …" for (_, what), end in zip(deeds, answered, strict=True) if end == "ok") - 1
    )  # the one that decided
    refusals = ("Nothing was changed", "Only an approver may do this", "You can't approve what you asked for", "is approved already")
    everyone = (sandbox.ann, sandbox.bob, sandbox.dana)

    def answers() -> list[str]:
        told = [
            m for person in everyone for m in person.sees("C0OPS") if m["ephemeral_to"] == person.id and float(m["ts"]) > float(card["ts"])
        ]
        return [str(m) for m in told if any(words in str(m) for words in refusals)]

    scene.wait(lambda: len(answers()) >= in_need_of_an_answer, f"{in_need_of_an_answer} answers")


def test_twenty_who_release_the_same_at_once_start_it_once_and_each_is_answered(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    people = [sandbox.ann, sandbox.bob, sandbox.ria] * 7
    with ThreadPoolExecutor(20) as crowd:
        acked = list(crowd.map(lambda person: person.types("/release checkout 3.6.0 staging", channel="C0ALERTS"), people[:20]))
    assert acked == [{"ok": True}] * 20
    scene.sees(sandbox.ann, "`v3.6.0` is live in *staging*", "C0OPS")

    def answers() -> bool:
        told = [m for person in (sandbox.ann, sandbox.bob, sandbox.ria) for m in person.sees("C0ALERTS") if m["ephemeral_to"] == person.id]
        return len([m for m in told if "3.6.0" in str(m)]) >= 20

    scene.wait(answers, "twenty answers", timeout_s=40)
    assert scene.dispatched("v3.6.0") == 1


def test_the_queue_survives_a_restart_and_what_waited_too_long_expires(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.toml = workspace.toml.replace(STAGING, STAGING + 'when_busy = "queue"\n', 1)
    scene, sandbox = Scene(workspace), workspace.sandbox
    try:
        with daemon_with(workspace, scene.clock):
            sandbox.plan(REPO, "release.yml", "waiting")
            sandbox.ann.types("/release checkout 3.1.0 staging")
            scene.wait(lambda: any(run["status"] == "waiting" for run in sandbox.repo(REPO)["runs"]), "the run to wait")
            sandbox.bob.types("/deploy checkout 1.4.2 staging")
            scene.sees(sandbox.bob, "`v1.4.2` → *staging* · queued", "C0OPS")
        scene.clock.advance(timedelta(minutes=100))
        with daemon_with(workspace, scene.clock):
            sandbox.ria.types("/deploy checkout 1.4.1 staging")
            scene.sees(sandbox.ria, "`v1.4.1` → *staging* · queued", "C0OPS")
            scene.clock.advance(timedelta(minutes=30))
            run = next(run for run in sandbox.repo(REPO)["runs"] if run["status"] == "waiting")
            sandbox.review(REPO, run["id"], "approved")
            scene.sees(sandbox.bob, "`v1.4.2` → *staging* · expired", "C0OPS")
            scene.sees(sandbox.ria, "`v1.4.1` is live in *staging*", "C0OPS")
        assert scene.dispatched("v1.4.2") == 0
    finally:
        workspace.close()
