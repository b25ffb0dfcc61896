"""Take an alert, hand it on, note something, or give it back: by command, button, reaction or a word in its thread."""

import re
from dataclasses import dataclass
from datetime import timedelta

from bot.api import (
    Alert,
    AlertState,
    Ask,
    Block,
    Context,
    Deed,
    Message,
    Mrkdwn,
    Plugin,
    UserError,
    actions,
    button,
    clock_time,
    code,
    did_you_mean,
    join,
    md,
    read_ask,
    read_id,
    says_given_back,
    says_taken,
    says_taken_over,
    section,
    shorten,
    what_is_wrong,
    write_duration,
)

MOST_LISTED = 5
TAKE = "ack"
TAKE_OVER = "take_over"

_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}")

_FORMS = (
    ("[A12] [NOTE…]", "takes an alert,"),
    ("note TEXT…", "adds a note,"),
    ("@bob", "hands it over,"),
    ("over", "takes it over from who has it,"),
    ("back", "gives it back."),
)
_WORDS = ("note", "over", "back")
_LATELY = timedelta(days=1)
_AN_EXAMPLE = "A12"
_ANY_LENGTH = timedelta(hours=4)
_MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Settings:
    """`[plugins.ack]`. `reactions`: the emoji that take an alert, by name without colons."""

    reactions: tuple[str, ...] = ("eyes",)

    def __post_init__(self) -> None:
        wrong = [name for name in self.reactions if not _EMOJI.fullmatch(name)]
        if wrong or not self.reactions:
            raise ValueError(
                f"reactions: found {', '.join(wrong) or 'an empty list'}; expected names of emoji without colons, such as eyes."
            )


plugin = Plugin("ack", Settings)


@plugin.command("ack")  # run twice, it could take the next alert as well
def ack(ctx: Context, alert: str = "", *note: str) -> None:
    """Take ALERT (such as A12), with a NOTE if you like; without one, the newest that nobody has, here first.

    `/ack note TEXT` adds a note, `/ack @bob` hands the alert over, `/ack over` takes it over from who has it, `/ack back` gives it back.
    """
    ask = read_ask((alert, *note))
    _check_meant(ctx, ask)
    match ask.deed:
        case Deed.NOTE:
            found = _about(ctx, ask.alert)
            ctx.reply(md("Noted on {}.", code(ctx.alerts.note(found.id, ctx.actor, ask.note).id)))
        case Deed.HAND_OVER:
            _hand_over(ctx, ask)
        case Deed.TAKE_OVER:
            _reply_taken(ctx, ctx.alerts.acknowledge(_about(ctx, ask.alert).id, ctx.actor, take_over=True))
        case Deed.GIVE_BACK:
            back = ctx.alerts.give_back(_about(ctx, ask.alert, mine=True).id, ctx.actor)
            ctx.reply(md("{} is nobody's again.", code(back.id)))
        case _:
            _take(ctx, ask)


@plugin.action(TAKE, repeatable=True)
def ack_clicked(ctx: Context, alert_id: str) -> None:
    """Take the alert whose button was clicked."""
    taken = ctx.alerts.acknowledge(alert_id, ctx.actor)
    if taken.acknowledged_by != ctx.actor or not taken.is_open:
        ctx.tell(_theirs(ctx, taken))
    elif ctx.envelope.name.startswith(f"{TAKE}:"):  # a choice of `/ack`, not the alert's own button, which shows it itself
        ctx.tell(_taken_line(taken))


@plugin.action(TAKE_OVER, repeatable=True)
def take_over_clicked(ctx: Context, alert_id: str) -> None:
    """Take an alert from who has it; they are told."""
    taken = ctx.alerts.acknowledge(alert_id, ctx.actor, take_over=True)
    ctx.tell(_taken_line(taken) if taken.is_open else _theirs(ctx, taken))


@plugin.action("give_back", repeatable=True)
def give_back_clicked(ctx: Context, alert_id: str) -> None:
    """Make the alert nobody's again."""
    ctx.alerts.give_back(alert_id, ctx.actor)


@plugin.reply
def replied(ctx: Context, text: str) -> bool:
    """Take the alert in whose thread somebody says that they are on it, or give it back."""
    said = re.sub(r"^\s*<@\w+>[\s,:]*", "", text).strip().replace("’", "'")
    named = read_id(said.rpartition(" ")[2])
    said = said.rpartition(" ")[0] if named else said
    back, over = says_given_back(said), says_taken_over(said)
    if not (back or over or says_taken(said)):
        return False
    alert = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    if alert is None or (named and named != alert.id):
        return False
    if not back:
        taken = ctx.alerts.acknowledge(alert.id, ctx.actor, take_over=over)
        if taken.acknowledged_by != ctx.actor or not taken.is_open:
            ctx.tell(_theirs(ctx, taken))
    elif alert.acknowledged_by == ctx.actor:
        ctx.alerts.give_back(alert.id, ctx.actor)
    else:
        ctx.tell(_whose(ctx, alert))
    return True


