"""Alerts of Prometheus' Alertmanager: which of them are one problem, what is said of it, and which silence mutes it."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.alerts import Alert, AlertLink, AlertState, Origin
from bot.core.markup import shorten
from bot.core.privacy import mask_secrets

KIND = "alertmanager"
BLIND = "(unreachable)"  # the key of the problem that it can't be asked
BLIND_PROBLEM = Origin(KIND, BLIND).problem
UNREACHABLE = "Alertmanager can't be reached"
MOST_LISTED = 5
NOT_HERE = "Its text is not shown here, where people of other companies read: Alertmanager has it."

# The words that the field has for how bad it is, the worst first.
_SEVERITIES = ("critical", "page", "error", "major", "warning", "minor", "info", "none")
_IN_KEY = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="((?:\\.|[^"\\])*)"')
_NOTES = ("summary", "message", "description")  # annotations that say what is wrong
_LINKS = (("runbook_url", "Runbook"), ("dashboard_url", "Dashboard"))


@dataclass(frozen=True, slots=True)
class AlertmanagerRules:
    """What `[alertmanager]` says."""

    channel: str
    group_by: tuple[str, ...] = ("alertname", "cluster", "service")  # labels: alerts that have them alike are one problem
    filters: tuple[str, ...] = ()  # matchers such as severity=~"critical|warning": only these alerts are looked at
    silence: timedelta = timedelta(hours=4)  # how long a silence lasts before it is renewed
    escalation: tuple[str, ...] = ()  # users and user groups, told one after the other when nobody answers
    remind_after: timedelta = timedelta(hours=1)  # when the owner is asked whether they are still on it


@dataclass(frozen=True, slots=True)
class RemoteAlert:
    """One alert that fires in Alertmanager."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    url: str = ""  # where it comes from, such as Prometheus' graph
    is_muted: bool = False  # silenced or inhibited


