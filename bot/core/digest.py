"""The weekly digest: the four DORA figures of what was brought to production, and what the alerts asked of people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from bot.core.alerts import MOST_POINTS, Alert
from bot.core.blocks import Block, Message, context, header, section
from bot.core.charts import LEAST_POINTS, bar_chart
from bot.core.durations import say_duration
from bot.core.markup import Mrkdwn, join, md
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.plurals import counted

MOST_WATCHES = 8
DEFINITIONS = (
    "Lead time: from the newest commit's merge to its success there. Failure rate: of the releases and deploys, those that failed or were rolled back"
    " next. Time to restore: from then to the next success. Medians."
)
_CHANGES = (OperationKind.RELEASE, OperationKind.DEPLOY)
_COUNTED = (*_CHANGES, OperationKind.ROLLBACK)


@dataclass(frozen=True, slots=True)
class Digest:
    """The figures of a period. A median of nothing is None."""

    environment: str
    since: datetime
    until: datetime
    deployments: int  # that succeeded, rollbacks among them
    by_service: Mapping[str, int]
    by_day: Mapping[date, int]
    lead_time: timedelta | None
    attempts: int  # releases and deploys that came to an end
    failures: int  # of them: failed, or rolled back next
    restore_time: timedelta | None
    rollbacks: int
    alerts_by_watch: Mapping[str, int]
    acknowledge_time: timedelta | None
    unacknowledged: int


def digest_of_period(
    operations: Iterable[Operation],
    alerts: Iterable[Alert],
    merged_at: Mapping[str, datetime],
    environment: str,
    since: datetime,
    until: datetime,
) -> Digest:
    """Count a period.

    Args:
        operations: those that ended since its beginning, or later than its end: a failure may be restored after it.
        merged_at: commit → when it was merged; what is not known counts for no lead time.
    """
    ended = sorted(
        (
            o
            for o in operations
            if o.environment == environment and o.kind in _COUNTED and o.finished_at is not None and o.finished_at >= since
        ),
        key=_end,
    )
    within = [operation for operation in ended if _end(operation) < until]
    succeeded = [operation for operation in within if operation.state is OperationState.SUCCEEDED]
    changes = [o for o in within if o.kind in _CHANGES and o.state in (OperationState.SUCCEEDED, OperationState.FAILED)]
    nexts = {operation.id: _next_success(operation, ended) for operation in changes}
    failed = [o for o in changes if o.state is OperationState.FAILED or _is_rollback(nexts[o.id])]
    restored = [_end(then) - _end(o) for o in failed if (then := nexts[o.id])]
    leads = [_end(o) - merged_at[o.sha] for o in succeeded if o.kind in _CHANGES and o.sha in merged_at]
    opened = [alert for alert in alerts if since <= alert.opened_at < until]
    taken = [at - alert.opened_at for alert in opened if (at := alert.first_acknowledged_at or alert.acknowledged_at)]
    return Digest(
        environment=environment,
        since=since,
        until=until,
        deployments=len(succeeded),
        by_service=Counter(operation.service for operation in succeeded),
        by_day=Counter(_end(operation).date() for operation in succeeded),
        lead_time=_median(leads),
        attempts=len(changes),
        failures=len(failed),
        restore_time=_median(restored),
        rollbacks=sum(operation.kind is OperationKind.ROLLBACK for operation in succeeded),
        alerts_by_watch=Counter(alert.title for alert in opened),
        acknowledge_time=_median(taken),
        unacknowledged=len(opened) - len(taken),
    )


def digest_card(digest: Digest) -> Message:
    """Draw a digest: the figures as text, the days as a chart where there is anything to draw."""
    last_day = (digest.until - timedelta(seconds=1)).date()
    title = f"{digest.since:%d %b} – {last_day:%d %b}: {counted(digest.deployments, 'deployment')} to {digest.environment}"
    blocks: list[Block] = [header(title), section(join("\n", [*_flow(digest), *_alerts(digest)]))]
    chart = _chart(digest)
    if chart:
        blocks.append(chart)
    return Message.of(title, *blocks, context(DEFINITIONS))


def _flow(digest: Digest) -> list[Mrkdwn]:
    services = ", ".join(
        f"{name} {count}" for name, count in sorted(digest.by_service.items(), key=lambda item: (-item[1], item[0]))[:MOST_WATCHES]
    )
    rate = (
        f"{100 * digest.failures / digest.attempts:.0f} % ({digest.failures} of {digest.attempts})"
        if digest.attempts
        else "nothing to count"
    )
    return [
        md("🚀 *Deployments* {}{}", f"{digest.deployments:,}", f" · {services}" if services else ""),
        md("⏱️ *Lead time* {}", _said(digest.lead_time)),
        md("❌ *Failure rate* {}", rate),
        md("🩹 *Time to restore* {}", _said(digest.restore_time)),
        md("↩️ *Rollbacks* {}", f"{digest.rollbacks:,}"),
    ]


def _alerts(digest: Digest) -> list[Mrkdwn]:
    count = sum(digest.alerts_by_watch.values())
    worst = sorted(digest.alerts_by_watch.items(), key=lambda item: (-item[1], item[0]))[:MOST_WATCHES]
    named = ", ".join(f"{name} {number}" for name, number in worst)
    lines = [md("🔔 *Alerts* {}{}", f"{count:,}", f" · {named}" if named else "")]
    if count:
        nobody = f" · {digest.unacknowledged:,} taken by nobody" if digest.unacknowledged else ""
        lines.append(md("👀 *Time to acknowledge* {}{}", _said(digest.acknowledge_time), nobody))
    return lines


def _chart(digest: Digest) -> Block | None:
    last = (digest.until - timedelta(seconds=1)).date()
    days = [digest.since.date() + timedelta(days=n) for n in range((last - digest.since.date()).days + 1)][-MOST_POINTS:]
    if not digest.deployments or len(days) < LEAST_POINTS:
        return None
    return bar_chart("Deployments by day", "deployments", [(f"{day:%a %d}", digest.by_day.get(day, 0)) for day in days], "day, UTC")


def _next_success(operation: Operation, ended: Sequence[Operation]) -> Operation | None:
    for other in ended:
        if other.service == operation.service and other.state is OperationState.SUCCEEDED and _end(other) > _end(operation):
            return other
    return None


def _is_rollback(operation: Operation | None) -> bool:
    return operation is not None and operation.kind is OperationKind.ROLLBACK


def _end(operation: Operation) -> datetime:
    return operation.finished_at or operation.updated_at


def _median(lengths: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(length.total_seconds() for length in lengths)) if lengths else None


def _said(length: timedelta | None) -> str:
    return "nothing to count" if length is None else say_duration(length)
