"""All of the simulated GitHub as one JSON object, for the page and the tests."""

from typing import Any

from sandbox.github import shapes
from sandbox.github.state import Hub, Repo


def snapshot(hub: Hub) -> dict[str, Any]:
    """Return every repository; lists are oldest first, refs are read from git at this moment."""
    return {"repos": [_repo(hub, repo) for repo in hub.repos]}


def _repo(hub: Hub, repo: Repo) -> dict[str, Any]:
    refs = repo.git.refs_now()
    releases = [shapes.release(hub, repo, release) for release in repo.releases]
    kept = ("id", "tag_name", "name", "body", "html_url", "target_commitish", "draft", "prerelease", "created_at", "published_at")
    return {
        "full_name": repo.full_name,
        "html_url": shapes.html(hub, repo),
        "path": str(repo.git.path),
        "tags": [{"name": ref.name.removeprefix("refs/tags/"), "sha": ref.commit} for ref in refs if ref.name.startswith("refs/tags/")],
        "branches": [
            {"name": ref.name.removeprefix("refs/heads/"), "sha": ref.commit} for ref in refs if ref.name.startswith("refs/heads/")
        ],
        "releases": [{key: release[key] for key in kept} for release in releases],
        "deployments": [shapes.deployment_brief(hub, repo, deployment) for deployment in repo.deployments],
        "runs": [shapes.run_brief(hub, repo, run) for run in repo.runs],
    }
