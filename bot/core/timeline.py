"""The timeline: which audit events people are shown, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.core.alerts import Alert
from bot.core.markup import shorten
from bot.core.operations import Operation

# Steps of the daemon in between, and what went wrong with a message: they are in the audit, and tell nobody what happened to a service.
HIDDEN = frozenset({"operation.dispatching", "operation.running", "audit.head", "audit.pruned"})
HIDDEN_FAMILIES = ("message.",)
MOST_WORDS = 200

_EMOJI = {
    "operation.awaiting_approval": "✋",
    "operation.approved": "🚀",
    "operation.approval": "👍",
    "operation.succeeded": "✅",
    "operation.failed": "❌",
    "operation.cancelled": "⏹️",
    "operation.rejected": "⛔",
    "operation.expired": "⌛",
    "operation.unknown": "❓",
    "alert.opened": "🔴",
    "alert.acknowledged": "🟠",
    "alert.given_back": "🔴",
    "alert.noted": "📝",
    "alert.resolved": "🟢",
    "alert.taken_over": "🟠",
    "alert.handed_over": "🟠",
    "alert.confirmed": "🟠",
    "alert.snoozed": "💤",
    "alert.got_worse": "📈",
    "lock.unlocked": "🔓",
    "lock.expired": "🔓",
    "lock.vanished": "🔓",
    "daemon.started": "🟢",
    "daemon.stopped": "⚪",
    "daemon.was_away": "👋",
    "configuration.refused": "⚠️",
    "plugin.broken": "⚠️",
    "plugin.slow": "🐢",
}
_FAMILY_EMOJI = {"operation": "🚀", "alert": "🔴", "lock": "🔒", "configuration": "🔧", "plugin": "🔌", "daemon": "⚙️", "audit": "🔏"}
_WORDS = {
    "operation.awaiting_approval": "{kind} asked for, waits for approval",
    "operation.approved": "{kind} asked for",
    "operation.approval": "approved",
    "operation.succeeded": "{kind} succeeded",
    "operation.unknown": "outcome unknown",
    "alert.opened": "opened",
    "alert.acknowledged": "taken",
    "alert.given_back": "given back: nobody has it",
    "alert.got_worse": "got much worse",
    "lock.asked": "asked for",
    "lock.held": "holds",
    "lock.release_asked": "is to be opened",
    "lock.takeover_asked": "is to be taken over",
    "lock.kept": "still holds: it could not be taken off GitHub",
    "lock.unlocked": "opened",
    "lock.expired": "opened by itself: its time was over",
    "lock.vanished": "gone: its branch was removed on GitHub",
    "lock.beaten": "came second",
    "daemon.started": "started",
    "daemon.stopped": "stopped",
    "daemon.was_away": "was away",
    "plugin.broken": "could not be loaded",
    "plugin.slow": "runs too long",
    "plugin.enabled": "switched on",
    "plugin.disabled": "switched off",
    "plugin.reloaded": "loaded anew",
}
# What of an event's detail completes its words, the first that there is.
_MORE = ("note", "reason", "cause", "error", "changes", "mistakes", "handler", "version")


@dataclass(frozen=True, slots=True)
class TimelineQuery:
    """Which part of the timeline is asked for. What is "" or None narrows nothing; `until` itself is left out."""

    service: str = ""
    actor: str = ""  # a Slack user id
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of the timeline, in plain words. `link`: the address of the message that tells the whole story, "" when there is none."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    emoji: str
    title: str
    words: str
    service: str = ""
    link: str = ""


def is_shown(action: str) -> bool:
    """Say whether the timeline shows events of this kind."""
    return action not in HIDDEN and not action.startswith(HIDDEN_FAMILIES)


def as_entry(
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
    operation: Operation | None = None,
    alert: Alert | None = None,
) -> TimelineEntry:
    """Put an audit event into words.

    Args:
        operation, alert: what the event's subject names, when it is there still.
    """
    family = action.partition(".")[0]
    emoji = _EMOJI.get(action) or _FAMILY_EMOJI.get(family, "•")
    kind = operation.kind.value if operation else family
    words = _WORDS.get(action, action.partition(".")[2].replace("_", " ")).format(kind=kind)
    more = _more(action, detail)
    entry = TimelineEntry(seq, at, actor, action, subject, emoji, _title(family, subject, detail), f"{words}: {more}" if more else words)
    if operation:
        target = f" → {operation.environment}" if operation.environment else ""
        return replace(entry, title=f"{operation.service} {operation.version}{target}", service=operation.service)
    if alert:
        return replace(entry, title=f"{alert.id} {alert.title}", service=alert.service)
    return entry


def _title(family: str, subject: str, detail: Mapping[str, Any]) -> str:
    kind, separator, name = subject.partition(":")
    if family in ("daemon", "configuration") or not separator:
        return {"daemon": "chatopsd", "configuration": "configuration"}.get(family, family)
    if kind in ("operation", "alert"):
        return name
    service, environment = detail.get("service") or str(detail.get("repo") or "").rpartition("/")[2], detail.get("environment")
    if kind != "plugin" and isinstance(service, str) and service:
        return f"{kind} {service}{f' → {environment}' if environment else ''}"
    return f"{kind} {name}"


def _more(action: str, detail: Mapping[str, Any]) -> str:
    if action in ("operation.approved", "operation.awaiting_approval", "alert.opened"):
        return ""
    found = next((detail[key] for key in _MORE if detail.get(key)), "")
    text = ", ".join(map(str, found)) if isinstance(found, list) else str(found)
    return shorten(" ".join(text.split()), MOST_WORDS)
