"""The plugins themselves: how each stands, and switching one on, off, or loading it anew."""

from bot.api import (
    Context,
    Message,
    Mrkdwn,
    Plugin,
    PluginState,
    PluginStatus,
    UserError,
    code,
    context,
    header,
    join,
    md,
    say_ago,
    section,
    shorten,
)

plugin = Plugin("plugins")

EMOJI = {PluginState.ON: "🟢", PluginState.OFF: "⚪", PluginState.BROKEN: "🔴"}
ORDER = (PluginState.BROKEN, PluginState.OFF, PluginState.ON)
AT_ONCE = 12  # in one section, which holds 3,000 characters


@plugin.command("plugins")
def plugins(ctx: Context, action: str = "list", name: str = "") -> None:
    """Show every plugin; `enable`, `disable` or `reload` NAME changes one while everything else goes on."""
    if action == "list":
        _list(ctx)
        return
    acts = {"enable": ctx.plugins.enable, "disable": ctx.plugins.disable, "reload": ctx.plugins.reload}
    if action not in acts:
        raise UserError(md("I can't {} a plugin. There is: {}.", code(action), join(", ", [code(word) for word in ("list", *acts)])))
    if not name:
        raise UserError(md("Which plugin? {}", code(f"{ctx.slash('plugins')} {action} NAME")))
    ctx.reply(_done(action, acts[action](name, ctx.actor)))


def _list(ctx: Context) -> None:
    found = sorted(ctx.plugins.all(), key=lambda status: ORDER.index(status.state))  # what is wrong comes first
    lines = [_line(ctx, status) for status in found]
    wrong = [status for status in found if status.state is PluginState.BROKEN or status.error]
    headline = f"{len(wrong)} of {len(found)} plugins can't be loaded" if wrong else f"{len(found)} plugins"
    blocks = [section(join("\n", lines[start : start + AT_ONCE])) for start in range(0, len(lines), AT_ONCE)]
    ctx.reply(
        Message.of(headline, header(headline), *blocks, context(md("{}", code(f"{ctx.slash('plugins')} enable|disable|reload NAME"))))
    )


def _line(ctx: Context, status: PluginStatus) -> Mrkdwn:
    commands = join(" ", [code(name) for name in status.commands]) or md("no commands")
    line = md("{} *{}* · {}", EMOJI[status.state], status.name, commands)
    if status.crashes:
        line = md("{} · {} crash{}", line, status.crashes, "" if status.crashes == 1 else "es")
    if status.state is PluginState.OFF and status.at:
        by = "" if status.why else f" by {ctx.name_of(status.by)}"
        why = f": {status.why}" if status.why else ""
        line = md("{}\n      switched off{} {}{}", line, by, say_ago(ctx.now() - status.at), why)
    if status.error:
        line = md("{}\n      ⚠️ {}", line, shorten(" ".join(status.error.split()), 200))
    return line


def _done(action: str, status: PluginStatus) -> Mrkdwn:
    names = join(" ", [code(name) for name in status.commands]) or md("no commands")
    match action:
        case "enable":
            return md("*{}* is on: {}.", status.name, names)
        case "disable":
            return md("*{}* is off. Handlers of it that run come to their end.", status.name)
        case _ if status.state is PluginState.OFF:
            return md("*{}* is loaded anew, and still off.", status.name)
        case _:
            return md("*{}* is loaded anew: {}.", status.name, names)
