"""What is said in an operation's thread: the changes that it brings, why it failed, and to whoever asked how it ended."""

from collections.abc import Sequence

from bot.core.blocks import Message, preformatted, section
from bot.core.markup import Mrkdwn, code, join, link, md, mention, shorten
from bot.core.operations import JobProgress, Operation, OperationKind, OperationState, StepState

REASON = 600
# Ends that whoever asked, or had failed jobs run again, is told by a mention, unless they brought them about themselves. Success is told by the message alone.
_ENDED = {
    OperationState.REJECTED: "{}, {} did not go out. {}",
    OperationState.EXPIRED: "{}, {} did not go out. {}",
    OperationState.CANCELLED: "{}, {} was ended. {}",
    OperationState.FAILED: "{}, {} failed. {}",
    OperationState.UNKNOWN: "{}, nobody knows how {} ended. {}",
}


def changes_note(operation: Operation, subjects: Sequence[tuple[str, str]]) -> Message | None:
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


def failure_note(jobs: tuple[JobProgress, ...], log_tail: str, why: str, log_url: str = "") -> Message:
    """Say in the thread which step failed, with the end of its log and a link to its line."""
    failed = next((job for job in jobs if job.state is StepState.FAILED), None)
    if failed:
        place = code(f"{failed.name} › {failed.step}" if failed.step else failed.name)
        url = log_url or failed.url
        text = md("❌ {} failed · {}", place, link(url, "open the log" if log_url else "open the job") if url else "")
    else:
        text = md("❌ {}", why or "The run failed before any job did.")
    blocks = [section(text)]
    if log_tail:
        blocks.append(preformatted(log_tail))
    return Message.of(text, *blocks)


def ended_note(operation: Operation, whom: Sequence[str], why: Message | None = None) -> Message | None:
    """Tell people, by a mention, how their operation ended without success; None where it goes on, or succeeded.

    Args:
        whom: who asked for it, who had its failed jobs run again, or both.
        why: what is said of it in the thread anyhow; None: its reason is said.
    """
    said = _ENDED.get(operation.state)
    if said is None:
        return None
    target = md(" to *{}*", operation.environment) if operation.environment else md("")
    asked = operation.actor in whom
    what = md("{} {} of {} {}{}", "your" if asked else "the", operation.kind, operation.service, code(operation.version), target)
    if not asked:
        what = md("{}, whose failed jobs you had run again,", what)
    line = md(said, mention(operation.actor if asked else operation.rerun_by), what, "" if why else shorten(operation.reason, REASON))
    again = [md("({} had its failed jobs run again.)", mention(operation.rerun_by))] if asked and operation.rerun_by in whom else []
    line = join(" ", [Mrkdwn(line.rstrip()), *again])
    return Message.of(join(" ", [line, why.text]), section(line), *why.blocks) if why else Message.of(line)
