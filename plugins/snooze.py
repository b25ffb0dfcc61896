"""Keep an alert silent for a time, or end it; ask owners whether they are still on it."""

import json
from datetime import timedelta

from bot.api import (
    Alert,
    Ask,
    Block,
    Context,
    Deed,
    Message,
    Mrkdwn,
    Plugin,
    UserError,
    Values,
    actions,
    button,
    clock_time,
    code,
    context,
    counted,
    input_field,
    join,
    md,
    modal,
    option,
    parse_duration,
    read_ask,
    say_duration,
    section,
    select,
    shorten,
    told_by,
    until_clock,
    write_duration,
)

plugin = Plugin("snooze")

FORM = "snooze_form"
LENGTHS = {"1h": "1 hour", "4h": "4 hours", "8h": "8 hours", "1d": "1 day", "3d": "3 days", "7d": "7 days"}
DAY = timedelta(days=1)
LONGEST = 7 * DAY
SNOOZE_FOR = "snooze_for"
MOST_NAMED = 5
MOST_SHOWN = 80


@plugin.action("snooze")
def asked(ctx: Context, alert_id: str) -> None:
    """Show what a snooze would have muted in the last day, and ask for how long it is to last."""
    alert = _to_snooze(ctx, alert_id)
    blocks: list[Block] = [
        *_told(ctx, alert),
        input_field("length", "For how long?", select("length", [option(text, value) for value, text in LENGTHS.items()], "1h")),
        context(_afterwards(alert)),
    ]
    place = json.dumps({"alert": alert.id, "channel": alert.channel})
    ctx.open_modal(modal(FORM, f"Snooze {alert.id}", blocks, submit="Snooze", private_metadata=place))


@plugin.view(FORM, repeatable=True)
def confirmed(ctx: Context, values: Values) -> None:
    """Snooze."""
    ctx.alerts.snooze(str(json.loads(ctx.envelope.private_metadata)["alert"]), ctx.actor, parse_duration(str(values["length"])))


@plugin.command("snooze", repeatable=True)
def snooze(ctx: Context, alert: str = "", *length: str) -> None:
    """Keep ALERT (such as A12) silent for LENGTH, such as 30m, 4h or until 9:00: shows what that would have muted, with a button that does it.

    In an alert's thread it need not be named.
    """
    ask = read_ask((alert, *length), Deed.SNOOZE)
    alert_id = _which_is_meant(ctx, ask)
    if ask.note:
        raise UserError(md("{} is not a length of time; write something like 30m, 4h, 1d or until 9:00.", code(ask.note)))
    until = until_clock(ask.until, ctx.now(), ctx.zone_of(ctx.actor)) if ask.until else None
    lasts = until - ctx.now() if until else ask.length or timedelta(hours=1)
    if lasts > LONGEST:
        raise UserError(f"An alert can be snoozed for up to {LONGEST.days} days.")
    found = _to_snooze(ctx, alert_id)
    what = f"Snooze {found.id} " + (f"until {until:%a %H:%M}" if until else f"for {say_duration(lasts)}")
    value = f"{found.id}|@{until.timestamp():.0f}" if until else f"{found.id}|{lasts.total_seconds():.0f}"
    does_it = actions(button(what, SNOOZE_FOR, value, style="primary"), block_id=f"snooze:{found.id}")
    not_yet = md("{}: *not yet*, press the button.", what)
    ctx.tell(Message.of(not_yet, section(not_yet), *_told(ctx, found), context(_afterwards(found)), does_it))


@plugin.action(SNOOZE_FOR, repeatable=True)
def snoozed(ctx: Context, value: str) -> None:
    """Snooze the alert whose preview was shown."""
    alert_id, _, seconds = value.partition("|")
    lasts = timedelta(seconds=int(seconds.removeprefix("@")))
    if seconds.startswith("@"):  # a time of day stays where it is, however late the button is pressed
        lasts -= timedelta(seconds=ctx.now().timestamp())
    if lasts <= timedelta():
        raise UserError("That time is over. Nothing was changed.")
    after = ctx.alerts.snooze(alert_id, ctx.actor, lasts)
    until = clock_time(after.snoozed_until, with_day=True) if after.snoozed_until else ""
    ctx.redraw(Message.of(md("{} is snoozed until {}.", code(after.id), until)))


@plugin.command("resolve", repeatable=True)
def resolve(ctx: Context, alert: str = "", *note: str) -> None:
    """End ALERT (such as A12), with a NOTE if you like. What comes back is told anew.

    In an alert's thread it need not be named.
    """
    ask = read_ask((alert, *note), Deed.RESOLVE)
    after = ctx.alerts.resolve(_which_is_meant(ctx, ask), ctx.actor, ask.said)
    ctx.reply(md("{} is resolved.", code(after.id)))


@plugin.action("unsnooze", repeatable=True)
def unsnoozed(ctx: Context, alert_id: str) -> None:
    """End a snooze before its time."""
    ctx.alerts.unsnooze(alert_id, ctx.actor)


@plugin.action("resolve", repeatable=True)
def resolved(ctx: Context, alert_id: str) -> None:
    """End the alert whose button was clicked."""
    ctx.alerts.resolve(alert_id, ctx.actor)


@plugin.action("still_on_it", repeatable=True)
def still_on_it(ctx: Context, alert_id: str) -> None:
    """Note that the owner is still on it."""
    if ctx.alerts.get(alert_id) == ctx.alerts.confirm(alert_id, ctx.actor):
        ctx.tell(md("{} is yours already.", code(alert_id)))


