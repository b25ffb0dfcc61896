"""The JSON of repositories, commits, refs and files, as GitHub's OpenAPI description has it."""

import base64
from collections.abc import Sequence
from typing import Any

from sandbox.github.accounts import login_of, user
from sandbox.github.repository import ChangedFile, Commit, Person, Ref, TagObject
from sandbox.github.state import Hub, Repo

Json = dict[str, Any]

_TEMPLATES = {
    "archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}", "collaborators_url": "/collaborators{/collaborator}", "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}", "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors", "deployments_url": "/deployments", "downloads_url": "/downloads", "events_url": "/events",
    "forks_url": "/forks", "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}", "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks", "issue_comment_url": "/issues/comments{/number}", "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}", "labels_url": "/labels{/name}", "languages_url": "/languages",
    "merges_url": "/merges", "milestones_url": "/milestones{/number}", "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}", "releases_url": "/releases{/id}", "stargazers_url": "/stargazers", "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers", "subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}  # fmt: skip
_UNVERIFIED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def minimal(hub: Hub, repo: Repo) -> Json:
    """Return a repository as it is shown inside of other objects."""
    api, html = f"{hub.world.url}/repos/{repo.full_name}", f"{hub.world.url}/{repo.full_name}"
    return {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "private": True,
        "owner": user(hub.world.url, repo.owner),
        "html_url": html,
        "description": f"The {repo.name} service",
        "fork": False,
        "url": api,
        **{name: api + rest for name, rest in _TEMPLATES.items()},
    }


def full(hub: Hub, repo: Repo, permissions: Json) -> Json:
    """Return a repository by itself."""
    html, at = f"{hub.world.url}/{repo.full_name}", repo.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    counts = ("forks_count", "stargazers_count", "watchers_count", "open_issues_count", "forks", "open_issues", "watchers")
    flags = {
        "has_issues": True,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": True,
        "has_discussions": False,
    }
    return {
        **minimal(hub, repo),
        **dict.fromkeys(counts, 0),
        **flags,
        "git_url": html.replace("http", "git", 1) + ".git",
        "ssh_url": f"git@localhost:{repo.full_name}.git",
        "clone_url": html + ".git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": "Python",
        "size": 120,
        "default_branch": "main",
        "archived": False,
        "disabled": False,
        "visibility": "private",
        "pushed_at": at,
        "created_at": at,
        "updated_at": at,
        "permissions": permissions,
        "license": None,
        "topics": [],
        "network_count": 0,
        "subscribers_count": 0,
        "allow_forking": False,
        "is_template": False,
        "web_commit_signoff_required": False,
    }


def simple_commit(value: Commit) -> Json:
    """Return a commit as it is shown inside of a run."""
    return {
        "id": value.sha,
        "tree_id": value.tree,
        "message": value.message,
        "timestamp": value.committer.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "author": {"name": value.author.name, "email": value.author.email},
        "committer": {"name": value.committer.name, "email": value.committer.email},
    }


def person(value: Person) -> Json:
    """Return who wrote or applied a commit."""
    return {"name": value.name, "email": value.email, "date": value.at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def commit(hub: Hub, repo: Repo, value: Commit) -> Json:
    """Return a commit of the commits API."""
    api, html = f"{hub.world.url}/repos/{repo.full_name}", f"{hub.world.url}/{repo.full_name}"
    author, committer = login_of(value.author.email), login_of(value.committer.email)
    return {
        "sha": value.sha,
        "node_id": f"C_{value.sha}",
        "commit": {
            "author": person(value.author),
            "committer": person(value.committer),
            "message": value.message,
            "tree": {"sha": value.tree, "url": f"{api}/git/trees/{value.tree}"},
            "url": f"{api}/git/commits/{value.sha}",
            "comment_count": 0,
            "verification": _UNVERIFIED,
        },
        "url": f"{api}/commits/{value.sha}",
        "html_url": f"{html}/commit/{value.sha}",
        "comments_url": f"{api}/commits/{value.sha}/comments",
        "author": user(hub.world.url, author) if author else None,
        "committer": user(hub.world.url, committer) if committer else None,
        "parents": [{"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{html}/commit/{sha}"} for sha in value.parents],
    }


def git_commit(hub: Hub, repo: Repo, value: Commit) -> Json:
    """Return a commit of the git database API."""
    api, html = f"{hub.world.url}/repos/{repo.full_name}", f"{hub.world.url}/{repo.full_name}"
    return {
        "sha": value.sha,
        "node_id": f"C_{value.sha}",
        "url": f"{api}/git/commits/{value.sha}",
        "html_url": f"{html}/commit/{value.sha}",
        "author": person(value.author),
        "committer": person(value.committer),
        "tree": {"sha": value.tree, "url": f"{api}/git/trees/{value.tree}"},
        "message": value.message,
        "parents": [{"sha": sha, "url": f"{api}/git/commits/{sha}", "html_url": f"{html}/commit/{sha}"} for sha in value.parents],
        "verification": _UNVERIFIED,
    }


def tree(hub: Hub, repo: Repo, sha: str, entries: Sequence[tuple[str, str, str, int]]) -> Json:
    """Return a tree of the git database API; its entries are those of its own folder."""
    api = f"{hub.world.url}/repos/{repo.full_name}/git"
    rows: list[Json] = []
    for kind, object_sha, path, size in entries:
        mode = {"tree": "040000", "commit": "160000"}.get(kind, "100644")
        row: Json = {"path": path, "mode": mode, "type": kind, "sha": object_sha, "url": f"{api}/{kind}s/{object_sha}"}
        rows.append({**row, "size": size} if kind == "blob" else row)
    return {"sha": sha, "url": f"{api}/trees/{sha}", "tree": rows, "truncated": False}


def tag(hub: Hub, repo: Repo, value: Ref) -> Json:
    """Return a tag of the tags list; its commit is the one that an annotated tag leads to."""
    api, name = f"{hub.world.url}/repos/{repo.full_name}", value.name.removeprefix("refs/tags/")
    return {
        "name": name,
        "zipball_url": f"{api}/zipball/{value.name}",
        "tarball_url": f"{api}/tarball/{value.name}",
        "commit": {"sha": value.commit, "url": f"{api}/commits/{value.commit}"},
        "node_id": f"REF_{value.name}",
    }


def ref(hub: Hub, repo: Repo, value: Ref) -> Json:
    """Return a git reference; for an annotated tag the object is the tag, not the commit."""
    api = f"{hub.world.url}/repos/{repo.full_name}/git"
    return {
        "ref": value.name,
        "node_id": f"REF_{value.name}",
        "url": f"{api}/{value.name}",
        "object": {"sha": value.sha, "type": value.type, "url": f"{api}/{value.type}s/{value.sha}"},
    }


def tag_object(hub: Hub, repo: Repo, value: TagObject) -> Json:
    """Return an annotated tag."""
    api = f"{hub.world.url}/repos/{repo.full_name}/git"
    return {
        "node_id": f"TA_{value.sha}",
        "tag": value.name,
        "sha": value.sha,
        "url": f"{api}/tags/{value.sha}",
        "message": value.message,
        "tagger": person(value.tagger),
        "object": {"sha": value.object_sha, "type": value.object_type, "url": f"{api}/{value.object_type}s/{value.object_sha}"},
        "verification": _UNVERIFIED,
    }


def short_branch(hub: Hub, repo: Repo, value: Ref) -> Json:
    """Return a branch of the branches list."""
    api = f"{hub.world.url}/repos/{repo.full_name}"
    name = value.name.removeprefix("refs/heads/")
    return {"name": name, "commit": {"sha": value.commit, "url": f"{api}/commits/{value.commit}"}, "protected": False}


def branch(hub: Hub, repo: Repo, value: Ref, head: Commit) -> Json:
    """Return one branch."""
    api, html = f"{hub.world.url}/repos/{repo.full_name}", f"{hub.world.url}/{repo.full_name}"
    name = value.name.removeprefix("refs/heads/")
    checks = {"enforcement_level": "off", "contexts": [], "checks": []}
    return {
        "name": name,
        "commit": commit(hub, repo, head),
        "_links": {"self": f"{api}/branches/{name}", "html": f"{html}/tree/{name}"},
        "protected": False,
        "protection": {"enabled": False, "required_status_checks": checks},
        "protection_url": f"{api}/branches/{name}/protection",
    }


def changed_file(hub: Hub, repo: Repo, value: ChangedFile, head: str, patch: str | None) -> Json:
    """Return one file of a commit or a comparison."""
    api, html = f"{hub.world.url}/repos/{repo.full_name}", f"{hub.world.url}/{repo.full_name}"
    shown = {
        "sha": value.sha,
        "filename": value.path,
        "status": value.status,
        "additions": value.additions,
        "deletions": value.deletions,
        "changes": value.additions + value.deletions,
        "blob_url": f"{html}/blob/{head}/{value.path}",
        "raw_url": f"{html}/raw/{head}/{value.path}",
        "contents_url": f"{api}/contents/{value.path}?ref={head}",
    }
    if patch:
        shown["patch"] = patch
    if value.previous:
        shown["previous_filename"] = value.previous
    return shown


def content(hub: Hub, repo: Repo, path: str, at: str, sha: str, text: bytes | None, size: int = 0) -> Json:
    """Return a file with its content in base64, or (text None) an entry of a folder."""
    api, html = f"{hub.world.url}/repos/{repo.full_name}", f"{hub.world.url}/{repo.full_name}"
    kind, git = ("dir", "trees") if text is None and size < 0 else ("file", "blobs")
    url, git_url, html_url = f"{api}/contents/{path}?ref={at}", f"{api}/git/{git}/{sha}", f"{html}/blob/{at}/{path}"
    shown: Json = {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": max(size, 0) if text is None else len(text),
        "url": url,
        "html_url": html_url,
        "git_url": git_url,
        "download_url": None if kind == "dir" else f"{html}/raw/{at}/{path}",
        "type": kind,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }
    if text is not None:
        shown.update(content=base64.encodebytes(text).decode(), encoding="base64")
    return shown
