"""A run moves through its jobs and steps, ends as it was planned, and can be followed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from ghapi.core import APIError

from tests.sandbox.github.server import GitHubServer

DEPLOY = {"version": "1.4.2", "environment": "production", "dispatch_id": "d-2"}


def plan(github: GitHubServer, outcome: str, **more: str | list[str]) -> None:
    assert github.control("plan", repo="acme/checkout", workflow="release.yml", outcome=outcome, **more) == {"ok": True}


def conclusions(github: GitHubServer, run_id: int) -> dict[str, str]:
    jobs = github.api().actions.list_jobs_for_workflow_run(run_id, filter="latest", per_page=100)["jobs"]
    return {job["name"]: job["conclusion"] for job in jobs}


def test_a_release_cuts_the_tag_publishes_and_deploys(github: GitHubServer) -> None:
    head = github.head()

    run = github.ended(github.release(notes="What is new"))

    assert run["conclusion"] == "success"
    assert conclusions(github, run["id"]) == dict.fromkeys(("Claim the tag", "Build", "Publish the release", "Deploy"), "success")
    assert github.tags()["v1.5.0"] == head
    assert github.api().git.get_ref(ref="tags/v1.5.0")["object"]["sha"] == head
    release = github.api().repos.get_latest_release()
    assert (release["tag_name"], release["body"]) == ("v1.5.0", "What is new")
    deployment = github.api().repos.list_deployments(environment="staging")[0]
    states = [status["state"] for status in github.api().repos.list_deployment_statuses(deployment["id"])]
    assert (deployment["sha"], states) == (head, ["success", "in_progress"])


def test_a_success_makes_the_deployment_before_inactive(github: GitHubServer) -> None:
    before = github.api().repos.list_deployments(environment="staging")[0]

    github.ended(github.release())

    assert github.api().repos.list_deployment_statuses(before["id"])[0]["state"] == "inactive"


def test_a_second_dispatch_of_a_version_is_a_green_duplicate_without_effect(github: GitHubServer) -> None:
    github.ended(github.release())
    deployments = len(github.repo()["deployments"])

    second = github.ended(github.release(dispatch_id="d-2"))

    assert second["conclusion"] == "success"
    assert conclusions(github, second["id"]) == {
        "Claim the tag": "success",
        "Build": "skipped",
        "Publish the release": "skipped",
        "Deploy": "skipped",
    }
    assert len(github.repo()["deployments"]) == deployments
    assert sum(release["tag_name"] == "v1.5.0" for release in github.repo()["releases"]) == 1


def test_a_tag_at_another_commit_ends_red(github: GitHubServer) -> None:
    run = github.ended(github.release(version="1.4.2"))

    assert run["conclusion"] == "failure"
    assert conclusions(github, run["id"])["Claim the tag"] == "failure"


def test_a_commit_that_is_not_on_the_branch_ends_red(github: GitHubServer) -> None:
    sha = github.control("commit", repo="acme/checkout", branch="side", message="feat: aside")["sha"]

    run = github.ended(github.release(sha=sha))

    assert run["conclusion"] == "failure"
    assert "v1.5.0" not in github.tags()


def test_a_deploy_claims_its_dispatch_once(github: GitHubServer) -> None:
    sha = github.tags()["v1.4.2"]

    first, second = (github.ended(github.dispatch("deploy.yml", sha=sha, **DEPLOY)) for _ in range(2))

    assert conclusions(github, first["id"]) == {"Claim the dispatch": "success", "Deploy": "success"}
    assert conclusions(github, second["id"]) == {"Claim the dispatch": "success", "Deploy": "skipped"}
    assert second["conclusion"] == "success"


def test_a_rollback_says_so_in_its_title(github: GitHubServer) -> None:
    run = github.ended(github.dispatch("deploy.yml", sha=github.tags()["v1.4.2"], rollback="true", **DEPLOY))

    assert run["display_title"] == "Roll back to 1.4.2 in production [d-2]"


def test_a_deploy_of_a_tag_at_another_commit_ends_red(github: GitHubServer) -> None:
    run = github.ended(github.dispatch("deploy.yml", sha=github.head(), **DEPLOY))

    assert run["conclusion"] == "failure"


def test_a_failing_step_skips_what_follows_and_shows_in_the_log(github: GitHubServer) -> None:
    plan(github, "failure", job="claim", step="Check the inputs")

    run = github.ended(github.release())

    job = github.api().actions.list_jobs_for_workflow_run(run["id"])["jobs"][0]
    steps = {step["name"]: step["conclusion"] for step in job["steps"]}
    assert run["conclusion"] == job["conclusion"] == "failure"
    assert (steps["Check the inputs"], steps["Claim the tag"]) == ("failure", "skipped")
    log = github.http.get(f"/repos/acme/checkout/actions/jobs/{job['id']}/logs", follow_redirects=True).text
    assert log.startswith("\ufeff")
    assert re.search(r"\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ##\[error\]Process completed with exit code 1\.\n", log)
    assert "v1.5.0" not in github.tags()


def test_a_failure_befalls_the_build_unless_told_otherwise(github: GitHubServer) -> None:
    plan(github, "failure")

    run = github.ended(github.release())

    assert conclusions(github, run["id"]) == {
        "Claim the tag": "success",
        "Build": "failure",
        "Publish the release": "skipped",
        "Deploy": "skipped",
    }


def test_a_failed_deploy_leaves_a_failed_deployment(github: GitHubServer) -> None:
    plan(github, "failure", job="deploy")

    github.ended(github.release())

    assert github.repo()["deployments"][-1]["states"] == ["in_progress", "failure"]


@pytest.mark.parametrize("outcome", ["cancelled", "timed_out", "startup_failure"])
def test_a_run_ends_as_planned_once_and_the_next_one_well(github: GitHubServer, outcome: str) -> None:
    plan(github, outcome)

    first = github.ended(github.release())
    second = github.ended(github.release(version="1.6.0", dispatch_id="d-2"))

    assert (first["conclusion"], second["conclusion"]) == (outcome, "success")


def test_a_plan_for_a_job_that_does_not_exist_is_refused(github: GitHubServer) -> None:
    answer = github.control("plan", repo="acme/checkout", workflow="release.yml", outcome="failure", job="nope")

    assert answer == {"error": ".github/workflows/release.yml has no job 'nope'; it has claim, build, release, deploy"}


def test_a_person_cancels_a_slow_run(github: GitHubServer) -> None:
    github.control("settings", step_s=1000)
    run_id = github.release()

    assert github.control("cancel", repo="acme/checkout", run_id=run_id) == {"ok": True}

    assert github.ended(run_id)["conclusion"] == "cancelled"
    assert github.control("cancel", repo="acme/checkout", run_id=run_id) == {"error": f"Run {run_id} has ended."}
    with pytest.raises(APIError) as caught:
        github.api().actions.cancel_workflow_run(run_id)
    assert caught.value.status_code == 409


def test_a_slow_run_is_still_going_when_others_have_ended(github: GitHubServer) -> None:
    plan(github, "slow")
    run_id = github.release()

    run = github.until(run_id, lambda run: run["status"] == "in_progress")

    assert run["conclusion"] is None
    github.run(_advance(github))
    assert github.ended(run_id)["conclusion"] == "success"


async def _advance(github: GitHubServer) -> None:
    github.world.clock.advance(1)


def test_an_environments_review_holds_the_run_until_a_person_approves(github: GitHubServer) -> None:
    plan(github, "waiting")
    run_id = github.release(environment="production")

    github.until(run_id, lambda run: run["status"] == "waiting")

    pending = github.api().actions.get_pending_deployments_for_run(run_id)[0]
    assert (pending["environment"]["name"], pending["current_user_can_approve"]) == ("production", False)
    assert [each["reviewer"]["login"] for each in pending["reviewers"]] == ["bob"]
    assert github.control("review", repo="acme/checkout", run_id=run_id, state="approved", comment="go") == {"ok": True}
    assert github.ended(run_id)["conclusion"] == "success"
    review = github.api().actions.get_reviews_for_run(run_id)[0]
    assert (review["user"]["login"], review["state"], review["comment"]) == ("bob", "approved", "go")
    assert github.repo()["deployments"][-1]["states"] == ["pending", "in_progress", "success"]


def test_a_rejected_review_fails_the_run_and_deploys_nothing(github: GitHubServer) -> None:
    plan(github, "waiting")
    run_id = github.release(environment="production")
    github.until(run_id, lambda run: run["status"] == "waiting")

    github.control("review", repo="acme/checkout", run_id=run_id, state="rejected", comment="no")

    assert github.ended(run_id)["conclusion"] == "failure"
    assert conclusions(github, run_id)["Deploy"] == "failure"


def test_only_a_listed_reviewer_may_approve_through_the_api(github: GitHubServer) -> None:
    plan(github, "waiting", reviewers=["acme-chatops"])
    run_id = github.release(environment="production")
    github.until(run_id, lambda run: run["status"] == "waiting")
    actions = github.api().actions
    environment = actions.get_pending_deployments_for_run(run_id)[0]["environment"]["id"]

    answer = actions.review_pending_deployments_for_run(run_id, environment_ids=[environment], state="approved", comment="bot")

    assert answer[0]["environment"] == "production"
    assert github.ended(run_id)["conclusion"] == "success"


def test_a_rerun_of_failed_jobs_keeps_the_others_and_goes_on(github: GitHubServer) -> None:
    plan(github, "failure", job="deploy")
    run_id = github.release()
    github.ended(run_id)

    github.api().actions.re_run_workflow_failed_jobs(run_id)

    run = github.until(run_id, lambda run: run["status"] == "completed" and run["run_attempt"] == 2)
    assert run["conclusion"] == "success"
    everything = github.api().actions.list_jobs_for_workflow_run(run_id, filter="all")["jobs"]
    assert [job["run_attempt"] for job in everything if job["name"] == "Deploy"] == [1, 2]
    assert [job["run_attempt"] for job in everything if job["name"] == "Build"] == [1]


def test_a_full_rerun_goes_on_with_the_tag_that_it_cut_itself(github: GitHubServer) -> None:
    plan(github, "failure")
    run_id = github.release()
    github.ended(run_id)

    github.control("rerun", repo="acme/checkout", run_id=run_id)

    github.until(run_id, lambda run: run["status"] == "completed" and run["run_attempt"] == 2)
    assert conclusions(github, run_id)["Deploy"] == "success"


def test_one_run_goes_at_a_time_in_a_concurrency_group(github: GitHubServer) -> None:
    github.control("settings", step_s=1000)
    first = github.release()
    github.until(first, lambda run: run["status"] != "pending")

    second = github.release(version="1.6.0", dispatch_id="d-2")
    github.until(second, lambda run: run["status"] == "pending")
    third = github.release(version="1.7.0", dispatch_id="d-3")
    elsewhere = github.release(version="1.8.0", dispatch_id="d-4", environment="production")

    assert github.ended(second)["conclusion"] == "cancelled"
    github.until(third, lambda run: run["status"] == "pending")
    assert github.until(elsewhere, lambda run: run["status"] != "pending")
    github.control("settings", step_s=0.1)
    github.control("cancel", repo="acme/checkout", run_id=first)
    assert github.ended(third)["conclusion"] == "success"


def test_a_run_is_known_at_once_but_listed_late(github: GitHubServer) -> None:
    github.control("settings", list_delay_s=60)
    run_id = github.release()
    actions = github.api().actions

    assert actions.get_workflow_run(run_id)["id"] == run_id
    assert actions.list_workflow_runs("release.yml")["total_count"] == 0
    github.run(_advance_a_minute(github))
    assert actions.list_workflow_runs("release.yml")["workflow_runs"][0]["id"] == run_id


async def _advance_a_minute(github: GitHubServer) -> None:
    github.world.clock.advance(61)


def test_lists_are_narrowed_by_what_one_asks_for(github: GitHubServer) -> None:
    start = datetime.now(UTC)
    first = github.ended(github.release())["id"]
    second = github.ended(github.dispatch("deploy.yml", sha=github.tags()["v1.4.2"], **DEPLOY))["id"]
    runs = github.api().actions

    def listed(**narrowed: str) -> list[int]:
        return [run["id"] for run in runs.list_workflow_runs_for_repo(**narrowed)["workflow_runs"]]

    day, before, after = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (start, start - timedelta(hours=1), start + timedelta(hours=1)))
    assert listed() == [second, first]
    assert [run["id"] for run in runs.list_workflow_runs("deploy.yml")["workflow_runs"]] == [second]
    assert listed(event="workflow_dispatch", status="success", branch="main", actor="acme-chatops", created=f">={before}") == [
        second,
        first,
    ]
    assert listed(created=f"{before}..{after}") == [second, first]
    assert listed(created=f"*..{before}") == listed(created=f"<{before}") == listed(created=f">{after}") == []
    assert listed(created=day[:10]) == [second, first]
    assert listed(event="push") == listed(branch="nope") == listed(status="failure") == listed(head_sha="0" * 40) == []


def test_a_deleted_run_is_gone(github: GitHubServer) -> None:
    run_id = github.release()

    github.control("delete_run", repo="acme/checkout", run_id=run_id)

    with pytest.raises(APIError) as caught:
        github.api().actions.get_workflow_run(run_id)
    assert caught.value.status_code == 404


def test_the_feed_tells_of_runs_tags_releases_and_deployments(github: GitHubServer) -> None:
    run_id = github.release()
    github.ended(run_id)

    changes = [change.as_json() for change in github.world.feed.since(0)]
    runs = [change["run"] for change in changes if change["kind"] == "run"]
    tag = next(change for change in changes if change["kind"] == "tag")
    assert runs[0]["status"] == "queued"
    assert runs[-1]["conclusion"] == "success"
    assert [job["name"] for job in runs[-1]["jobs"]] == ["Claim the tag", "Build", "Publish the release", "Deploy"]
    assert (tag["repo"], tag["name"], tag["sha"]) == ("acme/checkout", "v1.5.0", github.head())
    assert [change["release"]["tag_name"] for change in changes if change["kind"] == "release"] == ["v1.5.0"]
    assert [c["deployment"]["state"] for c in changes if c["kind"] == "deployment"][-3:] == ["in_progress", "inactive", "success"]
