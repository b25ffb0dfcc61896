"""What happened: releases, approvals, locks, alerts and changes of the bot itself, in one list, and as files for a post-mortem."""

import json
from datetime import datetime, timedelta

from bot.api import (
    Context,
    Message,
    Mrkdwn,
    Plugin,
    TimelineEntry,
    TimelineQuery,
    actions,
    button,
    context,
    link,
    md,
    section,
    sections,
)

plugin = Plugin("timeline")

OLDER = "timeline_older"
NEWEST = "timeline_newest"
EXPORT = "timeline_export"
_HALF_DAY = timedelta(hours=12)


@plugin.command("timeline", repeatable=True)
def timeline(ctx: Context, *words: str) -> None:
    """Show what happened: `[service] [since 14:00] [until 15:30] [by @ann]`, the times in your own zone."""
    query = ctx.timeline.read(words, ctx.actor)
    ctx.reply(_drawn(ctx, query))


@plugin.action(OLDER, repeatable=True)
def older(ctx: Context, value: str) -> None:
    """Go on to what was before."""
    query, place = _unpacked(value)
    ctx.redraw(_drawn(ctx, query, place))


@plugin.action(NEWEST, repeatable=True)
def newest(ctx: Context, value: str) -> None:
    """Go back to the first page, as it is now."""
    ctx.redraw(_drawn(ctx, _unpacked(value)[0]))


@plugin.action(EXPORT)
def export(ctx: Context, value: str) -> None:
    """Share all of it as files, in a thread of this channel."""
    ctx.timeline.export(_unpacked(value)[0], ctx.actor, ctx.channel, ctx.envelope.key)


def _drawn(ctx: Context, query: TimelineQuery, place: str = "") -> Message:
    page = ctx.timeline.page(query, place)
    title = md("*Timeline of {}*", ctx.timeline.say(query, ctx.actor))
    if not page.entries:
        return Message.of(md("{}\nNothing happened.", title), section(md("{}\nNothing happened.", title)))
    lines = [_line(ctx, entry) for entry in page.entries]
    buttons = [button("Older", OLDER, value=_packed(query, page.older))] if page.older else []
    buttons += [button("Newest", NEWEST, value=_packed(query))] if place else []
    buttons += [button("Export", EXPORT, value=_packed(query))]
    note = context("Newest first. Times are yours. Export shares all of it in this channel, as Markdown and JSON lines.")
    return Message.of(title, *sections([title, *lines]), actions(*buttons), note)


def _line(ctx: Context, entry: TimelineEntry) -> Mrkdwn:
    seconds = int(entry.at.timestamp())
    shape = "{time}" if ctx.now() - entry.at < _HALF_DAY else "{date_short_pretty} {time}"
    time = Mrkdwn(f"<!date^{seconds}^{shape}|{entry.at:%Y-%m-%d %H:%M} UTC>")
    title = link(entry.link, entry.title) if entry.link else md("*{}*", entry.title)
    who = md("") if entry.actor == "chatopsd" else md(" · {}", "GitHub" if entry.actor == "github" else ctx.name_of(entry.actor))
    return md("{} {} {} {}{}", time, entry.emoji, title, entry.words, who)


def _packed(query: TimelineQuery, place: str = "") -> str:
    times = {name: at.isoformat() for name, at in (("since", query.since), ("until", query.until)) if at}
    words = {name: word for name, word in (("service", query.service), ("actor", query.actor), ("place", place)) if word}
    return json.dumps({**words, **times})


def _unpacked(value: str) -> tuple[TimelineQuery, str]:
    found = json.loads(value)
    since, until = (datetime.fromisoformat(found[name]) if name in found else None for name in ("since", "until"))
    return TimelineQuery(found.get("service", ""), found.get("actor", ""), since, until), found.get("place", "")