@plugin.action("hand_back", repeatable=True)
def hand_back(ctx: Context, alert_id: str) -> None:
    """Make the alert nobody's again."""
    ctx.alerts.give_back(alert_id, ctx.actor)


@plugin.every("20s")
def look_at_clock(ctx: Context) -> None:
    """End snoozes, remind, escalate."""
    ctx.alerts.look_at_clock()


def _which_is_meant(ctx: Context, ask: Ask) -> str:
    """Return the id of the alert that is named, or in whose thread the command was said.

    Raises:
        UserError: it is neither, with what to type.
    """
    slash = ctx.slash(ask.deed)
    if ask.is_several:
        raise UserError(f"I {'end' if ask.deed is Deed.RESOLVE else 'snooze'} one alert at a time. Nothing was changed.")
    if ask.alert:
        return ask.alert
    here = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    may_be = next(iter(ask.numbers), "")
    if here and (not may_be or not ask.is_plain or may_be == here.id):
        return here.id
    if may_be:
        behind = f"until {ask.until}" if ask.until else write_duration(ask.length) if ask.length else shorten(ask.note, MOST_SHOWN)
        minutes = md(", or {}", code(f"{slash} {may_be[1:]}m")) if here and ask.deed is Deed.SNOOZE and not behind else ""
        raise UserError(md("Did you mean {}{}? Nothing was changed.", code(f"{slash} {may_be} {behind}".rstrip()), minutes))
    if ask.later:
        raise UserError(md("The alert comes first: {}. Nothing was changed.", code(f"{slash} {ask.later} …")))
    missing = md("There is no alert {}.", code(ask.note.partition(" ")[0])) if ask.note else "Which alert?"
    raise UserError(md("{}{}", missing, _which(ctx, ask.deed)))


def _which(ctx: Context, command: str) -> Mrkdwn:
    """Say how the alerts that are open here would be named; nothing when there are none."""
    found = (ctx.alerts.open(ctx.envelope.channel) or ctx.alerts.open())[:MOST_NAMED]
    typed = [md("{} ({})", code(f"{ctx.slash(command)} {each.id}"), each.title) for each in found]
    return md(" Open: {}.", join(", ", typed)) if typed else md(" None is open.")


def _to_snooze(ctx: Context, alert_id: str) -> Alert:
    """Return an alert that the person may snooze.

    Raises:
        UserError: they may not.
    """
    alert = ctx.alerts.get(alert_id)
    if not alert.is_open:
        raise UserError(md("{} is resolved.", code(alert.id)))
    if alert.acknowledged_by not in ("", ctx.actor):
        raise UserError(md("{} is {}'s: take it over before you snooze it.", code(alert.id), alert.owner_name))
    return alert


def _told(ctx: Context, alert: Alert) -> list[Block]:
    """Say what a snooze means, before it is confirmed."""
    if alert.window:
        meaning = "goes on counting, and tells nobody anything: no new kinds, no spikes, no reminders"
    else:
        goes_on = "is silenced in Alertmanager, too" if alert.origin.kind == "alertmanager" else "goes on"
        meaning = f"{goes_on}, and tells nobody anything: no reminders, and nobody else is called"
    return [
        section(md("*{}* {}.", alert.title, meaning)),
        section(md("*In the last 24 hours this would have muted:*\n{}", _preview(ctx, alert))),
    ]


def _afterwards(alert: Alert) -> str:
    quiet = "it was quiet for long enough" if alert.window else "it has ended"
    return f"It fires again when the time is over, unless {quiet} by then."


def _preview(ctx: Context, alert: Alert) -> Mrkdwn:
    """Say what the alert's watch had to say in the last day."""
    if alert.window is None:  # a watch that is blind, or an alert of Alertmanager
        return _fired(ctx, alert)
    every = ctx.watches.windows_since(alert.watch, ctx.now() - DAY)
    windows, told = [window for window in every if window.errors], told_by(every[::-1])
    if not windows:
        return md("Nothing: no window of its watch held an error.")
    held = counted(len(windows), "window") + " with " + counted(sum(window.errors for window in windows), "error")
    if not told.messages:
        return md("Nothing: {} held nothing that is worth a word.", held)
    back = counted(told.back, "kind") + (" that was back" if told.back == 1 else " that were back")
    counts = ((told.new, counted(told.new, "new kind")), (told.back, back), (told.spikes, counted(told.spikes, "spike")))
    signs = ", ".join(said for count, said in counts if count)
    lines = [md("• {}: {}", counted(told.messages, "message"), signs), md("• {}, which are counted all the same", held)]
    worst = max(windows, key=lambda window: window.errors)
    if worst.fingerprints and alert.samples != "none":
        lines.append(
            md("• in the worst window mostly {}", code(shorten(worst.fingerprints[0].sample or worst.fingerprints[0].template, 100)))
        )
    return join("\n", lines)


def _fired(ctx: Context, alert: Alert) -> Mrkdwn:
    """Say how often a problem of which nothing is counted was told in the last day, and for how long it went on."""
    now = ctx.now()
    lasts = now - (alert.began_at or alert.opened_at)
    said = [
        f"• this one, all the time: it has gone on for {say_duration(lasts)}"
        if lasts > DAY
        else f"• this one, for {say_duration(lasts)} now"
    ]
    earlier = ctx.alerts.earlier(alert.id, now - DAY)
    if earlier:
        ended = [(each.began_at or each.opened_at, each.resolved_at) for each in earlier]
        lasted = sum((until - max(since, now - DAY) for since, until in ended if until), timedelta(0))
        said.append(f"• {counted(len(earlier), 'earlier one')}, {say_duration(lasted)} in all")
    return join("\n", [md("{}", line) for line in said])
