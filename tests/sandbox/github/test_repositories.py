"""The example repositories are real git, and the REST API tells the truth about them."""

import base64
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from ghapi.core import APIError

from tests.sandbox.github.server import GitHubServer


def git(path: str, *arguments: str) -> str:
    return subprocess.run(["git", "-C", path, *arguments], check=True, capture_output=True, text=True).stdout


def test_it_starts_fast() -> None:
    before = time.monotonic()

    with GitHubServer():
        assert time.monotonic() - before < 2


def test_it_leaves_no_folder_behind() -> None:
    with GitHubServer() as server:
        folder = server.side.hub.folder
        assert folder is not None
        assert folder.exists()

    assert not folder.exists()


def test_checkout_has_a_feature_since_its_last_tag_and_search_only_a_fix(github: GitHubServer) -> None:
    checkout = github.api("checkout").repos.compare_commits(basehead="v1.4.2...main")
    search = github.api("search").repos.compare_commits(basehead="v0.9.3...main")

    assert (checkout["status"], checkout["ahead_by"], checkout["behind_by"]) == ("ahead", 6, 0)
    assert checkout["commits"][0]["commit"]["message"].startswith("feat(cart): ")
    assert [each["commit"]["message"].partition("(")[0] for each in search["commits"]] == ["fix"]
    assert {each["commit"]["author"]["name"] for each in github.api().repos.list_commits(per_page=100)} > {"Ann Larsen", "Bob Okafor"}
    assert len(github.api().repos.list_commits(per_page=100)) == 60


def test_every_world_has_the_same_commits(github: GitHubServer) -> None:
    with GitHubServer() as other:
        assert other.tags() == github.tags()
        assert other.head() == github.head()


def test_the_answers_agree_with_git(github: GitHubServer) -> None:
    path, repos = github.repo()["path"], github.api().repos

    names = [tag["name"] for tag in repos.list_tags(per_page=100)]
    comparison = repos.compare_commits(basehead="v1.0.0...v1.4.2")

    assert sorted(names) == sorted(git(path, "tag").split())
    assert names[0] == "v1.4.2"
    assert comparison["total_commits"] == int(git(path, "rev-list", "--count", "v1.0.0..v1.4.2"))
    assert [each["sha"] for each in comparison["commits"]] == git(path, "rev-list", "--reverse", "v1.0.0..v1.4.2").split()
    assert sorted(each["filename"] for each in comparison["files"]) == git(path, "diff", "--name-only", "v1.0.0...v1.4.2").split()
    assert git(path, "fsck", "--strict") == ""


def test_a_comparison_knows_behind_diverged_and_identical(github: GitHubServer) -> None:
    github.control("commit", repo="acme/checkout", branch="feature/side", message="feat: aside")
    github.control("commit", repo="acme/checkout", branch="main", message="fix: ahead")
    repos = github.api().repos

    assert repos.compare_commits(basehead="main...v1.4.2")["status"] == "behind"
    assert repos.compare_commits(basehead="main...main")["status"] == "identical"
    aside = repos.compare_commits(basehead="main...feature/side")
    assert (aside["status"], aside["ahead_by"], aside["behind_by"]) == ("diverged", 1, 1)
    with pytest.raises(APIError) as caught:
        repos.compare_commits(basehead="main...nope")
    assert caught.value.status_code == 404


def test_an_annotated_tag_is_an_object_of_its_own(github: GitHubServer) -> None:
    api = github.api()

    annotated, light = api.git.get_ref(ref="tags/v1.4.0"), api.git.get_ref(ref="tags/v1.4.2")

    assert (annotated["object"]["type"], light["object"]["type"]) == ("tag", "commit")
    assert api.git.get_tag(annotated["object"]["sha"])["object"]["sha"] == github.tags()["v1.4.0"]


def test_matching_refs_start_with_the_text(github: GitHubServer) -> None:
    refs = github.api().git.list_matching_refs(ref="tags/v1.4")

    assert [ref["ref"] for ref in refs] == ["refs/tags/v1.4.0", "refs/tags/v1.4.1", "refs/tags/v1.4.2"]


def test_a_ref_is_created_once(github: GitHubServer) -> None:
    git_api, sha = github.api().git, github.head()

    git_api.create_ref(ref="refs/tags/v9.9.9", sha=sha)

    assert git(github.repo()["path"], "rev-parse", "v9.9.9").strip() == sha
    for ref, at, message in (
        ("refs/tags/v9.9.9", sha, "Reference already exists"),
        ("refs/tags/v9.9.8", "0" * 39 + "1", "Object does not exist"),
        ("refs/tags/../x", sha, "refs/tags/../x is not a valid ref name."),
        ("v9.9.7", sha, "v9.9.7 is not a valid ref name."),
    ):
        with pytest.raises(APIError) as caught:
            git_api.create_ref(ref=ref, sha=at)
        assert (caught.value.status_code, caught.value.response.json()["message"]) == (422, message)
    git_api.delete_ref(ref="tags/v9.9.9")
    assert "v9.9.9" not in github.tags()


