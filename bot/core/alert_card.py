"""The one message that tells an alert: whose it is, how bad it is, and what it says, at one glance on a phone at night."""

from collections.abc import Sequence

from bot.core.alert_words import (
    FIGURES,
    calm_word,
    clock_time,
    counts_line,
    flat,
    in_one_line,
    kind_line,
    note_line,
    past_line,
    shown_kinds,
    sparkline,
    tie_line,
    usual_words,
    what_is_wrong,
)
from bot.core.alerts import Alert, AlertLink, AlertState
from bot.core.blocks import Block, Message, actions, button, context, section
from bot.core.charts import chart_block
from bot.core.markup import Mrkdwn, code, escape, join, md, shorten
from bot.core.plurals import counted
from bot.core.windows import Samples, Sign

ACKNOWLEDGE = "ack"
GIVE_BACK = "give_back"
SNOOZE = "snooze"
UNSNOOZE = "unsnooze"
RESOLVE = "resolve"
ROLL_BACK = "rollback"  # served by the plugin of that name, which asks every gate
OPEN = "open"  # the action id of buttons that only open an address

MOST_KINDS = 5
MOST_LINKS = 3
LONGEST_URL = 3000  # a button's limit: https://docs.slack.dev/reference/block-kit/block-elements/button-element

STATE_EMOJI = {AlertState.FIRING: "🔴", AlertState.ACKNOWLEDGED: "🟠", AlertState.SNOOZED: "⚪", AlertState.RESOLVED: "✅"}


def alert_card(alert: Alert, owner: str = "", links: Sequence[AlertLink] = (), past: Alert | None = None) -> Message:
    """Draw an alert.

    Args:
        past: the one that its `past` names.
        owner: the name of the person who has it; "" takes the one that they had then. They are not mentioned for their own act.
        links: the addresses that show more, besides those that the alert has itself.
    """
    owner = owner or alert.owner_name or alert.acknowledged_by
    blocks: list[Block] = [section(md("{} *{}* · {}", STATE_EMOJI[alert.state], alert.title, _state(alert, owner))), section(_what(alert))]
    kinds, goes_on = shown_kinds(alert, MOST_KINDS), alert.is_open and not alert.quiet_s
    if kinds:
        blocks.append(section(join("\n", [kind_line(kind, alert.samples, others_go_on=goes_on) for kind in kinds])))
    if alert.tie:
        blocks.append(section(md("🚀 {}", tie_line(alert.tie))))
    if alert.past and past:
        blocks.append(section(past_line(past, alert.past)))
    chart = chart_block(alert.series) if alert.is_open else None
    if chart:
        blocks.append(chart)
    blocks.append(context(_facts(alert, len(kinds))))
    blocks += _remarks(alert)
    buttons = _buttons(alert, links)
    if buttons:
        blocks.append(actions(*buttons, block_id=f"alert:{alert.id}"))
    return Message.of(_notification(alert, owner), *blocks)


def alert_line(alert: Alert, owner: str = "") -> Mrkdwn:
    """Say an alert in one line, for lists."""
    what = counts_line(alert.window) if alert.window else in_one_line(alert.origin.summary)
    owner = owner or alert.owner_name or alert.acknowledged_by
    return md("{} {} *{}* · {} · {}", STATE_EMOJI[alert.state], code(alert.id), alert.title, shorten(what, 200), _state(alert, owner))


def alert_brief(alert: Alert, owner: str = "") -> Mrkdwn:
    """Say an alert in one short line, for lists of many things."""
    match alert.state:
        case AlertState.ACKNOWLEDGED:
            who = escape(owner or alert.owner_name or alert.acknowledged_by)
        case AlertState.SNOOZED if alert.snoozed_until:
            who = md("snoozed until {}", clock_time(alert.snoozed_until, with_day=True))
        case AlertState.FIRING:
            who = md("nobody has it")
        case state:
            who = escape(state.value)
    return md("{} {} *{}* · {} · {}", STATE_EMOJI[alert.state], code(alert.id), alert.title, what_is_wrong(alert), who)


def _state(alert: Alert, owner: str) -> Mrkdwn:
    match alert.state:
        case AlertState.FIRING:
            return md("Firing · nobody has it yet")
        case AlertState.ACKNOWLEDGED if alert.acknowledged_at:
            return md("Acknowledged by {} {}", owner, clock_time(alert.acknowledged_at, with_day=True))
        case AlertState.SNOOZED if alert.snoozed_until:
            by = md(" by {}", alert.snoozer_name) if alert.snoozer_name else ""
            return md("Snoozed{} until {}", by, clock_time(alert.snoozed_until, with_day=True))
        case AlertState.RESOLVED:
            at = md(" {}", clock_time(alert.resolved_at)) if alert.resolved_at else ""
            return md("Resolved{}{}", at, f" · {flat(alert.reason)}" if alert.reason else "")
        case state:
            return escape(state.value.capitalize())


