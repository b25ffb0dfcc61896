"""Take an alert, or give it back: by command, button, reaction or a word in its thread."""

import re

from bot.api import Alert, AlertState, Context, Mrkdwn, Plugin, UserError, code, join, md, what_is_wrong

plugin = Plugin("ack")

MOST_LISTED = 5

_ID = re.compile(r"[Aa][0-9]+")
# The whole reply must say so: "ack the pager, please" in a thread is talk.
_TAKEN = re.compile(
    r"(?:ack(?:nowledged?)?|on it|i'?m on it|i'?ll take (?:it|this)|taking (?:it|this)|looking(?: into (?:it|this))?)[\s.!👍👀]*",
    re.IGNORECASE,
)


@plugin.command("ack")  # run twice, it could take the next alert as well
def ack(ctx: Context, alert: str = "", *note: str) -> None:
    """Take ALERT (such as A12), with a NOTE if you like; without one, the newest that nobody has, here first."""
    words = [word for word in (alert, *note) if word]
    if words and _ID.fullmatch(words[0]):
        _reply_taken(ctx, _take(ctx, words[0], " ".join(words[1:])), [])
        return
    here = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    firing = _firing(ctx)
    chosen = here or (firing[0] if firing else None)
    if chosen is None:
        raise UserError(_nothing_to_take(ctx))
    said = " ".join(words)
    others = [] if here else [each for each in firing if each.id != chosen.id]
    _reply_taken(ctx, _take(ctx, chosen.id, "" if _TAKEN.fullmatch(said) else said), others)


@plugin.action("ack", repeatable=True)
def ack_clicked(ctx: Context, alert_id: str) -> None:
    """Take the alert whose button was clicked."""
    taken = _take(ctx, alert_id)
    if taken.acknowledged_by != ctx.actor:
        ctx.tell(_whose(ctx, taken))


@plugin.action("give_back", repeatable=True)
def give_back_clicked(ctx: Context, alert_id: str) -> None:
    """Make the alert nobody's again."""
    ctx.alerts.give_back(alert_id, ctx.actor)


@plugin.reaction("eyes")
def reacted(ctx: Context) -> None:
    """Take the alert that is looked at with 👀; taking the reaction off gives it back."""
    alert = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.message_ts)
    if alert is None:
        return
    if not ctx.envelope.removed:
        _take(ctx, alert.id)
    elif alert.state is AlertState.ACKNOWLEDGED and alert.acknowledged_by == ctx.actor:
        ctx.alerts.give_back(alert.id, ctx.actor)


@plugin.reply
def replied(ctx: Context, text: str) -> bool:
    """Take the alert in whose thread somebody says that they are on it."""
    if not _TAKEN.fullmatch(re.sub(r"^\s*<@\w+>[\s,:]*", "", text).strip().replace("’", "'")):
        return False
    alert = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    if alert:
        _take(ctx, alert.id)
    return alert is not None


def _take(ctx: Context, alert_id: str, note: str = "") -> Alert:
    return ctx.alerts.acknowledge(alert_id, ctx.actor, note)


def _firing(ctx: Context) -> list[Alert]:
    """Return the alerts that nobody has, newest first: those of this channel, or of all when it has none."""
    for channel in (ctx.envelope.channel, ""):
        firing = [alert for alert in ctx.alerts.open(channel) if alert.state is AlertState.FIRING]
        if firing:
            return firing
    return []


def _nothing_to_take(ctx: Context) -> Mrkdwn:
    taken = ctx.alerts.open(ctx.envelope.channel)[:MOST_LISTED]
    if not taken:
        return md("No alert is open here.")
    return md("Nobody needs to take an alert: {}", join(" ", [_whose(ctx, alert) for alert in taken]))


def _reply_taken(ctx: Context, alert: Alert, others: list[Alert]) -> None:
    if alert.acknowledged_by != ctx.actor:
        ctx.reply(_whose(ctx, alert))
        return
    said = md("{} is yours: {} in {}.", code(alert.id), what_is_wrong(alert), alert.watch)
    if others:
        names = join(", ", [md("{} ({})", code(each.id), each.watch) for each in others[:MOST_LISTED]])
        more = f" and {len(others) - MOST_LISTED:,} more" if len(others) > MOST_LISTED else ""
        said = md("{} It is the newest; nobody has {}{} yet.", said, names, more)
    ctx.reply(said)


def _whose(ctx: Context, alert: Alert) -> Mrkdwn:
    if alert.state is not AlertState.ACKNOWLEDGED or alert.acknowledged_at is None:
        return md("{} is {}.", code(alert.id), alert.state)
    since = alert.acknowledged_at
    time = Mrkdwn(f"<!date^{int(since.timestamp())}^{{time}}|{since:%H:%M} UTC>")
    return md("{} ({}): {} has it since {}.", code(alert.id), alert.watch, ctx.name_of(alert.acknowledged_by), time)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
