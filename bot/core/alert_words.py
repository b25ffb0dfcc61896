"""The words that alerts are told in: numbers, times, trends, one line of a log."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.alerts import Alert, AlertKind, Past, Point
from bot.core.durations import say_duration
from bot.core.markup import Mrkdwn, code, md, shorten
from bot.core.plurals import counted
from bot.core.ties import Tie, Tied
from bot.core.windows import FingerprintCount, Samples, Sign, Window

FIGURES = 3  # windows that make a trend
LINE = 100  # characters of a sample: two lines on a phone, and five of them fit a section even if each character must be escaped
BARS = "▁▂▃▄▅▆▇█"
TO_THE_SECOND = timedelta(minutes=5)  # a window from that length on is said in minutes: a tick is never quite on time

_SIGNS = {
    Sign.NEW: Mrkdwn("🆕 *NEW* "),
    Sign.SPIKING: Mrkdwn("📈 *SPIKING* "),
    Sign.REGRESSED: Mrkdwn("↩️ *BACK* "),
    Sign.USUAL: Mrkdwn(""),
}

_SEEN = {  # and of what is told beside others
    Sign.NEW: ("First seen", "The newest was first seen"),
    Sign.REGRESSED: ("Back", "What is back was seen"),
    Sign.SPIKING: ("The spike began", "The last spike began"),
    Sign.USUAL: ("Began to fire", "Began to fire"),
}


def counts_line(window: Window) -> str:
    """Say a window in numbers: "412 errors of 12,034 lines in 15 min · 7 kinds (2 new)"."""
    signs = signs_in(window)
    kinds = counted(window.distinct, "kind") + (f" ({signs})" if signs else "")
    return f"{counted(window.errors, 'error')} of {counted(window.lines, 'line')} in {window_length(window)}" + (
        f" · {kinds}" if window.errors else ""
    )


def signs_in(window: Window) -> str:
    """Say how many kinds have which sign: "2 new, 1 spiking"; "" where none has one."""
    counts = ((window.new, "new"), (window.regressed, "back"), (window.spiking, "spiking"))
    return ", ".join(f"{n:,} {word}" for n, word in counts if n)


def window_length(window: Window) -> str:
    """Say how long a window was, as exactly as anybody wants to know: "45 s", "15 min"."""
    if window.length < TO_THE_SECOND:
        return say_duration(window.length)
    return say_duration(timedelta(minutes=round(window.length / timedelta(minutes=1))))


def what_is_wrong(alert: Alert) -> str:
    """Say in a few words what an alert is about: "412 errors", or its source's own words."""
    if alert.window:
        return counted(alert.window.errors, "error")
    return shorten(in_one_line(alert.origin.summary), 100) or alert.title


def subject(alert: Alert) -> Mrkdwn:
    """Name an alert where its message is not seen, such as in a notification, and say whether it goes on: "*checkout-api*: 412 errors in 15 min"."""
    span = f" in {window_length(alert.window)}" if alert.window else ""
    calm = calm_word(alert)
    since = md(" · {} since {}", calm, clock_time(alert.last_seen_at, with_day=True)) if calm and alert.last_seen_at else ""
    return md("*{}*: {}{}{}", alert.title, what_is_wrong(alert), span, since)


def calm_word(alert: Alert) -> str:
    """Say in a word or two that an alert's watch finds nothing of it any more: since `last_seen_at`; "" while it does."""
    if not alert.quiet_s or alert.last_seen_at is None:
        return ""
    # Errors that are always there are none of the alert's, but who reads their number must not be told that it is quiet.
    goes_on = alert.window is not None and alert.window.ended_at > alert.last_seen_at
    return "only what is usual here" if goes_on else "quiet"


def shown_kinds(alert: Alert, most: int) -> list[AlertKind]:
    """Return the kinds of line that are shown, the most frequent first; one with a sign is never left out for one without, nor one that is
    here for one that is gone."""
    kinds = alert.kinds or (_of_window(alert.window) if alert.window else ())
    chosen = sorted(kinds, key=lambda kind: (not kind.last, not kind.sign))[:most]
    return sorted(chosen, key=lambda kind: (-kind.last, -kind.total))


def kind_line(kind: AlertKind, samples: Samples, *, others_go_on: bool = True) -> Mrkdwn:
    """Say one kind of line: how many in the last window (in all, when it is gone), why it is told, a sample as far as that may be shown, and that it
    is gone where others go on."""
    text = line_of(kind, samples)
    gone = "" if kind.last or not others_go_on else md(" ✔️ gone since {}", clock_time(kind.last_seen_at))
    number = f"{kind.last:,}" if kind.last else f"{kind.total:,} in all"
    return md("*×{}* {}{}{}", number, _SIGNS[Sign(kind.sign)], text, gone)


