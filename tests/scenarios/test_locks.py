"""Locks, through Slack and a repository that is real git: who closes an environment, who opens it, and that CI sees the same."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.scene import Scene, scene_in

REPO = "acme/checkout"
BRANCH = "production-chatopsd-lock"


def git(scene: Scene, *arguments: str) -> str:
    command = ["git", "--git-dir", scene.workspace.sandbox.repo(REPO)["path"], *arguments]
    who = {"GIT_AUTHOR_NAME": "ci", "GIT_AUTHOR_EMAIL": "ci@ci", "GIT_COMMITTER_NAME": "ci", "GIT_COMMITTER_EMAIL": "ci@ci"}
    return subprocess.run(command, env=who, check=True, capture_output=True, text=True).stdout.strip()


def branches(scene: Scene) -> list[str]:
    return git(scene, "for-each-ref", "--format=%(refname:short)", "refs/heads/").split()


def file_of(scene: Scene, branch: str = BRANCH) -> dict[str, object]:
    held: dict[str, object] = json.loads(git(scene, "show", f"refs/heads/{branch}:lock.json"))
    return held


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("workspace")) as made:
        yield made


@pytest.fixture(autouse=True)
def opened(scene: Scene) -> Iterator[None]:
    """Begin each scenario with nothing locked."""
    yield

    def all_open() -> bool:
        """Unlock what is locked, and again: what is changing this moment can't be unlocked."""
        held = [environment for environment in ("production", "staging") if f"{environment}-chatopsd-lock" in branches(scene)]
        for environment in held:
            scene.workspace.sandbox.bob.types(f"/ops unlock checkout {environment}", channel="C0CHECKOUT")
        return not held

    scene.wait(all_open, "no lock")


