"""The records around a repository that jobs, people and the REST API make: tags, releases, deployments."""

import re

from sandbox.github import shapes
from sandbox.github.accounts import login_of
from sandbox.github.repository import Commit
from sandbox.github.state import Deployment, DeploymentStatus, Hub, Release, Repo, Run

_PULL = re.compile(r"^(?P<title>.*) \(#(?P<number>\d+)\)$")


async def ref_created(hub: Hub, repo: Repo, name: str) -> None:
    """Tell the world of a new tag (other refs are not news)."""
    if not name.startswith("refs/tags/"):
        return
    ref = await repo.git.ref(name)
    if ref:
        hub.world.feed.publish("tag", repo=repo.full_name, name=name.removeprefix("refs/tags/"), sha=ref.commit)


async def publish_release(
    hub: Hub,
    repo: Repo,
    *,
    tag: str,
    target: str,
    author: str,
    body: str,
    name: str = "",
    draft: bool = False,
    prerelease: bool | None = None,
) -> Release:
    """Record a release; its tag is made at the target when it does not exist."""
    now = hub.now()
    sha = await repo.git.commit_sha(target) or await repo.git.commit_sha("main")
    if not draft and sha and await repo.git.create_ref(f"refs/tags/{tag}", sha):
        await ref_created(hub, repo, f"refs/tags/{tag}")
    release = Release(
        hub.new_small_id(),
        tag,
        target,
        name or tag,
        body,
        author,
        now,
        None if draft else now,
        draft,
        "-" in tag if prerelease is None else prerelease,
    )
    repo.releases.append(release)
    hub.world.feed.publish("release", repo=repo.full_name, release=shapes.release(hub, repo, release))
    return release


def latest_release(repo: Repo) -> Release | None:
    """Return the newest release that is neither a draft nor a prerelease."""
    full = [release for release in repo.releases if not release.draft and not release.prerelease]
    return max(full, key=lambda release: (release.created_at, release.id), default=None)


async def generated_notes(hub: Hub, repo: Repo, tag: str, target: str = "", previous: str = "") -> tuple[str, str]:
    """Return the name and the body of release notes, as GitHub writes them from merged pull requests."""
    head = await repo.git.commit_sha(f"refs/tags/{tag}") or await repo.git.commit_sha(target or "main")
    previous = previous or await _tag_before(repo, head or "", tag)
    commits = await repo.git.commits(f"refs/tags/{previous}..{head}" if previous else str(head))
    base = f"{hub.world.url}/{repo.full_name}"
    lines = [line for commit in commits if (line := _note(base, commit))]
    changes = f"{previous}...{tag}" if previous else f"commits/{tag}"
    link = f"{base}/compare/{changes}" if previous else f"{base}/{changes}"
    return tag, "\n".join(
        ["## What's Changed", *lines, "", "", f"**Full Changelog**: {link}"] if lines else [f"**Full Changelog**: {link}"]
    )


def _note(base: str, commit: Commit) -> str | None:
    match = _PULL.match(commit.message.partition("\n")[0])
    if match is None:
        return None
    author = login_of(commit.author.email) or commit.author.name
    return f"* {match['title']} by @{author} in {base}/pull/{match['number']}"


async def _tag_before(repo: Repo, head: str, but: str) -> str:
    """Return the nearest tag in the history of `head`, not looking at `but`."""
    at: dict[str, list[str]] = {}
    for ref in await repo.git.refs("refs/tags/"):
        at.setdefault(ref.commit, []).append(ref.name.removeprefix("refs/tags/"))
    for sha in (await repo.git.git("rev-list", head)).split():
        if names := [name for name in at.get(sha, ()) if name != but]:
            return max(names, key=version_key)
    return ""


def version_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return what sorts `v1.10.0` after `v1.9.0`, and `v1.10.0` after `v1.10.0-rc.1`."""
    parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", name) if part]
    return (*parts, (2, 0, ""))


def start_deployment(hub: Hub, repo: Repo, run: Run, environment: str) -> Deployment:
    """Record the deployment that a job with `environment:` stands for: at the run's own ref and commit, as on GitHub."""
    hub.environment(repo, environment)
    deployment = Deployment(hub.new_id(), run.ref, run.head_sha, environment, run.actor, hub.now(), run_id=run.id)
    repo.deployments.append(deployment)
    return deployment


def set_state(hub: Hub, repo: Repo, deployment: Deployment, state: str, *, creator: str, **details: str) -> DeploymentStatus:
    """Add a status; a success makes the environment's earlier deployments inactive."""
    status = DeploymentStatus(hub.new_id(), state, creator, hub.now(), **details)
    deployment.statuses.append(status)
    if state == "success":
        for other in repo.deployments:
            is_older = other.id < deployment.id and other.environment == deployment.environment
            if is_older and other.statuses and other.statuses[-1].state == "success":
                other.statuses.append(DeploymentStatus(hub.new_id(), "inactive", creator, hub.now()))
                _publish(hub, repo, other)
    _publish(hub, repo, deployment)
    return status


def _publish(hub: Hub, repo: Repo, deployment: Deployment) -> None:
    hub.world.feed.publish("deployment", repo=repo.full_name, deployment=shapes.deployment_brief(hub, repo, deployment))
