"""Take an alert, hand it on, note something, or give it back: by command, button, reaction or a word in its thread."""

import re
from dataclasses import dataclass

from bot.api import (
    Alert,
    AlertState,
    Block,
    Context,
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
    section,
    what_is_wrong,
)

MOST_LISTED = 5
TAKE = "ack"
TAKE_OVER = "take_over"

_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}")
_ID = re.compile(r"[`#*(]*[Aa]-?[0-9]+[`*),.:;!]*")
_NUMBER = re.compile(r"(?:a |#*)(\d+)", re.IGNORECASE)  # "a 500 again" is a note
_LENGTH = re.compile(r"(?:[0-9]+[dhms])+", re.IGNORECASE)
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_FROM_WHOM = re.compile(r" from <@[^>]+>$")
# The whole reply must say so: "ack the pager, please" in a thread is talk.
_TAKEN = re.compile(
    r"""(?:(?:ok|okay)[\s,]+)?(?:[/!]?ac?k(?:ed|'d|ing)?|ac?knowledg(?:ed?|ing)
        |(?:i\ am\ |i'?m\ )?(?:(?:still\ )?(?:on\ (?:it|this)|looking(?:\ (?:into|at)\ (?:it|this))?)|checking(?:\ (?:it|this))?|investigating
            |taking\ (?:it|this|a\ look))
        |(?:i'?ll\ |i\ will\ )?take\ (?:it|this)|(?:i'?ll|i\ will)\ (?:take\ a\ )?look(?:\ (?:into|at)\ (?:it|this))?
        |(?:i'?ve\ |i\ have\ |i\ )got\ (?:it|this)|(?:it'?s\ |this\ is\ )?mine|👀)(?:[\s.,!👍👀🙏]|thanks|thx|please)*""",
    re.IGNORECASE | re.VERBOSE,
)
_GIVEN_BACK = re.compile(r"(?:giv(?:e|ing) (?:it )?back|un-?ack(?:nowledged?|ed)?|hand(?:ing)? (?:it )?back)[\s.!]*", re.IGNORECASE)
_TAKEN_OVER = re.compile(r"(?:i'?ll |i'?m )?(?:tak(?:e|ing) (?:it |this )?over|takeover)[\s.!]*", re.IGNORECASE)

_FORMS = (
    ("[A12] [NOTE…]", "takes an alert,"),
    ("note TEXT…", "adds a note,"),
    ("@bob", "hands it over,"),
    ("over", "takes it over from who has it,"),
    ("back", "gives it back."),
)
_WORDS = ("note", "over", "back")
# What may stand before the alert's id, and before whom it is handed to.
_BEFORE = frozenset({"over", "back", "take", "give", "hand", "unack", "un-ack", "on", "it"})
_ONLY_POLITE = frozenset({"ack", "alert", "the", "please", "pls"})
_HANDS_OVER = frozenset({"to", "hand", "handover", "give", "pass", "assign", "reassign"})
_BESIDE_THEM = frozenset({"it", "this", "over"})
_ELSEWHERE = {"resolve": "resolve", "resolved": "resolve", "close": "resolve", "snooze": "snooze", "mute": "snooze", "silence": "snooze"}
_LISTS = frozenset({"list", "status", "show", "who"})
_NEAR = 3  # so many of the first words, among which an alert that is named is hardly part of a note


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
    words = [word for word in (alert, *note) if word]
    named = _pop_named(words)
    to = next((n for n, word in enumerate(words) if _PERSON.fullmatch(word)), None)
    said = _FROM_WHOM.sub("", " ".join(words)).removesuffix(" please").lower()
    if words and words[0].lower() == "note":
        if not named and len(words) > 1 and _ID.fullmatch(words[1]):  # its note, or one that begins so: nobody knows
            raise UserError(md("The alert comes first: {}. Nothing was changed.", code(f"{ctx.slash('ack')} {words[1]} note …")))
        found = _about(ctx, named)
        ctx.reply(md("Noted on {}.", code(ctx.alerts.note(found.id, ctx.actor, " ".join(words[1:])).id)))
    elif to is not None and _hands_over(words[:to]):
        _hand_over(ctx, named, _PERSON.sub(r"\1", words[to]), " ".join(words[to + 1 :]))
    elif said == "over" or _TAKEN_OVER.fullmatch(said):
        taken = ctx.alerts.acknowledge(_about(ctx, named).id, ctx.actor, take_over=True)
        _reply_taken(ctx, taken)
    elif said == "back" or _GIVEN_BACK.fullmatch(said):
        back = ctx.alerts.give_back(_about(ctx, named, mine=True).id, ctx.actor)
        ctx.reply(md("{} is nobody's again.", code(back.id)))
    else:
        _check_meant(ctx, named, words)
        _take(ctx, named, " ".join(words))


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
    said, _, named = said.rpartition(" ") if _ID.fullmatch(said.rpartition(" ")[2]) else (said, "", "")
    back, over = bool(_GIVEN_BACK.fullmatch(said)), bool(_TAKEN_OVER.fullmatch(said))
    if not (back or over or _TAKEN.fullmatch(said)):
        return False
    alert = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    if alert is None or (named and re.sub("[^A0-9]", "", named.upper()) != alert.id):
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


