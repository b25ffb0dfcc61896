"""Locks as branches: git creates a ref once, whoever asks at the same time, and moves it forward only from where it is.

The commit of a lock has no parent and nothing but `lock.json`: it starts no workflow and touches nobody's code. Who takes a lock over puts a
commit on top of it, which GitHub takes only while the branch is where it was (`force` is false), so that of two one is refused.
"""

import base64
import json
from typing import Any

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.core.locks import LOCK_FILE
from bot.ports.errors import NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.ports.locks import LockTaken, StoredLock


def find(client: Client, repo: str, branch: str) -> StoredLock | None:
    """Return what holds a lock. An unchanged answer costs nothing of the rate limit: the list of refs has an ETag, empty or not."""
    target, name = sendable.repository(repo), sendable.ref(branch)
    what = f"the lock {name} of {repo}"
    refs = client.read(
        "git.list_matching_refs",
        what,
        lambda raw: {str(one["ref"]): str(one["object"]["sha"]) for one in raw},
        **target,
        ref=f"heads/{name}",
    )
    sha = refs.get(f"refs/heads/{name}")
    if sha is None:
        return None
    try:
        text = client.read("repos.get_content", f"{LOCK_FILE} of {what}", _text, **target, path=LOCK_FILE, ref=sha)
    except NotFound:
        text = ""  # somebody made the branch by hand: it is a lock all the same
    return StoredLock(name, sha, text)


def create(client: Client, repo: str, branch: str, text: str, message: str) -> str:
    """Make the branch at a new commit that holds the text, and return the commit."""
    target, name = sendable.repository(repo), sendable.ref(branch)
    what = f"the lock {name} of {repo}"
    sha = _commit(client, target, what, text, message, [])
    try:
        client.write("git.create_ref", what, **target, ref=f"refs/heads/{name}", sha=sha)
    except Rejected as refusal:
        raise _taken(refusal, "already exists") from refusal
    return sha


def replace(client: Client, repo: str, branch: str, sha: str, text: str, message: str) -> str:
    """Put a commit with another text on top of the one that the branch is at, and return it."""
    target, name = sendable.repository(repo), sendable.ref(branch)
    what = f"the lock {name} of {repo}"
    above = _commit(client, target, what, text, message, [sha])
    try:
        client.write("git.update_ref", what, **target, ref=f"heads/{name}", sha=above, force=False)
    except Rejected as refusal:
        raise _taken(refusal, "fast forward", "does not exist") from refusal
    return above


def remove(client: Client, repo: str, branch: str, sha: str) -> None:
    """Remove the branch if it is at a commit.

    GitHub's call names no commit, so we look first: within the moment between, somebody who takes the lock over by hand can lose it.
    """
    target, name = sendable.repository(repo), sendable.ref(branch)
    what = f"the lock {name} of {repo}"
    there = find(client, repo, name)
    if there is None:
        return
    if there.sha != sha:
        raise LockTaken(f"{what} is at {there.sha[:7]}, not at {sha[:7]} any more.", "moved")
    try:
        client.write("git.delete_ref", what, **target, ref=f"heads/{name}")
    except Rejected as refusal:
        if refusal.code == "422" and "does not exist" in str(refusal):
            return
        raise


def may_write(client: Client, repo: str, nowhere: str) -> bool:
    """Say whether the token may change branches: asked by removing one that is not there, so that nothing changes."""
    try:
        client.write("git.delete_ref", f"{nowhere} of {repo}", **sendable.repository(repo), ref=f"heads/{sendable.ref(nowhere)}")
    except Rejected as refusal:
        return refusal.code == "422"
    return True


def _commit(client: Client, target: dict[str, str], what: str, text: str, message: str, parents: list[str]) -> str:
    """Write a commit that no ref points to yet. A repetition would do no harm: a lost answer is no doubt here."""
    entry = {"path": LOCK_FILE, "mode": "100644", "type": "blob", "content": text}
    try:
        tree = _sha(client.write("git.create_tree", what, **target, tree=[entry]))
        return _sha(client.write("git.create_commit", what, **target, message=message, tree=tree, parents=parents))
    except OutcomeUnknown as error:
        raise Unavailable(f"GitHub did not answer about {what}; nothing was locked.") from error


def _sha(content: bytes) -> str:
    try:
        return str(json.loads(content)["sha"])
    except (ValueError, KeyError, TypeError) as error:
        raise OutcomeUnknown("GitHub's answer holds no object id.") from error


def _taken(refusal: Rejected, *words: str) -> Rejected:
    """Return the refusal that says that somebody else was first, where it is one."""
    if refusal.code == "422" and any(word in str(refusal) for word in words):
        return LockTaken(str(refusal), refusal.code)
    return refusal


def _text(raw: Any) -> str:
    return base64.b64decode(raw["content"]).decode("utf-8", "replace")
