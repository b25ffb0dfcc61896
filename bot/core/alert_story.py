"""What a watch's windows make of its alert: opened, kept up to date, much worse, quiet for long enough."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.alert_talk import is_storm
from bot.core.alerts import BLIND, MOST_KINDS, Alert, AlertKind, AlertState, Origin, Point
from bot.core.configuration import Watch
from bot.core.cut_windows import is_telling, with_point
from bot.core.judging import Judged, is_noise
from bot.core.windows import FingerprintCount, Samples, Window

WATCH = "watch"
LEAST_QUIET = timedelta(hours=1)  # where `resolve_after` is not set
LEAST_QUIET_WINDOWS = 3
MUCH_WORSE = 3.0  # times as many errors as when the alert was taken
WORSE_FROM = 10  # errors in a window: below that, nothing is much worse


@dataclass(frozen=True, slots=True)
class Observed:
    """An alert after a window. `is_shown`: whether its message changes; `got_worse`: whether its owner is to hear of it."""

    alert: Alert
    is_shown: bool
    got_worse: bool = False


def problem_of(watch: Watch) -> Origin:
    """Name the problem that a watch's errors are."""
    return Origin(WATCH, watch.name)


def unreadable_title(watch: Watch, *, in_part: bool = False) -> str:
    return f"Not all of {watch.name} can be read" if in_part else f"{watch.name} can't be read"


def silent_title(watch: Watch) -> str:
    return f"{watch.name} reads nothing"


def blind_problem_of(watch: Watch, title: str = "", why: str = "") -> Origin:
    """Name the problem that a watch sees nothing, and say what that means."""
    if title == silent_title(watch):
        means = "Nothing writes there any more, or it writes elsewhere: does the service still run?"
    else:
        means = "Until it can be read again, nobody is told of errors in it."
    return Origin(WATCH, watch.name + BLIND, title, "warning", f"{why}\n{means}" if why else "")


def open_alert(alert_id: str, watch: Watch, judged: Judged, samples: Samples) -> Alert:
    """Open the alert of a watch's errors."""
    window = judged.window
    return Alert(
        id=alert_id,
        watch=watch.name,
        service=watch.service,
        channel=watch.channel,
        state=AlertState.FIRING,
        opened_at=window.ended_at,
        window=window,
        origin=problem_of(watch),
        total=window.errors,
        series=(Point(window.ended_at, window.errors),),
        kinds=_updated((), judged, watch, everything=window.learning_until is not None),
        last_seen_at=window.ended_at,
        samples=samples,
        is_hidden=samples is not watch.samples,
        spiking=bool(window.sign),
        storm_at=window.ended_at if is_storm(judged) else None,
        learning=window.learning_until is not None,
    )


def opens(judged: Judged) -> bool:
    """Say whether a window opens an alert: something in it is worth a word, or is an error while nothing is known yet."""
    return judged.is_worth_a_word or (judged.window.learning_until is not None and judged.window.errors > 0)


def observe(alert: Alert, watch: Watch, judged: Judged, samples: Samples, *, is_blind: bool = False) -> Observed:
    """Bring an open alert up to date with the next window of its watch.

    Args:
        is_blind: the watch reads nothing where it always read much, which is no quiet either.
    """
    window, together = judged.window, judged.together
    active, is_long_enough = is_active(alert, judged), is_telling(together.length, watch.every)
    is_quiet = not active and (alert.quiet_s > 0 or _is_gone(alert.last_seen_at, window, watch))
    kinds = _updated(alert.kinds, judged, watch, everything=window.learning_until is not None)
    after = replace(
        alert,
        window=window if window.errors else alert.window,
        total=alert.total + window.errors,
        series=with_point(alert, window, watch.every),
        kinds=kinds,
        last_seen_at=window.ended_at if active else alert.last_seen_at,
        quiet_s=alert.quiet_s + (0.0 if is_blind else _seen_s(window)) if is_quiet else 0.0,
        spiking=bool(window.sign) or (alert.spiking and (window.is_high or not is_long_enough)),
        samples=samples,
        is_hidden=samples is not watch.samples,
    )
    got_worse = active and is_long_enough and is_much_worse(alert, together) and _rate(together) >= MUCH_WORSE * alert.worse_rate
    if is_long_enough:  # ten errors in a few seconds are no rate
        after = replace(after, worse=is_much_worse(alert, together), worse_rate=_worse_rate(alert, together, got_worse=got_worse))
    # Of quiet windows only the first changes what is seen: what was there is gone.
    return Observed(after, is_shown=window.errors > 0 or (is_quiet and not alert.quiet_s) or got_worse, got_worse=got_worse)


