"""How things stand: status, watches, and help on every command."""

from datetime import datetime

from bot.api import (
    Alert,
    Block,
    Context,
    FieldErrors,
    Message,
    Mrkdwn,
    Plugin,
    UserError,
    Values,
    Verdict,
    Window,
    alert_brief,
    alert_line,
    clock_time,
    code,
    context,
    header,
    input_field,
    join,
    md,
    modal,
    operation_line,
    option,
    say_ago,
    say_duration,
    section,
    select,
    shorten,
    text_input,
)

plugin = Plugin("ops")

DID_RUN_FORM = "unknown_run"
MOST_RUNS = 50
MOST_ALERTS = 10


@plugin.command("status", repeatable=True)
def status(ctx: Context) -> None:
    """Show what runs, what is live where, and which alerts are open."""
    running = [operation_line(operation, ctx.name_of(operation.actor)) for operation in ctx.operations.unfinished()]
    open_alerts = ctx.alerts.open()
    alerts = [_alert(ctx, alert) for alert in open_alerts[:MOST_ALERTS]]
    if len(open_alerts) > MOST_ALERTS:
        alerts.append(md("… and {} more", len(open_alerts) - MOST_ALERTS))
    recent = [
        md("{} · {}", operation_line(operation, ctx.name_of(operation.actor)), say_ago(ctx.now() - operation.requested_at))
        for operation in ctx.operations.recent(5)
    ]
    parts = [
        ("Running now", running, "Nothing runs."),
        ("Live", _live(ctx), "Nothing was released through me yet."),
        ("Open alerts", alerts, "No alert is open."),
        ("Last operations", recent, "None yet."),
    ]
    blocks: list[Block] = [header("Status")]
    for title, lines, nothing in parts:
        blocks.append(section(join("\n", [md("*{}*", title), *(lines or [md("{}", nothing)])])))
    blocks.append(context(_watching(ctx)))
    text = f"{len(running)} running, {len(open_alerts)} alerts open"
    ctx.reply(Message.of(text, *blocks))


@plugin.command("why-not", repeatable=True)
def why_not(ctx: Context, service: str, environment: str, version: str = "") -> None:
    """Show every gate of an environment: whether it would let you through now, and who can clear it."""
    verdicts = ctx.operations.why_not(service, environment, version, ctx.actor)
    lines = [_verdict(verdict, ctx.now()) for verdict in verdicts]
    closed = sum(not verdict.passed for verdict in verdicts)
    what = md("*{}* {}→ *{}*", service, md("{} ", code(version)) if version else "", environment)
    headline = md("⛔ {}: {} of {} gates closed", what, closed, len(verdicts)) if closed else md("✅ {}: every gate is open for you", what)
    blocks = [section(headline), section(join("\n", lines))]
    if not version:
        blocks.append(context("Name a version to ask for the promotion order and the checks of its commit, too."))
    if closed and (role := ctx.configuration.services[service].environments[environment].overriders):
        passable = "lock, freeze, promotion order, checks and approval"
        blocks.append(context(md("In an emergency, whoever is {} can go past {}: {}", role, passable, code('--override "why"'))))
    ctx.reply(Message.of(headline, *blocks))


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
    ctx.reply(Message.of(f"{len(lines)} watches", section(join("\n", lines))))


def _last_scan(ctx: Context, window: Window) -> Mrkdwn:
    """Say what a watch read last, so that silence is never taken for health."""
    ago = say_ago(ctx.now() - window.ended_at)
    found = md("{} lines, {} errors · {}", f"{window.lines:,}", f"{window.errors:,}", ago)
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
    lines = [md("{}\n{}", code(f"{ctx.slash(entry.name)} {entry.usage}".strip()), entry.help.partition("\n")[0]) for entry in ctx.commands]
    blocks = [section(join("\n", lines[start : start + 12])) for start in range(0, len(lines), 12)]
    tip = context("Each is also a mention: write the same words after my name, and I answer in the thread.")
    ctx.reply(Message.of("What I can do", header("What I can do"), *blocks, tip))


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


def _alert(ctx: Context, alert: Alert) -> Mrkdwn:
    owner = ctx.name_of(alert.acknowledged_by) if alert.acknowledged_by else ""
    return md("{} · {}", alert_brief(alert, owner), say_ago(ctx.now() - alert.opened_at))


def _live(ctx: Context) -> list[Mrkdwn]:
    lines: list[Mrkdwn] = []
    everywhere = ctx.live.everywhere()
    for service in dict.fromkeys(live.service for live in everywhere):
        there = [live for live in everywhere if live.service == service and live.shown]
        if there:
            lines.append(md("*{}* · {}", service, join(" · ", [md("{} {}", live.environment, code(live.shown)) for live in there])))
        lines += [md("⚠️ {} {}: {}", service, live.environment, shorten(live.doubt, 300)) for live in there if live.doubt]
    return lines


def _watching(ctx: Context) -> Mrkdwn:
    windows = ctx.watches.last_windows()
    if not windows:
        return md("No log is watched.")
    scans = [md("{} {}", watch.name, say_ago(ctx.now() - window.ended_at) if window else "not yet") for watch, window in windows[:8]]
    return md("Last scans: {}", join(" · ", scans))
