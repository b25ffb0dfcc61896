"""The whole port in front of a GitHub that keeps real git repositories and runs real workflow files."""

import re
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.adapters.github import RestGitHub, connect, connect_app
from bot.core.configuration import GitHubReach
from bot.core.operations import StepState
from bot.core.redaction import Secret
from bot.ports.errors import NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.ports.github import Run

from .conftest import RealClock
from .world import World

pytestmark = pytest.mark.sockets

REPO = "acme/checkout"
DISPATCH = "actions/create-workflow-dispatch"


def git(world: World, *arguments: str, repo: str = REPO) -> str:
    command = ["git", "--git-dir", world.repo(repo)["path"], *arguments]
    who = {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t"}
    return subprocess.run(command, env=who, check=True, capture_output=True, text=True).stdout.strip()


def inputs(real: RestGitHub) -> dict[str, str]:
    """Return what release.yml asks for, with a version and a dispatch id that nobody used before."""
    number = uuid.uuid4().int
    return {
        "version": f"9.{number % 10**6}.{number // 10**6 % 10**6}",
        "sha": real.resolve(REPO, "main").sha,
        "environment": "staging",
        "dispatch_id": f"d-{number:x}",
    }


def dispatch(real: RestGitHub) -> tuple[int, str]:
    asked = inputs(real)
    dispatched = real.dispatch(REPO, "release.yml", "main", asked)
    assert dispatched.run_id is not None
    return dispatched.run_id, asked["dispatch_id"]


def ended(world: World, real: RestGitHub, run_id: int) -> Run:
    def look() -> Run | None:
        run = real.run(REPO, run_id)
        return run if run.status == "completed" else None

    return world.wait(look)


def runs_of(world: World) -> int:
    return len(world.repo(REPO)["runs"])


def test_tags_are_those_of_the_git_repository(world: World, real: RestGitHub) -> None:
    tags = real.tags(REPO)

    assert sorted(tags) == sorted(git(world, "tag").split())
    assert "v1.4.2" in tags


def test_a_branch_a_tag_and_a_commit_id_lead_to_the_same_commits_as_in_git(world: World, real: RestGitHub) -> None:
    for name in ("main", "v1.4.2", git(world, "rev-parse", "v1.4.2")):
        told = real.resolve(REPO, name)
        assert told.sha == git(world, "rev-parse", f"{name}^{{commit}}")
        assert told.message == git(world, "log", "-1", "--format=%B", name)
        assert told.author


@pytest.mark.parametrize("name", ["nope", "v9.9.9", "0" * 40, "feature/nope"])
def test_a_name_that_nothing_has_is_not_found(name: str, real: RestGitHub) -> None:
    with pytest.raises(NotFound):
        real.resolve(REPO, name)


def test_the_beginning_of_a_commit_id_is_no_name(world: World, real: RestGitHub) -> None:
    with pytest.raises(NotFound):
        real.resolve(REPO, git(world, "rev-parse", "--short=10", "main"))


def test_names_with_slashes_lead_to_their_own_branch(world: World, real: RestGitHub) -> None:
    for name in ("feature/cart/status", "feature/cart/check-runs"):
        sha = world.tell("github/commit", repo=REPO, branch=name, message=f"feat: {name}")["sha"]
        assert real.resolve(REPO, name).sha == sha
        assert real.commits(REPO, name, 1)[0].sha == sha
        assert real.compare(REPO, "main", name).commits[-1].sha == sha
        assert real.workflow(REPO, "release.yml", name).inputs


def test_an_annotated_tag_is_peeled(world: World, real: RestGitHub) -> None:
    git(world, "tag", "-f", "-a", "-m", "a note", "annotated/v1", "main")
    git(world, "tag", "-f", "-a", "-m", "of a tag", "annotated/v2", "annotated/v1")

    main = git(world, "rev-parse", "main")

    assert git(world, "rev-parse", "annotated/v2") != main
    assert [real.tag_sha(REPO, "annotated/v1"), real.tag_sha(REPO, "annotated/v2")] == [main, main]
    assert real.resolve(REPO, "annotated/v2").sha == main
    assert real.tag_sha(REPO, "annotated/v3") is None


def test_ten_thousand_tags_are_listed(world: World, real: RestGitHub) -> None:
    name = f"acme/many-{uuid.uuid4().hex[:8]}"
    world.tell("github/repository", full_name=name, commits=2)
    sha = git(world, "rev-parse", "main", repo=name)
    path = world.repo(name)["path"]
    orders = "".join(f"create refs/tags/v1.{n}.0 {sha}\n" for n in range(10_000))
    subprocess.run(["git", "--git-dir", path, "update-ref", "--stdin"], input=orders, text=True, check=True)

    assert len(real.tags(name)) == 10_000
    assert len(real.tags(name)) == 10_000
    assert [one["status"] for one in world.asked("git/list-matching-refs")] == [200, 304]


def test_a_comparison_counts_all_and_holds_the_newest_250(world: World, real: RestGitHub) -> None:
    name = f"acme/long-{uuid.uuid4().hex[:8]}"
    world.tell("github/repository", full_name=name, commits=[f"fix: number {n}" for n in range(300)], tags={"v0.1.0": 9})

    told = real.compare(name, "v0.1.0", "main")

    assert (told.total, len(told.commits)) == (290, 250)
    assert told.commits[-1].message == "fix: number 299"
    assert told.commits[0].message == "fix: number 50"
    assert told.url.endswith(f"/{name}/compare/v0.1.0...main")


def test_commits_are_the_newest_first(world: World, real: RestGitHub) -> None:
    assert [one.sha for one in real.commits(REPO, "main", 7)] == git(world, "log", "-7", "--format=%H", "main").split()


def test_the_inputs_of_a_workflow_are_read_at_a_ref(world: World, real: RestGitHub) -> None:
    told = real.workflow(REPO, "release.yml", "main")

    assert told.inputs is not None
    assert {one.name: one.required for one in told.inputs}["version"] is True
    assert next(one for one in told.inputs if one.name == "environment").options == ("staging", "production")
    assert told.blob_sha == git(world, "rev-parse", "main:.github/workflows/release.yml")
    assert real.workflow(REPO, "ci.yml", "main").inputs is None
    with pytest.raises(NotFound):
        real.workflow(REPO, "nope.yml", "main")


def test_a_release_is_dispatched_followed_and_found_again(world: World, real: RestGitHub) -> None:
    before = real.server_time() - timedelta(seconds=5)

    run_id, dispatch_id = dispatch(real)
    run = ended(world, real, run_id)

    assert (run.status, run.conclusion, run.attempt) == ("completed", "success", 1)
    assert run.head_sha == git(world, "rev-parse", "main")
    assert dispatch_id in run.title
    assert run.created_at >= before
    assert [one.id for one in real.recent_runs(REPO, before) if dispatch_id in one.title] == [run_id]
    assert real.recent_runs(REPO, real.server_time() + timedelta(hours=1)) == []
    assert {job.state for job in real.jobs(REPO, run_id)} <= {StepState.SUCCEEDED, StepState.SKIPPED}
    assert real.failed_log(REPO, run_id, 20).tail == ""


def test_a_released_tag_has_a_page(world: World, real: RestGitHub) -> None:
    asked = inputs(real)
    dispatched = real.dispatch(REPO, "release.yml", "main", asked)
    ended(world, real, dispatched.run_id or 0)

    tag = next(tag for tag in real.tags(REPO) if asked["version"] in tag)

    assert real.tag_sha(REPO, tag) == asked["sha"]
    assert tag in real.release_url(REPO, tag)
    assert real.release_url(REPO, "v0.0.0-none") == ""


def test_a_failure_names_its_step_and_shows_the_end_of_its_log(world: World, real: RestGitHub) -> None:
    world.tell("github/plan", repo=REPO, workflow="release.yml", outcome="failure")
    run_id, _ = dispatch(real)
    run = ended(world, real, run_id)

    failed = [job for job in real.jobs(REPO, run_id) if job.state is StepState.FAILED]
    log = real.failed_log(REPO, run_id, 8)

    assert run.conclusion == "failure"
    assert failed[0].step
    assert str(run_id) in failed[0].url
    assert log.tail.split("\n")[-1].startswith("Error: ")
    assert 1 < len(log.tail.split("\n")) <= 8
    assert "\x1b" not in log.tail
    assert "##[" not in log.tail
    assert re.fullmatch(rf"{re.escape(failed[0].url)}#step:\d+:\d+", log.url)


def test_a_second_look_at_what_did_not_change_is_answered_without_a_body(world: World, real: RestGitHub) -> None:
    first, second = real.compare(REPO, "v1.4.1", "v1.4.2"), real.compare(REPO, "v1.4.1", "v1.4.2")

    assert first == second
    assert [one["status"] for one in world.asked()] == [200, 304]


@pytest.mark.parametrize(
    ("fault", "more", "becomes", "runs"),
    [
        ("lost", {}, OutcomeUnknown, 1),
        ("error_after", {"status": 502}, OutcomeUnknown, 1),
        ("error", {"status": 500}, OutcomeUnknown, 0),
        ("broken_json", {}, OutcomeUnknown, 1),
        ("refuse", {}, OutcomeUnknown, 0),
        ("redirect", {}, Rejected, 0),
        ("rate_limited", {"retry_after": 2}, Unavailable, 0),
    ],
)
def test_a_dispatch_that_breaks_is_sent_exactly_once(fault, more, becomes, runs, world: World, real: RestGitHub) -> None:
    asked, before = inputs(real), runs_of(world)
    world.fault(DISPATCH, fault, **more)

    with pytest.raises(becomes):
        real.dispatch(REPO, "release.yml", "main", asked)

    assert len(world.asked(DISPATCH)) == 1
    assert not [one for one in world.asked() if "/moved/" in one["path"]]
    assert runs_of(world) - before == runs


def test_a_lost_dispatch_is_found_by_its_id_once_the_list_shows_it(world: World, real: RestGitHub) -> None:
    world.tell("github/settings", list_delay_s=0.3)
    world.fault(DISPATCH, "lost")
    asked, since = inputs(real), real.server_time() - timedelta(seconds=5)
    with pytest.raises(OutcomeUnknown):
        real.dispatch(REPO, "release.yml", "main", asked)

    found = world.wait(lambda: [run for run in real.recent_runs(REPO, since) if asked["dispatch_id"] in run.title])

    assert len(found) == 1


@pytest.mark.parametrize(
    ("workflow", "ref", "change", "says"),
    [
        ("release.yml", "main", {"version": None}, "version"),
        ("release.yml", "main", {"surprise": "x"}, "Unexpected inputs"),
        ("release.yml", "main", {"environment": "moon"}, "environment"),
        ("release.yml", "nope", {}, "No ref found for: nope"),
        ("ci.yml", "main", {}, "workflow_dispatch"),
        ("nope.yml", "main", {}, "Not Found"),
    ],
)
def test_a_dispatch_that_github_refuses_is_told_in_its_words(workflow, ref, change, says, world: World, real: RestGitHub) -> None:
    before = runs_of(world)
    asked = {name: value for name, value in {**inputs(real), **change}.items() if value is not None}

    with pytest.raises(Rejected, match=says):
        real.dispatch(REPO, workflow, ref, asked)

    assert len(world.asked(DISPATCH)) == 1
    assert runs_of(world) == before


def test_a_server_that_does_not_know_run_details_still_dispatches_once(world: World, real: RestGitHub) -> None:
    world.tell("github/settings", return_run_details=False)
    before = runs_of(world)

    first = real.dispatch(REPO, "release.yml", "main", inputs(real))
    second = real.dispatch(REPO, "release.yml", "main", inputs(real))

    assert (first.run_id, second.run_id) == (None, None)
    assert [one["status"] for one in world.asked(DISPATCH)] == [422, 204, 204]
    assert runs_of(world) == before + 2


@pytest.mark.parametrize("name", ["tags/../../../../user", "../../../user", "a/../../..", "%2e%2e/%2e%2e"])
def test_a_name_that_leads_elsewhere_reaches_no_server(name: str, world: World, real: RestGitHub) -> None:
    for call in (
        lambda: real.tag_sha(REPO, name),
        lambda: real.resolve(REPO, name),
        lambda: real.dispatch(REPO, "release.yml", name, {}),
        lambda: real.dispatch(REPO, name, "main", {}),
        lambda: real.tags(f"acme/{name}"),
        lambda: real.compare(REPO, "main", name),
        lambda: real.release_url(REPO, name),
    ):
        with pytest.raises(Rejected):
            call()

    assert world.asked() == []


def test_reads_survive_nothing_and_say_so(world: World, real: RestGitHub) -> None:
    for fault in ("lost", "refuse", "broken_json", "error", "error_after", "rate_limited"):
        world.fault("git/list-matching-refs", fault)
        with pytest.raises(Unavailable):
            real.tags(REPO)

    assert "v1.4.2" in real.tags(REPO)


def test_a_used_up_limit_tells_how_long_to_wait(world: World, real: RestGitHub) -> None:
    world.tell("limits", github_remaining=0)

    with pytest.raises(Unavailable) as caught:
        real.tags(REPO)

    assert 60 < (caught.value.retry_after_s or 0) <= 3601
    assert real.quota() is not None
    assert real.quota().remaining == 0


def test_the_secondary_limit_refuses_a_dispatch_without_making_a_run(world: World, real: RestGitHub) -> None:
    asked = [inputs(real) for _ in range(4)]
    before = runs_of(world)
    world.tell("limits", github_secondary=True)

    def dispatch(given: dict[str, str]) -> Unavailable | None:
        try:
            real.dispatch(REPO, "release.yml", "main", given)
        except Unavailable as refused:
            return refused
        return None

    with ThreadPoolExecutor(4) as at_once:  # writes must be a second apart: of four at once some are refused, however slow the machine
        refusals = [refused for refused in at_once.map(dispatch, asked) if refused]

    assert refusals
    assert all((refused.retry_after_s or 0) > 0 for refused in refusals)
    assert runs_of(world) == before + len(asked) - len(refusals)


def test_a_wrong_token_is_named_by_its_setting(world: World) -> None:
    github = connect(world.url, Secret("wrong-token"), RealClock())

    with pytest.raises(Rejected, match="does not accept GITHUB_TOKEN"):
        github.tags(REPO)
    github.close()


def test_an_app_releases_with_a_token_that_can_do_nothing_else(world: World) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    formats = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    github = connect_app(world.url, "4711", Secret(key.private_bytes(*formats).decode()), 31_337, GitHubReach((REPO,)), RealClock())

    assert "v1.4.2" in github.tags(REPO)
    run_id, _ = dispatch(github)
    assert ended(world, github, run_id).conclusion == "success"
    with pytest.raises(NotFound):
        github.tags("acme/search")
    assert len(world.asked("apps/create-installation-access-token")) == 1
    github.close()


def test_githubs_clock_is_the_sandboxs(world: World, real: RestGitHub) -> None:
    assert abs(real.server_time() - datetime.now(UTC)) < timedelta(seconds=5)


def test_commits_can_be_narrowed_to_what_a_path_holds(world: World, real: RestGitHub) -> None:
    world.tell("github/commit", repo=REPO, branch="mono", message="feat: here", files={"services/a b/x.txt": "1"})
    world.tell("github/commit", repo=REPO, branch="mono", message="feat: elsewhere", files={"services/b/x.txt": "1"})

    assert [commit.message for commit in real.commits(REPO, "mono", 50, "services/a b")] == ["feat: here"]
    with pytest.raises(Rejected, match="is not a path"):
        real.commits(REPO, "mono", 50, "../x")


def test_the_notes_that_github_would_write_are_read_and_nothing_is_saved(world: World, real: RestGitHub) -> None:
    before = world.repo(REPO)
    notes = real.generated_notes(REPO, "v77.0.0", real.resolve(REPO, "main").sha, "v1.4.2")

    assert "v1.4.2...v77.0.0" in notes
    assert len(world.repo(REPO)["releases"]) == len(before["releases"])
    assert "v77.0.0" not in real.tags(REPO)


def test_a_token_that_may_not_write_gets_no_notes_but_reads_environments(world: World, real: RestGitHub) -> None:
    world.tell("github/token", token="reader", permissions={"contents": "read", "actions": "read"})
    reader = connect(world.url, Secret("reader"), RealClock())

    with pytest.raises(Rejected) as refused:
        reader.generated_notes(REPO, "v77.0.0", "main", "v1.4.2")

    assert refused.value.code == "403"
    assert reader.environments(REPO) == ["staging", "production"]
    reader.close()


def test_a_renamed_repository_is_told_by_its_new_name_however_often_it_is_asked_for(world: World, real: RestGitHub) -> None:
    world.tell("github/repository", full_name="acme/before", commits=2)
    world.tell("github/rename", repo="acme/before", full_name="acme/after")

    for _ in range(2):
        with pytest.raises(Rejected, match='to "acme/after"'):
            real.tags("acme/before")
