"""Watch the logs: read what is new at each watch's pace, and tell each window that holds errors."""

from bot.api import Context, Mrkdwn, Plugin, UserError, Watch, Window, code, counted, join, md

plugin = Plugin("logwatch")


@plugin.each_watch
def scan(ctx: Context, watch: Watch) -> None:
    """Read what is new in a watch's logs."""
    ctx.watches.scan(watch)
    ctx.alerts.look_at_clock()


@plugin.command("scan")
def scan_now(ctx: Context, watch: str = "") -> None:
    """Read the logs of WATCH, or of all watches, now rather than when they are due."""
    found = [each for each in ctx.configuration.watches if watch in ("", each.name)]
    if not found:
        names = ", ".join(code(each.name) for each in ctx.configuration.watches)
        raise UserError(md("There is no watch {}. There are: {}.", code(watch), Mrkdwn(names or "none")))
    ctx.reply(join("\n", [_said(each, ctx.watches.scan(each)) for each in found]))


def _said(watch: Watch, window: Window) -> Mrkdwn:
    where = Mrkdwn(f"<#{watch.channel}>")
    if window.errors:
        return md("*{}*: {} in {}, told in {}.", watch.name, counted(window.errors, "error"), counted(window.lines, "new line"), where)
    notes = md(" {}", " ".join(window.notes)) if window.notes else ""
    return md("*{}*: {}, no errors.{}", watch.name, counted(window.lines, "new line"), notes)
