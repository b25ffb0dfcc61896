"""The one message that tells an operation: at a glance its state, what it is about, and the next step."""

from datetime import timedelta

from bot.core.blocks import Block, Message, actions, button, confirm, context, section
from bot.core.durations import say_duration
from bot.core.markup import Mrkdwn, code, join, link, md, shorten
from bot.core.operations import JobProgress, Operation, OperationKind, OperationState, StepState

OPEN = "open"  # the action id of buttons that only open an address
APPROVE = "approve"
REJECT = "reject"
WITHDRAW = "withdraw"
DIGEST_SHOWN = 16
DID_RUN = "unknown_did_run"
DISPATCH_AGAIN = "unknown_dispatch_again"
GIVE_UP = "unknown_give_up"

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
STEP_EMOJI = {
    StepState.WAITING: "▫️",
    StepState.RUNNING: "⏳",
    StepState.SUCCEEDED: "✅",
    StepState.FAILED: "❌",
    StepState.CANCELLED: "⏹️",
    StepState.SKIPPED: "⏭️",
}
_STATE_WORDS = {
    OperationState.REQUESTED: "asked for",
    OperationState.AWAITING_APPROVAL: "waits for approval",
    OperationState.APPROVED: "about to be sent to GitHub",
    OperationState.DISPATCHING: "on its way to GitHub, waiting for its run",
    OperationState.RUNNING: "running",
    OperationState.CANCELLED: "cancelled",
    OperationState.REJECTED: "rejected",
    OperationState.EXPIRED: "expired",
    OperationState.UNKNOWN: "outcome unknown",
}
MOST_JOBS = 12


def operation_card(operation: Operation, who: str) -> Message:
    """Draw an operation. `who` is the name of the person who asked; they are not mentioned for their own act."""
    headline = _headline(operation)
    blocks: list[Block] = [section(headline)]
    if operation.reason:
        blocks.append(section(md("{}", shorten(operation.reason, 600))))
    if operation.state is OperationState.AWAITING_APPROVAL:
        blocks.append(section(_approval_state(operation)))
    if operation.jobs:
        blocks.append(section(_jobs(operation.jobs)))
    blocks.append(context(_facts(operation, who)))
    buttons = _buttons(operation)
    if buttons:
        blocks.append(actions(*buttons, block_id=f"links:{operation.id}"))
    return Message.of(headline, *blocks)


def operation_line(operation: Operation, who: str) -> Mrkdwn:
    """Say an operation in one line, for lists."""
    name = link(operation.run_url, operation.version) if operation.run_url else code(operation.version)
    target = f" → {operation.environment}" if operation.environment else ""
    return md(
        "{} *{}* {}{} · {} · {}",
        STATE_EMOJI[operation.state],
        operation.service,
        name,
        target,
        _word(operation),
        md("{} by {}", operation.kind, who),
    )


def changes_note(operation: Operation, subjects: list[tuple[str, str]]) -> Message | None:
    """List what is in the operation, for its thread: (first line of the commit message, author), newest first. None when there is nothing."""
    if not subjects:
        return None
    shown = [md("• {} _{}_", shorten(subject, 120), author) for subject, author in subjects[:8]]
    more = operation.commits - len(shown)
    if more > 0:
        shown.append(md("… and {} more", more))
    if operation.kind is OperationKind.ROLLBACK:
        since = md(" of {} taken back", code(operation.previous))
    else:
        since = md(" since {}", code(operation.previous)) if operation.previous else md("")
    title = md("*{} commit{}{}*", operation.commits, "" if operation.commits == 1 else "s", since)
    return Message.of(title, section(join("\n", [title, *shown])))


def _approval_state(operation: Operation) -> Mrkdwn:
    until = operation.expires_at
    shown = Mrkdwn(f"<!date^{int(until.timestamp())}^{{time}}|{until:%H:%M} UTC>") if until else md("it is withdrawn")
    return md(
        "{} of {} approvals, asked of *{}*, until {}", len(operation.approvals), operation.approvals_needed, operation.approvers, shown
    )


def _headline(operation: Operation) -> Mrkdwn:
    emoji, version = STATE_EMOJI[operation.state], code(operation.version)
    what = md("*{}* {}", operation.service, version)
    target = md(" → *{}*", operation.environment) if operation.environment else md("")
    if operation.state is OperationState.SUCCEEDED:
        if operation.kind is OperationKind.TAG:
            return md("{} {} is tagged", emoji, what)
        return md("{} {} is live in *{}*", emoji, what, operation.environment)
    if operation.state is OperationState.FAILED:
        failed = next((job for job in operation.jobs if job.state is StepState.FAILED), None)
        where = md(": {}", code(f"{failed.name} › {failed.step}" if failed.step else failed.name)) if failed else md("")
        return md("{} {}{} failed{}", emoji, what, target, where)
    return md("{} {}{} · {}", emoji, what, target, _word(operation))


