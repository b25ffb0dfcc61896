"""Judges a window: which of its kinds of line are new, spiking or back, and whether all of its errors together are more than usual."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.alerts import FingerprintCount, Samples, Sign, Window
from bot.core.baseline import Baseline

SHOWN = 10  # kinds kept in a window for their number
SIGNED = 20  # and for their sign
SILENT_LINES = 100  # that many lines must be missing before silence is one
SILENT_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class Judged:
    """A window with its signs, and every kind in it, by fingerprint."""

    window: Window
    kinds: Mapping[str, FingerprintCount]

    @property
    def signed(self) -> list[FingerprintCount]:
        """Return the kinds that are worth a word, the most frequent first."""
        return sorted((kind for kind in self.kinds.values() if kind.sign), key=lambda kind: (-kind.count, kind.id))

    @property
    def is_worth_a_word(self) -> bool:
        return bool(self.window.sign) or any(kind.sign for kind in self.kinds.values())


def judge(
    window: Window,
    kinds: Sequence[FingerprintCount],
    baseline: Baseline,
    resolved: Collection[str],
    learning_until: datetime | None,
    samples: Samples = Samples.MASKED,
) -> Judged:
    """Judge a window.

    Args:
        kinds: every kind of error line in it.
        resolved: the kinds whose alert was resolved since they were seen last.
        learning_until: set while the watch still learns: then nothing in it is new, and nothing is compared.
        samples: what may be kept of a line.
    """
    learning = learning_until is not None
    hours = window.hours
    judged = {kind.id: _judge_kind(_private(kind, samples), baseline, resolved, hours, learning) for kind in kinds}
    usual = None if learning else baseline.errors(hours)
    spikes = usual is not None and usual.is_exceeded_by(window.errors)
    return Judged(
        replace(
            window,
            fingerprints=_kept(judged, window),
            new=sum(kind.is_new for kind in judged.values()),
            spiking=sum(kind.sign is Sign.SPIKING for kind in judged.values()),
            regressed=sum(kind.sign is Sign.REGRESSED for kind in judged.values()),
            sign=Sign.SPIKING if spikes else Sign.USUAL,
            usual=usual.median if usual else None,
            learning_until=learning_until,
        ),
        judged,
    )


def is_silent(silent: Sequence[Window], baseline: Baseline) -> bool:
    """Say whether a watch reads nothing where it always read much.

    Args:
        silent: its last windows in a row that read nothing, the present one included.
    """
    length_h = sum(window.hours for window in silent)
    usual = baseline.lines(length_h)
    return len(silent) >= SILENT_WINDOWS and usual is not None and usual.median - 3 * usual.spread >= SILENT_LINES


def _judge_kind(kind: FingerprintCount, baseline: Baseline, resolved: Collection[str], hours: float, learning: bool) -> FingerprintCount:
    if learning:
        return replace(kind, is_new=False)
    usual = baseline.kind(kind.id, hours)
    expected = usual.median if usual else None
    if kind.is_new:
        sign = Sign.NEW
    elif kind.id in resolved and not is_noise(replace(kind, usual=expected)):
        sign = Sign.REGRESSED
    elif usual is not None and usual.is_exceeded_by(kind.count):
        sign = Sign.SPIKING
    else:
        sign = Sign.USUAL
    return replace(kind, sign=sign, usual=expected)


def is_noise(kind: FingerprintCount) -> bool:
    """Say whether a kind is seen in most windows of this hour, and now is as it always is."""
    return not kind.sign and kind.usual is not None and kind.usual >= 0.5


def _private(kind: FingerprintCount, samples: Samples) -> FingerprintCount:
    match samples:
        case Samples.MASKED:
            return kind
        case Samples.TEMPLATE:
            return replace(kind, sample="")
        case Samples.NONE:
            return replace(kind, sample="", template="")


def _kept(judged: Mapping[str, FingerprintCount], window: Window) -> tuple[FingerprintCount, ...]:
    """Return the most frequent kinds, and of the less frequent those with a sign."""
    ranked = sorted(judged.values(), key=lambda kind: (-kind.count, kind.id))
    further = [kind for kind in ranked[SHOWN:] if kind.sign][: SIGNED - SHOWN]
    return (*ranked[:SHOWN], *further) if judged else window.fingerprints
