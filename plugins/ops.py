"""How things stand: status, gates, watches, and help on every command; and operations whose outcome is unknown."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.api import (
    Alert,
    AlertState,
    Block,
    Command,
    Context,
    FieldErrors,
    Gate,
    Lock,
    Message,
    Mrkdwn,
    Operation,
    OperationState,
    Plugin,
    UserError,
    Values,
    Verdict,
    Window,
    alert_brief,
    alert_line,
    by_urgency,
    clock_time,
    code,
    context,
    counted,
    frozen_until,
    header,
    input_field,
    join,
    live_lines,
    lock_line,
    md,
    modal,
    operation_line,
    option,
    say_ago,
    say_duration,
    section,
    sections,
    select,
    shorten,
    text_input,
)

plugin = Plugin("ops")

DID_RUN_FORM = "unknown_run"
MOST_RUNS = 50
MOST_LINES = 10  # of one part of the status
MOST_RECENT = 30  # operations among which the last that ended are looked for
MISSED, GRACE = 2, timedelta(minutes=1)  # a watch that was not read for so many times its pace, and a minute, is blind
# What people want, and by which commands they have it; whatever other plugins serve stands below.
GROUPS = {
    "Release": ("release", "deploy", "rollback", "tag", "why-not", "cancel", "rerun", "lock", "unlock"),
    "Alerts": ("ack", "snooze", "resolve", "scan"),
    "Look": ("status", "timeline", "locks", "watches", "digest"),
    "Administer": ("plugins", "help"),
}


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


@plugin.command("why-not", repeatable=True)
def why_not(ctx: Context, service: str, environment: str, version: str = "") -> None:
    """Show every gate of an environment: whether it would let you through now, and who can clear it."""
    verdicts = ctx.operations.why_not(service, environment, version, ctx.actor)
    there = ctx.configuration.services[service].environments[environment]
    approval = next((verdict for verdict in verdicts if verdict.gate is Gate.APPROVAL and not verdict.passed), None)
    gates = [verdict for verdict in verdicts if verdict is not approval]
    lines = [_verdict(verdict, ctx.now()) for verdict in gates]
    closed, asks = sum(not verdict.passed for verdict in gates), counted(there.approvals, "approval")
    if approval:  # it comes after the others, and stops nobody from asking
        lines.append(md("✋ *{}* · {} asked for once it is started\n↳ _{}_", approval.gate, _are(there.approvals, asks), approval.clears))
    what = md("*{}* {}→ *{}*", service, md("{} ", code(version)) if version else "", environment)
    then = f", then {asks}" if approval else ""
    headline = (
        md("⛔ {}: {} of {} gates closed", what, closed, len(gates)) if closed else md("✅ {}: every gate is open for you{}", what, then)
    )
    blocks = [section(headline), *sections(lines)]
    if not version:
        blocks.append(context("Name a version to ask for the promotion order and the checks of its commit, too."))
    if (closed or approval) and (role := there.overriders):
        passable = "lock, freeze, promotion order, checks and approval"
        blocks.append(
            context(md("In an emergency, whoever holds the role {} can go past {}: {}", role, passable, code('--override "why"')))
        )
    ctx.reply(Message.of(headline, *blocks))


def _are(number: int, what: str) -> str:
    return f"{what} {'is' if number == 1 else 'are'}"


def _verdict(verdict: Verdict, now: datetime) -> Mrkdwn:
    if verdict.passed:
        return md("✅ {}", verdict.gate)
    since = md(" · since {}", say_ago(now - verdict.since)) if verdict.since else md("")
    return md("⛔ *{}*{} · {}\n↳ _{}_", verdict.gate, since, verdict.why, verdict.clears)


@plugin.command("watches", repeatable=True)
def watches(ctx: Context) -> None:
    """Show each log watch with its last scan."""
    lines: list[Mrkdwn] = []
    open_alerts = ctx.alerts.open()
    for watch, window in ctx.watches.last_windows():
        trouble = [md("\n{}", alert_line(alert)) for alert in open_alerts if alert.watch == watch.name]
        found = _last_scan(ctx, window) if window else md("not read yet")
        lines.append(md("*{}* · every {} · {}{}", watch.name, say_duration(watch.every), found, join("", trouble)))
    if not lines:
        raise UserError(md("No log is watched. Add a {} to chatops.toml.", code("[[watches]]")))
    ctx.reply(Message.of(counted(len(lines), "watch"), *sections(lines)))


def _last_scan(ctx: Context, window: Window) -> Mrkdwn:
    """Say what a watch read last, so that silence is never taken for health."""
    ago = say_ago(ctx.now() - window.ended_at)
    found = md("{}, {} · {}", counted(window.lines, "line"), counted(window.errors, "error"), ago)
    if window.learning_until:
        found = md("{} · 📚 learns until {}", found, clock_time(window.learning_until, with_day=True))
    elif window.usual is not None:
        found = md("{} · usually {}", found, f"{round(window.usual):,}")
    said = window.unreadable or window.notes
    if said:  # a watch that sees nothing must not look like one that finds nothing
        found = md("{}\n⚠️ {}", found, shorten(said[0], 300))
    return found


@plugin.command("help", repeatable=True)
def help_on(ctx: Context, command: str = "") -> None:
    """List the commands, or say more about one of them."""
    known = {entry.name: entry for entry in ctx.commands}
    if command:
        entry = known.get(command.lstrip("/"))
        if entry is None:
            raise UserError(md("There is no command {}. {} lists them all.", code(command), code(ctx.slash("help"))))
        usage = code(f"{ctx.slash(entry.name)} {entry.usage}".strip())
        ctx.reply(Message.of(entry.help, section(md("{}\n{}", usage, entry.help))))
        return
    groups = {title: [known[name] for name in names if name in known] for title, names in GROUPS.items()}
    grouped = {name for names in GROUPS.values() for name in names}
    groups["More"] = [entry for entry in ctx.commands if entry.name not in grouped]
    blocks = [block for title, entries in groups.items() if entries for block in _group(ctx, title, entries)]
    tip = context("Each is also a mention: write the same words after my name, and I answer in the thread.")
    ctx.reply(Message.of("What I can do", header("What I can do"), *blocks, tip))


def _group(ctx: Context, title: str, entries: list[Command]) -> list[Block]:
    """Draw the commands that are for one thing, each with the first line of its help."""
    shown = [md("{}\n{}", code(f"{ctx.slash(each.name)} {each.usage}".strip()), each.help.partition("\n")[0]) for each in entries]
    return sections([md("*{}*", title), *shown])


@plugin.action("unknown_did_run")
def did_run(ctx: Context, operation_id: str) -> None:
    """Ask which run it was, among those that nobody has."""
    runs = ctx.unknowns.candidates(operation_id, ctx.actor)[-MOST_RUNS:]
    blocks: list[Block] = []
    if runs:
        options = [option(f"#{run.number} {run.title}", str(run.id), f"{run.status} · {run.created_at:%H:%M:%S} UTC") for run in runs]
        blocks.append(input_field("run", "Which run is it?", select("run", options), optional=True))
    hint = "The number at the end of the run's address on GitHub."
    blocks.append(
        input_field("number", "Another run, by its number" if runs else "The run's number", text_input("number"), hint, optional=True)
    )
    ctx.open_modal({**modal(DID_RUN_FORM, "It did run", blocks, submit="Follow this run"), "private_metadata": operation_id})


@plugin.view(DID_RUN_FORM)
def adopt(ctx: Context, values: Values) -> None:
    """Follow the run that a person named."""
    chosen = str(values.get("number") or values.get("run") or "").rstrip("/").rpartition("/")[2]
    if not chosen.isdecimal():
        raise FieldErrors({"number": "Name the run: choose one, or give the number at the end of its address."})
    try:
        ctx.unknowns.adopt(ctx.envelope.private_metadata, int(chosen), ctx.actor)
    except UserError as refusal:
        raise FieldErrors({"number": refusal.args[0]}) from refusal


@plugin.action("unknown_dispatch_again")
def dispatch_again(ctx: Context, operation_id: str) -> None:
    """Send an operation once more that a person says did not run."""
    ctx.unknowns.dispatch_again(operation_id, ctx.actor)


@plugin.action("unknown_give_up")
def give_up(ctx: Context, operation_id: str) -> None:
    """End an operation whose outcome stays unknown."""
    ctx.unknowns.give_up(operation_id, ctx.actor)


@plugin.action("run_again", repeatable=True)  # it hands in what has a key of its own
def run_again(ctx: Context, entry: str) -> None:
    """Handle once more what a restart cut off."""
    ctx.run_again(entry)


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
        lines.append(md("❓ Not known: {}{}", shorten(unknown[0], 200), _and_more(unknown)))
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


def _and_more(found: Sequence[object]) -> str:
    return f" (and {len(found) - 1} more)" if len(found) > 1 else ""


def _watching(ctx: Context) -> Mrkdwn:
    windows = ctx.watches.last_windows()
    if not windows:
        return md("No log is watched.")
    scans = [md("{} {}", watch.name, say_ago(ctx.now() - window.ended_at) if window else "not yet") for watch, window in windows[:8]]
    return md("Last scans: {}", join(" · ", scans))
