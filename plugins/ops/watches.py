"""`watches`: each log watch with its last scan."""

from bot.api import (
    Context,
    Message,
    Mrkdwn,
    UserError,
    Window,
    alert_line,
    clock_time,
    code,
    counted,
    join,
    md,
    say_ago,
    say_duration,
    sections,
    shorten,
)
from plugins.ops.declared import plugin


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
