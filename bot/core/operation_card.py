"""The one message that tells an operation: at a glance its state, what it is about, and the next step."""

from collections.abc import Sequence

from bot.core.approval_preview import what_is_approved
from bot.core.blocks import Block, Message, actions, context, section
from bot.core.durations import say_duration
from bot.core.markup import Mrkdwn, code, join, md, shorten
from bot.core.operation_buttons import buttons_of, offered_back
from bot.core.operation_progress import elapsed, plan
from bot.core.operation_words import headline
from bot.core.operations import Operation, OperationKind, OperationState, Reached, RunDeed, RunRequest
from bot.core.reviews import say_waiting


def operation_card(operation: Operation, who: str, asked_by: str = "", approved_by: Sequence[str] = ()) -> Message:
    """Draw an operation.

    Args:
        who: the name of the person who asked for it; they are not mentioned for their own act.
        asked_by: the name of the person who asked something of its run.
        approved_by: the names of those who approved it.
    """
    first = headline(operation)
    blocks: list[Block] = [section(first)]
    if operation.override:
        blocks.append(section(override_line(operation, who)))
    if operation.reason:
        blocks.append(section(md("{}", shorten(operation.reason, 600))))
    if operation.state is OperationState.AWAITING_APPROVAL:
        blocks.append(section(_approval_state(operation)))
        blocks += what_is_approved(operation)
    if operation.locked:
        blocks.append(section(md("🔒 *{}* is locked until somebody says that the cause was addressed.", operation.environment)))
    if operation.asked:
        blocks.append(section(_asked(operation.asked, asked_by)))
    if operation.state is OperationState.RUNNING and operation.reviews:
        blocks.append(section(say_waiting(operation.reviews, operation.run_url)))
    if clock := elapsed(operation):
        blocks.append(section(clock))
    if operation.jobs:
        blocks.append(plan(operation))
    if (
        operation.state in (OperationState.FAILED, OperationState.CANCELLED)
        and operation.reached is Reached.UNKNOWN
        and offered_back(operation)
    ):
        blocks.append(context(md("❔ I can't tell whether {} was deployed: look before you roll back.", code(operation.version))))
    blocks.append(context(_facts(operation, who, approved_by)))
    buttons = buttons_of(operation)
    if buttons:
        blocks.append(actions(*buttons, block_id=f"links:{operation.id}"))
    return Message.of(first, *blocks)


def override_line(operation: Operation, who: str) -> Mrkdwn:
    """Say loudly that an operation goes past gates, which, and why."""
    return md("🚨 *Break-glass*: {} went past *{}*\n“{}”", who, ", ".join(operation.overridden), operation.override)


def _approval_state(operation: Operation) -> Mrkdwn:
    until = operation.expires_at
    shown = Mrkdwn(f"<!date^{int(until.timestamp())}^{{time}}|{until:%H:%M} UTC>") if until else md("it is withdrawn")
    return md(
        "{} of {} approvals, asked of *{}*, until {}", len(operation.approvals), operation.approvals_needed, operation.approvers, shown
    )


def _asked(asked: RunRequest, who: str) -> Mrkdwn:
    then = md(", then to go back to {}", code(asked.back_to)) if asked.back_to else md("")
    if asked.deed is RunDeed.RERUN:
        return md("🔁 {} asked to re-run its failed jobs{}", who, md("") if asked.taken else md("; GitHub has not confirmed it yet"))
    how = md("GitHub is stopping it") if asked.taken else md("GitHub has not confirmed it yet")
    return md("🛑 {} asked to cancel it{}; {}", who, then, how)


def _facts(operation: Operation, who: str, approved_by: Sequence[str]) -> Mrkdwn:
    facts = [md("{} by {}", operation.kind.capitalize(), who)]
    if approved_by:
        facts.append(md("approved by {}", " and ".join(approved_by)))
    if operation.previous:
        facts.append(md("from {}", code(operation.previous)))
    if operation.commits:
        facts.append(md("{} commit{}", operation.commits, "" if operation.commits == 1 else "s"))
    if operation.sha:
        # What is deployed is the tag's commit, while `ref` is where the workflow is read.
        at = md("{} at", operation.ref) if operation.kind in (OperationKind.RELEASE, OperationKind.TAG) else md("at")
        facts.append(md("{} {}", at, code(operation.sha[:7])))
    if operation.finished_at:
        facts.append(md("took {}", say_duration(operation.finished_at - (operation.started_at or operation.requested_at))))
    facts.append(md("`{}`", operation.id))
    return join(" · ", facts)
