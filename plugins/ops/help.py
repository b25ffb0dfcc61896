"""`help`: the commands, by what people want."""

from bot.api import Block, Command, Context, Message, UserError, code, context, header, md, section, sections
from plugins.ops.declared import plugin

# What people want, and by which commands they have it; whatever other plugins serve stands below.
GROUPS = {
    "Release": ("release", "deploy", "rollback", "tag", "why-not", "cancel", "rerun", "lock", "unlock"),
    "Alerts": ("ack", "snooze", "resolve", "scan"),
    "Look": ("status", "timeline", "locks", "watches", "digest"),
    "Administer": ("plugins", "help"),
}


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