def _what(alert: Alert) -> Mrkdwn:
    """Say what is wrong: in numbers with their trend, or in the words of where it comes from."""
    if alert.window is None:
        severity = md("*{}* · ", alert.origin.severity) if alert.origin.severity else ""
        return md("{}{}", severity, shorten(alert.origin.summary.strip(), 2000) or "No more is known.")
    service = md(" in {}", alert.service) if alert.service and alert.service not in (alert.watch, alert.title) else ""
    calm = calm_word(alert)
    is_past = alert.total > alert.window.errors and (calm or not alert.is_open)  # else what is here now would be read as all that there was
    said = md("{}*{}*{}", "Last: " if is_past else "", counts_line(alert.window), service)
    if alert.worse:
        said = md("{}\n⚠️ *Much worse* than when it was acknowledged", said)
    if calm and alert.is_open and alert.last_seen_at:
        said = md("{}\n✔️ *{}* since {}", said, calm.capitalize(), clock_time(alert.last_seen_at, with_day=True))
    if len(alert.series) >= FIGURES:
        said = md("{}\n{} {} in all", said, code(sparkline(alert.series)), counted(alert.total, "error"))
    elif is_past:
        said = md("{}\n{} in all", said, counted(alert.total, "error"))
    if alert.window.learning_until:
        said = md(
            "{}\n📚 Still learning what is usual here, until {}: nothing is called new yet",
            said,
            clock_time(alert.window.learning_until, with_day=True),
        )
    elif alert.window.usual is not None and alert.is_open and not alert.quiet_s:
        spikes = " · *far above what is usual*" if alert.window.sign is Sign.SPIKING else ""
        when = "so far" if alert.window.usual_so_far else "at this hour"
        errors = "error" if usual_words(alert.window) == "1" else "errors"
        said = md("{}\nUsual {}: {} {}{}", said, when, usual_words(alert.window), errors, Mrkdwn(spikes))
    return said


def _facts(alert: Alert, shown: int) -> Mrkdwn:
    window = alert.window
    facts = [code(alert.id)]
    if window is None:
        if alert.service and alert.service not in alert.title:
            facts.append(escape(alert.service))
        facts.append(md("since {}", clock_time(alert.began_at or alert.opened_at, with_day=True)))
        return join(" · ", facts)
    facts.append(md("{} – {}", clock_time(window.began_at), clock_time(window.until)))
    first = min(alert.kinds, key=lambda kind: (kind.first_seen_at, kind.sign is not Sign.NEW), default=None)
    since = first.first_seen_at if first else alert.opened_at
    if since < window.ended_at:  # what is back, or was always there, was seen before
        facts.append(md("first seen {}" if first and first.sign is Sign.NEW else "since {}", clock_time(since, with_day=True)))
    if alert.last_seen_at and alert.last_seen_at > window.ended_at:
        facts.append(md("last seen {}", clock_time(alert.last_seen_at)))
    known = max(window.distinct, len(alert.kinds))
    if known > shown:
        facts.append(md("and {} more", counted(known - shown, "kind")))
    return join(" · ", facts)


def _remarks(alert: Alert) -> list[Block]:
    blocks: list[Block] = []
    if alert.is_hidden:
        blocks.append(context("🔒 No log lines here: people of other companies may read this channel, or I can't tell"))
    if alert.note:
        blocks.append(context(note_line(alert, 600)))
    notes = alert.window.notes if alert.window and alert.samples is not Samples.NONE else ()
    if notes:
        blocks.append(context(join("\n", [md("⚠️ {}", shorten(flat(note), 300)) for note in notes[:5]])))
    return blocks


def _buttons(alert: Alert, links: Sequence[AlertLink]) -> list[Block]:
    acts = {
        AlertState.FIRING: [_acknowledge(alert), _snooze(alert), _resolve(alert)],
        AlertState.ACKNOWLEDGED: [button("Give back", GIVE_BACK, alert.id), _snooze(alert), _resolve(alert)],
        AlertState.SNOOZED: [_acknowledge(alert), button("End the snooze", UNSNOOZE, alert.id), _resolve(alert)],
        AlertState.RESOLVED: [],
    }[alert.state]
    if alert.tie and alert.tie.previous and not alert.tie.since and alert.is_open:
        acts.append(_roll_back(alert))
    usable = [
        each for each in (*links, *alert.origin.links) if each.url.startswith(("https://", "http://")) and len(each.url) <= LONGEST_URL
    ]
    if alert.samples is not Samples.NONE:
        acts += [button(each.label, f"{OPEN}:{n}", url=each.url) for n, each in enumerate(usable[:MOST_LINKS])]
    return acts


def _acknowledge(alert: Alert) -> Block:
    return button("Acknowledge", ACKNOWLEDGE, alert.id, style="primary")


def _snooze(alert: Alert) -> Block:
    return button("Snooze…", SNOOZE, alert.id)


def _resolve(alert: Alert) -> Block:
    return button("Resolve", RESOLVE, alert.id)


def _roll_back(alert: Alert) -> Block:
    """Offer to go back to what was live before: the button opens the form that shows what that takes away."""
    tie = alert.tie
    if tie is None:
        raise ValueError("There is nothing to go back to.")
    value = f"{tie.service}|{tie.environment}|{tie.previous}"
    return button(f"Roll back to {tie.previous} …", f"{ROLL_BACK}:{tie.previous}", value=value, style="danger")


def _notification(alert: Alert, owner: str) -> Mrkdwn:
    what = counts_line(alert.window) if alert.window else shorten(in_one_line(alert.origin.summary), 200)
    kinds = shown_kinds(alert, 1)
    said = ""
    if kinds and alert.samples is not Samples.NONE:
        sample = kinds[0].sample if alert.samples is Samples.MASKED else ""
        said = f" · {shorten(flat(sample or kinds[0].template), 100)}"
    state = {
        AlertState.FIRING: "",
        AlertState.ACKNOWLEDGED: f" · acknowledged by {owner}",
        AlertState.SNOOZED: " · snoozed",
        AlertState.RESOLVED: " · resolved",
    }[alert.state]
    return md("{} {}: {}{}{}", STATE_EMOJI[alert.state], alert.title, what, state, said)
