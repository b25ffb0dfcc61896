"""Runs and their jobs: how far a dispatched workflow is."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.core.operations import JobProgress, StepState
from bot.ports.github import Run

_CONCLUSIONS = {
    "success": StepState.SUCCEEDED,
    "neutral": StepState.SUCCEEDED,
    "skipped": StepState.SKIPPED,
    "cancelled": StepState.CANCELLED,
}


def recent_runs(client: Client, repo: str, created_after: datetime) -> list[Run]:
    """Return the dispatched runs since a time. A run that appears while the pages are read moves the others: each is told once."""
    since = created_after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = client.read_pages(
        "actions.list_workflow_runs_for_repo",
        f"runs of {repo}",
        _run,
        key="workflow_runs",
        **sendable.repository(repo),
        event="workflow_dispatch",
        created=f">={since}",
    )
    return list({run.id: run for run in found}.values())


def run(client: Client, repo: str, run_id: int) -> Run:
    """Return one run."""
    return client.read("actions.get_workflow_run", f"the run {run_id} of {repo}", _run, **sendable.repository(repo), run_id=run_id)


def jobs(client: Client, repo: str, run_id: int) -> list[JobProgress]:
    """Return the jobs of a run's latest attempt."""
    found = _jobs(client, repo, run_id)
    now = client.server_time()
    return [JobProgress(job.name, job.state, job.seconds(now), job.step, job.url, job.has_begun) for job in found]


def cancel(client: Client, repo: str, run_id: int) -> None:
    """Ask that a run ends."""
    client.dispatch(
        "actions.cancel_workflow_run", f"the cancellation of the run {run_id} of {repo}", **sendable.repository(repo), run_id=run_id
    )


def rerun_failed(client: Client, repo: str, run_id: int) -> None:
    """Ask for the failed jobs of a run once more, once."""
    what = f"the re-run of the run {run_id} of {repo}"
    client.dispatch("actions.re_run_workflow_failed_jobs", what, **sendable.repository(repo), run_id=run_id)


def first_failed_job(client: Client, repo: str, run_id: int) -> "Job | None":
    """Return the job that failed first; None when none did."""
    failed = [job for job in _jobs(client, repo, run_id) if job.state is StepState.FAILED]
    return min(failed, key=lambda job: job.completed_at or job.started_at or datetime.max.replace(tzinfo=UTC)) if failed else None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as GitHub tells it, in our words."""

    id: int
    name: str
    state: StepState
    started_at: datetime | None
    completed_at: datetime | None
    step: str  # the one that it is at, or failed in
    step_number: int  # of that step, as GitHub's page counts; 0 when there is none
    url: str
    has_begun: bool  # False: it ended, and not one of its steps had begun

    def seconds(self, now: datetime) -> float:
        """Return how long it took so far."""
        if self.state is StepState.WAITING or self.started_at is None:
            return 0.0
        return max(0.0, ((self.completed_at or now) - self.started_at).total_seconds())


def _jobs(client: Client, repo: str, run_id: int) -> list[Job]:
    return client.read_pages(
        "actions.list_jobs_for_workflow_run",
        f"jobs of the run {run_id} of {repo}",
        _job,
        key="jobs",
        **sendable.repository(repo),
        run_id=run_id,
        filter="latest",
    )


def _run(raw: Any) -> Run:
    return Run(
        id=int(raw["id"]),
        number=int(raw["run_number"]),
        name=str(raw.get("name") or ""),
        title=str(raw.get("display_title") or ""),
        status=str(raw["status"] or ""),
        conclusion=str(raw["conclusion"] or ""),
        url=str(raw["html_url"]),
        head_sha=str(raw["head_sha"]),
        attempt=int(raw.get("run_attempt") or 1),
        created_at=_at(raw["created_at"]),
        started_at=_at(raw["run_started_at"]) if raw.get("run_started_at") else None,
        updated_at=_at(raw["updated_at"]),
    )


def _job(raw: Any) -> Job:
    state = _state(raw)
    at_step = [step for step in raw.get("steps") or [] if _state(step) is state] if state in (StepState.RUNNING, StepState.FAILED) else []
    return Job(
        id=int(raw["id"]),
        name=str(raw["name"]),
        state=state,
        started_at=_at(raw["started_at"]) if raw.get("started_at") else None,
        completed_at=_at(raw["completed_at"]) if raw.get("completed_at") else None,
        step=str(at_step[0]["name"]) if at_step else "",
        step_number=int(at_step[0].get("number") or 0) if at_step else 0,
        url=str(raw.get("html_url") or ""),
        has_begun=raw.get("steps") != [] or not state.is_final,
    )


def _state(part: Any) -> StepState:
    """Return how a job or a step stands. What GitHub may yet invent: a status is waiting, a conclusion is a failure."""
    if part["status"] == "completed":
        return _CONCLUSIONS.get(part["conclusion"], StepState.FAILED)
    return StepState.RUNNING if part["status"] == "in_progress" else StepState.WAITING


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
