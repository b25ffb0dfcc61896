"""What is said in an alert's thread: what is new, what got worse, who is asked whether they are still on it, and what came of that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from bot.core.alert_card import ACKNOWLEDGE, SNOOZE
from bot.core.alert_words import clock_time, flat, sign_line, signs_in, subject, tie_line, usual_words, window_length
from bot.core.alerts import Alert, AlertState, Question
from bot.core.blocks import Message, actions, button, context, section
from bot.core.cut_windows import is_telling
from bot.core.fresh import fresh_kinds, is_fresh_spike
from bot.core.judging import Judged
from bot.core.markup import Mrkdwn, code, join, md, mention, shorten
from bot.core.plurals import counted
from bot.core.ties import Tie
from bot.core.windows import Samples, Sign, Window

MOST_TOLD = 10  # kinds in one message of the thread; a storm is one message, too
STORM_SAMPLES = 3  # of which it names fewer: what counts then is that there are so many
STILL_ON_IT = "still_on_it"
HAND_BACK = "hand_back"


STORM = timedelta(hours=1)  # within that, another storm is the same one
ALL = ""  # stands for all kinds together among those that spike


def is_storm(judged: Judged) -> bool:
    """Say whether a window holds more that is worth a word than one message names."""
    return judged.signs > MOST_TOLD


def is_told(alert: Alert, judged: Judged) -> bool:
    """Say whether the thread hears of a window: of kinds that are new or back, and of a spike when it begins, not while it lasts.

    A storm is told once: what follows within an hour, and is a storm itself, is in the message's numbers.
    """
    if is_storm(judged) and alert.storm_at is not None and judged.window.ended_at - alert.storm_at < STORM:
        return False
    return bool(fresh_kinds(alert, judged)) or is_fresh_spike(alert, judged)


@dataclass(frozen=True, slots=True)
class Told:
    """How much windows told: messages, and what was in them."""

    messages: int = 0
    new: int = 0  # kinds
    back: int = 0  # kinds
    spikes: int = 0  # those that began


def told_by(windows: Sequence[Window]) -> Told:
    """Count what a watch's windows told of its errors, as `is_told` has it.

    Args:
        windows: all of a time, the oldest first.
    """
    told, before, storm_at = Told(), frozenset[str](), None
    usual_s = median(window.length.total_seconds() for window in windows) if windows else 0.0
    for window in windows:
        is_short = not is_telling(
            window.length, timedelta(seconds=usual_s)
        )  # of the spikes that are not in it nobody knows whether they are over
        is_spike = window.sign is Sign.SPIKING or (ALL in before and window.is_high)
        now = frozenset(kind.id for kind in window.fingerprints if kind.sign is Sign.SPIKING) | ({ALL} if is_spike else frozenset())
        is_storm_now = window.new + window.spiking + window.regressed > MOST_TOLD
        begins, before = now - before, (now | before if is_short else now)
        if not (begins or window.new or window.regressed) or (is_storm_now and storm_at and window.ended_at - storm_at < STORM):
            continue
        storm_at = window.ended_at if is_storm_now else storm_at
        told = Told(told.messages + 1, told.new + window.new, told.back + window.regressed, told.spikes + len(begins))
    return told


def signs_note(title: str, judged: Judged, samples: Samples, tie: Tie | None = None, past: Mrkdwn | None = None) -> Message:
    """Say which kinds of a window are worth a word, the most frequent first, each with one sample; a storm is said in numbers first.

    Args:
        title: what the alert is called: in a notification its message is not seen.
        tie: the release after which those that are new were seen first; else those that are back; else after which a spike began; `is_later` where
            others among them began before.
        past: what became of one that is back, or spikes, when it was told before (`past_line`).
    """
    signed, window = judged.signed, judged.window
    if not signed:
        usual = md(", usually {}", usual_words(window)) if window.usual is not None else ""
        text = md("📈 *{}* in {}{}", counted(window.errors, "error"), window_length(window), usual)
    elif is_storm(judged):
        text = _storm(judged, samples)
    else:
        text = join("\n", [sign_line(kind, samples) for kind in signed])
    if past:
        text = md("{}\n{}", text, past)
    if tie:
        is_mixed = tie.is_later or any(kind.sign is not tie.what for kind in signed)
        text = md("{}\n🚀 {}", text, tie_line(replace(tie, is_later=is_mixed)))
    return Message.of(md("*{}*: {}", title, text), section(text))


def _storm(judged: Judged, samples: Samples) -> Mrkdwn:
    window = judged.window
    if window.new == judged.signs:
        head = md("🌊 *{} at once* in {}", counted(judged.signs, "new kind"), window_length(window))
    else:
        head = md("🌊 *{} at once* in {}: {}", counted(judged.signs, "kind"), window_length(window), signs_in(window))
    first = sorted(judged.signed, key=lambda kind: kind.sign is Sign.SPIKING)  # what is new or back before what was there
    lines = [sign_line(kind, samples) for kind in first[:STORM_SAMPLES]]
    return join("\n", [head, *lines, md("… and {} more", counted(judged.signs - len(lines), "kind"))])


def worse_note(alert: Alert, window: Window) -> Message:
    """Tell the owner that what they took is much worse now."""
    before = round((alert.worse_rate or alert.taken_rate) * window.hours)
    since = "when I last said so" if alert.worse_rate else "when you took it"
    text = md(
        "{} ⚠️ *{}* is much worse: *{}* in {}; it was {} {}.",
        mention(alert.acknowledged_by),
        alert.title,
        counted(window.errors, "error"),
        window_length(window),
        before,
        since,
    )
    return Message.of(text, section(text))


def silence_refused(alert: Alert, why: str) -> Message:
    """Tell whoever wanted an alert muted in Alertmanager that it is not, and what is left to do."""
    wanted_by = alert.acknowledged_by or alert.snoozed_by
    whom = md("{} ", mention(wanted_by)) if wanted_by else ""
    text = md(
        "{}⚠️ Alertmanager does not take the silence of {}: it goes on telling others. Silence it there by hand.\n{}",
        whom,
        code(alert.id),
        why,
    )
    return Message.of(text, section(text))


def told_to_release(alert: Alert, tie: Tie, requester: str) -> Message:
    """Tell whoever asked for a release, in its thread, what is seen since; no line of a log, since others may read there.

    Args:
        requester: a Slack user id; "" where nobody asked.
    """
    what = md(": *{}* in {}", counted(alert.window.errors, "error"), window_length(alert.window)) if alert.window else md(" fires")
    whom = md("{} ", mention(requester)) if requester else ""
    where = Mrkdwn(f"<#{alert.channel}>")
    text = md("{}🔴 *{}*{} · {} in {}\n🚀 {}", whom, alert.title, what, code(alert.id), where, tie_line(tie))
    return Message.of(text, section(text))


def handed_over(alert: Alert, by: str, note: str) -> Message:
    """Tell somebody that an alert is theirs now, with what was said to it. `by`: the name of who handed it over."""
    said = md("\n📝 {}", shorten(flat(note), 600)) if note else ""
    text = md("{} {} handed this to you. {}{}", mention(alert.acknowledged_by), by, subject(alert), said)
    return Message.of(text)


def reminder(alert: Alert, answer_by: datetime, *, is_escalated: bool) -> Message:
    """Ask the owner whether they are still on it, and say what happens when they do not answer.

    Args:
        is_escalated: somebody else is told then.
    """
    text = md("{} are you still on {}? {}", mention(alert.acknowledged_by), code(alert.id), subject(alert))
    still = button("Still on it", STILL_ON_IT, alert.id, style="primary")
    since = md("Yours since {}. ", clock_time(alert.acknowledged_at, with_day=True)) if alert.acknowledged_at else ""
    told = ", and the next in line is told" if is_escalated else ""
    otherwise = md("{}Without an answer by {} nobody has it{}.", since, clock_time(answer_by, with_day=True), told)
    acts = actions(still, button("Give back", HAND_BACK, alert.id), block_id=f"still:{alert.id}")
    return Message.of(text, section(text), acts, context(otherwise))


def asked_owner(alert: Alert, at: datetime) -> Mrkdwn:
    """Say afterwards what `reminder` asked."""
    return md("Asked {} {} whether they are still on {}", alert.owner_name or "the owner", _time(at), code(alert.id))


def told_holder(alert: Alert, holder: str, at: datetime) -> Mrkdwn:
    """Say afterwards what `escalation` told."""
    return md("Told {} {} that nobody had {}", _mention(holder), _time(at), code(alert.id))


def told_snoozer(alert: Alert, at: datetime) -> Mrkdwn:
    """Say afterwards what `snooze_over` told."""
    return md("Told {} {} that the snooze of {} was over", alert.snoozer_name or "who snoozed it", _time(at), code(alert.id))


def is_settled(before: Alert, after: Alert) -> bool:
    """Say whether a move answers what was asked in the thread, or makes it pointless."""

    def asked(alert: Alert) -> tuple[object, ...]:
        return alert.state, alert.acknowledged_by, alert.reminded_at, alert.escalated

    return asked(before) != asked(after)


def settled(question: Question, before: Alert, after: Alert, at: datetime) -> Message:
    """Say in the place of a question what came of it: who comes later sees no buttons that do nothing."""
    still_theirs = before.acknowledged_by and after.state is AlertState.ACKNOWLEDGED and after.acknowledged_by == before.acknowledged_by
    outcome = "✔️ they are" if still_theirs else _outcome(after, max(at, question.at))
    return Message.of(md("{} · {}", Mrkdwn(question.asked), outcome))


def _outcome(after: Alert, at: datetime) -> Mrkdwn:
    match after.state:
        case AlertState.ACKNOWLEDGED:
            return md("✔️ {} has it since {}", after.owner_name or "somebody else", _time(after.acknowledged_at))
        case AlertState.SNOOZED:
            return md("⚪ snoozed by {}", after.snoozer_name or "somebody")
        case AlertState.RESOLVED:
            return md("✅ resolved {}", _time(at))
        case AlertState.FIRING:
            return md("⌛ no answer by {}", _time(at)) if after.escalated else md("given back {}", _time(at))


def _time(at: datetime | None) -> Mrkdwn:
    return clock_time(at, with_day=True) if at else Mrkdwn("")


def snooze_over(alert: Alert) -> Message:
    """Tell who snoozed an alert that its time is over: nobody has had it since."""
    text = md("{} the snooze is over: nobody has {} now. {}", mention(alert.snoozed_by), code(alert.id), subject(alert))
    acts = (button("Acknowledge", ACKNOWLEDGE, alert.id, style="primary"), button("Snooze…", SNOOZE, alert.id))
    return Message.of(text, section(text), actions(*acts, block_id=f"over:{alert.id}"))


def escalation(alert: Alert, holder: str) -> Message:
    """Tell the next of the escalation list that nobody looks after an alert."""
    if alert.acknowledged_by:
        why = md("{} did not answer: nobody has {} now.", alert.owner_name or "Its owner", code(alert.id))
    else:
        why = md("nobody has taken {} yet.", code(alert.id))
    text = md("{} {} {}", _mention(holder), why, subject(alert))
    take = button("Acknowledge", ACKNOWLEDGE, alert.id, style="primary")
    return Message.of(text, section(text), actions(take, block_id=f"escalated:{alert.id}"))


def unanswered(alert: Alert) -> Message:
    """Say that the owner did not answer, where nobody else is to be told."""
    return Message.of(md("{} did not answer: nobody has {} now.", alert.owner_name or "Its owner", code(alert.id)))


def _mention(holder: str) -> Mrkdwn:
    return Mrkdwn(f"<!subteam^{holder}>") if holder.startswith("S") else mention(holder)
