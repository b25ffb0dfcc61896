"""`status`: what runs, waits, is locked or frozen, which alerts are open, and what is live where."""

from datetime import datetime, timedelta

from bot.api import (
    Alert,
    AlertState,
    Block,
    Context,
    Lock,
    Message,
    Mrkdwn,
    Operation,
    OperationState,
    alert_brief,
    by_urgency,
    clock_time,
    context,
    counted,
    frozen_until,
    header,
    join,
    live_lines,
    lock_line,
    md,
    operation_line,
    say_ago,
    say_duration,
    section,
    sections,
    shorten,
    unknown_line,
)
from plugins.ops.declared import plugin

MOST_LINES = 10  # of one part of the status
MOST_RECENT = 30  # operations among which the last that ended are looked for
MISSED, GRACE = 2, timedelta(minutes=1)  # a watch that was not read for so many times its pace, and a minute, is blind


@plugin.command("status", repeatable=True)
def status(ctx: Context) -> None:
    """Show what runs, waits, is locked or frozen, which alerts are open, and what is live where."""
    unfinished = ctx.operations.unfinished()
    waiting = [_waiting(ctx, operation) for operation in unfinished if _waits(operation)]
    running = [_since(ctx, operation) for operation in unfinished if not _waits(operation)]
    alerts = by_urgency(ctx.alerts.open())
    seen = [alert for alert in alerts if not alert.is_blind]
    (standing, unknown), frozen, blind = ctx.locks.all(), _frozen(ctx), _blind(ctx, alerts)
    ended = [operation for operation in ctx.operations.recent(MOST_RECENT) if operation.state.is_final]
    recent = [_since(ctx, operation) for operation in ended[:5]]
    parts: list[tuple[str, list[Mrkdwn], str]] = [
        ("Running now", running, "Nothing runs."),
        ("Waiting", waiting, ""),
        ("Locked", _locks(ctx, standing, unknown), ""),
        ("Frozen", frozen, ""),
        ("Open alerts", [_alert(ctx, alert) for alert in seen], "No alert is open."),
        ("Blind watches", blind, ""),
        ("Live", live_lines(ctx.live.everywhere()), "Nothing was released through me yet."),
        ("Last operations", recent, "None yet."),
    ]
    nobodys = sum(alert.state is AlertState.FIRING for alert in seen)
    counts = (
        (len(running), f"{len(running)} running"),
        (len(waiting), f"{len(waiting)} waiting"),
        (len(standing), counted(len(standing), "lock")),
        (len(unknown), "not all locks are known"),
        (len(frozen), counted(len(frozen), "freeze")),
        (len(seen), counted(len(seen), "open alert") + (f", {nobodys} that nobody has" if nobodys else "")),
        (len(blind), counted(len(blind), "blind watch")),
    )
    glance = " · ".join(said for count, said in counts if count) or "Nothing runs, waits, is locked or frozen, and no alert is open."
    blocks: list[Block] = [header("Status"), section(glance)]
    for title, lines, nothing in parts:
        if lines or nothing:
            blocks += _part(title, lines or [md("{}", nothing)])
    ctx.reply(Message.of(glance, *blocks, context(_watching(ctx))))


def _part(title: str, lines: list[Mrkdwn]) -> list[Block]:
    most = len(lines) if title == "Live" else MOST_LINES
    more = [md("… and {} more", len(lines) - most)] if len(lines) > most else []
    return sections([md("*{}*", title), *lines[:most], *more])


def _waits(operation: Operation) -> bool:
    """Say whether an operation goes on only when somebody, or something else, has done their part."""
    waits = (OperationState.REQUESTED, OperationState.AWAITING_APPROVAL, OperationState.UNKNOWN)
    return operation.state in waits or bool(operation.reviews)


def _since(ctx: Context, operation: Operation) -> Mrkdwn:
    return md("{} · {}", operation_line(operation, ctx.name_of(operation.actor)), say_ago(ctx.now() - operation.requested_at))


def _waiting(ctx: Context, operation: Operation) -> Mrkdwn:
    """Say an operation that waits, and below it for whom or what."""
    match operation.state:
        case OperationState.AWAITING_APPROVAL:
            needed, given = operation.approvals_needed, [ctx.name_of(each.by) for each in operation.approvals]
            why = md("{} of {} missing: {}", needed - len(given), counted(needed, "approval"), ctx.approvals.awaited(operation))
            if given:
                why = md("{} · given by {}", why, ", ".join(given))
            if operation.expires_at:
                why = md("{} · until {}", why, clock_time(operation.expires_at, with_day=True))
        case OperationState.UNKNOWN:
            why = md("somebody must say what came of it, by the buttons of its message")
        case OperationState.REQUESTED:
            why = md("{}", shorten(operation.reason or "its turn", 200))
        case _:
            where = (f"{review.environment}: {' or '.join(review.reviewers[:5]) or 'its reviewers'}" for review in operation.reviews[:3])
            why = md("{}", shorten("; ".join(where), 200))
    return md("{}\n↳ {}", _since(ctx, operation), why)


def _locks(ctx: Context, standing: list[Lock], unknown: list[str]) -> list[Mrkdwn]:
    lines = [lock_line(lock, ctx.locks.owner_of(lock), ctx.now()) for lock in standing]
    if unknown:
        lines.append(unknown_line(unknown))
    return lines


def _frozen(ctx: Context) -> list[Mrkdwn]:
    """Say what is frozen now and until when, services that are so together in one line."""
    together: dict[tuple[str, datetime], list[str]] = {}
    for service in ctx.configuration.services.values():
        for environment in service.environments.values():
            held = frozen_until(environment.freeze, ctx.now())
            if held:
                together.setdefault((environment.name, held[1]), []).append(service.name)
    return [
        md("❄️ *{}* · *{}* · until {}", shorten(", ".join(services), 300), environment, clock_time(until, with_day=True))
        for (environment, until), services in together.items()
    ]


def _blind(ctx: Context, alerts: list[Alert]) -> list[Mrkdwn]:
    """Say which watches see nothing: those that have an alert for it, and those that nobody reads."""
    told = [alert for alert in alerts if alert.is_blind]
    lines = [_alert(ctx, alert) for alert in told]
    for watch, window in ctx.watches.last_windows():
        if window and ctx.now() - window.ended_at > MISSED * watch.every + GRACE and watch.name not in [alert.watch for alert in told]:
            ago = say_ago(ctx.now() - window.ended_at)
            lines.append(md("⚠️ *{}* · read {}, though it is to be read every {}", watch.name, ago, say_duration(watch.every)))
    return lines


def _alert(ctx: Context, alert: Alert) -> Mrkdwn:
    owner = ctx.name_of(alert.acknowledged_by) if alert.acknowledged_by else ""
    return md("{} · {}", alert_brief(alert, owner), say_ago(ctx.now() - alert.opened_at))


def _watching(ctx: Context) -> Mrkdwn:
    windows = ctx.watches.last_windows()
    if not windows:
        return md("No log is watched.")
    scans = [md("{} {}", watch.name, say_ago(ctx.now() - window.ended_at) if window else "not yet") for watch, window in windows[:8]]
    return md("Last scans: {}", join(" · ", scans))
