"""Locks that are shared with the action github/branch-deploy: its branches are obeyed, and it finds ours."""

import json
import subprocess
from collections.abc import Iterator

import pytest

from tests.scenarios.scene import Scene, scene_in

REPO = "acme/checkout"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    def edit(toml: str) -> str:
        return toml.replace("[roles]\n", '[people]\nU0ANN = "ann-larsen"\n\n[locks]\nkept_as = "branch-deploy"\n\n[roles]\n', 1)

    with scene_in(tmp_path_factory.mktemp("workspace"), edit) as made:
        yield made


def git(scene: Scene, *arguments: str, text: str = "") -> str:
    command = ["git", "--git-dir", scene.workspace.sandbox.repo(REPO)["path"], *arguments]
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@a", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@a"}
    return subprocess.run(command, env=who, input=text, check=True, capture_output=True, text=True).stdout.strip()


def lock_as_the_action_does(scene: Scene, branch: str, **body: object) -> None:
    blob = git(scene, "hash-object", "-w", "--stdin", text=json.dumps({"sticky": True, "created_at": "2026-01-02T03:04:05.678Z", **body}))
    tree = git(scene, "mktree", text=f"100644 blob {blob}\tlock.json\n")
    git(scene, "update-ref", f"refs/heads/{branch}", git(scene, "commit-tree", tree, "-m", "lock [skip ci]"))


def test_our_lock_stands_where_the_action_looks_with_the_keys_that_it_reads(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    sandbox.ann.types("/ops lock checkout production shared work")
    scene.sees(sandbox.ann, "CI sees it as `production-branch-deploy-lock`", "C0OPS")
    held = json.loads(git(scene, "show", "refs/heads/production-branch-deploy-lock:lock.json"))
    assert {"reason", "branch", "created_at", "created_by", "sticky", "environment", "global", "unlock_command", "link"} < set(held)
    assert (held["created_by"], held["sticky"], held["global"]) == ("ann-larsen", True, False)
    sandbox.ann.types("/ops unlock checkout production")
    scene.sees(sandbox.ann, "unlocked by ann", "C0OPS")


def test_the_actions_lock_of_one_environment_or_of_all_stops_us(scene: Scene) -> None:
    sandbox = scene.workspace.sandbox
    lock_as_the_action_does(scene, "staging-branch-deploy-lock", reason="deployment", created_by="octo", sticky=False)
    sandbox.bob.types("/release checkout 5.1.0 staging")
    scene.sees(sandbox.bob, "octo locked staging: deployment")
    git(scene, "update-ref", "-d", "refs/heads/staging-branch-deploy-lock")

    lock_as_the_action_does(scene, "global-branch-deploy-lock", reason=None, created_by="octo")
    sandbox.bob.types("/release checkout 5.1.0 production")
    scene.sees(sandbox.bob, "octo locked production.")
    sandbox.bob.types("/ops lock checkout production mine --take-over")
    scene.sees(sandbox.bob, "octo locked all environments of acme/checkout, by `global-branch-deploy-lock`: unlock it there.")
    git(scene, "update-ref", "-d", "refs/heads/global-branch-deploy-lock")
    sandbox.bob.types("/ops why-not checkout production")
    scene.sees(sandbox.bob, "every gate is open for you")
    assert scene.workspace.dispatches() == []
