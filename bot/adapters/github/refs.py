"""Tags, branches and commits: what there is to release."""

from datetime import UTC, datetime
from typing import Any

from bot.adapters.github import sendable
from bot.adapters.github.client import PAGE_SIZE, Client
from bot.core import names
from bot.ports.errors import NotFound, Rejected
from bot.ports.github import Commit, Comparison

_DEEPEST_TAG = 8  # a tag of a tag of a tag: nobody does; a loop is impossible, a long chain is not


def tags(client: Client, repo: str) -> list[str]:
    """Return all tag names. GitHub answers them in one piece: this call has no pages."""
    target = sendable.repository(repo)
    refs = client.read("git.list_matching_refs", f"the tags of {repo}", lambda raw: [str(one["ref"]) for one in raw], **target, ref="tags/")
    return [ref.removeprefix("refs/tags/") for ref in refs if ref.startswith("refs/tags/")]


def resolve(client: Client, repo: str, ref: str) -> Commit:
    """Return the commit behind a name.

    The name is looked up as a full commit id, a branch, a tag, in this order, each exactly. GitHub's own look-up would also take the
    beginning of a commit id, and a branch called `x/status` for another call.
    """
    target, name = sendable.repository(repo), sendable.ref(ref)
    sha = name if names.is_sha(name) else _branch_sha(client, repo, name) or tag_sha(client, repo, name)
    if sha is None:
        raise NotFound(f"{repo} has no branch, tag or commit {name}.", "404")
    return client.read("repos.get_commit", f"the commit {sha[:12]} of {repo}", _commit, **target, ref=sha, per_page=1)


def tag_sha(client: Client, repo: str, tag: str) -> str | None:
    """Return the commit behind a tag; an annotated tag is an object of its own, and is peeled."""
    target, name = sendable.repository(repo), sendable.tag(tag)
    what = f"the tag {name} of {repo}"
    try:
        kind, sha = client.read("git.get_ref", what, _object, **target, ref=f"tags/{name}")
        for _ in range(_DEEPEST_TAG):
            if kind != "tag":
                break
            kind, sha = client.read("git.get_tag", what, _object, **target, tag_sha=sha)
    except NotFound:
        return None
    if kind != "commit":
        raise Rejected(f"The tag {name} of {repo} does not lead to a commit but to a {kind}.", "not_a_commit")
    return sha


def compare(client: Client, repo: str, base: str, head: str) -> Comparison:
    """Return what lies between two points. Without paging GitHub sends the newest 250 commits, oldest first."""
    target, basehead = sendable.repository(repo), f"{sendable.ref(base)}...{sendable.ref(head)}"
    return client.read("repos.compare_commits", f"{basehead} of {repo}", _comparison, **target, basehead=basehead)


def commits(client: Client, repo: str, ref: str, limit: int, path: str = "") -> list[Commit]:
    """Return the newest commits of a ref, newest first; only those that touch `path`, when it is given."""
    target, sha = sendable.repository(repo), sendable.ref(ref)
    narrowed = {"path": sendable.path(path)} if path else {}
    what, found = f"the commits of {sha} of {repo}", list[Commit]()
    size = min(limit, PAGE_SIZE)
    while len(found) < limit:
        page = len(found) // size + 1
        batch = client.read(
            "repos.list_commits", what, lambda raw: [_commit(one) for one in raw], **target, sha=sha, per_page=size, page=page, **narrowed
        )
        found += batch
        if len(batch) < size:
            break
    return found[:limit]


def generated_notes(client: Client, repo: str, tag: str, sha: str, previous: str) -> str:
    """Return the notes that GitHub would write. It is a POST that saves nothing."""
    since = {"previous_tag_name": sendable.tag(previous)} if previous else {}
    return client.read(
        "repos.generate_release_notes",
        f"the release notes of {tag} of {repo}",
        lambda raw: str(raw["body"]),
        **sendable.repository(repo),
        tag_name=sendable.tag(tag),
        target_commitish=sendable.ref(sha),
        **since,
    )


def release_url(client: Client, repo: str, tag: str) -> str:
    """Return where the release of a tag can be looked at."""
    target, name = sendable.repository(repo), sendable.tag(tag)
    try:
        return client.read(
            "repos.get_release_by_tag", f"the release {name} of {repo}", lambda raw: str(raw["html_url"]), **target, tag=name
        )
    except NotFound:
        return ""


def _branch_sha(client: Client, repo: str, branch: str) -> str | None:
    try:
        return client.read("git.get_ref", f"the branch {branch} of {repo}", _object, **sendable.repository(repo), ref=f"heads/{branch}")[1]
    except NotFound:
        return None


def _object(raw: Any) -> tuple[str, str]:
    """Return what a ref or a tag object points to: its kind and its id."""
    pointed = raw["object"]
    if not names.is_sha(pointed["sha"]):
        raise ValueError(f"{pointed['sha']!r} is no object id")
    return str(pointed["type"]), str(pointed["sha"])


def _commit(raw: Any) -> Commit:
    account = raw.get("author") or {}  # null where GitHub knows no account for the address
    author = str(account.get("login") or raw["commit"]["author"]["name"])
    return Commit(str(raw["sha"]), str(raw["commit"]["message"]), author, _committed_at(raw["commit"]))


def _committed_at(raw: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(raw["committer"]["date"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return None


def _comparison(raw: Any) -> Comparison:
    return Comparison(
        int(raw["ahead_by"]),
        tuple(_commit(one) for one in raw["commits"][-250:]),
        str(raw["html_url"]),
        tuple(str(one["filename"]) for one in raw.get("files") or ()),
    )
