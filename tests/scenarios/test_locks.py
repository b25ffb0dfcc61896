"""Locks, through Slack and a repository that is real git: who closes an environment, who opens it, and that CI sees the same."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.testing import Workspace

REPO = "acme/checkout"
BRANCH = "production-chatopsd-lock"


def git(workspace: Workspace, *arguments: str) -> str:
    command = ["git", "--git-dir", workspace.sandbox.repo(REPO)["path"], *arguments]
    who = {"GIT_AUTHOR_NAME": "ci", "GIT_AUTHOR_EMAIL": "ci@ci", "GIT_COMMITTER_NAME": "ci", "GIT_COMMITTER_EMAIL": "ci@ci"}
    return subprocess.run(command, env=who, check=True, capture_output=True, text=True).stdout.strip()


def branches(workspace: Workspace) -> list[str]:
    return git(workspace, "for-each-ref", "--format=%(refname:short)", "refs/heads/").split()


def file_of(workspace: Workspace, branch: str = BRANCH) -> dict[str, object]:
    held: dict[str, object] = json.loads(git(workspace, "show", f"refs/heads/{branch}:lock.json"))
    return held


@pytest.fixture(autouse=True)
def opened(shared: Workspace) -> Iterator[None]:
    """Begin each scenario with nothing locked."""
    yield
    for environment in ("production", "staging"):
        if f"{environment}-chatopsd-lock" in branches(shared):
            shared.sandbox.bob.types(f"/ops unlock checkout {environment}", channel="C0CHECKOUT")
    shared.sandbox.wait_until(lambda: not [b for b in branches(shared) if b.endswith("-lock")], what="no lock")


def test_a_lock_is_a_branch_that_closes_the_environment_until_it_is_unlocked(shared: Workspace) -> None:
    sandbox = shared.sandbox
    sandbox.ann.types('/ops lock checkout production "payments <!channel> migration" for 2h')
    card = sandbox.dana.waits_for("*checkout* · *production* is locked", channel="C0OPS")
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
    held = file_of(shared)
    assert (held["reason"], held["environment"], held["unlock_command"]) == (
        "payments <!channel> migration",
        "production",
        "/ops unlock checkout production",
    )
    assert git(shared, "rev-list", "--count", f"refs/heads/{BRANCH}") == "1", "no parent: nobody's code, no workflow"

    sandbox.bob.types("/release checkout 9.1.0 production")
    refused = sandbox.bob.waits_for("ann locked production: payments")
    assert "/ops unlock checkout production" in sandbox.bob.reads(refused)
    sandbox.bob.types("/ops locks")
    sandbox.bob.waits_for("🔒 *checkout* · *production* · by ann")

    sandbox.ann.types("/ops unlock checkout production")
    opened = sandbox.dana.waits_for("*checkout* · *production* is unlocked", channel="C0OPS")
    assert opened["ts"] == card["ts"], "one message tells one story"
    assert "unlocked by ann" in sandbox.dana.reads(opened)
    assert BRANCH not in branches(shared)


def test_who_may_not_release_there_may_not_lock_it_nor_open_it(shared: Workspace) -> None:
    sandbox = shared.sandbox
    sandbox.dana.types("/ops lock checkout production because")
    sandbox.dana.waits_for("Only a releaser may do this")
    sandbox.ann.types("/ops lock checkout production audit")
    card = sandbox.dana.waits_for("“audit”", channel="C0OPS")
    sandbox.dana.clicks(card, "Unlock")
    sandbox.dana.clicks(card, "Take over the lock")
    sandbox.wait_until(
        lambda: sum("Only a releaser" in sandbox.dana.reads(m) for m in sandbox.dana.sees("C0OPS")) >= 3, what="three refusals"
    )
    assert BRANCH in branches(shared)


def test_somebody_elses_lock_is_taken_over_and_its_former_owner_is_told(shared: Workspace) -> None:
    sandbox = shared.sandbox
    sandbox.ann.types("/ops lock checkout production deploying by hand")
    card = sandbox.bob.waits_for("“deploying by hand”", channel="C0OPS")
    sandbox.bob.types("/ops lock checkout production mine")
    offer = sandbox.bob.waits_for("is locked already, by ann")
    sandbox.bob.clicks(offer, "Take over the lock")
    taken = sandbox.bob.waits_for("taken over from ann", channel="C0OPS")
    assert taken["ts"] == card["ts"]
    told = sandbox.wait_until(lambda: "".join(str(m) for m in sandbox.ann.sees_thread(card)), what="a word to ann")
    assert "<@U0ANN>" in told
    assert "bob took your lock" in told
    assert file_of(shared)["chatopsd"]["owner"] == "U0BOB"  # type: ignore[index]
    assert git(shared, "rev-list", "--count", f"refs/heads/{BRANCH}") == "2", "on top of the one that it replaces"

    sandbox.ria.clicks(card, "Unlock")  # the button that was drawn for ann's lock is gone; ria sees bob's
    sandbox.ria.waits_for("unlocked by ria", channel="C0OPS")


def test_a_lock_that_ci_made_is_obeyed_shown_and_opened(shared: Workspace) -> None:
    sandbox = shared.sandbox
    blob = subprocess.run(
        ["git", "--git-dir", sandbox.repo(REPO)["path"], "hash-object", "-w", "--stdin"],
        input='{"reason": "schema change", "created_by": "ci-bot", "created_at": "2026-01-02T03:04:05Z"}',
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    tree = subprocess.run(
        ["git", "--git-dir", sandbox.repo(REPO)["path"], "mktree"],
        input=f"100644 blob {blob}\tlock.json\n", check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    git(shared, "update-ref", f"refs/heads/{BRANCH}", git(shared, "commit-tree", tree, "-m", "lock"))

    sandbox.ann.types("/release checkout 9.1.0 production")
    sandbox.ann.waits_for("ci-bot locked production: schema change")
    sandbox.ann.types("/ops locks")
    sandbox.ann.waits_for("by ci-bot")
    sandbox.ann.types("/ops lock checkout production mine")
    sandbox.ann.waits_for("is locked already, by ci-bot")
    sandbox.ann.types("/ops unlock checkout production")
    sandbox.wait_until(lambda: BRANCH not in branches(shared), what="the branch to be gone")


def test_a_lock_whose_branch_somebody_removed_has_ended_and_says_so(shared: Workspace) -> None:
    sandbox = shared.sandbox
    sandbox.ann.types("/ops lock checkout staging short")
    sandbox.ann.waits_for("*staging* is locked", channel="C0OPS")
    git(shared, "update-ref", "-d", "refs/heads/staging-chatopsd-lock")
    sandbox.ann.types("/ops why-not checkout staging")
    sandbox.ann.waits_for("every gate is open for you")
    sandbox.ann.waits_for("was removed on GitHub", channel="C0OPS")


def test_of_many_who_lock_at_once_one_does_and_everyone_else_is_told_who(shared: Workspace) -> None:
    sandbox = shared.sandbox
    people = [sandbox.ann, sandbox.bob, sandbox.ria] * 3
    with ThreadPoolExecutor(12) as crowd:
        list(crowd.map(lambda person: person.types(f'/ops lock checkout production "by {person.name}"', channel="C0CHECKOUT"), people))
    card = sandbox.dana.waits_for("*production* is locked", channel="C0OPS")
    owner = str(file_of(shared)["created_by"])
    assert f"“by {owner}”" in sandbox.dana.reads(card)
    for person in (sandbox.ann, sandbox.bob, sandbox.ria):
        person.waits_for(f"is locked already, by {owner}", timeout_s=30)


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
def test_bad_input_is_answered_and_nothing_is_locked(shared: Workspace, typed: str, answer: str) -> None:
    shared.sandbox.ann.types(typed)
    shared.sandbox.ann.waits_for(answer)
    assert BRANCH not in branches(shared)


def test_a_token_that_may_not_write_contents_locks_in_the_journal_only_and_says_so(shared: Workspace) -> None:
    sandbox = shared.sandbox
    everything = {"actions": "write", "contents": "write", "deployments": "write", "checks": "read", "statuses": "read", "metadata": "read"}
    sandbox.call("POST", "github/token", {"token": "sandbox-github-token", "permissions": {**everything, "contents": "read"}})
    try:
        sandbox.ann.types("/ops lock checkout production migration")
        sandbox.ann.waits_for("in my journal only, so CI does not see it")
        card = sandbox.dana.waits_for("In my journal only", channel="C0OPS")
        assert "Resource not accessible" in sandbox.dana.reads(card)
        sandbox.bob.types("/release checkout 9.1.0 production")
        sandbox.bob.waits_for("ann locked production: migration")
        sandbox.ann.types("/ops unlock checkout production")
        sandbox.ann.waits_for("*production* is unlocked", channel="C0OPS")
    finally:
        sandbox.call("POST", "github/token", {"token": "sandbox-github-token", "permissions": everything})
