"""Blobs, trees, commits and refs of the sandbox are real git, and its refusals are GitHub's."""

import base64
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.sandbox.github.server import GitHubServer

GIT = "/repos/acme/checkout/git"


def show(github: GitHubServer, name: str) -> str:
    command = ["git", "-C", github.repo()["path"], "show", name]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def post(github: GitHubServer, path: str, status: int = 201, **body: object) -> dict[str, object]:
    answer = github.http.post(f"{GIT}/{path}", json=body)
    assert answer.status_code == status, answer.text
    made: dict[str, object] = answer.json()
    return made


def commit(github: GitHubServer, text: str, *parents: object) -> object:
    tree = post(github, "trees", tree=[{"path": "lock.json", "mode": "100644", "type": "blob", "content": text}])
    return post(github, "commits", message="lock", tree=tree["sha"], parents=list(parents))["sha"]


def test_a_blob_a_tree_and_a_commit_make_a_branch(github: GitHubServer) -> None:
    blob = post(github, "blobs", content=base64.b64encode(b"deep\n").decode(), encoding="base64")
    entries = [{"path": "a/b.txt", "mode": "100644", "type": "blob", "sha": blob["sha"]}]
    tree = post(github, "trees", tree=entries)
    above = post(github, "trees", tree=[{"path": "c", "mode": "100644", "type": "blob", "content": "c"}], base_tree=tree["sha"])
    made = post(github, "commits", message="m", tree=above["sha"])
    post(github, "refs", ref="refs/heads/made", sha=made["sha"])

    assert show(github, "made:a/b.txt") == "deep\n"
    assert show(github, "made:c") == "c"
    assert [(row["path"], row["type"]) for row in above["tree"]] == [("a", "tree"), ("c", "blob")]  # type: ignore[attr-defined]
    assert made["parents"] == []


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("trees", {"tree": []}, "Invalid tree info"),
        ("trees", {"tree": [{"path": "a", "mode": "777", "content": ""}]}, "Must supply a valid tree.mode"),
        ("trees", {"tree": [{"path": "../a", "mode": "100644", "content": ""}]}, "malformed"),
        ("trees", {"tree": [{"path": "a", "mode": "100644", "sha": "0" * 40}]}, "is not a valid"),
        ("commits", {"message": "m", "tree": "0" * 40}, "Tree SHA does not exist"),
        ("blobs", {"content": "%", "encoding": "base64"}, "not valid Base64"),
    ],
)
def test_what_git_does_not_take_is_refused(github: GitHubServer, path: str, body: dict[str, object], message: str) -> None:
    assert message in str(post(github, path, 422, **body)["message"])


def test_of_many_who_make_a_ref_or_move_it_forward_one_succeeds(github: GitHubServer) -> None:
    shas = [commit(github, str(n)) for n in range(8)]
    with ThreadPoolExecutor(8) as crowd:
        made = list(crowd.map(lambda sha: github.http.post(f"{GIT}/refs", json={"ref": "refs/heads/l", "sha": sha}), shas))
    assert sorted(answer.status_code for answer in made) == [201] + [422] * 7
    assert {answer.json()["message"] for answer in made if answer.status_code == 422} == {"Reference already exists"}

    held = next(answer for answer in made if answer.status_code == 201).json()["object"]["sha"]
    above = [commit(github, f"over {n}", held) for n in range(8)]
    with ThreadPoolExecutor(8) as crowd:
        moved = list(crowd.map(lambda sha: github.http.patch(f"{GIT}/refs/heads/l", json={"sha": sha}), above))
    assert sorted(answer.status_code for answer in moved) == [200] + [422] * 7
