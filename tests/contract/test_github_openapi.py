"""What ghapi sends, and what the simulated GitHub answers, is what GitHub's official OpenAPI description says."""

import base64
import contextlib
import json
import time
from collections.abc import Iterator

import pytest
from ghapi.core import APIError, GhApi

from tests.contract.openapi import GitHubDescription, Violation, description
from tests.sandbox.github.server import GitHubServer

pytestmark = pytest.mark.sockets
RAW = {"Accept": "application/vnd.github.raw+json"}


@pytest.fixture(scope="module")
def official(request: pytest.FixtureRequest) -> GitHubDescription:
    return description(request.config)


@pytest.fixture(scope="module")
def github(official: GitHubDescription) -> Iterator[GitHubServer]:
    with GitHubServer() as server:
        yield server


def assert_wire(github: GitHubServer, official: GitHubDescription, *expected: str) -> None:
    """Assert that every exchange since the last look is as described, and that these operations were among them."""
    exchanges, github.wire[:] = list(github.wire), []
    for each in exchanges:
        official.check_request(each.method, each.path, each.query, each.request_body)
        official.check_answer(each.method, each.path, each.status, each.headers, each.body)
    assert not set(expected) - {each.operation for each in exchanges}


def refused(call: object, *arguments: object, **named: object) -> None:
    assert callable(call)
    with contextlib.suppress(APIError):
        call(*arguments, **named)
        pytest.fail("was not refused")


def test_a_repository_reads_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    api, sha = github.api(), github.head()
    tag_object = api.git.get_ref(ref="tags/v1.4.0")["object"]["sha"]
    github.control("commit", repo="acme/checkout", branch="feature/side", message="feat: aside", checks="pending")

    api.repos.get()
    api.repos.list_tags(per_page=100)
    api.repos.list_branches()
    api.repos.get_branch("feature/side")
    api.repos.list_commits(sha="main", per_page=5, page=2)
    api.repos.get_commit(sha)
    api.git.get_commit(sha)
    api.git.get_tag(tag_object)
    api.git.list_matching_refs(ref="tags/v")
    api.repos.compare_commits(basehead="v1.4.2...feature/side")
    api.repos.get_content(path=".github/workflows/release.yml", ref="main")
    api.repos.get_content(path=".github/workflows/release.yml", ref="main", headers_=RAW)
    api.checks.list_for_ref(ref="feature/side")
    api.checks.list_for_ref(ref="main")
    api.repos.get_combined_status_for_ref(ref="main")
    github.http.get("/repos/acme/checkout/commits/main", headers={"Accept": "application/vnd.github.sha"})

    assert_wire(github, official, "repos/get-content", "git/get-tag", "repos/compare-commits-with-basehead", "checks/list-for-ref")


def test_refs_are_made_moved_and_deleted_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    api, sha = github.api(), github.head()

    api.git.create_ref(ref="refs/tags/v3.0.0", sha=sha)
    refused(api.git.create_ref, ref="refs/tags/v3.0.0", sha=sha)
    api.git.create_tag(tag="v3.0.1", message="Release", object=sha, type="commit")
    api.git.update_ref(ref="tags/v3.0.0", sha=sha, force=True)
    api.git.get_ref(ref="tags/v3.0.0")
    api.git.delete_ref(ref="tags/v3.0.0")
    refused(api.git.get_ref, ref="tags/v3.0.0")

    assert_wire(github, official, "git/create-ref", "git/create-tag", "git/update-ref", "git/get-ref", "git/delete-ref")


def test_releases_are_made_and_read_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    repos = github.api().repos

    made = repos.create_release(tag_name="v4.0.0", target_commitish="main", generate_release_notes=True)
    refused(repos.create_release, tag_name="v4.0.0")
    repos.list_releases(per_page=3)
    repos.get_release(made["id"])
    repos.get_latest_release()
    repos.get_release_by_tag("v4.0.0")
    refused(repos.get_release_by_tag, "v0.0.0")
    repos.generate_release_notes(tag_name="v5.0.0", target_commitish="main", previous_tag_name="v1.4.2")

    assert_wire(github, official, "repos/create-release", "repos/get-latest-release", "repos/generate-release-notes")


def test_deployments_and_environments_read_as_github_describes_them(github: GitHubServer, official: GitHubDescription) -> None:
    repos = github.api().repos

    made = repos.create_deployment(ref="v1.4.2", environment="staging", auto_merge=False, required_contexts=[])
    repos.create_deployment_status(made["id"], state="success", description="done", log_url=github.url)
    repos.list_deployments(environment="staging", per_page=2)
    repos.get_deployment(made["id"])
    repos.list_deployment_statuses(made["id"])
    repos.get_all_environments()
    repos.get_environment("production")

    assert_wire(github, official, "repos/create-deployment", "repos/create-deployment-status", "repos/get-environment")


