"""The JSON of runs, jobs, deployments and releases, as GitHub's OpenAPI description has it."""

from datetime import datetime
from typing import Any

from sandbox.github import repository_shapes
from sandbox.github.accounts import account_id, user
from sandbox.github.repository import Commit
from sandbox.github.state import Deployment, DeploymentStatus, Environment, Hub, Job, Release, Repo, Run, Step
from sandbox.github.workflows import Workflow

Json = dict[str, Any]
_RUNNER = 4


def stamp(at: datetime | None) -> str | None:
    """Write a time as GitHub does: UTC, whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def api(hub: Hub, repo: Repo) -> str:
    """Return the REST address of a repository."""
    return f"{hub.world.url}/repos/{repo.full_name}"


def html(hub: Hub, repo: Repo) -> str:
    """Return the web address of a repository: the sandbox's own page."""
    return f"{hub.world.url}/{repo.full_name}"


def run(hub: Hub, repo: Repo, value: Run, head: Commit | None) -> Json:
    """Return a workflow run."""
    base = f"{api(hub, repo)}/actions/runs/{value.id}"
    minimal = repository_shapes.minimal(hub, repo)
    return {
        "id": value.id,
        "name": value.workflow.name,
        "node_id": f"WFR_{value.id}",
        "head_branch": value.ref,
        "head_sha": value.head_sha,
        "path": value.workflow.path,
        "display_title": value.title,
        "run_number": value.number,
        "event": value.event,
        "status": value.status,
        "conclusion": value.conclusion,
        "workflow_id": hub.workflow_id(repo, value.workflow.path),
        "check_suite_id": value.id + 1,
        "check_suite_node_id": f"CS_{value.id + 1}",
        "url": base,
        "html_url": f"{html(hub, repo)}/actions/runs/{value.id}",
        "pull_requests": [],
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.updated_at),
        "actor": user(hub.world.url, value.actor),
        "run_attempt": value.attempt,
        "referenced_workflows": [],
        "run_started_at": stamp(value.started_at),
        "triggering_actor": user(hub.world.url, value.triggering_actor or value.actor),
        "jobs_url": f"{base}/jobs",
        "logs_url": f"{base}/logs",
        "check_suite_url": f"{api(hub, repo)}/check-suites/{value.id + 1}",
        "artifacts_url": f"{base}/artifacts",
        "cancel_url": f"{base}/cancel",
        "rerun_url": f"{base}/rerun",
        "previous_attempt_url": f"{base}/attempts/{value.attempt - 1}" if value.attempt > 1 else None,
        "workflow_url": f"{api(hub, repo)}/actions/workflows/{hub.workflow_id(repo, value.workflow.path)}",
        "head_commit": repository_shapes.simple_commit(head) if head else None,
        "repository": minimal,
        "head_repository": minimal,
    }


def run_brief(hub: Hub, repo: Repo, value: Run) -> Json:
    """Return a run with its jobs for the feed and the page: GitHub's names, without the repository."""
    full = run(hub, repo, value, None)
    for field in ("repository", "head_repository", "head_commit", "actor", "triggering_actor"):
        del full[field]
    return {
        **full,
        "actor": {"login": value.actor},
        "inputs": value.inputs,
        "jobs": [job_brief(hub, repo, value, each) for each in value.jobs],
    }


def job_html_url(hub: Hub, repo: Repo, of: Run, value: Job) -> str:
    """Return where a person reads a job's log."""
    return f"{html(hub, repo)}/actions/runs/{of.id}/job/{value.id}"


def job_brief(hub: Hub, repo: Repo, of: Run, value: Job) -> Json:
    """Return a job for the feed and the page."""
    return {
        "id": value.id,
        "name": value.name,
        "status": value.status,
        "conclusion": value.conclusion,
        "started_at": stamp(value.started_at),
        "completed_at": stamp(value.completed_at),
        "html_url": job_html_url(hub, repo, of, value),
        "steps": [step(each) for each in value.steps],
    }


def job(hub: Hub, repo: Repo, of: Run, value: Job) -> Json:
    """Return a job."""
    base = api(hub, repo)
    has_runner = bool(value.steps)
    return {
        **job_brief(hub, repo, of, value),
        "run_id": of.id,
        "workflow_name": of.workflow.name,
        "head_branch": of.ref,
        "run_url": f"{base}/actions/runs/{of.id}",
        "run_attempt": value.attempt,
        "node_id": f"CR_{value.id}",
        "head_sha": of.head_sha,
        "url": f"{base}/actions/jobs/{value.id}",
        "created_at": stamp(value.created_at),
        "started_at": stamp(value.started_at or value.created_at),
        "check_run_url": f"{base}/check-runs/{value.id}",
        "labels": [value.label],
        "runner_id": _RUNNER if has_runner else None,
        "runner_name": f"GitHub Actions {_RUNNER}" if has_runner else None,
        "runner_group_id": 0 if has_runner else None,
        "runner_group_name": "GitHub Actions" if has_runner else None,
    }


def step(value: Step) -> Json:
    """Return a step of a job."""
    return {
        "name": value.name,
        "status": value.status,
        "conclusion": value.conclusion,
        "number": value.number,
        "started_at": stamp(value.started_at),
        "completed_at": stamp(value.completed_at),
    }