@dataclass(frozen=True, slots=True)
class Group:
    """Alerts that are one problem. `labels` are those that make it one, "" for a label that they lack."""

    labels: Mapping[str, str]
    alerts: tuple[RemoteAlert, ...]

    @property
    def key(self) -> str:
        return ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(self.labels.items()) if value)

    @property
    def problem(self) -> str:
        """See `Origin.problem`."""
        return Origin(KIND, self.key).problem

    @property
    def is_muted(self) -> bool:
        return all(alert.is_muted for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class Silence:
    """A silence that an alert wants, or wanted. `marker` is part of its comment: by it, it is found again when an answer was lost."""

    marker: str
    alert: str  # Alert.id
    labels: Mapping[str, str]  # what it mutes: alerts with exactly these values
    author: str
    comment: str
    ends_at: datetime | None = None  # until then it is known to last; None while it was not created, as far as we know
    until: datetime | None = None  # it must not last longer, as the snooze does not
    remote_id: str = ""  # Alertmanager's id; "" while not known
    is_wanted: bool = True

    @property
    def text(self) -> str:
        """The whole comment."""
        return f"{self.comment} [chatopsd {self.alert} {self.marker}]"

    def is_due(self, now: datetime, length: timedelta) -> bool:
        """Say whether there is something to do: create it, renew it when three quarters of it are over, or end it."""
        if not self.is_wanted or self.ends_at is None:
            return True
        return self.ends_at - now < length / 4 and (self.until is None or self.ends_at < self.until)

    def end(self, now: datetime, length: timedelta) -> datetime:
        """Return until when it is asked for now."""
        return min(now + length, self.until) if self.until else now + length


def groups_of(alerts: Iterable[RemoteAlert], group_by: Sequence[str]) -> dict[str, Group]:
    """Return alerts by problem: key → group, its alerts the oldest first."""
    found: dict[tuple[str, ...], list[RemoteAlert]] = defaultdict(list)
    for alert in alerts:
        found[tuple(alert.labels.get(name, "") for name in group_by)].append(alert)
    groups = [
        Group(dict(zip(group_by, values, strict=True)), tuple(sorted(members, key=lambda alert: alert.starts_at)))
        for values, members in found.items()
        if any(values)  # a silence of nothing in particular would mute everything
    ]
    return {group.key: group for group in groups}


def with_older(
    groups: Mapping[str, Group], alerts: Collection[RemoteAlert], known: Iterable[Origin], group_by: Sequence[str]
) -> dict[str, Group]:
    """Return the groups such that each known problem that was grouped by other labels goes on while an alert of it fires; of the other groups, those
    that hold an alert of none of these.

    Args:
        known: the problems of which an alert is open.
    """
    older: dict[str, Group] = {}
    for origin in known:
        labels = labels_of(origin, group_by)
        members = tuple(alert for alert in alerts if _has(alert, labels)) if origin.key not in groups else ()
        if members:
            older[origin.key] = Group(labels, tuple(sorted(members, key=lambda alert: alert.starts_at)))
    told = [group.labels for group in older.values()]
    fresh = {key: group for key, group in groups.items() if not all(any(_has(alert, labels) for labels in told) for alert in group.alerts)}
    return {**fresh, **older}


def is_part_of(group: Group, origin: Origin, group_by: Sequence[str]) -> bool:
    """Say whether all alerts of a group belong to a problem, by whichever labels that was grouped."""
    if group.key == origin.key:
        return True
    if set(origin.grouped_by or group_by) == set(group_by):
        return False
    labels = labels_of(origin, group_by)
    return all(_has(alert, labels) for alert in group.alerts)


def labels_of(origin: Origin, group_by: Sequence[str]) -> dict[str, str]:
    """Return what the alerts of a problem have in common, by the labels that it was grouped by; `group_by`: what is grouped by now."""
    return labels_in(origin.key, origin.grouped_by or group_by)


def _has(alert: RemoteAlert, labels: Mapping[str, str]) -> bool:
    return all(alert.labels.get(name, "") == value for name, value in labels.items())


def labels_in(key: str, group_by: Sequence[str]) -> dict[str, str]:
    """Return the labels that a group's key stands for; of `group_by`, those that the key lacks are "", which matches alerts without them."""
    found = {name: re.sub(r"\\(.)", r"\1", value) for name, value in _IN_KEY.findall(key)}
    return {**dict.fromkeys(group_by, ""), **found}


def origin_of(group: Group, *, is_shared: bool = False) -> Origin:
    """Say what is wrong, in plain text without secrets; where people of other companies read, only what it is called and how bad it is."""
    name = group.labels.get("alertname") or group.alerts[0].labels.get("alertname", "") or "Alert"
    rest = [value for label, value in group.labels.items() if value and label != "alertname"]
    return Origin(
        kind=KIND,
        key=group.key,
        title=shorten(" · ".join([name, *rest]), 150),
        severity=_severity(group),
        summary=NOT_HERE if is_shared else shorten(mask_secrets(_summary(group)), 1500),
        links=() if is_shared else _links(group),
        grouped_by=tuple(group.labels),
    )


def open_from(alert_id: str, group: Group, rules: AlertmanagerRules, service: str, at: datetime, *, is_shared: bool = False) -> Alert:
    """Return the alert of a problem that is new."""
    origin, began_at = origin_of(group, is_shared=is_shared), min(group.alerts[0].starts_at, at)
    return Alert(alert_id, KIND, service, rules.channel, AlertState.FIRING, at, None, origin=origin, last_seen_at=at, began_at=began_at)


def service_of(group: Group, services: Collection[str]) -> str:
    """Return the service of a problem: the one that a label `service` names, if it is configured; else ""."""
    return next((value for alert in group.alerts if (value := alert.labels.get("service", "")) in services), "")


def blind_origin(why: str) -> Origin:
    """Return the problem that Alertmanager can't be asked."""
    why = why.removeprefix(f"{UNREACHABLE}: ")
    summary = f"{why}\nWhat fires there is not told here until it can be asked again."
    return Origin(kind=KIND, key=BLIND, title=UNREACHABLE, severity="warning", summary=summary)


def silence_of(alert: Alert, marker: str, labels: Mapping[str, str]) -> Silence | None:
    """Return the silence that an alert asks for as it stands, None when it asks for none: whoever takes an alert, or snoozes it, mutes it."""
    if alert.state is AlertState.ACKNOWLEDGED:
        return Silence(marker, alert.id, labels, alert.owner_name or alert.acknowledged_by, alert.note or "Acknowledged in Slack")
    if alert.state is AlertState.SNOOZED:
        author = alert.snoozer_name or alert.snoozed_by
        return Silence(marker, alert.id, labels, author, alert.note or "Snoozed in Slack", until=alert.snoozed_until)
    return None


def is_same_silence(one: Silence, other: Silence) -> bool:
    """Say whether two silences differ in nothing that Alertmanager knows of."""
    return (one.author, one.comment, one.until) == (other.author, other.comment, other.until)


def unwanted(silence: Silence) -> Silence:
    """Return a silence that is to end."""
    return replace(silence, is_wanted=False)


def _summary(group: Group) -> str:
    said: dict[str, None] = {}
    for alert in group.alerts:
        note = next((alert.annotations[name].strip() for name in _NOTES if alert.annotations.get(name, "").strip()), "")
        if note:
            said[note] = None
    lines = list(said)[:MOST_LISTED]
    if len(said) > MOST_LISTED:
        lines.append(f"and {len(said) - MOST_LISTED} more")
    where = [value for alert in group.alerts if (value := alert.labels.get("instance") or alert.labels.get("pod", ""))]
    if len(group.alerts) == 1 and where and not any(where[0] in text for text in (*said, *group.labels.values())):
        lines.append(f"on {where[0]}")
    if len(group.alerts) > 1:
        listed = ", ".join(dict.fromkeys(where[:MOST_LISTED])) + (", …" if len(where) > MOST_LISTED else "")
        lines.append(f"{len(group.alerts)} alerts{': ' + listed if listed else ''}")
    return "\n".join(lines)


def _severity(group: Group) -> str:
    words = {alert.labels.get("severity", "") for alert in group.alerts} - {""}
    known = [word for word in _SEVERITIES if word in words]
    return known[0] if known else min(words, default="")


def _links(group: Group) -> tuple[AlertLink, ...]:
    found: dict[str, AlertLink] = {}
    for alert in group.alerts:
        for name, label in _LINKS:
            if alert.annotations.get(name):
                found.setdefault(label, AlertLink(label, alert.annotations[name]))
        if alert.url:
            found.setdefault("Source", AlertLink("Source", alert.url))
    return tuple(found.values())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