def _seen_s(window: Window) -> float:
    """Return how much time a window covers: none while something can't be read, since nobody knows whether that is quiet."""
    return 0.0 if window.unreadable else window.length.total_seconds()


def is_active(alert: Alert, judged: Judged) -> bool:
    """Say whether a window holds errors that the alert is about: what is left of a spike, too, but not what is always there."""
    window = judged.window
    if judged.is_worth_a_word or (alert.spiking and window.is_high):
        return True
    if window.learning_until is not None:
        return window.errors > 0
    about = {kind.id for kind in alert.kinds if kind.sign}  # the others were there beside
    return bool(judged.akin) or any(kind.id in about and not is_noise(kind) for kind in judged.kinds.values())


def has_learned(alert: Alert, window: Window) -> bool:
    """Say whether an alert is about what was learned, now that the learning is over: what is worth a word from now on is another one."""
    return alert.learning and window.learning_until is None


def is_much_worse(alert: Alert, window: Window) -> bool:
    """Say whether a window is `MUCH_WORSE` times as bad as when the alert was acknowledged."""
    return (
        alert.state is AlertState.ACKNOWLEDGED
        and window.errors >= WORSE_FROM
        and alert.taken_rate > 0
        and _rate(window) >= MUCH_WORSE * alert.taken_rate
    )


def _worse_rate(alert: Alert, window: Window, *, got_worse: bool) -> float:
    """Return what the next window must be `MUCH_WORSE` times as bad as, so that its owner hears of it once more."""
    if got_worse:
        return _rate(window)
    return alert.worse_rate if _rate(window) > alert.taken_rate else 0.0


def _rate(window: Window) -> float:
    return window.errors / window.hours


def is_over(alert: Alert, watch: Watch) -> bool:
    """Say whether an alert resolves by itself: it was quiet for `resolve_after` windows of its watch, however they were cut."""
    windows = watch.resolve_after or max(LEAST_QUIET_WINDOWS, -(-LEAST_QUIET // watch.every))
    # Half a window less: a tick is never quite on time.
    return alert.quiet_s >= (windows - 0.5) * watch.every.total_seconds()


def _is_gone(seen_at: datetime | None, window: Window, watch: Watch) -> bool:
    """Say whether what is not in a window is gone: not yet where its watch looked early."""
    return seen_at is None or is_telling(window.ended_at - seen_at, watch.every)


def _updated(kinds: Iterable[AlertKind], judged: Judged, watch: Watch, *, everything: bool) -> tuple[AlertKind, ...]:
    """Return an alert's kinds after a window: those it has with their counts, and those that are worth a word now."""
    at = judged.window.ended_at
    known = {kind.id: kind for kind in kinds}
    updated = {id_: replace(kind, last=0) if _is_gone(kind.last_seen_at, judged.window, watch) else kind for id_, kind in known.items()}
    for count in judged.kinds.values():
        before = known.get(count.id)
        if before is not None:
            sign = count.sign if count.sign else before.sign
            updated[count.id] = replace(before, total=before.total + count.count, last=count.count, last_seen_at=at, sign=sign)
        elif count.sign or everything or judged.window.sign:
            updated[count.id] = _first(count, at)
    for kind in [updated[id_] for id_, further in judged.akin.items() if id_ in updated and further.count]:
        further, is_here = judged.akin[kind.id], kind.last_seen_at == at
        updated[kind.id] = replace(
            kind,
            template=further.template,
            sample=kind.sample if is_here else further.sample,
            total=kind.total + further.count,
            last=further.count + (kind.last if is_here else 0),
            last_seen_at=at,
        )
    ranked = sorted(updated.values(), key=lambda kind: (not kind.sign, -kind.total, kind.id))
    return tuple(ranked[:MOST_KINDS])


def _first(count: FingerprintCount, at: datetime) -> AlertKind:
    """Return a kind of line as it is when the alert first hears of it, at the end of a window."""
    return AlertKind(count.id, count.template, count.sample, count.sign, count.count, count.first_at or at, at, count.count)
