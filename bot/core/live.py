"""What is live in an environment: GitHub's newest deployment, held against what the journal knows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.markup import Mrkdwn, code, join, md, shorten
from bot.core.operations import Operation
from bot.core.reached import skipped_deployment


@dataclass(frozen=True, slots=True)
class Record:
    """What GitHub says is live. `operation` is ours that made it, None when somebody else did; `named` the tag that it stands for, "" when unknown."""

    ref: str
    sha: str
    by: str
    at: datetime
    run_id: int | None
    url: str
    operation: Operation | None
    named: str


@dataclass(frozen=True, slots=True)
class Live:
    """What is live somewhere, as far as anybody knows."""

    service: str
    environment: str
    version: str  # the tag; "" when nothing is known, or what is live has no tag
    sha: str = ""
    by: str = ""  # a Slack user id when it went through us, else a GitHub login
    at: datetime | None = None
    ours: Operation | None = None  # the operation that brought it; None when somebody else did
    url: str = ""
    doubt: str = ""  # where GitHub and the journal differ, or why GitHub could not be asked; a sentence
    is_unasked: bool = False  # GitHub could not be asked: that is the doubt

    @property
    def shown(self) -> str:
        """Return the version, or the commit where there is none; "" when nothing is live."""
        return self.version or self.sha[:7]


def decide_live(service: str, environment: str, record: Record | None, last: Operation | None, trouble: str = "") -> Live:
    """Say what is live.

    Args:
        record: GitHub's newest successful deployment; None when there is none, or it could not be asked.
        last: what we brought there last with success.
        trouble: why GitHub could not be asked; "" when it could.
    """
    undeployed = _undeployed(last)
    ours = replace(_of_operation(service, environment, last), doubt=undeployed)
    if trouble:
        instead = "" if last is None else "; this is what I brought there last"
        doubt = " ".join(filter(None, (f"GitHub could not be asked what is live{instead}. {trouble}", undeployed)))
        return replace(ours, doubt=doubt, is_unasked=True)
    if record is None:
        return ours
    if last and record.run_id == last.run_id:
        return replace(ours, doubt="")  # whatever its jobs are called, it made the record of a deployment
    there = _of_record(service, environment, record)
    if last is None:
        return there
    # Not its end: we notice that late, and whoever deployed by hand in between came after it. Both by GitHub's clock, in whole seconds.
    began = last.started_at or last.dispatched_at or last.requested_at
    if record.at < began.replace(microsecond=0):
        if there.version == last.version:
            return ours
        if undeployed and record.operation:
            return replace(there, doubt=undeployed)  # the workflow does make records
        recordless = f"GitHub's newest record says {there.shown}: the workflow that brought {last.version} makes no deployment record."
        return replace(ours, doubt=undeployed or recordless)
    if there.version == last.version:
        return there
    if record.operation:
        state = record.operation.state.value
        return replace(there, doubt=f"The {record.operation.kind} that brought it is {state}; the last that succeeded is {last.version}.")
    return replace(there, doubt=f"It was deployed by {record.by}, not through me: the last that I brought there is {last.version}.")


def live_lines(everywhere: Sequence[Live]) -> list[Mrkdwn]:
    """Say what is live, a line a service, and where that is in doubt; that GitHub can't be asked is said once."""
    lines: list[Mrkdwn] = []
    for service in dict.fromkeys(live.service for live in everywhere):
        there = [live for live in everywhere if live.service == service and live.shown]
        if there:
            lines.append(md("*{}* · {}", service, join(" · ", [md("{} {}", live.environment, code(live.shown)) for live in there])))
        lines += [_doubt(live) for live in there if live.doubt and not live.is_unasked]
    unasked = [live for live in everywhere if live.is_unasked]
    more = f" (and {len(unasked) - 1} more)" if len(unasked) > 1 else ""
    return lines + [md("{}{}", _doubt(live), more) for live in unasked[:1]]


def _doubt(live: Live) -> Mrkdwn:
    return md("⚠️ {} {}: {}", live.service, live.environment, shorten(live.doubt, 300))


def _undeployed(last: Operation | None) -> str:
    """Say that the last run that ended green left its deployment out, if it did."""
    skipped = skipped_deployment(last) if last else ""
    if last is None or not skipped:
        return ""
    return f"The {last.kind} of {last.version} ended green, but GitHub skipped its job {skipped}: look whether it is live."


def _of_operation(service: str, environment: str, last: Operation | None) -> Live:
    if last is None:
        return Live(service, environment, "")
    return Live(service, environment, last.version, last.sha, last.actor, last.finished_at, last, last.run_url)


def _of_record(service: str, environment: str, record: Record) -> Live:
    made = record.operation
    if made:
        return Live(service, environment, made.version, made.sha, made.actor, record.at, made, made.run_url)
    return Live(service, environment, record.named, record.sha, record.by, record.at, None, record.url)
