"""Judges a window: which of its kinds of line are new, spiking or back, and whether all of its errors together are more than usual."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from bot.core.baseline import Baseline, HourTally, Usual, baseline_of, comes_and_goes, hour_of
from bot.core.cut_windows import Stretch
from bot.core.families import MOST_TEMPLATES, SLOT, Families, Family, heads
from bot.core.masks import MASK
from bot.core.windows import FingerprintCount, Samples, Sign, Window

SHOWN = 10  # kinds kept in a window for their number
SIGNED = 20  # and for their sign
MATTER = 100  # kinds of each sign, the most frequent: more than an alert remembers, and than it could know before
SILENT_LINES = 100  # that many lines must be missing before silence is one
SILENT_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a watch when a window of it is judged."""

    kinds: frozenset[str] = frozenset()  # those in the window that the watch has seen before
    families: tuple[Family, ...] = ()
    templates: tuple[str, ...] = ()  # of the kinds that were seen last; nobody asks for them where nothing can be new
    hours: tuple[HourTally, ...] = ()  # those that the window is compared with, and the one that it falls into
    resolved: frozenset[str] = frozenset()  # the kinds whose alert was resolved since they were seen last
    followed: frozenset[str] = frozenset()  # the kinds that the watch's open alert is about
    young: tuple[Family, ...] = ()  # the families that were made since that alert was opened
    about: Mapping[str, str] = field(default_factory=dict)  # where there are any: the followed kinds with a sign, and their templates
    older: frozenset[str] = frozenset()  # and the kinds in the window that were seen before that alert: what they do is not of it
    ended: frozenset[str] | None = (
        None  # those of the alert that a person resolved within the window: they may be from before; None where nobody did
    )
    seen: Mapping[str, tuple[datetime, ...]] = field(
        default_factory=dict
    )  # kinds of those two, and the hours of the last days that had them
    trouble_since: datetime | None = None  # when that alert was opened; None for one that only learns
    learning_until: datetime | None = None  # set while the watch still learns: then nothing is new, and nothing is compared
    samples: Samples = Samples.MASKED  # what may be kept of a line
    pace_s: float = 0.0  # how long a window is that was not cut short; 0: this one is whole


@dataclass(frozen=True, slots=True)
class Judged:
    """A window with its signs, and what it makes known.

    `kinds` are those that matter to an alert, by fingerprint: of each sign the `MATTER` most frequent, the new one that was written first, and those that
    are followed.
    """

    window: Window
    kinds: Mapping[str, FingerprintCount]
    hour: HourTally  # the one that it falls into, with it
    back: frozenset[str] = (
        frozenset()
    )  # kinds whose alert was resolved, and that were seen again: not those that come and go, as long as they do
    families: tuple[Family, ...] = ()  # the rules that it makes
    akin: Mapping[str, FingerprintCount] = field(
        default_factory=dict
    )  # what there is of further names of the kinds that the alert is about, by those kinds, where they made a family
    spiking_since: datetime | None = (
        None  # set where something is a spike only with what the watch read just before, early: then it may have begun there
    )
    whole: Stretch = field(default_factory=Stretch)  # the window with those just before it that were cut short, where there are any

    @property
    def signed(self) -> list[FingerprintCount]:
        """Return the kinds that are worth a word, the most frequent first, and no more than matter."""
        return sorted((kind for kind in self.kinds.values() if kind.sign), key=lambda kind: (-kind.count, kind.id))

    @property
    def together(self) -> Window:
        """Return the window with those just before it that were cut short, as far as they are one of their watch's pace: its time and its errors."""
        window, whole = self.window, self.whole
        if not whole.seconds:
            return window
        return replace(window, began_at=window.until - timedelta(seconds=whole.seconds), errors=whole.errors)

    @property
    def signs(self) -> int:
        """How many kinds are worth a word."""
        return self.window.new + self.window.spiking + self.window.regressed

    @property
    def is_worth_a_word(self) -> bool:
        return bool(self.window.sign) or self.signs > 0


def judge(window: Window, kinds: Sequence[FingerprintCount], known: Known) -> Judged:
    """Judge a window.

    Args:
        kinds: every kind of error line in it, as it was counted.
    """
    baseline = baseline_of(window.ended_at, known.hours, known.trouble_since, window.began_at)
    new, made = _new(kinds, known)
    seen = {kind.id for kind in kinds}
    here, returning = _as_ever(window, seen, known, baseline)
    read = Stretch(window.length.total_seconds(), window.errors, {kind.id: kind.count for kind in kinds})
    hour = _before(window, known)
    whole = hour.part.then(read, known.pace_s)
    spans = _spans(window, read, whole, known.followed, baseline)
    alone, *with_before = spans
    judged = [
        _judge_kind(
            _private(kind, known.samples),
            kind.id in new,
            None if known.learning_until else alone.usual_of(kind),
            known,
            here | returning,
            spikes_with_before=any(span.spikes(kind) for span in with_before),
        )
        for kind in kinds
    ]
    judged.sort(key=lambda kind: (-kind.count, kind.id))
    signed = _signed(window, judged, spans, known, is_warm=baseline.is_warm)
    is_earlier = (signed.sign and not alone.is_spike) or any(kind.sign is Sign.SPIKING and not alone.spikes(kind) for kind in judged)
    matter = _that_matter(judged, known.followed)
    told = known.followed.union(kind.id for kind in matter.values() if kind.sign or signed.sign)
    return Judged(
        window=signed,
        kinds=matter,
        hour=hour.add(window.lines, read, whole, known.pace_s),
        back=(known.resolved & seen) - returning - (known.ended or frozenset()),
        families=made,
        akin={} if known.learning_until else _akin(kinds, known, told),
        spiking_since=with_before[0].began_at if with_before and is_earlier else None,
        whole=whole if with_before else Stretch(),
    )


