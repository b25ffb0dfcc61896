"""The one message that tells a lock: what is closed, why, by whom, until when, and how it is opened."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.blocks import Block, Message, actions, button, confirm, context, section
from bot.core.durations import say_ago, say_duration
from bot.core.locks import Lock, LockEnd, LockState
from bot.core.markup import Mrkdwn, code, join, md, mention, shorten

UNLOCK = "unlock"
TAKE_OVER = "take_over_lock"


def lock_card(lock: Lock, who: str, services: Sequence[str], ended_by: str = "", former: str = "") -> Message:
    """Draw a lock.

    Args:
        who: its owner's name; nobody is mentioned for their own act.
        services: all that it closes: the services of its repository that have the environment.
        ended_by: who opened it, by name.
        former: whom it was taken over from, by name.
    """
    headline = _headline(lock, services)
    blocks: list[Block] = [section(headline)]
    if lock.reason:
        blocks.append(section(md("“{}”", shorten(lock.reason, 300))))
    blocks.append(context(_facts(lock, who, ended_by, former)))
    if lock.state is LockState.HELD and lock.apart:
        blocks.append(context(md("⚠️ In my journal only, so CI does not see it: {}", shorten(lock.apart, 300))))
    if lock.state is LockState.HELD:
        blocks.append(actions(*lock_buttons(lock), block_id=f"lock:{lock.id}"))
    return Message.of(headline, *blocks)


def lock_buttons(lock: Lock) -> list[Block]:
    """Return the buttons of a lock that is held; each says whose lock it was drawn for. The plugin locks serves them."""
    bound = f"{lock.id}:{lock.owner}"
    sure = confirm("Unlock?", f"Operations on {lock.environment} can start again.", "Unlock")
    take = confirm("Take over?", f"The lock of {lock.environment} becomes yours; its owner is told.", "Take over")
    return [button("Unlock", UNLOCK, value=bound, confirm=sure), button("Take over the lock", TAKE_OVER, value=bound, confirm=take)]


def lock_line(lock: Lock, who: str, now: datetime) -> Mrkdwn:
    """Say a lock in one line, for lists."""
    parts = [md("🔒 *{}* · *{}*", lock.service or lock.repo, lock.environment), md("by {}", who), md("{}", say_ago(now - lock.since))]
    if lock.expires_at:
        parts.append(md("until {}", _time(lock.expires_at)))
    if lock.reason:
        parts.append(md("“{}”", shorten(lock.reason, 120)))
    if lock.apart:
        parts.append(md("⚠️ in my journal only"))
    return join(" · ", parts)


def unknown_line(reasons: Sequence[str]) -> Mrkdwn:
    """Say in one line why it is not known of some environments whether they are locked; there is one reason at least."""
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    return md("❓ Not known: {}{}", shorten(reasons[0], 200), more)


def nag_note(lock: Lock, now: datetime) -> Message:
    """Ask a lock's owner, in its thread, whether it is still needed."""
    whom = md("{}, ", mention(lock.owner)) if lock.owner[:1] in ("U", "W") else md("")
    return Message.of(
        md(
            "⏰ {}*{}* has been locked for {} now. Unlock it when it is no longer needed.",
            whom,
            lock.environment,
            say_duration(now - lock.since),
        )
    )


def taken_over_note(lock: Lock, who: str) -> Message:
    """Tell a lock's former owner who has it now."""
    return Message.of(md("{}: {} took your lock of *{}* over.", _addressed(lock.former), who, lock.environment))


def unlocked_note(lock: Lock, who: str) -> Message:
    """Tell a lock's owner who unlocked it; `who` by name."""
    reason = md(" ({})", shorten(lock.reason, 200)) if lock.reason else ""
    return Message.of(md("{}: {} unlocked *{}*, which you had locked{}.", _addressed(lock.owner), who, lock.environment, reason))


def _addressed(owner: str) -> Mrkdwn:
    return mention(owner) if owner[:1] in ("U", "W") and owner.isalnum() else md("{}", owner)


def _headline(lock: Lock, services: Sequence[str]) -> Mrkdwn:
    what = md("*{}* · *{}*", ", ".join(services) or lock.repo, lock.environment)
    if lock.state is not LockState.ENDED:
        return md("🔒 {} is locked", what)
    if lock.end is LockEnd.BEATEN:
        return md("🔓 {}: this lock came second", what)
    return md("🔓 {} is unlocked", what)


def _facts(lock: Lock, who: str, ended_by: str, former: str) -> Mrkdwn:
    facts = [md("Locked by {}", who)]
    if former:
        facts.append(md("taken over from {}", former))
    if lock.state is LockState.ENDED and lock.ended_at:
        facts.append(_end(lock, ended_by))
        facts.append(md("after {}", say_duration(lock.ended_at - lock.since)))
        return join(" · ", facts)
    facts.append(md("since {}", _time(lock.since)))
    facts.append(md("until {}", _time(lock.expires_at)) if lock.expires_at else md("until it is unlocked"))
    if lock.branch and not lock.apart:
        facts.append(md("CI sees it as {}", code(lock.branch)))
    return join(" · ", facts)


def _end(lock: Lock, ended_by: str) -> Mrkdwn:
    match lock.end:
        case LockEnd.EXPIRED:
            return md("its time was over")
        case LockEnd.VANISHED:
            return md("its branch {} was removed on GitHub", code(lock.branch))
        case LockEnd.BEATEN:
            return md("somebody else's lock was there first")
        case _:
            return md("unlocked by {}", ended_by or "somebody")


def _time(at: datetime) -> Mrkdwn:
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%a %d %b %H:%M} UTC>")
