"""What a step of a workflow does to the repository.

The sandbox runs no shell. It looks for the REST call that is written in the script of a step, and does what that call does, with
the values of the environment variables that the step has. Of these calls, and no others:

=====================================  =============  ===========================================================
the script has                         reads          what happens
=====================================  =============  ===========================================================
`POST` and `/git/refs`                 `REF`, `SHA`   the ref is created; output `claimed` is `true`. It exists at
                                                      the same commit: `false`, unless this is a re-run. It exists
                                                      at another commit: the step fails
`POST` and `/releases`                 `TAG`, `SHA`,  the release is published
                                       `NOTES`
`/compare/`                            `SHA`          fails unless the commit is in the history of the run's ref
`/commits/tags/`                       `TAG`, `SHA`   fails unless the tag leads to the commit
=====================================  =============  ===========================================================

A step without one of them only takes its time and shows up in the log. That the shipped workflows do the same when they are run
for real is proven by tests/contract/test_example_workflows.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.github import records
from sandbox.github.repository import GitError
from sandbox.github.state import Hub, Repo, Run
from sandbox.github.workflows import StepPlan

_POST = re.compile(r"--request POST|-X POST|--method POST|-d |--data")
_REFS = re.compile(r"/git/refs\b")
_RELEASES = re.compile(r"/releases\b|gh release create")
_COMPARE = re.compile(r"/compare/")
_TAG_COMMIT = re.compile(r"/commits/tags/")


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step printed, whether it failed, and its outputs."""

    lines: tuple[str, ...] = ()
    failed: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)


def has_effect(step: StepPlan) -> bool:
    """Tell whether the sandbox knows a call in the step's script."""
    return any(pattern.search(step.run or "") for pattern in (_REFS, _RELEASES, _COMPARE, _TAG_COMMIT))


async def perform(hub: Hub, repo: Repo, run: Run, step: StepPlan, env: Mapping[str, str]) -> StepResult:
    """Do what the step's script asks GitHub for."""
    script = step.run or ""
    posts = bool(_POST.search(script))
    if posts and _REFS.search(script):
        return await _claim(hub, repo, run, env)
    if (posts and _RELEASES.search(script)) or "gh release create" in script:
        return await _release(hub, repo, run, env)
    if _COMPARE.search(script):
        return await _on_branch(repo, run, env)
    if _TAG_COMMIT.search(script):
        return await _tag_leads_to(repo, env)
    return StepResult()


async def _claim(hub: Hub, repo: Repo, run: Run, env: Mapping[str, str]) -> StepResult:
    ref, sha = env.get("REF", ""), env.get("SHA", "")
    try:
        created = await repo.git.valid_ref_name(ref) and await repo.git.create_ref(ref, sha)
    except GitError:
        return _failure(f"GitHub answered 422: Object does not exist ({sha})")
    if created:
        await records.ref_created(hub, repo, ref)
        return StepResult((f"Claimed {ref} at {sha}",), outputs={"claimed": "true"})
    existing = await repo.git.ref(ref)
    if existing is None:
        return _failure(f"GitHub answered 422: {ref} is not a valid ref name.")
    if existing.commit != sha and ref.startswith("refs/tags/"):
        return _failure(f"{ref.removeprefix('refs/tags/')} exists already, at {existing.commit} and not at {sha}")
    if run.attempt > 1:
        return StepResult((f"{ref} exists already; this is attempt {run.attempt}, so it goes on",), outputs={"claimed": "true"})
    return StepResult((f"##[notice]{ref} exists already: another run did this. Nothing to do.",), outputs={"claimed": "false"})


async def _release(hub: Hub, repo: Repo, run: Run, env: Mapping[str, str]) -> StepResult:
    tag = env.get("TAG", "")
    if any(release.tag == tag for release in repo.releases):
        return StepResult((f"The release {tag} exists already.",))
    body = env.get("NOTES") or (await records.generated_notes(hub, repo, tag))[1]
    release = await records.publish_release(hub, repo, tag=tag, target=env.get("SHA") or run.ref, author=run.actor, body=body)
    return StepResult((f"Published {hub.world.url}/{repo.full_name}/releases/tag/{release.tag}",))


async def _on_branch(repo: Repo, run: Run, env: Mapping[str, str]) -> StepResult:
    sha = env.get("SHA", "")
    commit, head = await repo.git.commit_sha(sha), await repo.git.commit_sha(run.ref)
    if commit and head and await repo.git.is_ancestor(commit, head):
        return StepResult((f"{sha} is on {run.ref}",))
    return _failure(f"{sha} is not on {run.ref}")


async def _tag_leads_to(repo: Repo, env: Mapping[str, str]) -> StepResult:
    tag, sha = env.get("TAG", ""), env.get("SHA", "")
    ref = await repo.git.ref(f"refs/tags/{tag}")
    if ref is None:
        return _failure(f"There is no tag {tag}")
    return StepResult() if ref.commit == sha else _failure(f"{tag} is at {ref.commit} and not at {sha}")


def _failure(message: str) -> StepResult:
    return StepResult((f"##[error]{message}",), failed=True)