def _hands_over(before: list[str]) -> bool:
    """Say whether the words in front of a person give the alert to them: none, or "hand over to"; "over @bob" may be the other way."""
    said = {word.lower() for word in before}
    return not said or bool(said & _HANDS_OVER and said <= _HANDS_OVER | _BESIDE_THEM)


def _pop_named(words: list[str]) -> str:
    """Take the alert's id from the words: it stands first, or behind what is to be done with it, as in "over A12"."""
    at = next((n for n, word in enumerate(words) if _ID.fullmatch(word)), len(words))
    before = [word.lower() for word in words[:at] if not _PERSON.fullmatch(word)]
    if at == len(words) or not (_BEFORE | _ONLY_POLITE | _HANDS_OVER | _BESIDE_THEM).issuperset(before):
        return ""
    named = words.pop(at)
    words[:at] = [word for word in words[:at] if word.lower() not in _ONLY_POLITE]
    if [word.lower() for word in words] in (["take"], ["on"]):
        words.clear()
    return named


def _check_meant(ctx: Context, named: str, words: list[str]) -> None:
    """Refuse what was hardly meant as a note: somebody would have an alert whom nobody asked, and nobody else would be told.

    Raises:
        UserError: with what was probably meant.
    """
    first = words[0] if words else ""
    if first.startswith(("@", "<!")):
        name = first.removeprefix("<!").rpartition("|")[2].rstrip(">")
        raise UserError(md("{} is no person that I know: pick one from Slack's list. Nothing was changed.", name))
    if any(_ID.fullmatch(word) for word in words) and all(_ID.fullmatch(word) or word.lower() in ("and", "&", "+") for word in words):
        raise UserError("I take one alert at a time. Nothing was changed.")
    other = _ELSEWHERE.get(first.lower().rstrip(".!"), "")
    if other and len(words) <= _NEAR:
        alert = named or next(filter(_ID.fullmatch, words), "A12")
        length = next(filter(_LENGTH.fullmatch, words), "4h")
        typed = f"{ctx.slash(other)} {alert}" + (f" {length}" if other == "snooze" else "")
        raise UserError(md("That is another command: {}. Nothing was changed.", code(typed)))
    meant = None if named else next(filter(_ID.fullmatch, words[:_NEAR]), None)
    if meant:
        raise UserError(md("The alert comes first: {}. Nothing was changed.", code(f"{ctx.slash('ack')} {meant} …")))
    number = None if named else _NUMBER.fullmatch(" ".join(words))
    if number:
        raise UserError(md("Did you mean {}? Nothing was changed.", code(f"{ctx.slash('ack')} A{number[1]}")))
    if len(words) != 1 or _TAKEN.fullmatch(first):
        return
    if first.lower() == "all":
        raise UserError("I take one alert at a time. Nothing was changed.")
    if first.strip("-?").lower() in ("help", "h", "") or (not named and first.lower() in _LISTS):
        forms = [md("{} {}", code(f"{ctx.slash('ack')} {typed}"), does) for typed, does in _FORMS]
        raise UserError(md("{} Nothing was changed.", join(" ", forms)))
    hint = did_you_mean(first.lower(), _WORDS, nearness=0.75)
    if hint:
        raise UserError(md("{} is no word of mine.{} Nothing was changed.", code(first), hint))


def _take(ctx: Context, named: str, said: str) -> None:
    """Take the alert that is meant: the one named, the one in whose thread it was said, or the only one; else let the person choose."""
    note = "" if _TAKEN.fullmatch(said) else said
    here = ctx.alerts.at(ctx.envelope.channel, ctx.envelope.thread_ts)
    firing = _firing(ctx)
    alert_id = named or (here.id if here else firing[0].id if firing else "")
    if not alert_id:
        ctx.reply(_nothing_to_take(ctx))
        return
    others = [] if named or here else [each for each in firing if each.id != alert_id]
    _reply_taken(ctx, ctx.alerts.acknowledge(alert_id, ctx.actor, note), others)


def _hand_over(ctx: Context, named: str, to: str, note: str) -> None:
    alert = ctx.alerts.hand_over(_about(ctx, named, mine=True).id, to, ctx.actor, note)
    ctx.reply(md("{} is {}'s now; they are told in its thread.", code(alert.id), ctx.name_of(to)))


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