@plugin.reaction("*")
def reacted(ctx: Context) -> None:
    """Take the alert that somebody put the emoji on; taking it off gives it back."""
    if ctx.envelope.name.partition("::")[0] not in ctx.settings.reactions:  # a skin tone stands behind two colons
        return
    alert = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.message_ts)
    if alert is None:
        return
    if not ctx.envelope.removed:
        taken = ctx.alerts.acknowledge(alert.id, ctx.actor)
        if taken.is_open and taken.acknowledged_by != ctx.actor:
            ctx.tell(_theirs(ctx, taken))
    elif alert.state is AlertState.ACKNOWLEDGED and alert.acknowledged_by == ctx.actor:
        ctx.alerts.give_back(alert.id, ctx.actor)


def _check_meant(ctx: Context, ask: Ask) -> None:
    """Refuse what was hardly meant as a note: somebody would have an alert whom nobody asked, and nobody else would be told.

    Raises:
        UserError: with what was probably meant.
    """
    if ask.is_several:
        raise UserError("I take one alert at a time. Nothing was changed.")
    if ask.deed in (Deed.SNOOZE, Deed.RESOLVE):
        raise UserError(_elsewhere(ctx, ask))
    if ask.deed is Deed.HELP:
        forms = [md("{} {}", code(f"{ctx.slash('ack')} {typed}"), does) for typed, does in _FORMS]
        raise UserError(md("{} Nothing was changed.", join(" ", forms)))
    if ask.later:
        typed = f"{ctx.slash('ack')} {ask.later} {'note ' if ask.deed is Deed.NOTE else ''}…"
        raise UserError(md("The alert comes first: {}. Nothing was changed.", code(typed)))
    _check_number(ctx, ask)
    first = ask.said.partition(" ")[0]
    if ask.deed is Deed.TAKE and first.startswith(("@", "<!")):
        name = first.removeprefix("<!").rpartition("|")[2].rstrip(">")
        raise UserError(md("{} is no person that I know: pick one from Slack's list. Nothing was changed.", name))
    hint = did_you_mean(first, _WORDS, nearness=0.75) if ask.note and ask.said == first and ask.deed is Deed.TAKE else ""
    if hint:
        raise UserError(md("{} is no word of mine.{} Nothing was changed.", code(first), hint))


def _check_number(ctx: Context, ask: Ask) -> None:
    """Ask about what may be another alert: it is all that was said, or there is such an alert, or was one lately.

    Raises:
        UserError: which alert it may be, and what to type.
    """
    here = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts) if ask.numbers else None
    if not ask.numbers or (here and not ask.is_plain):
        return
    if ask.is_plain:
        behind = {Deed.HAND_OVER: f"@{ctx.name_of(ask.person)}", Deed.TAKE_OVER: "over", Deed.GIVE_BACK: "back"}.get(ask.deed, ask.note)
        typed = f"{ctx.slash('ack')} {ask.numbers[0]} {behind}".rstrip()
        raise UserError(md("Did you mean {}? Nothing was changed.", code(typed)))
    firing = _firing(ctx)
    otherwise = firing[0].id if firing and ask.deed is Deed.TAKE else _about(ctx, "", mine=ask.deed is Deed.HAND_OVER).id
    may_be = next((number for number in ask.numbers if number != otherwise and _is_of_late(ctx, number)), "")
    if may_be:
        before = {Deed.NOTE: "note ", Deed.HAND_OVER: f"@{ctx.name_of(ask.person)} "}.get(ask.deed, "")
        theirs, other = (code(f"{ctx.slash('ack')} {alert} {before}…") for alert in (may_be, otherwise))
        raise UserError(md("Do you mean the alert {}? Then type {}, else {}. Nothing was changed.", code(may_be), theirs, other))


def _is_of_late(ctx: Context, alert_id: str) -> bool:
    """Say whether there is such an alert, open or ended not long ago."""
    try:
        alert = ctx.alerts.get(alert_id)
    except UserError:
        return False
    return alert.is_open or (alert.resolved_at is not None and ctx.now() - alert.resolved_at < _LATELY)


def _elsewhere(ctx: Context, ask: Ask) -> Mrkdwn:
    """Say which other command was meant. An alert that nobody named is never one that there is: what is copied would end a stranger's."""
    named = ask.alert or next(iter(ask.numbers), ask.later)
    here = None if named else ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    alert = named or (here.id if here else "ALERT" if _is_of_late(ctx, _AN_EXAMPLE) else _AN_EXAMPLE)
    behind, hint = "" if ask.later else shorten(ask.note, _MOST_SHOWN), ""
    if ask.deed is Deed.SNOOZE:
        is_clear = not any(map(str.isdigit, ask.note)) if ask.length or ask.until else not ask.note
        length = f"until {ask.until}" if ask.until else write_duration(ask.length or _ANY_LENGTH)
        behind, hint = (length, "") if is_clear else ("…", ", with a length such as 30m, 4h, 1d or until 9:00")
    typed = f"{ctx.slash(ask.deed)} {alert} {behind}".rstrip()
    return md("That is another command: {}{}. Nothing was changed.", code(typed), hint)