def _word(operation: Operation) -> str:
    if operation.state is OperationState.RUNNING and operation.jobs:
        done = sum(job.state.is_final for job in operation.jobs)
        return f"running, {done} of {len(operation.jobs)} jobs done"
    return _STATE_WORDS.get(operation.state, operation.state.value)


def _jobs(jobs: tuple[JobProgress, ...]) -> Mrkdwn:
    lines = [_job(job) for job in jobs[:MOST_JOBS]]
    if len(jobs) > MOST_JOBS:
        lines.append(md("… and {} more jobs", len(jobs) - MOST_JOBS))
    return join("\n", lines)


def _job(job: JobProgress) -> Mrkdwn:
    name = link(job.url, job.name) if job.url else md("{}", job.name)
    parts = [md("{} {}", STEP_EMOJI[job.state], name)]
    if job.step and job.state in (StepState.RUNNING, StepState.FAILED):
        parts.append(md("› {}", job.step))
    if job.seconds >= 1 and job.state.is_final:
        parts.append(md("· {}", say_duration(timedelta(seconds=job.seconds))))
    return join(" ", parts)


def _facts(operation: Operation, who: str) -> Mrkdwn:
    facts = [md("{} by {}", operation.kind.capitalize(), who)]
    if operation.previous:
        facts.append(md("from {}", code(operation.previous)))
    if operation.commits:
        facts.append(md("{} commit{}", operation.commits, "" if operation.commits == 1 else "s"))
    if operation.sha:
        facts.append(md("{} at {}", operation.ref, code(operation.sha[:7])))
    if operation.finished_at:
        facts.append(md("took {}", say_duration(operation.finished_at - (operation.started_at or operation.requested_at))))
    facts.append(md("`{}`", operation.id))
    return join(" · ", facts)


def _buttons(operation: Operation) -> list[Block]:
    if operation.state is OperationState.UNKNOWN:
        return [*_decisions(operation), *_links(operation)]
    if operation.state is OperationState.AWAITING_APPROVAL:
        return [*_approval_buttons(operation), *_links(operation)]
    return _links(operation)


def _approval_buttons(operation: Operation) -> list[Block]:
    """Return the buttons of a decision; each carries what exactly is decided on. The plugin approve serves them."""
    what = f"{operation.service} {operation.version} to {operation.environment}"
    bound = f"{operation.id}:{operation.digest[:DIGEST_SHOWN]}"
    sure = confirm("Approve?", f"This releases {what}, commit {operation.sha[:7]}, as soon as {_approvals_missing(operation)}.", "Approve")
    return [
        button("Approve", APPROVE, value=bound, style="primary", confirm=sure),
        button("Reject …", REJECT, value=bound, style="danger"),
        button("Withdraw", WITHDRAW, value=bound),
    ]


def _approvals_missing(operation: Operation) -> str:
    missing = operation.approvals_needed - len(operation.approvals) - 1
    return "you confirm" if missing <= 0 else f"{missing} more approve it after you"


def _decisions(operation: Operation) -> list[Block]:
    """Return the buttons with which a person says what happened; the plugin ops serves them."""
    what = f"{operation.service} {operation.version}"
    again = confirm("Dispatch again?", f"Only if you saw on GitHub that {what} did not run: it is sent a second time.", "Dispatch again")
    give_up = confirm("Give up?", f"I stop looking for the run of {what}. Nothing is cancelled on GitHub.", "Give up")
    return [
        button("It did run …", DID_RUN, value=operation.id),
        button("It did not run: dispatch again", DISPATCH_AGAIN, value=operation.id, confirm=again),
        button("Give up", GIVE_UP, value=operation.id, style="danger", confirm=give_up),
    ]


def _links(operation: Operation) -> list[Block]:
    links = [
        (f"Run #{operation.run_number}" if operation.run_number else "Run", operation.run_url),
        ("Compare", operation.compare_url),
        ("Release notes", operation.release_url),
    ]
    return [button(text, f"{OPEN}:{n}", url=url) for n, (text, url) in enumerate(links) if url.startswith(("https://", "http://"))]