def is_silent(silent: Sequence[Window], baseline: Baseline) -> bool:
    """Say whether a watch reads nothing where it always read much.

    Args:
        silent: its last windows in a row that read nothing, the present one included.
    """
    length_h = sum(window.hours for window in silent)
    usual = baseline.lines(length_h)
    if baseline.may_be_silent or len(silent) < SILENT_WINDOWS:
        return False
    return usual is not None and usual.median - 3 * usual.spread >= SILENT_LINES


def _as_ever(window: Window, seen: set[str], known: Known, baseline: Baseline) -> tuple[set[str], set[str]]:
    """Return which of the kinds that were resolved, or are followed, are always here, and which come and go."""
    asked = seen & (known.resolved | known.followed)  # of the others nobody needs to know
    here = {each for each in asked if _is_always_here(each, baseline, window.hours)}
    return here, {each for each in asked - here if comes_and_goes(known.seen.get(each, ()), window.ended_at)}


def _new(kinds: Sequence[FingerprintCount], known: Known) -> tuple[frozenset[str], tuple[Family, ...]]:
    """Return the kinds that are new to people, which a further name in a known family is not; and the rules that they call for."""
    families = Families(known.families)
    new = frozenset(kind.id for kind in kinds if kind.id not in known.kinds and families.family_of(kind.template) is None)
    if not new:
        return new, ()
    seen_last = (*(kind.template for kind in sorted(kinds, key=lambda kind: kind.id)), *known.templates)
    made = families.grown(islice(dict.fromkeys(seen_last), MOST_TEMPLATES))
    ids = {family.id for family in known.families}
    return new, tuple(family for family in made if family.id not in ids)


def _akin(kinds: Sequence[FingerprintCount], known: Known, told: Collection[str]) -> Mapping[str, FingerprintCount]:
    """Return what the window has of further names of each kind that the alert is about: its problem goes on in them, though none is new.

    Args:
        told: the kinds that the alert counts by themselves; where only these are left of a family, it goes on, with a count of 0.
    """
    families = Families(known.young)
    of_family, found = heads(families, known.about), dict[str, FingerprintCount]()
    for kind in sorted(kinds, key=lambda kind: (-kind.count, kind.id)) if of_family else ():
        family = None if kind.id in known.older or kind.id in known.about else families.family_of(kind.template)
        if family and family.id in of_family:
            head = of_family[family.id]
            before = found.get(head) or FingerprintCount(head, family.template.replace(SLOT, MASK), 0, kind.sample)
            found[head] = before if kind.id in told else replace(before, count=before.count + kind.count)
    return {head: _private(kind, known.samples) for head, kind in found.items()}


@dataclass(frozen=True, slots=True)
class _Span:
    """What is held against what is usual: a window, or it together with those before it that were cut short."""

    began_at: datetime
    read: Stretch
    usual: Usual | None
    usual_of: Callable[[FingerprintCount], Usual | None]

    @property
    def is_spike(self) -> bool:
        """Whether all errors together are a spike."""
        return self.usual is not None and self.usual.is_exceeded_by(self.read.errors)

    @property
    def is_high(self) -> bool:
        """Whether a spike of them goes on."""
        return self.usual is not None and self.usual.is_still_exceeded_by(self.read.errors)

    def spikes(self, kind: FingerprintCount) -> bool:
        of_span = replace(kind, count=self.read.counts[kind.id])
        usual = self.usual_of(of_span)
        return usual is not None and usual.is_exceeded_by(of_span.count)


def _spans(window: Window, read: Stretch, whole: Stretch, followed: Collection[str], baseline: Baseline) -> list[_Span]:
    """Return a window, and where it goes on with what was read early just before, both together."""
    spans = [(window.hours, read)]
    if whole.seconds > read.seconds:
        spans.append((whole.seconds / 3600, whole))
    return [
        _Span(
            window.ended_at - timedelta(hours=hours),
            each,
            baseline.errors(hours),
            _usual_kinds(baseline, hours, followed),
        )
        for hours, each in spans
    ]


