"""`help`: the commands, by what people want."""

from collections.abc import Mapping

from bot.api import Block, Command, Context, Message, Mrkdwn, UserError, code, context, header, join, md, section, sections
from plugins.ops.declared import plugin

# What people want, and by which commands they have it; whatever other plugins serve stands below.
GROUPS = {
    "Releases": ("release", "deploy", "rollback", "tag", "why-not", "cancel", "rerun", "lock", "unlock"),
    "Alerts": ("ack", "snooze", "resolve", "scan"),
    "Look": ("status", "timeline", "locks", "watches", "digest"),
    "Administer": ("plugins", "help"),
}


@plugin.command("help", repeatable=True)
def help_on(ctx: Context, command: str = "") -> None:
    """List the commands, or say more about one of them, or about a topic."""
    known = {entry.name: entry for entry in ctx.commands}
    entry, topics = known.get(command.lstrip("/")), _topics(ctx, known)
    if entry:
        usage = code(f"{ctx.slash(entry.name)} {entry.usage}".strip())
        ctx.reply(Message.of(entry.help, section(md("{}\n{}", usage, entry.help))))
    elif command.capitalize() in topics:
        title = command.capitalize()
        ctx.reply(Message.of(title, header(title), *_details(ctx, topics[title])))
    elif command:
        raise UserError(md("There is no command or topic {}. {} lists them all.", code(command), code(ctx.slash("help"))))
    else:
        names = [section(md("*{}*\n{}", title, _names(ctx, entries))) for title, entries in topics.items()]
        more = md(
            "{} says more about a topic, {} about a command.", code(f"{ctx.slash('help')} releases"), code(f"{ctx.slash('help')} ack")
        )
        tip = context(md("{} Each is also a mention: write the same words after my name, and I answer in the thread.", more))
        ctx.reply(Message.of("What I can do", header("What I can do"), *names, tip))


def _topics(ctx: Context, known: Mapping[str, Command]) -> dict[str, list[Command]]:
    """Return the commands by what they are for; those that no topic names stand behind the others."""
    groups = {title: [known[name] for name in names if name in known] for title, names in GROUPS.items()}
    grouped = {name for names in GROUPS.values() for name in names}
    groups["More"] = [entry for entry in ctx.commands if entry.name not in grouped]
    return {title: entries for title, entries in groups.items() if entries}


def _names(ctx: Context, entries: list[Command]) -> Mrkdwn:
    """Say how the commands of a topic are called; what stands before several of them is said once."""
    before, names = "", list[Mrkdwn]()
    for word, _, rest in (ctx.slash(entry.name).partition(" ") for entry in entries):
        names.append(md("{} {}", code(word), code(rest)) if rest and word != before else code(rest or word))
        before = word if rest else ""
    return join(" ", names)


def _details(ctx: Context, entries: list[Command]) -> list[Block]:
    """Draw the commands of a topic, each with the first line of its help."""
    shown = [md("{}\n{}", code(f"{ctx.slash(each.name)} {each.usage}".strip()), each.help.partition("\n")[0]) for each in entries]
    return sections(shown)
