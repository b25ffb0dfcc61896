"""Runbooks: the steps for a known trouble, ticked off by whoever does them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.api import Context, Message, Plugin, UserError, actions, button, code, join, md, section


@dataclass(frozen=True)
class Settings:
    """`[plugins.runbook]`: the name of each book with its steps, `books = { disk-full = ["Look at df -h", "…"] }`."""

    books: Mapping[str, list[str]] = field(default_factory=dict)


plugin = Plugin("runbook", Settings)


@plugin.command("runbook", repeatable=True)
def runbook(ctx: Context, book: str = "") -> None:
    """Show the steps of BOOK, each with a button to tick it off; without one, list the books."""
    books: Mapping[str, list[str]] = ctx.settings.books
    if not book:
        ctx.reply(md("Runbooks: {}.", join(", ", [code(name) for name in sorted(books)]) or "none"))
        return
    if book not in books:
        raise UserError(md("There is no runbook {}. There are: {}.", code(book), ", ".join(sorted(books)) or "none"))
    ctx.reply(_drawn(ctx, book, ctx.envelope.key))


@plugin.action("runbook_done", repeatable=True)
def done(ctx: Context, value: str) -> None:
    """Tick a step off; a second click changes nothing."""
    book, step, run = value.split("|", 2)
    if ctx.storage.get(f"{run}:{step}") is None:
        ctx.storage.put(f"{run}:{step}", ctx.actor)
    ctx.redraw(_drawn(ctx, book, run))


def _drawn(ctx: Context, book: str, run: str) -> Message:
    steps = ctx.settings.books.get(book, [])
    by = {key.rpartition(":")[2]: str(who) for key, who in ctx.storage.items(f"{run}:").items()}
    lines = [
        md("{} {}{}", "✅" if str(n) in by else "▫️", text, md(" · {}", ctx.name_of(by[str(n)])) if str(n) in by else "")
        for n, text in enumerate(steps, 1)
    ]
    left = [n for n in range(1, len(steps) + 1) if str(n) not in by]
    buttons = [button(f"Step {n} is done", f"runbook_done:{n}", value=f"{book}|{n}|{run}") for n in left[:5]]
    headline = md("*{}*: {} of {} steps done", book, len(steps) - len(left), len(steps))
    blocks = [section(join("\n", [headline, *lines]))]
    return Message.of(headline, *blocks, *([actions(*buttons)] if buttons else []))
