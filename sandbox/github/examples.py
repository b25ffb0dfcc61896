"""The repositories that the world starts with, and how more of them are made."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.github import history, records
from sandbox.github.accounts import login_of
from sandbox.github.history import History
from sandbox.github.repository import Repository
from sandbox.github.state import Deployment, Hub, Release, Repo
from sandbox.github.workflows import FOLDER

_SHIPPED = Path(__file__).with_name("shipped")  # links to examples/workflows, so that an installed sandbox has them, too
_CI = """\
name: CI
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: python -m unittest
"""


def shipped_workflows() -> dict[str, str]:
    """Return the workflow files of an example repository by name: the shipped ones, and a ci.yml that cannot be dispatched."""
    shipped = {name: (_SHIPPED / name).read_text(encoding="utf-8") for name in ("release.yml", "deploy.yml", "tag.yml")}
    return {**shipped, "ci.yml": _CI}


async def checkout(hub: Hub) -> Repo:
    """Make acme/checkout."""
    return await make(hub, "acme/checkout", history.checkout(files_of(shipped_workflows())))


async def search(hub: Hub) -> Repo:
    """Make acme/search."""
    return await make(hub, "acme/search", history.search(files_of(shipped_workflows())))


def files_of(workflows: Mapping[str, str]) -> dict[str, str]:
    """Return workflow texts by the path that GitHub looks for them."""
    return {f"{FOLDER}/{name}": text for name, text in workflows.items()}


async def make(hub: Hub, full_name: str, of: History) -> Repo:
    """Make a repository from a history; its tags were released, the newest one is deployed everywhere."""
    if hub.folder is None:
        raise ValueError("The GitHub side has not started.")
    git = Repository(hub.folder / f"{full_name}.git")
    repo = Repo(hub.new_small_id(), full_name, git, hub.now())
    hub.add(repo)
    await git.create(history.fast_import(full_name, of))
    if shas := (await git.git("rev-list", "--reverse", "main")).split():
        first, *_ = await git.commits(shas[0], limit=1)
        repo.created_at = first.committer.at
    for environment in ("staging", "production"):
        hub.environment(repo, environment).created_at = repo.created_at
    await _record_the_past(hub, repo)
    return repo


async def _record_the_past(hub: Hub, repo: Repo) -> None:
    tags = sorted(await repo.git.refs("refs/tags/"), key=lambda ref: records.version_key(ref.name))
    for ref in tags:
        name, commit = ref.name.removeprefix("refs/tags/"), await repo.git.commit(ref.commit)
        author = login_of(commit.author.email) or "ann"
        at = commit.committer.at
        repo.releases.append(Release(hub.new_small_id(), name, "main", name, f"Release {name}", author, at, at, prerelease="-" in name))
        if ref is not tags[-1]:
            continue
        for environment in ("staging", "production"):
            deployment = Deployment(hub.new_id(), name, ref.commit, environment, author, at)
            repo.deployments.append(deployment)
            for state in ("in_progress", "success"):
                records.set_state(hub, repo, deployment, state, creator=author).created_at = at