def line_of(kind: AlertKind | FingerprintCount, samples: Samples) -> Mrkdwn:
    """Show a kind of line as far as its watch's setting allows."""
    match samples:
        case Samples.MASKED:
            shown = kind.sample or kind.template
        case Samples.TEMPLATE:
            shown = kind.template
        case Samples.NONE:
            return code(kind.id)
    return code(shorten(flat(shown), LINE) or "(an empty line)")


def sign_line(kind: FingerprintCount, samples: Samples) -> Mrkdwn:
    """Say a kind of one window, for the thread."""
    usual = md(" · usually {}", usual_words(kind)) if kind.sign is Sign.SPIKING and kind.usual is not None else ""
    return md("{}*×{}*{} {}", _SIGNS[Sign(kind.sign)], f"{kind.count:,}", usual, line_of(kind, samples))


def note_line(alert: Alert, most: int) -> Mrkdwn:
    """Show the note of an alert, and who made it."""
    return md("📝 {}{}", f"{alert.noted_by}: " if alert.noted_by else "", shorten(flat(alert.note), most))


def past_line(before: Alert, past: Past) -> Mrkdwn:
    """Say what became of what is told again when it was told before: "Told before in `A7`, which was resolved yesterday 14:00 (by ann), with `v1.8.4` live"."""
    at = md(" {}", clock_time(before.resolved_at, with_day=True)) if before.resolved_at else ""
    why = f" ({flat(before.reason)})" if before.reason else ""
    live = md(", with {} live", code(past.live)) if past.live else ""
    first = md("\n↳ then: {}", _first_seen(before.tie)) if before.tie else ""
    note = md("\n↳ {}", note_line(before, 300)) if before.note else ""
    return md("↩️ Told before in {}, which was resolved{}{}{}{}{}", code(before.id), at, why, live, first, note)


def usual_words(of: FingerprintCount | Window) -> str:
    """Say how many are usual: "40", and where errors come in bursts, or once a night, "3, up to 50"."""
    return f"{round(of.usual or 0):,}" + (f", up to {of.usual_up_to:,}" if of.usual_up_to else "")


def tie_line(tie: Tie) -> Mrkdwn:
    """Say after which release a kind was first seen, came back, or rose far: "First seen 6 min after checkout v1.8.3 reached production"."""
    since = md(" · {} is live there since {}", code(tie.since), clock_time(tie.since_at, with_day=True)) if tie.since_at else Mrkdwn("")
    return md("{}{}", _first_seen(tie), since)


def _first_seen(tie: Tie) -> Mrkdwn:
    release = md("{} {}", tie.service, code(tie.version))
    first = _SEEN[tie.what][tie.is_later]
    match tie.how:
        case Tied.WHILE:
            return md("{} *while* {} was on its way to {}", first, release, tie.environment)
        case Tied.BESIDE:
            did = "reached" if tie.is_live else "was on its way to"
            return md("{} in the window in which {} {} {}: before or after is not known", first, release, did, tie.environment)
    return md("{} *{}* after {} reached {}", first, _how_long_after(tie), release, tie.environment)


def _how_long_after(tie: Tie) -> str:
    most = say_duration(max(tie.seen_at - tie.live_at, timedelta()))
    least = most if tie.seen_from is None else say_duration(max(tie.seen_from - tie.live_at, timedelta()))
    if least == most:
        return most
    return f"up to {most}" if least == say_duration(timedelta()) else f"{least} to {most}"


def sparkline(series: Sequence[Point]) -> str:
    """Draw a trend in one line of text: the highest window is a full bar, one without errors the lowest."""
    top = max((point.errors for point in series), default=0)
    return "".join(BARS[0] if not point.errors or not top else BARS[max(1, -(-point.errors * 7 // top))] for point in series)


def clock_time(at: datetime, *, with_day: bool = False) -> Mrkdwn:
    """Show a time of day, with its day where that may be another one, in the reader's own time zone."""
    if with_day:
        return Mrkdwn(f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at:%d %b %H:%M} UTC>")
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{{time}}|{at:%H:%M} UTC>")


def flat(text: str) -> str:
    return " ".join(text.split())


def in_one_line(text: str) -> str:
    """Return the lines of a text side by side, told apart."""
    lines = [flat(line) for line in text.splitlines() if line.strip()]
    return "".join(line if n == 0 else (" " if lines[n - 1].endswith((".", ":")) else " · ") + line for n, line in enumerate(lines))


def _of_window(window: Window) -> tuple[AlertKind, ...]:
    """Return a window's kinds, for an alert that remembers none of its own."""
    at = window.ended_at
    return tuple(
        AlertKind(kind.id, kind.template, kind.sample, Sign.NEW if kind.is_new else kind.sign, kind.count, at, at, kind.count)
        for kind in window.fingerprints
    )
