"""How far a run is: its jobs as a plan of tasks, and the time that it took so far beside the time that it usually takes."""

from datetime import timedelta

from bot.core.blocks import Block
from bot.core.durations import say_duration
from bot.core.markup import Mrkdwn, md, shorten
from bot.core.operations import JobProgress, Operation, OperationState, StepState

MOST_JOBS = 12
BAR = 10  # signs
TASK_TITLE = 150

_TASK_STATUS = {
    StepState.WAITING: "pending",
    StepState.RUNNING: "in_progress",
    StepState.SUCCEEDED: "complete",
    StepState.SKIPPED: "pending",  # nothing was done, and nothing failed: the one sign that says neither
    StepState.FAILED: "error",
    StepState.CANCELLED: "error",
}


def jobs_done(operation: Operation) -> str:
    """Say how many of the jobs are done: "3 of 5 jobs done"."""
    done = sum(job.state.is_final for job in operation.jobs)
    return f"{done} of {len(operation.jobs)} jobs done"


def plan(operation: Operation) -> Block:
    """Draw the jobs as a plan, one task a job. Where the workspace knows no plans, `core.older_blocks` makes a list of it."""
    tasks = [_task(operation, number, job) for number, job in enumerate(operation.jobs[:MOST_JOBS])]
    left_out = len(operation.jobs) - MOST_JOBS
    title = _title(operation) + (f", {left_out} more not shown" if left_out > 0 else "")
    return {"type": "plan", "title": title, "tasks": tasks}


def _title(operation: Operation) -> str:
    """Say how many jobs are done; of a run that has ended, how many succeeded: what was cancelled is over, and not done."""
    if operation.state is OperationState.RUNNING:
        return jobs_done(operation)
    well, skipped = (sum(job.state is state for job in operation.jobs) for state in (StepState.SUCCEEDED, StepState.SKIPPED))
    return f"{well} of {len(operation.jobs)} jobs succeeded" + (f", {skipped} skipped" if skipped else "")


def elapsed(operation: Operation) -> Mrkdwn:
    """Say how long it runs already and how long it usually takes, with a bar; "" when it does not run, or was never looked at."""
    if operation.state is not OperationState.RUNNING or operation.looked_at is None:
        return md("")
    taken = max(timedelta(), operation.looked_at - (operation.started_at or operation.requested_at))
    if operation.usual_s <= 0:
        return md("⏱️ {} so far", say_duration(taken))
    part = taken.total_seconds() / operation.usual_s
    usual = say_duration(timedelta(seconds=operation.usual_s))
    if part > 1:
        return md("⏱️ {} so far, *longer than usual* ({})", say_duration(taken), usual)
    full = round(part * BAR)
    return md("{} {} of usually {}", "▰" * full + "▱" * (BAR - full), say_duration(taken), usual)


def _task(operation: Operation, number: int, job: JobProgress) -> Block:
    task: dict[str, object] = {
        "type": "task_card",
        "task_id": f"{operation.id}-{operation.attempt}-{number}",
        "title": _words(job.name) or "job",
        "status": _TASK_STATUS[job.state],
    }
    if details := _details(job):
        task["details"] = {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": _words(details)}]}],
        }
    if job.url.startswith(("https://", "http://")):
        task["sources"] = [{"type": "url", "url": job.url, "text": "open the job"}]
    return task


def _details(job: JobProgress) -> str:
    parts: list[str] = []
    if job.step and job.state in (StepState.RUNNING, StepState.FAILED):
        parts.append(job.step)
    if job.state in (StepState.SKIPPED, StepState.CANCELLED):
        parts.append(job.state.value)
    elif job.seconds >= 1 and job.state.is_final:
        parts.append(say_duration(timedelta(seconds=job.seconds)))
    return " · ".join(parts)


def _words(text: str) -> str:
    """Return plain words for a task. Whether Slack reads markup in them is not documented: angle brackets become look-alikes, so that there is none."""
    return shorten(text.replace("<", "‹").replace(">", "›"), TASK_TITLE)
