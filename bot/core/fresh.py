"""What of a window is fresh to its watch's open alert, and when that was seen first."""

from datetime import timedelta

from bot.core.alerts import Alert
from bot.core.judging import Judged
from bot.core.ties import Seen
from bot.core.windows import FingerprintCount, Sign


def fresh_kinds(alert: Alert | None, judged: Judged) -> list[FingerprintCount]:
    """Return the kinds of a window that are worth a word and were not in the last one: those that spike only when that begins.

    Args:
        alert: the one that is open already.
    """
    spiking = {kind.id for kind in alert.kinds if kind.sign is Sign.SPIKING and kind.last} if alert else ()
    return [kind for kind in judged.signed if kind.sign is not Sign.SPIKING or kind.id not in spiking]


def is_fresh_spike(alert: Alert | None, judged: Judged) -> bool:
    """Say whether a spike of all errors together begins with a window."""
    return judged.window.sign is Sign.SPIKING and not (alert and alert.spiking)


def first_seen(judged: Judged, delay: timedelta, alert: Alert | None = None) -> Seen | None:
    """Return when the first of a window's new kinds was written: by its own time stamp, else within the window. Where none is new, that of those that are
    back; else the window, if a spike begins with it; else None.

    Args:
        delay: by how much earlier than the window its lines were written (`Watch.delay`).
        alert: the one that is open already.
    """
    window, fresh = judged.window, fresh_kinds(alert, judged)
    signs = {kind.sign for kind in fresh} | ({Sign.SPIKING} if is_fresh_spike(alert, judged) else set())
    what = next((sign for sign in (Sign.NEW, Sign.REGRESSED, Sign.SPIKING) if sign in signs), None)
    if what is None:
        return None
    began_at = judged.spiking_since if what is Sign.SPIKING and judged.spiking_since else window.began_at
    times = [] if what is Sign.SPIKING else [kind.first_at for kind in judged.kinds.values() if kind.sign is what and kind.first_at]
    return Seen(min(times), min(times), what) if times else Seen(began_at - delay, window.until - delay, what)
