"""Every request of the GitHub adapter, and every answer that the sandbox gives it, is as GitHub describes its API."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.adapters.github import RestGitHub, connect, connect_app
from bot.core.configuration import GitHubReach
from bot.core.redaction import Secret
from bot.ports.errors import ChatopsError
from bot.ports.locks import LockTaken
from tests.adapters.github.world import TOKEN, World
from tests.contract.openapi import GitHubDescription, Violation, description

pytestmark = pytest.mark.sockets

REPO = "acme/checkout"
PORT = {
    "actions/cancel-workflow-run",
    "actions/create-workflow-dispatch",
    "actions/download-job-logs-for-workflow-run",
    "actions/get-pending-deployments-for-run",
    "actions/get-reviews-for-run",
    "actions/get-workflow-run",
    "actions/list-jobs-for-workflow-run",
    "actions/list-workflow-runs-for-repo",
    "actions/re-run-workflow-failed-jobs",
    "actions/review-pending-deployments-for-run",
    "apps/create-installation-access-token",
    "git/create-commit",
    "git/create-ref",
    "git/create-tree",
    "git/delete-ref",
    "git/get-ref",
    "git/get-tag",
    "git/list-matching-refs",
    "git/update-ref",
    "rate-limit/get",
    "repos/compare-commits-with-basehead",
    "repos/generate-release-notes",
    "repos/get-all-environments",
    "repos/get-commit",
    "repos/get-content",
    "repos/get-release-by-tag",
    "repos/list-commits",
    "repos/list-deployment-statuses",
    "repos/list-deployments",
}


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, event: object, timeout_s: float) -> bool:
        raise AssertionError("the adapter waits for nothing")


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    method: str
    path: str
    query: str
    asked: bytes
    status: int
    headers: dict[str, str]
    answered: bytes

    def check(self, official: GitHubDescription) -> None:
        official.check_request(self.method, self.path, self.query, self.asked)
        official.check_answer(self.method, self.path, self.status, self.headers, self.answered)


@pytest.fixture(scope="module")
def official(request: pytest.FixtureRequest) -> GitHubDescription:
    return description(request.config)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("github"))
    yield world
    world.close()


@pytest.fixture
def world(sandbox: World) -> World:
    sandbox.start_afresh()
    return sandbox


@pytest.fixture
def wire(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Exchange]:
    """Everything that this process sends to GitHub's API and gets from it, with the path as it is on the wire."""
    wire: list[Exchange] = []
    send = httpx2.HTTPTransport.handle_request

    def watched(self: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        response = send(self, request)
        response.read()
        path, _, query = request.url.raw_path.decode().partition("?")
        if not path.startswith("/_sandbox/"):
            headers = {name.title(): value for name, value in response.headers.items()}
            wire.append(Exchange(request.method, path, query, request.content, response.status_code, headers, response.content))
        return response

    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", watched)
    return wire


def use_the_whole_port(github: RestGitHub, world: World) -> None:
    since = github.server_time() - timedelta(minutes=1)
    branch = "feature/cart/status"
    world.tell("github/commit", repo=REPO, branch=branch, message="feat: a branch with slashes")
    world.tell("github/plan", repo=REPO, workflow="release.yml", outcome="failure")
    inputs = {
        "version": f"8.0.{uuid.uuid4().int % 10**9}",
        "sha": github.resolve(REPO, "main").sha,
        "environment": "staging",
        "dispatch_id": uuid.uuid4().hex,
    }
    run_id = github.dispatch(REPO, "release.yml", "main", inputs).run_id
    assert run_id is not None
    world.wait(lambda: github.run(REPO, run_id).status == "completed")
    assert github.failed_log(REPO, run_id, 5).tail
    github.rerun_failed(REPO, run_id)
    github.cancel(REPO, run_id)
    live = github.deployed(REPO, "production")
    assert live is not None
    assert github.was_deployed(REPO, "production", "v1.4.2")
    github.jobs(REPO, run_id)
    github.recent_runs(REPO, since)
    tag = next(tag for tag in github.tags(REPO) if tag == "v1.4.2")
    for name in (tag, branch, inputs["sha"]):
        github.resolve(REPO, name)
    github.compare(REPO, tag, branch)
    github.commits(REPO, branch, 3)
    github.commits(REPO, branch, 3, ".github/workflows")
    github.environments(REPO)
    github.generated_notes(REPO, "v9.9.9", inputs["sha"], tag)
    github.workflow(REPO, "release.yml", branch)
    github.release_url(REPO, tag)
    github.tag_sha(REPO, "release/none")
    use_a_lock(github)
    use_a_review(github, world)


def use_a_review(github: RestGitHub, world: World) -> None:
    world.tell("github/plan", repo=REPO, workflow="release.yml", outcome="waiting", reviewers=["acme-chatops", "bob"])
    inputs = {"version": f"7.0.{uuid.uuid4().int % 10**9}", "sha": github.resolve(REPO, "main").sha, "environment": "staging"}
    run_id = github.dispatch(REPO, "release.yml", "main", {**inputs, "dispatch_id": uuid.uuid4().hex}).run_id or 0
    (waits,) = world.wait(lambda: github.pending_reviews(REPO, run_id))
    assert (waits.environment, waits.reviewers, waits.we_can) == ("staging", ("acme-chatops", "bob"), True)
    github.review(REPO, run_id, [waits.environment_id], True, "Approved by Ann.")
    with pytest.raises(ChatopsError):
        github.review(REPO, run_id, [waits.environment_id], True, "Approved by Ann.")
    (review,) = github.reviews(REPO, run_id)
    assert (review.state, review.by, review.environments) == ("approved", "acme-chatops", ("staging",))


def use_a_lock(github: RestGitHub) -> None:
    branch = f"eu/west-{uuid.uuid4().hex}-chatopsd-lock"
    first = github.create_lock(REPO, branch, '{"reason": "ä"}', "Lock [skip ci]")
    with pytest.raises(LockTaken):
        github.create_lock(REPO, branch, "{}", "Lock [skip ci]")
    second = github.replace_lock(REPO, branch, first, "{}", "Lock [skip ci]")
    with pytest.raises(LockTaken):
        github.replace_lock(REPO, branch, first, "[]", "Lock [skip ci]")
    found = github.find_lock(REPO, branch)
    assert found is not None
    assert (found.sha, found.text) == (second, "{}")
    github.remove_lock(REPO, branch, second)
    assert github.find_lock(REPO, branch) is None


def use_an_annotated_tag(github: RestGitHub, world: World) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    sha = github.resolve(REPO, "main").sha
    repo = f"{world.url}/repos/{REPO}/git"
    made = httpx2.post(f"{repo}/tags", headers=headers, json={"tag": "noted", "message": "m", "object": sha, "type": "commit"}).json()
    httpx2.post(f"{repo}/refs", headers=headers, json={"ref": f"refs/tags/noted-{uuid.uuid4().hex}", "sha": made["sha"]})
    noted = next(tag for tag in github.tags(REPO) if tag.startswith("noted-"))
    assert github.tag_sha(REPO, noted) == sha


def use_an_app(world: World) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    formats = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    github = connect_app(world.url, "4711", Secret(key.private_bytes(*formats).decode()), 31_337, GitHubReach((REPO,)), WallClock())
    github.tags(REPO)
    github.close()


def test_the_whole_port_speaks_as_github_describes_it(world: World, wire: list[Exchange], official: GitHubDescription) -> None:
    github = connect(world.url, Secret(TOKEN), WallClock())
    use_the_whole_port(github, world)
    use_an_annotated_tag(github, world)
    use_an_app(world)
    github.close()

    for exchange in wire:
        exchange.check(official)
    assert {one["call"] for one in world.asked()} - {"git/create-tag"} == PORT


def test_refusals_are_as_github_describes_them(world: World, wire: list[Exchange], official: GitHubDescription) -> None:
    github = connect(world.url, Secret(TOKEN), WallClock())
    for call in (
        lambda: github.dispatch(REPO, "release.yml", "nope", {}),
        lambda: github.dispatch(REPO, "nope.yml", "main", {}),
        lambda: github.dispatch(REPO, "release.yml", "main", {"surprise": "x"}),
        lambda: github.resolve(REPO, "0" * 40),
        lambda: github.run(REPO, 1),
        lambda: github.cancel(REPO, 1),
        lambda: github.rerun_failed(REPO, 1),
        lambda: github.tags("acme/none"),
        lambda: github.workflow(REPO, "nope.yml", "main"),
        lambda: github.compare(REPO, "nope", "main"),
    ):
        with pytest.raises(ChatopsError):
            call()
    github.close()

    for exchange in wire:
        exchange.check(official)
    assert sorted(one.status for one in wire) == [404, 404, 404, 404, 404, 404, 404, 422, 422, 422]


def test_the_watch_on_the_wire_would_notice(wire: list[Exchange], world: World, official: GitHubDescription) -> None:
    httpx2.get(f"{world.url}/rate_limit?who=me", headers={"Authorization": f"Bearer {TOKEN}"})

    with pytest.raises(Violation, match="who"):
        wire[0].check(official)