def _signed(window: Window, judged: Sequence[FingerprintCount], spans: Sequence[_Span], known: Known, *, is_warm: bool) -> Window:
    """Return a window with what is said of its kinds, and of all of its errors together.

    Args:
        judged: all of its kinds, the most frequent first.
        spans: the window alone, and then with what it goes on with.
    """
    learning = known.learning_until is not None
    usual = None if learning else spans[0].usual
    spikes = not learning and known.ended is None and any(span.is_spike for span in spans)
    return replace(
        window,
        fingerprints=_shown(judged),
        new=sum(kind.is_new for kind in judged),
        spiking=sum(kind.sign is Sign.SPIKING for kind in judged),
        regressed=sum(kind.sign is Sign.REGRESSED for kind in judged),
        sign=Sign.SPIKING if spikes else Sign.USUAL,
        is_high=not learning and any(span.is_high for span in spans),
        usual=usual.median if usual else None,
        usual_up_to=usual.up_to if usual else 0,
        usual_so_far=usual is not None and not is_warm,
        learning_until=known.learning_until,
    )


def _usual_kinds(baseline: Baseline, hours: float, followed: Collection[str]) -> Callable[[FingerprintCount], Usual | None]:
    """Return what says how many of a kind are usual. Most kinds of a storm were never heard of: they all have the same answer."""
    heard = {kind for hour in baseline.hours for kind in hour.counts}
    never = baseline.kind("", hours)

    def usual_of(kind: FingerprintCount) -> Usual | None:
        if kind.id not in heard:
            return never
        usual = baseline.kind(kind.id, hours, with_bursts=False)
        may_matter = kind.id in followed or (usual is not None and usual.is_exceeded_by(kind.count))
        return baseline.kind(kind.id, hours) if may_matter else usual  # bursts make a spike of less no spike, and nothing else

    return usual_of


def _is_always_here(fingerprint: str, baseline: Baseline, hours: float) -> bool:
    """Say whether a kind is in most windows of this hour, or around this hour on most days."""
    usual = baseline.kind(fingerprint, hours)
    return (usual is not None and usual.median >= 0.5) or baseline.expects(fingerprint)


def _judge_kind(
    kind: FingerprintCount,
    is_new: bool,
    usual: Usual | None,
    known: Known,
    known_here: Collection[str],
    *,
    spikes_with_before: bool,
) -> FingerprintCount:
    if known.learning_until is not None:
        return replace(kind, is_new=False) if kind.is_new else kind
    if is_new:
        sign = Sign.NEW
    elif known.ended is not None and kind.id in known.ended:
        sign = Sign.USUAL
    elif kind.id in known.resolved and kind.id not in known_here:
        sign = Sign.REGRESSED
    else:
        sign = Sign.SPIKING if spikes_with_before or (usual is not None and usual.is_exceeded_by(kind.count)) else Sign.USUAL
    is_usual = kind.id in known_here and not spikes_with_before and not (usual is not None and usual.is_still_exceeded_by(kind.count))
    expected, up_to = (usual.median, usual.up_to) if usual else (None, 0)
    return FingerprintCount(kind.id, kind.template, kind.count, kind.sample, is_new, sign, expected, up_to, kind.first_at, is_usual)


def is_noise(kind: FingerprintCount) -> bool:
    """Say whether a kind is always here, or comes and goes, and now is as it always is."""
    return kind.is_usual and not kind.sign


def _private(kind: FingerprintCount, samples: Samples) -> FingerprintCount:
    match samples:
        case Samples.MASKED:
            return kind
        case Samples.TEMPLATE:
            return replace(kind, sample="")
        case Samples.NONE:
            return replace(kind, sample="", template="")


def _shown(ranked: Sequence[FingerprintCount]) -> tuple[FingerprintCount, ...]:
    """Return the most frequent kinds, and of the less frequent those with a sign."""
    further = islice((kind for kind in ranked[SHOWN:] if kind.sign), SIGNED - SHOWN)
    return (*ranked[:SHOWN], *further)


def _that_matter(ranked: Sequence[FingerprintCount], followed: Collection[str]) -> dict[str, FingerprintCount]:
    found: dict[str, FingerprintCount] = {}
    left = dict.fromkeys(Sign, MATTER)
    for kind in ranked:
        if left[kind.sign] > 0 or kind.id in followed:
            left[kind.sign] -= 1
            found[kind.id] = kind
    dated = [(kind.first_at, kind.id, kind) for kind in ranked if kind.sign is Sign.NEW and kind.first_at]
    if dated:
        first = min(dated)[2]
        found[first.id] = first
    return found


def _before(window: Window, known: Known) -> HourTally:
    """Return the hour that a window falls into, without it."""
    hour = hour_of(window.ended_at)
    since = hour_of(window.began_at)  # the one before ended there or later: of a pace of hours, not in the hour just before this one
    here_or_before = (tally for tally in known.hours if since <= tally.hour <= hour)
    last = max(here_or_before, key=lambda tally: tally.hour, default=HourTally(since, window.began_at))
    return last if last.hour == hour else HourTally(hour, window.began_at, part=last.part)
