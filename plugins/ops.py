"""How things stand: status, watches, and help on every command."""

from bot.api import (
    Block,
    Context,
    Message,
    Mrkdwn,
    Plugin,
    UserError,
    code,
    context,
    header,
    join,
    md,
    operation_line,
    say_ago,
    say_duration,
    section,
)

plugin = Plugin("ops")


@plugin.command("status", repeatable=True)
def status(ctx: Context) -> None:
    """Show what runs, what is live where, and which alerts are open."""
    running = [operation_line(operation, ctx.name_of(operation.actor)) for operation in ctx.operations.unfinished()]
    alerts = [
        md("{} *{}* · {} errors · {}", code(alert.id), alert.watch, alert.window.errors, say_ago(ctx.now() - alert.opened_at))
        for alert in ctx.alerts.open()[:10]
    ]
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
    text = f"{len(running)} running, {len(alerts)} alerts open"
    ctx.reply(Message.of(text, *blocks))


@plugin.command("watches", repeatable=True)
def watches(ctx: Context) -> None:
    """Show each log watch with its last scan."""
    lines: list[Mrkdwn] = []
    for watch, window in ctx.watches.last_windows():
        if window is None:
            found = md("not read yet")
        else:
            ago = say_ago(ctx.now() - window.ended_at)
            found = md("{} lines, {} errors · {}", f"{window.lines:,}", f"{window.errors:,}", ago)
        lines.append(md("*{}* · every {} · {}", watch.name, say_duration(watch.every), found))
    if not lines:
        raise UserError(md("No log is watched. Add a {} to chatops.toml.", code("[[watches]]")))
    ctx.reply(Message.of(f"{len(lines)} watches", section(join("\n", lines))))


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


def _live(ctx: Context) -> list[Mrkdwn]:
    lines: list[Mrkdwn] = []
    for service in ctx.configuration.services.values():
        live = [(name, ctx.operations.last_succeeded(service.name, name)) for name in service.environments]
        shown = [md("{} {}", name, code(operation.version)) for name, operation in live if operation]
        if shown:
            lines.append(md("*{}* · {}", service.name, join(" · ", shown)))
    return lines


def _watching(ctx: Context) -> Mrkdwn:
    windows = ctx.watches.last_windows()
    if not windows:
        return md("No log is watched.")
    scans = [md("{} {}", watch.name, say_ago(ctx.now() - window.ended_at) if window else "not yet") for watch, window in windows[:8]]
    return md("Last scans: {}", join(" · ", scans))
