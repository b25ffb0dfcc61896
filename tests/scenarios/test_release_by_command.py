"""A release by words: a slash command, a mention, a direct message."""

import subprocess

from bot.testing import Workspace


def tags_of(workspace: Workspace, repo: str) -> dict[str, str]:
    """Ask git itself, not the sandbox, which tags there are."""
    path = workspace.sandbox.repo(repo)["path"]
    listed = subprocess.run(["git", "ls-remote", "--tags", path], capture_output=True, text=True, check=True).stdout
    return {line.split("refs/tags/")[1]: line.split()[0] for line in listed.splitlines()}


def test_a_command_releases_and_one_message_tells_it_from_beginning_to_end(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    head = next(b["sha"] for b in sandbox.repo("acme/checkout")["branches"] if b["name"] == "main")

    assert sandbox.ann.types("/release checkout 1.5.0 production") == {"ok": True}

    story = sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    parents = [m for m in sandbox.ann.sees("C0OPS") if m.get("thread_ts") in (None, m["ts"]) and m["user"] == "U0CHATOPS"]
    assert [m["ts"] for m in parents] == [story["ts"]]
    assert tags_of(workspace, "acme/checkout")["v1.5.0"] == head
    shown = sandbox.ann.reads(story)
    assert "✅ *checkout* `v1.5.0` is live in *production*" in shown
    assert "<@U0ANN>" not in str(story), "who acted is not mentioned for it"
    assert any("feat(cart)" in sandbox.ann.reads(reply) for reply in sandbox.ann.sees_thread(story))
    states = [
        entry["body"]["text"]
        for entry in sandbox.record(side="slack")
        if entry["call"] in ("chat.postMessage", "chat.update") and "v1.5.0" in str(entry["body"])
    ]
    assert len(states) >= 2, "it was posted, then edited"


def test_a_mention_releases_as_the_command_does(workspace: Workspace) -> None:
    workspace.sandbox.ann.types("@bot release checkout 1.5.0", channel="C0OPS")
    story = workspace.sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert "*staging*" in workspace.sandbox.ann.reads(story), "the first environment is the one that is meant"
    assert "v1.5.0" in tags_of(workspace, "acme/checkout")


def test_a_direct_message_releases_and_is_answered_there(workspace: Workspace) -> None:
    sent = workspace.sandbox.ann.writes_to_bot("release search 0.9.4")
    workspace.sandbox.ann.waits_for("Releasing", channel=sent["channel"])
    workspace.sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)


def test_a_second_release_there_waits_for_the_first_to_end(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    sandbox.plan("acme/checkout", "release.yml", "slow")
    sandbox.ann.types("/release checkout 1.5.0 staging")
    sandbox.ann.waits_for("running", channel="C0OPS")
    sandbox.bob.types("/release checkout 1.6.0 staging", channel="C0CHECKOUT")
    told = sandbox.bob.waits_for("has not ended yet", channel="C0CHECKOUT")
    assert told["ephemeral_to"] == sandbox.bob.id
    assert len(workspace.dispatches()) == 1


def test_a_service_with_hundreds_of_commits_is_tagged_at_the_pinned_commit(empty_workspace: Workspace) -> None:
    workspace = empty_workspace
    sandbox = workspace.sandbox
    workflow = _release_workflow()
    sandbox.repository("acme/ledger", commits=400, workflows={"release.yml": workflow}, tags={"v3.2.0": 250, "v3.1.9": 200})
    workspace.toml = workspace.toml.replace('repo = "acme/search"', 'repo = "acme/ledger"')
    workspace.start()
    pinned = next(b["sha"] for b in sandbox.repo("acme/ledger")["branches"] if b["name"] == "main")

    sandbox.ann.types("/release search 4.0.0 staging")
    sandbox.wait_until(workspace.dispatches, what="the dispatch")
    sandbox.commit("acme/ledger", "main", "fix: came later", {"later.txt": "later"})

    sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert tags_of(workspace, "acme/ledger")["v4.0.0"] == pinned


def test_a_commit_on_the_branch_is_released_at_exactly_that_commit(workspace: Workspace) -> None:
    sandbox = workspace.sandbox
    older = next(b["sha"] for b in sandbox.repo("acme/checkout")["branches"] if b["name"] == "main")
    sandbox.commit("acme/checkout", "main", "fix: not meant to go out yet", {"later.txt": "later"})
    sandbox.ann.types(f"/release checkout 1.5.0 staging --ref {older}")
    sandbox.ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    assert tags_of(workspace, "acme/checkout")["v1.5.0"] == older


def _release_workflow() -> str:
    from pathlib import Path

    return (Path(__file__).parents[2] / "examples" / "workflows" / "release.yml").read_text()


def test_a_services_own_channel_gets_one_line_that_is_edited(empty_workspace: Workspace) -> None:
    empty_workspace.toml = empty_workspace.toml.replace(
        "[services.checkout.inputs]", 'channel = "C0CHECKOUT"\n[services.checkout.inputs]', 1
    )
    empty_workspace.start()
    ann = empty_workspace.sandbox.ann
    ann.types("/release checkout 1.5.0 staging")
    ann.waits_for("is live in", channel="C0OPS", timeout_s=30)
    ann.waits_for("succeeded", channel="C0CHECKOUT")
    lines = [m for m in ann.sees("C0CHECKOUT") if m["user"] == "U0CHATOPS" and not m["ephemeral_to"]]
    assert len(lines) == 1
