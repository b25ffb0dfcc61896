"""The words and signs of an operation: the same state looks the same wherever it is shown."""

from bot.core.markup import Mrkdwn, code, link, md
from bot.core.operation_progress import jobs_done
from bot.core.operations import Operation, OperationKind, OperationState, StepState
from bot.core.reached import skipped_deployment

STATE_EMOJI = {
    OperationState.REQUESTED: "🕐",
    OperationState.AWAITING_APPROVAL: "✋",
    OperationState.APPROVED: "🕐",
    OperationState.DISPATCHING: "📨",
    OperationState.RUNNING: "⏳",
    OperationState.SUCCEEDED: "✅",
    OperationState.FAILED: "❌",
    OperationState.CANCELLED: "⏹️",
    OperationState.REJECTED: "⛔",
    OperationState.EXPIRED: "⌛",
    OperationState.UNKNOWN: "❓",
}
_STATE_WORDS = {
    OperationState.REQUESTED: "queued",
    OperationState.AWAITING_APPROVAL: "waits for approval",
    OperationState.APPROVED: "about to be sent to GitHub",
    OperationState.DISPATCHING: "on its way to GitHub, waiting for its run",
    OperationState.RUNNING: "running",
    OperationState.CANCELLED: "cancelled",
    OperationState.REJECTED: "rejected",
    OperationState.EXPIRED: "expired",
    OperationState.UNKNOWN: "outcome unknown",
}


def without_deployment(operation: Operation) -> str:
    """Return the name of the job that deploys where an operation succeeded without it; "" where it did not."""
    return skipped_deployment(operation) if operation.state is OperationState.SUCCEEDED else ""


def sign_of(operation: Operation) -> str:
    """Return the sign of how it stands."""
    return "⚠️" if without_deployment(operation) else STATE_EMOJI[operation.state]


def operation_line(operation: Operation, who: str) -> Mrkdwn:
    """Say an operation in one line, for lists."""
    name = link(operation.run_url, operation.version) if operation.run_url else code(operation.version)
    target = f" → {operation.environment}" if operation.environment else ""
    return md(
        "{} *{}* {}{} · {} · {}" + (" · 🚨 break-glass" if operation.override else ""),
        sign_of(operation),
        operation.service,
        name,
        target,
        state_word(operation),
        md("{} by {}", operation.kind, who),
    )


def headline(operation: Operation) -> Mrkdwn:
    """Say in one line what it is about and how it stands."""
    emoji, version = sign_of(operation), code(operation.version)
    what = md("*{}* {}", operation.service, version)
    target = md(" → *{}*", operation.environment) if operation.environment else md("")
    if operation.state is OperationState.SUCCEEDED and not without_deployment(operation):
        if operation.kind is OperationKind.TAG:
            return md("{} {} is tagged", emoji, what)
        return md("{} {} is live in *{}*", emoji, what, operation.environment)
    if operation.state is OperationState.FAILED:
        failed = next((job for job in operation.jobs if job.state is StepState.FAILED), None)
        where = md(": {}", code(f"{failed.name} › {failed.step}" if failed.step else failed.name)) if failed else md("")
        return md("{} {}{} failed{}", emoji, what, target, where)
    return md("{} {}{} · {}", emoji, what, target, state_word(operation))


def state_word(operation: Operation) -> str:
    """Say how it stands."""
    if skipped := without_deployment(operation):
        return f"succeeded, but GitHub skipped {skipped}"
    if operation.state is OperationState.RUNNING and operation.reviews:
        return "waits for a review on GitHub"
    if operation.state is OperationState.RUNNING and operation.jobs:
        return f"running, {jobs_done(operation)}"
    return _STATE_WORDS.get(operation.state, operation.state.value)