def test_of_many_who_create_one_ref_at_once_one_wins(github: GitHubServer) -> None:
    body = {"ref": "refs/tags/v9.9.9", "sha": github.head()}

    with ThreadPoolExecutor(12) as people:
        answers = list(people.map(lambda _: github.http.post("/repos/acme/checkout/git/refs", json=body).status_code, range(12)))

    assert sorted(answers) == [201] + [422] * 11


def test_a_file_comes_raw_or_in_base64(github: GitHubServer) -> None:
    path, repos = ".github/workflows/release.yml", github.api().repos

    raw = repos.get_content(path=path, ref="main", headers_={"Accept": "application/vnd.github.raw+json"})
    encoded = repos.get_content(path=path, ref="main")

    assert raw.startswith("# Release a version")
    assert base64.b64decode(encoded["content"]).decode() == raw
    assert [entry["type"] for entry in repos.get_content(path=".github")] == ["dir"]
    with pytest.raises(APIError):
        repos.get_content(path="nope")


def test_notes_name_the_merged_pull_requests_and_the_comparison(github: GitHubServer) -> None:
    notes = github.api().repos.generate_release_notes(tag_name="v1.5.0", target_commitish="main", previous_tag_name="v1.4.2")

    assert notes["name"] == "v1.5.0"
    assert f"in {github.url}/acme/checkout/pull/131" in notes["body"]
    assert notes["body"].endswith(f"**Full Changelog**: {github.url}/acme/checkout/compare/v1.4.2...v1.5.0")
    assert "v1.5.0" not in github.tags()


def test_checks_of_a_commit_pass_unless_it_was_committed_otherwise(github: GitHubServer) -> None:
    red = github.control("commit", repo="acme/checkout", branch="main", message="feat: broken", checks="failure")["sha"]
    checks = github.api().checks

    assert checks.list_for_ref(ref="v1.4.2")["check_runs"][0]["conclusion"] == "success"
    assert checks.list_for_ref(ref=red)["check_runs"][0]["conclusion"] == "failure"


def test_another_repository_is_made_with_hundreds_of_commits(github: GitHubServer) -> None:
    made = github.control("repository", full_name="acme/big", commits=400, tags={"v1.0.0": 100, "v2.0.0": -5})

    assert int(git(made["path"], "rev-list", "--count", "main")) == 400
    assert git(made["path"], "rev-list", "--count", "v2.0.0..main").strip() == "4"
    assert github.api("big").actions.get_workflow("release.yml")["state"] == "active"
    refused = github.control("repository", full_name="acme/bad", commits=["one"], tags={"v1": 7})
    assert refused == {"error": "acme/bad has 1 commits; the index of v1 is beyond them."}


def test_what_is_pushed_with_git_is_seen_at_once(github: GitHubServer) -> None:
    path = github.repo()["path"]

    git(path, "tag", "v7.0.0", "main")

    assert github.tags()["v7.0.0"] == github.head()
    assert github.api().repos.list_tags()[0]["name"] == "v7.0.0"


def test_pages_are_linked(github: GitHubServer) -> None:
    answer = github.http.get("/repos/acme/checkout/commits?per_page=25&page=2")

    assert len(answer.json()) == 25
    base = f"{github.url}/repos/acme/checkout/commits?per_page=25"
    assert answer.links["next"]["url"] == f"{base}&page=3"
    assert answer.links["prev"]["url"] == f"{base}&page=1"
    assert set(answer.links) == {"prev", "first", "next", "last"}


def test_a_renamed_repository_is_redirected_to_its_number(github: GitHubServer) -> None:
    sha = str(github.control("repository", full_name="acme/old", commits=2)["sha"])
    number = github.control("rename", repo="acme/old", full_name="acme/new")["id"]

    moved = github.http.get("/repos/acme/old/git/ref/heads/main")

    assert moved.status_code == 301
    assert moved.json()["message"] == "Moved Permanently"
    assert moved.headers["Location"] == f"{github.url}/repositories/{number}/git/ref/heads/main"
    assert github.http.get(f"/repositories/{number}").json()["full_name"] == "acme/new"
    assert github.http.get("/repos/acme/new/git/ref/heads/main").json()["object"]["sha"] == sha
