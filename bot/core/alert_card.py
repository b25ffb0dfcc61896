"""The one message that tells an alert: whose it is, how bad it is, and what it says, at one glance on a phone at night."""

from datetime import datetime
from urllib.parse import quote

from bot.core.alerts import Alert, AlertState, FingerprintCount, Window
from bot.core.blocks import Block, Message, actions, button, context, section
from bot.core.configuration import Watch
from bot.core.durations import say_duration
from bot.core.markup import Mrkdwn, code, escape, join, md, shorten

ACKNOWLEDGE = "ack"
GIVE_BACK = "give_back"
OPEN = "open"  # the action id of buttons that only open an address

MOST_KINDS = 5
LINE = 100  # characters of a sample: two lines on a phone, and five of them fit a section even if each character must be escaped
LONGEST_URL = 3000  # a button's limit: https://docs.slack.dev/reference/block-kit/block-elements/button-element

STATE_EMOJI = {AlertState.FIRING: "🔴", AlertState.ACKNOWLEDGED: "🟠", AlertState.RESOLVED: "✅"}


def alert_card(alert: Alert, owner: str = "", grafana: str = "") -> Message:
    """Draw an alert.

    Args:
        owner: the name of the person who has it; they are not mentioned for their own act.
        grafana: the address that shows the window, "" when there is none.
    """
    window = alert.window
    blocks: list[Block] = [
        section(md("{} *{}* · {}", STATE_EMOJI[alert.state], alert.watch, _state(alert, owner))),
        section(md("*{}*{}", counts_line(window), _service(alert))),
    ]
    kinds = shown_kinds(window)
    if kinds:
        blocks.append(section(join("\n", [_kind(kind) for kind in kinds])))
    blocks.append(context(_facts(alert, len(kinds))))
    if alert.note:
        blocks.append(context(md("📝 {}", shorten(_flat(alert.note), 600))))
    if window.notes:
        blocks.append(context(join("\n", [md("⚠️ {}", shorten(_flat(note), 300)) for note in window.notes[:5]])))
    buttons = _buttons(alert, grafana)
    if buttons:
        blocks.append(actions(*buttons, block_id=f"alert:{alert.id}"))
    return Message.of(_notification(alert, owner), *blocks)


def counts_line(window: Window) -> str:
    """Say a window in numbers: "412 errors of 12,034 lines in 15 min · 7 kinds (2 new)"."""
    length = say_duration(window.ended_at - window.began_at)
    kinds = _counted(window.distinct, "kind") + (f" ({window.new:,} new)" if window.new else "")
    return f"{_counted(window.errors, 'error')} of {_counted(window.lines, 'line')} in {length}" + (f" · {kinds}" if window.errors else "")


def shown_kinds(window: Window) -> list[FingerprintCount]:
    """Return the kinds of line that are shown, the most frequent first; one that is new is never left out for one that is known."""
    chosen = sorted(window.fingerprints, key=lambda kind: not kind.is_new)[:MOST_KINDS]
    return sorted(chosen, key=lambda kind: -kind.count)


def grafana_url(watch: Watch, window: Window) -> str:
    """Fill a watch's link template: `{from}` and `{to}` in milliseconds, `{watch}` and `{service}` encoded for an address; other braces stay."""
    values = {
        "from": str(_milliseconds(window.began_at)),
        "to": str(_milliseconds(window.ended_at)),
        "watch": quote(watch.name, safe=""),
        "service": quote(watch.service, safe=""),
    }
    url = watch.grafana
    for name, value in values.items():
        url = url.replace("{" + name + "}", value)
    return url if url.startswith(("https://", "http://")) and len(url) <= LONGEST_URL else ""


def alert_line(alert: Alert, owner: str = "") -> Mrkdwn:
    """Say an alert in one line, for lists."""
    return md(
        "{} {} *{}* · {} · {}", STATE_EMOJI[alert.state], code(alert.id), alert.watch, counts_line(alert.window), _state(alert, owner)
    )


def clock_time(at: datetime) -> Mrkdwn:
    """Show a time of day in the reader's own time zone."""
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{{time}}|{at:%H:%M} UTC>")


def _state(alert: Alert, owner: str) -> Mrkdwn:
    match alert.state:
        case AlertState.FIRING:
            return md("Firing · nobody has it yet")
        case AlertState.ACKNOWLEDGED if alert.acknowledged_at:
            return md("Acknowledged by {} {}", owner or alert.acknowledged_by, clock_time(alert.acknowledged_at))
        case state:
            return escape(state.value.capitalize())


def _service(alert: Alert) -> Mrkdwn:
    return md(" in {}", alert.service) if alert.service and alert.service != alert.watch else escape("")


def _kind(kind: FingerprintCount) -> Mrkdwn:
    new = Mrkdwn("🆕 *NEW* ") if kind.is_new else Mrkdwn("")
    return md("*×{}* {}{}", f"{kind.count:,}", new, code(shorten(_flat(kind.sample or kind.template), LINE) or "(an empty line)"))


def _facts(alert: Alert, shown: int) -> Mrkdwn:
    window = alert.window
    facts = [code(alert.id), md("{} – {}", clock_time(window.began_at), clock_time(window.ended_at))]
    if window.distinct > shown:
        facts.append(md("and {} more", _counted(window.distinct - shown, "kind")))
    return join(" · ", facts)


def _buttons(alert: Alert, grafana: str) -> list[Block]:
    buttons: list[Block] = []
    if alert.state is AlertState.FIRING:
        buttons.append(button("Acknowledge", ACKNOWLEDGE, alert.id, style="primary"))
    if alert.state is AlertState.ACKNOWLEDGED:
        buttons.append(button("Give back", GIVE_BACK, alert.id))
    if grafana:
        buttons.append(button("Open in Grafana", f"{OPEN}:grafana", url=grafana))
    return buttons


def _notification(alert: Alert, owner: str) -> Mrkdwn:
    kinds = shown_kinds(alert.window)
    said = f" · {shorten(_flat(kinds[0].sample), 100)}" if kinds else ""
    state = f" · acknowledged by {owner or alert.acknowledged_by}" if alert.state is AlertState.ACKNOWLEDGED else ""
    if alert.state is AlertState.RESOLVED:
        state = " · resolved"
    return md("{} {}: {}{}{}", STATE_EMOJI[alert.state], alert.watch, counts_line(alert.window), state, said)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