def test_a_lock_is_a_branch_that_closes_the_environment_until_it_is_unlocked(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types('/ops lock checkout production "payments <!channel> migration" for 2h')
    card = scene.sees(sandbox.dana, "*checkout* · *production* is locked", "C0OPS")
    shown = sandbox.dana.reads(card)
    for words in (
        "payments <!channel> migration",
        "Locked by ann",
        "until",
        f"CI sees it as `{BRANCH}`",
        "[Unlock]",
        "[Take over the lock]",
    ):
        assert words in shown
    assert "payments &lt;!channel&gt; migration" in str(card), "nothing that people wrote mentions anybody"
    held = file_of(scene)
    assert (held["reason"], held["environment"], held["unlock_command"]) == (
        "payments <!channel> migration",
        "production",
        "/ops unlock checkout production",
    )
    assert git(scene, "rev-list", "--count", f"refs/heads/{BRANCH}") == "1", "no parent: nobody's code, no workflow"

    sandbox.bob.types("/release checkout 9.1.0 production")
    refused = scene.sees(sandbox.bob, "ann locked production: payments")
    assert "/ops unlock checkout production" in sandbox.bob.reads(refused)
    sandbox.bob.types("/ops locks")
    scene.sees(sandbox.bob, "🔒 *checkout* · *production* · by ann")

    sandbox.ann.types("/ops unlock checkout production")
    opened = scene.sees(sandbox.dana, "*checkout* · *production* is unlocked", "C0OPS")
    assert opened["ts"] == card["ts"], "one message tells one story"
    assert "unlocked by ann" in sandbox.dana.reads(opened)
    assert BRANCH not in branches(scene)


def test_who_may_not_release_there_may_not_lock_it_nor_open_it(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.dana.types("/ops lock checkout production because")
    scene.sees(sandbox.dana, "Only a releaser may do this")
    sandbox.ann.types("/ops lock checkout production audit")
    card = scene.sees(sandbox.dana, "“audit”", "C0OPS")
    sandbox.dana.clicks(card, "Unlock")
    sandbox.dana.clicks(card, "Take over the lock")
    scene.wait(lambda: sum("Only a releaser" in sandbox.dana.reads(m) for m in sandbox.dana.sees("C0OPS")) >= 3, "three refusals")
    assert BRANCH in branches(scene)


def test_somebody_elses_lock_is_taken_over_and_its_former_owner_is_told(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/ops lock checkout production deploying by hand")
    card = scene.sees(sandbox.bob, "“deploying by hand”", "C0OPS")
    sandbox.bob.types("/ops lock checkout production mine")
    offer = scene.sees(sandbox.bob, "is locked already, by ann")
    sandbox.bob.clicks(offer, "Take over the lock")
    taken = scene.sees(sandbox.bob, "taken over from ann", "C0OPS")
    assert taken["ts"] == card["ts"]
    told = scene.wait(lambda: "".join(str(m) for m in sandbox.ann.sees_thread(card)), "a word to ann")
    assert "<@U0ANN>" in told
    assert "bob took your lock" in told
    assert file_of(scene)["chatopsd"]["owner"] == "U0BOB"  # type: ignore[index]
    assert git(scene, "rev-list", "--count", f"refs/heads/{BRANCH}") == "2", "on top of the one that it replaces"

    sandbox.ria.clicks(card, "Unlock")  # the button that was drawn for ann's lock is gone; ria sees bob's
    scene.sees(sandbox.ria, "unlocked by ria", "C0OPS")
    told = scene.wait(
        lambda: next((str(m) for m in sandbox.bob.sees_thread(card) if "which you had locked" in str(m)), ""), "a word to bob"
    )
    assert "<@U0BOB>: ria unlocked *production*, which you had locked" in told


def test_a_lock_that_ci_made_is_obeyed_shown_and_opened(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    blob = subprocess.run(
        ["git", "--git-dir", sandbox.repo(REPO)["path"], "hash-object", "-w", "--stdin"],
        input='{"reason": "schema change", "created_by": "ci-bot", "created_at": "2026-01-02T03:04:05Z"}',
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    tree = subprocess.run(
        ["git", "--git-dir", sandbox.repo(REPO)["path"], "mktree"],
        input=f"100644 blob {blob}\tlock.json\n", check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    git(scene, "update-ref", f"refs/heads/{BRANCH}", git(scene, "commit-tree", tree, "-m", "lock"))

    sandbox.ann.types("/release checkout 9.1.0 production")
    scene.sees(sandbox.ann, "ci-bot locked production: schema change")
    sandbox.ann.types("/ops locks")
    scene.sees(sandbox.ann, "by ci-bot")
    sandbox.ann.types("/ops lock checkout production mine")
    scene.sees(sandbox.ann, "is locked already, by ci-bot")
    assert not sandbox.ann.sees_message("this lock came second"), "a lock that never held is no news"
    sandbox.ann.types("/ops unlock checkout production")
    scene.wait(lambda: BRANCH not in branches(scene), "the branch to be gone")


def test_a_lock_whose_branch_somebody_removed_has_ended_and_says_so(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/ops lock checkout staging short")
    scene.sees(sandbox.ann, "*staging* is locked", "C0OPS")
    git(scene, "update-ref", "-d", "refs/heads/staging-chatopsd-lock")
    sandbox.ann.types("/ops why-not checkout staging")
    scene.sees(sandbox.ann, "every gate is open for you")
    scene.sees(sandbox.ann, "was removed on GitHub", "C0OPS")


def test_of_many_who_lock_at_once_one_does_and_everyone_else_is_told_who(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    people = [sandbox.ann, sandbox.bob, sandbox.ria] * 3
    with ThreadPoolExecutor(12) as crowd:
        list(crowd.map(lambda person: person.types(f'/ops lock checkout production "by {person.name}"', channel="C0CHECKOUT"), people))
    card = scene.sees(sandbox.dana, "*production* is locked", "C0OPS")
    owner = str(file_of(scene)["created_by"])
    assert f"“by {owner}”" in sandbox.dana.reads(card)
    for person in (sandbox.ann, sandbox.bob, sandbox.ria):
        if person.name == owner:
            scene.sees(person, "*production* is locked: see", "C0CHECKOUT")
            continue
        scene.sees(person, f"is locked already, by {owner}")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/ops lock checkout production", "Say why"),
        ("/ops lock chekout production x", "Did you mean `checkout`?"),
        ("/ops lock checkout prod x", "Did you mean `production`?"),
        ("/ops lock checkout production x for 2fortnights", "is no length of time"),
        ("/ops lock checkout production x for 900d", "at most 90 days"),
        ("/ops unlock checkout production", "is not locked"),
        (f"/ops lock checkout production {'x' * 400}", "at most 300 fit"),
    ],
)
def test_bad_input_is_answered_and_nothing_is_locked(scene: Scene, typed: str, answer: str) -> None:
    scene.workspace.sandbox.ann.types(typed)
    scene.sees(scene.workspace.sandbox.ann, answer)
    assert BRANCH not in branches(scene)


def test_a_token_that_may_not_write_contents_locks_in_the_journal_only_and_says_so(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    everything = {"actions": "write", "contents": "write", "deployments": "write", "checks": "read", "statuses": "read", "metadata": "read"}
    sandbox.call("POST", "github/token", {"token": "sandbox-github-token", "permissions": {**everything, "contents": "read"}})
    try:
        sandbox.ann.types("/ops lock checkout production migration")
        scene.sees(sandbox.ann, "in my journal only, so CI does not see it")
        card = scene.sees(sandbox.dana, "In my journal only", "C0OPS")
        assert "Resource not accessible" in sandbox.dana.reads(card)
        sandbox.bob.types("/release checkout 9.1.0 production")
        scene.sees(sandbox.bob, "ann locked production: migration")
        sandbox.ann.types("/ops unlock checkout production")
        scene.sees(sandbox.ann, "*production* is unlocked", "C0OPS")
    finally:
        sandbox.call("POST", "github/token", {"token": "sandbox-github-token", "permissions": everything})


def test_a_lock_opens_by_itself_when_its_time_is_over(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/ops lock checkout production load test for 30m")
    card = scene.sees(sandbox.ann, "“load test”", "C0OPS")
    look_after(scene, timedelta(minutes=31))
    scene.wait(lambda: "its time was over" in sandbox.ann.reads(card_at(scene, card)), "the lock to open")
    assert BRANCH not in branches(scene)


def test_its_owner_is_asked_whether_it_is_still_needed_at_growing_distances(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/ops lock checkout production forgotten")
    card = scene.sees(sandbox.ann, "“forgotten”", "C0OPS")
    look_after(scene, timedelta(hours=4))
    nag = scene.thread_says(sandbox.ann, card, "has been locked for 4 h")
    assert "<@U0ANN>" in str(nag)
    look_after(scene, timedelta(hours=4))
    scene.thread_says(sandbox.ann, card, "has been locked for 8 h")


def test_a_lock_that_was_cut_off_before_and_after_github_had_it_is_held_in_the_end(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    # GitHub makes the branch, and its answer is lost: the lock stops operations at once, and is recognised as ours.
    sandbox.fault("github", "git/create-ref", "lost")
    sandbox.ann.types("/ops lock checkout production lost answer")
    scene.wait(lambda: BRANCH in branches(scene), "the branch")
    sandbox.bob.types("/ops why-not checkout production")
    scene.sees(sandbox.bob, "ann locked production: lost answer")
    look_after(scene, timedelta(seconds=30))
    scene.sees(sandbox.ann, "“lost answer”", "C0OPS")
    sandbox.ann.types("/ops unlock checkout production")
    scene.wait(lambda: BRANCH not in branches(scene), "it to be unlocked")
    # Nothing reached GitHub: it holds here, says so, and is brought there later.
    sandbox.fault("github", "git/create-tree", "refuse", times=1)
    sandbox.ann.types("/ops lock checkout production while GitHub was away")
    scene.sees(sandbox.ann, "I go on trying")
    look_after(scene, timedelta(seconds=30))
    scene.wait(lambda: BRANCH in branches(scene), "the branch, once GitHub is back")
    card = scene.sees(sandbox.ann, "while GitHub was away”", "C0OPS")
    scene.wait(lambda: "CI sees it as" in sandbox.ann.reads(card_at(scene, card)), "the message to say so")


def test_an_unlock_whose_answer_is_lost_goes_on_by_itself(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/ops lock checkout production short work")
    card = scene.sees(sandbox.ann, "“short work”", "C0OPS")
    sandbox.fault("github", "git/delete-ref", "refuse")
    sandbox.ann.types("/ops unlock checkout production")
    scene.sees(sandbox.ann, "can't be taken off GitHub right now")
    look_after(scene, timedelta(seconds=30))
    scene.wait(lambda: "unlocked by ann" in sandbox.ann.reads(card_at(scene, card)), "it to be unlocked")
    assert BRANCH not in branches(scene)


def test_the_same_command_twice_is_one_lock(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    before = len([m for m in sandbox.ann.sees("C0CHECKOUT") if "*production* is locked: see" in str(m)])
    for _ in range(2):
        sandbox.ann.types("/ops lock checkout production same words", channel="C0CHECKOUT")
        scene.wait(lambda: BRANCH in branches(scene), "the lock")
    scene.wait(
        lambda: len([m for m in sandbox.ann.sees("C0CHECKOUT") if "*production* is locked: see" in str(m)]) >= before + 2, "two answers"
    )
    assert git(scene, "rev-list", "--count", f"refs/heads/{BRANCH}") == "1"


def look_after(scene: Scene, length: timedelta) -> None:
    """Let time pass, and have every lock looked at: a tick of the schedule would do it, too, and goes by the clock on the wall."""
    scene.clock.advance(length)
    scene.workspace.sandbox.dana.types("/ops locks", channel="C0ALERTS")


def card_at(scene: Scene, card: dict[str, Any]) -> dict[str, Any]:
    """Return a message as it is shown by now."""
    return next(m for m in scene.workspace.sandbox.ann.sees("C0OPS") if m["ts"] == card["ts"])


def test_a_lock_that_is_taken_while_a_dispatch_waits_to_be_tried_again_stops_it(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.fault("github", "actions/create-workflow-dispatch", "rate_limited", retry_after=120)
    sandbox.ann.types("/release checkout 1.7.0 staging")
    sandbox.wait_until(
        lambda: any(sent["status"] == 403 for sent in sandbox.record(side="github", call="actions/create-workflow-dispatch")),
        what="GitHub to ask for patience",
    )
    sandbox.bob.types('/ops lock checkout staging "the database moves"')
    scene.sees(sandbox.bob, "*checkout* · *staging* is locked", "C0OPS")
    scene.clock.advance(timedelta(minutes=2))
    card = scene.sees(sandbox.ann, "While it waited for GitHub to take it", "C0OPS")
    shown = sandbox.ann.reads(card)
    assert "bob locked staging: the database moves" in shown
    assert "Nothing was started" in shown
    assert scene.dispatched("v1.7.0") == 0