def check_run(hub: Hub, repo: Repo, sha: str, name: str, state: Json) -> Json:
    """Return a check run; `state` has its id, url, status, conclusion and times."""
    url = f"{api(hub, repo)}/check-runs/{state['id']}"
    output = {"title": None, "summary": None, "text": None, "annotations_count": 0, "annotations_url": f"{url}/annotations"}
    return {
        "id": state["id"],
        "name": name,
        "node_id": f"CR_{state['id']}",
        "head_sha": sha,
        "external_id": "",
        "url": url,
        "html_url": state["html_url"],
        "details_url": state["html_url"],
        "status": state["status"],
        "conclusion": state["conclusion"],
        "started_at": state["started_at"],
        "completed_at": state["completed_at"],
        "output": output,
        "check_suite": {"id": state["id"] + 1},
        "app": None,
        "pull_requests": [],
    }


def workflow(hub: Hub, repo: Repo, value: Workflow) -> Json:
    """Return a workflow of the default branch."""
    number = hub.workflow_id(repo, value.path)
    return {
        "id": number,
        "node_id": f"W_{number}",
        "name": value.name,
        "path": value.path,
        "state": "active",
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.created_at),
        "url": f"{api(hub, repo)}/actions/workflows/{number}",
        "html_url": f"{html(hub, repo)}/blob/main/{value.path}",
        "badge_url": f"{html(hub, repo)}/workflows/{value.name.replace(' ', '%20')}/badge.svg",
    }


def environment(hub: Hub, repo: Repo, value: Environment) -> Json:
    """Return an environment."""
    return {
        "id": value.id,
        "node_id": f"EN_{value.id}",
        "name": value.name,
        "url": f"{api(hub, repo)}/environments/{value.name}",
        "html_url": f"{html(hub, repo)}/deployments/activity_log?environments_filter={value.name}",
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.created_at),
        "protection_rules": [],
        "deployment_branch_policy": None,
    }


def pending_deployment(hub: Hub, repo: Repo, of: Run, value: Environment, viewer: str) -> Json:
    """Return an environment that a run waits for, as `viewer` sees it."""
    brief = {key: environment(hub, repo, value)[key] for key in ("id", "node_id", "name", "url", "html_url")}
    return {
        "environment": brief,
        "wait_timer": 0,
        "wait_timer_started_at": stamp(of.waiting_since),
        "current_user_can_approve": viewer in of.reviewers,
        "reviewers": [{"type": "User", "reviewer": user(hub.world.url, login)} for login in of.reviewers],
    }


def deployment(hub: Hub, repo: Repo, value: Deployment) -> Json:
    """Return a deployment."""
    url = f"{api(hub, repo)}/deployments/{value.id}"
    return {
        "url": url,
        "id": value.id,
        "node_id": f"DE_{value.id}",
        "task": value.task,
        "original_environment": value.environment,
        "environment": value.environment,
        "description": value.description,
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.updated_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": api(hub, repo),
        "creator": user(hub.world.url, value.creator),
        "sha": value.sha,
        "ref": value.ref,
        "payload": value.payload,
        "transient_environment": False,
        "production_environment": value.environment == "production",
        "performed_via_github_app": None,
    }


def deployment_brief(hub: Hub, repo: Repo, value: Deployment) -> Json:
    """Return a deployment for the feed and the page, with its latest state."""
    full = deployment(hub, repo, value)
    brief = {key: full[key] for key in ("id", "ref", "sha", "environment", "description", "created_at", "updated_at")}
    states = [status.state for status in value.statuses]
    return {**brief, "state": states[-1] if states else "queued", "states": states, "run_id": value.run_id, "creator": value.creator}


def deployment_status(hub: Hub, repo: Repo, of: Deployment, value: DeploymentStatus) -> Json:
    """Return one status of a deployment."""
    url = f"{api(hub, repo)}/deployments/{of.id}"
    return {
        "url": f"{url}/statuses/{value.id}",
        "id": value.id,
        "node_id": f"DES_{value.id}",
        "state": value.state,
        "creator": user(hub.world.url, value.creator),
        "description": value.description,
        "environment": of.environment,
        "target_url": value.log_url or html(hub, repo),
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.created_at),
        "deployment_url": url,
        "repository_url": api(hub, repo),
        "environment_url": value.environment_url,
        "log_url": value.log_url,
        "performed_via_github_app": None,
    }


def release(hub: Hub, repo: Repo, value: Release) -> Json:
    """Return a release."""
    url = f"{api(hub, repo)}/releases/{value.id}"
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": f"{html(hub, repo)}/releases/tag/{value.tag}",
        "id": value.id,
        "author": user(hub.world.url, value.author),
        "node_id": f"RE_{value.id}",
        "tag_name": value.tag,
        "target_commitish": value.target,
        "name": value.name,
        "draft": value.draft,
        "immutable": False,
        "prerelease": value.prerelease,
        "created_at": stamp(value.created_at),
        "updated_at": stamp(value.created_at),
        "published_at": stamp(value.published_at),
        "assets": [],
        "tarball_url": f"{api(hub, repo)}/tarball/{value.tag}",
        "zipball_url": f"{api(hub, repo)}/zipball/{value.tag}",
        "body": value.body,
    }


def review(hub: Hub, repo: Repo, state: str, login: str, comment: str, environments: list[Environment]) -> Json:
    """Return one decision in the history of a run's reviews."""
    shown = [environment(hub, repo, each) for each in environments]
    keys = ("id", "node_id", "name", "url", "html_url", "created_at", "updated_at")
    return {
        "environments": [{key: each[key] for key in keys} for each in shown],
        "state": state,
        "user": {**user(hub.world.url, login), "id": account_id(login)},
        "comment": comment,
    }