def test_a_run_goes_from_dispatch_to_its_log_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    github.control("plan", repo="acme/checkout", workflow="release.yml", outcome="waiting", reviewers=["acme-chatops"])
    actions = github.api().actions
    inputs = {"version": "6.0.0", "sha": github.head(), "environment": "production", "dispatch_id": "d-6"}
    run_id = actions.create_workflow_dispatch("release.yml", ref="main", inputs=inputs, return_run_details=True)["workflow_run_id"]
    actions.get_workflow_run(run_id)
    actions.list_jobs_for_workflow_run(run_id, filter="latest", per_page=100)
    github.until(run_id, lambda run: run["status"] == "waiting")

    pending = actions.get_pending_deployments_for_run(run_id)
    ids = [each["environment"]["id"] for each in pending]
    actions.list_jobs_for_workflow_run(run_id)
    actions.review_pending_deployments_for_run(run_id, environment_ids=ids, state="approved", comment="ok")
    actions.get_reviews_for_run(run_id)
    github.ended(run_id)
    actions.list_workflow_runs("release.yml", event="workflow_dispatch", created=">=2026-01-01T00:00:00Z", per_page=100)
    actions.list_workflow_runs_for_repo(status="success", branch="main", head_sha=github.head())
    job = actions.list_jobs_for_workflow_run(run_id, filter="all")["jobs"][0]
    actions.get_job_for_workflow_run(job["id"])
    github.http.get(f"/repos/acme/checkout/actions/jobs/{job['id']}/logs")
    refused(actions.cancel_workflow_run, run_id)

    assert_wire(
        github, official, "actions/create-workflow-dispatch", "actions/get-pending-deployments-for-run",
        "actions/review-pending-deployments-for-run", "actions/get-reviews-for-run", "actions/download-job-logs-for-workflow-run",
    )  # fmt: skip


def test_a_run_is_cancelled_and_run_again_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    actions = github.api().actions
    github.control("plan", repo="acme/checkout", workflow="release.yml", outcome="slow")
    github.control("settings", step_s=1000)
    run_id = github.release("7.0.0")
    actions.cancel_workflow_run(run_id)
    github.ended(run_id)
    github.control("settings", step_s=1)

    actions.re_run_workflow(run_id)
    refused(actions.re_run_workflow, run_id)
    github.ended(run_id)
    actions.list_jobs_for_workflow_run_attempt(run_id, 2)
    github.control("plan", repo="acme/checkout", workflow="release.yml", outcome="failure", job="deploy")
    failed = github.release("7.1.0")
    github.ended(failed)
    actions.re_run_workflow_failed_jobs(failed)
    actions.delete_workflow_run(run_id)

    assert_wire(github, official, "actions/re-run-workflow", "actions/re-run-workflow-failed-jobs", "actions/delete-workflow-run")


def test_workflows_are_read_and_dispatched_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    actions = github.api().actions

    actions.get_workflow("release.yml")
    actions.list_repo_workflows()
    actions.create_workflow_dispatch(
        "deploy.yml", ref="v1.4.2", inputs={**dict.fromkeys(("version", "sha", "dispatch_id"), "x"), "environment": "staging"}
    )
    refused(actions.create_workflow_dispatch, "nope.yml", ref="main")
    refused(actions.create_workflow_dispatch, "release.yml", ref="main", inputs={"nope": "1"})

    assert_wire(github, official, "actions/get-workflow", "actions/list-repo-workflows", "actions/create-workflow-dispatch")


def test_what_belongs_to_no_repository_reads_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    api = github.api()

    api.rate_limit.get()
    api.meta.get()
    api.meta.get_all_versions()
    api.users.get_authenticated()
    refused(github.api(token="wrong").users.get_authenticated)

    assert_wire(github, official, "rate-limit/get", "meta/get", "users/get-authenticated")


def test_an_app_gets_its_token_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    claims = {"iat": int(time.time()), "exp": int(time.time()) + 300, "iss": "424242"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "RS256"}, claims)]
    app = GhApi(jwt_token=".".join([*parts, "x"]), sync=True, gh_host=github.url)  # type: ignore[no-untyped-call]

    app.apps.get_authenticated()
    app.apps.create_installation_access_token(installation_id=31337, repositories=["search"], permissions={"actions": "write"})

    assert_wire(github, official, "apps/get-authenticated", "apps/create-installation-access-token")


def test_a_used_up_limit_and_an_unchanged_answer_are_told_as_github_describes_it(github: GitHubServer, official: GitHubDescription) -> None:
    tag = github.http.get("/user").headers["ETag"]
    time.sleep(1.1)  # GitHub's times are of whole seconds
    assert github.http.get("/user", headers={"If-None-Match": tag}).status_code == 304
    github.side.set_limits(0)
    assert github.http.get("/user").status_code == 403
    github.side.set_limits(5000)

    assert_wire(github, official, "users/get-authenticated")


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/repos/acme/checkout/nonsense", "", b""),
        ("GET", "/repos/acme/checkout/actions/runs", "statuss=success", b""),
        ("GET", "/repos/acme/checkout/actions/runs", "per_page=many", b""),
        ("POST", "/repos/acme/checkout/actions/workflows/release.yml/dispatches", "", b'{"inputs": {}}'),
        ("POST", "/repos/acme/checkout/git/refs", "", b'{"ref": 1, "sha": "x"}'),
    ],
)
def test_a_wrong_request_would_be_seen(official: GitHubDescription, method: str, path: str, query: str, body: bytes) -> None:
    with pytest.raises(Violation):
        official.check_request(method, path, query, body)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/repos/acme/checkout/git/ref/tags/v1", 200, b'{"ref": "refs/tags/v1"}'),
        ("/repos/acme/checkout/git/ref/tags/v1", 418, b'{"oops": 1}'),
        ("/repos/acme/checkout/git/ref/tags/v1", 202, b"{}"),
        ("/repos/acme/checkout/actions/runs", 200, b'{"total_count": 1, "workflow_runs": [{}]}'),
    ],
)
def test_a_wrong_answer_would_be_seen(official: GitHubDescription, path: str, status: int, body: bytes) -> None:
    with pytest.raises(Violation):
        official.check_answer("GET", path, status, {"Content-Type": "application/json"}, body)
