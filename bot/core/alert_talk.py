"""What is said in an alert's thread: what is new, what got worse, who is asked whether they are still on it."""

from datetime import timedelta

from bot.core.alert_card import ACKNOWLEDGE, SNOOZE
from bot.core.alert_words import clock_time, counted, sign_line, subject
from bot.core.alerts import Alert, Samples, Sign, Window
from bot.core.blocks import Message, actions, button, section
from bot.core.durations import say_duration
from bot.core.judging import Judged
from bot.core.markup import Mrkdwn, code, join, md, mention

MOST_TOLD = 10  # kinds in one message of the thread; a storm is one message, too
STILL_ON_IT = "still_on_it"
HAND_BACK = "hand_back"


STORM = timedelta(hours=1)  # within that, another storm is the same one


def is_storm(judged: Judged) -> bool:
    """Say whether a window holds more that is worth a word than one message names."""
    return judged.signs > MOST_TOLD


def is_told(alert: Alert, judged: Judged) -> bool:
    """Say whether the thread hears of a window: of kinds that are new or back, and of a spike when it begins, not while it lasts.

    A storm is told once: what follows within an hour, and is a storm itself, is in the message's numbers.
    """
    if is_storm(judged) and alert.storm_at is not None and judged.window.ended_at - alert.storm_at < STORM:
        return False
    spiking = {kind.id for kind in alert.kinds if kind.sign is Sign.SPIKING and kind.last}
    lasting = alert.window is not None and not alert.quiet_s and alert.window.sign is Sign.SPIKING
    fresh = [kind for kind in judged.signed if kind.sign is not Sign.SPIKING or kind.id not in spiking]
    return bool(fresh) or (judged.window.sign is Sign.SPIKING and not lasting)


def signs_note(judged: Judged, samples: Samples) -> Message:
    """Say which kinds of a window are worth a word, the most frequent first, each with one sample."""
    signed, window = judged.signed, judged.window
    if not signed:
        usual = md(", usually {}", f"{round(window.usual):,}") if window.usual is not None else ""
        text = md("📈 *{}* in {}{}", counted(window.errors, "error"), say_duration(window.ended_at - window.began_at), usual)
        return Message.of(text, section(text))
    lines = [sign_line(kind, samples) for kind in signed[:MOST_TOLD]]
    if judged.signs > MOST_TOLD:
        lines.append(md("… and {} more", counted(judged.signs - MOST_TOLD, "kind")))
    text = join("\n", lines)
    return Message.of(text, section(text))


def worse_note(alert: Alert, window: Window) -> Message:
    """Tell the owner that what they took is much worse now."""
    before = round((alert.worse_rate or alert.taken_rate) * window.hours)
    since = "when I last said so" if alert.worse_rate else "when you took it"
    length = say_duration(window.ended_at - window.began_at)
    text = md(
        "{} ⚠️ *{}* is much worse: *{}* in {}; it was {} {}.",
        mention(alert.acknowledged_by),
        alert.title,
        counted(window.errors, "error"),
        length,
        before,
        since,
    )
    return Message.of(text, section(text))


def reminder(alert: Alert) -> Message:
    """Ask the owner whether they are still on it."""
    text = md("{} are you still on {}? {}", mention(alert.acknowledged_by), code(alert.id), subject(alert))
    still = button("Still on it", STILL_ON_IT, alert.id, style="primary")
    return Message.of(text, section(text), actions(still, button("Hand back", HAND_BACK, alert.id), block_id=f"still:{alert.id}"))


def snooze_over(alert: Alert) -> Message:
    """Tell who snoozed an alert that its time is over: nobody has had it since."""
    quiet = md(" · quiet since {}", clock_time(alert.last_seen_at, with_day=True)) if alert.quiet_s and alert.last_seen_at else ""
    text = md("{} the snooze is over: nobody has {} now. {}{}", mention(alert.snoozed_by), code(alert.id), subject(alert), quiet)
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