def _take(ctx: Context, ask: Ask) -> None:
    """Take the alert that is meant: the one named, the one in whose thread it was said, or the only one; else let the person choose."""
    here = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    firing = _firing(ctx)
    alert_id = ask.alert or (here.id if here else firing[0].id if firing else "")
    if not alert_id:
        ctx.reply(_nothing_to_take(ctx))
        return
    others = [] if ask.alert or here else [each for each in firing if each.id != alert_id]
    _reply_taken(ctx, ctx.alerts.acknowledge(alert_id, ctx.actor, ask.note), others)


def _hand_over(ctx: Context, ask: Ask) -> None:
    alert = ctx.alerts.hand_over(_about(ctx, ask.alert, mine=True).id, ask.person, ctx.actor, ask.note)
    ctx.reply(md("{} is {}'s now; they are told in its thread.", code(alert.id), ctx.name_of(ask.person)))


def _about(ctx: Context, named: str, *, mine: bool = False) -> Alert:
    """Return the alert that is meant: the one named, the one in whose thread it was said, one's own, the newest here."""
    if named:
        return ctx.alerts.get(named)
    here = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    if here:
        return here
    found = ctx.alerts.open(ctx.envelope.channel) or ctx.alerts.open()
    own = [alert for alert in found if alert.acknowledged_by == ctx.actor]
    if own or found:
        return (own or found)[0] if mine or own else found[0]
    raise UserError("No alert is open here.")


def _firing(ctx: Context) -> list[Alert]:
    """Return the alerts that nobody has, newest first: those of this channel, or of all when it has none."""
    for channel in (ctx.envelope.channel, ""):
        firing = [alert for alert in ctx.alerts.open(channel) if alert.state is AlertState.FIRING]
        if firing:
            return firing
    return []


def _nothing_to_take(ctx: Context) -> Message:
    """Say who has the alerts that are open here, and offer to take each of the others' over.

    Raises:
        UserError: none is open.
    """
    taken = ctx.alerts.open(ctx.envelope.channel)[:MOST_LISTED]
    if not taken:
        raise UserError("No alert is open here.")
    said = md("Nobody needs to take an alert: {}", join(" ", [_whose(ctx, alert) for alert in taken]))
    return Message.of(said, section(said), *_take_over_buttons(ctx, taken))


def _reply_taken(ctx: Context, alert: Alert, others: list[Alert] | None = None) -> None:
    if alert.acknowledged_by != ctx.actor or not alert.is_open:
        ctx.reply(_theirs(ctx, alert))
        return
    said = _taken_line(alert)
    if not others:
        ctx.reply(said)
        return
    names = join(", ", [md("{} ({})", code(each.id), each.title) for each in others[:MOST_LISTED]])
    more = f" and {len(others) - MOST_LISTED:,} more" if len(others) > MOST_LISTED else ""
    said = md("{} It is the newest; nobody has {}{} yet.", said, names, more)
    choices = [button(f"Take {each.id}", f"{TAKE}:{each.id}", each.id) for each in others[:MOST_LISTED]]
    ctx.reply(Message.of(said, section(said), actions(*choices, block_id="ack:others")))


def _taken_line(alert: Alert) -> Mrkdwn:
    return md("{} is yours: {} in {}.", code(alert.id), what_is_wrong(alert), alert.title)


def _theirs(ctx: Context, alert: Alert) -> Message:
    """Say who has an alert, and offer to take it over."""
    said = _whose(ctx, alert)
    return Message.of(said, section(said), *_take_over_buttons(ctx, [alert]))


def _take_over_buttons(ctx: Context, alerts: list[Alert]) -> list[Block]:
    others = [alert for alert in alerts if alert.state is AlertState.ACKNOWLEDGED and alert.acknowledged_by != ctx.actor]
    if not others:
        return []
    name = "Take it over" if len(alerts) == 1 else "Take {} over"
    buttons = [button(name.format(alert.id), f"{TAKE_OVER}:{alert.id}", alert.id) for alert in others]
    return [actions(*buttons, block_id=f"over:{others[0].id}")]


def _whose(ctx: Context, alert: Alert) -> Mrkdwn:
    if alert.state is AlertState.SNOOZED and alert.snoozed_until:
        by = alert.snoozer_name or ctx.name_of(alert.snoozed_by)
        return md("{} ({}) is snoozed by {} until {}.", code(alert.id), alert.title, by, clock_time(alert.snoozed_until, with_day=True))
    if alert.state is not AlertState.ACKNOWLEDGED or alert.acknowledged_at is None:
        return md("{} is {}.", code(alert.id), alert.state)
    since = clock_time(alert.acknowledged_at, with_day=True)
    if alert.acknowledged_by == ctx.actor:
        return md("{} ({}) is yours since {}.", code(alert.id), alert.title, since)
    return md("{} ({}): {} has it since {}.", code(alert.id), alert.title, ctx.name_of(alert.acknowledged_by), since)
