"""Alerts: what went wrong, who has it, and the only moves that it can make."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.ties import Tie
from bot.core.windows import Samples, Sign, Window

MOST_KINDS = 50  # kinds of line that an alert remembers
MOST_POINTS = 20  # in its trend: as many as Slack draws


class AlertState(StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


_A = AlertState
MOVES: dict[AlertState, frozenset[AlertState]] = {
    _A.FIRING: frozenset({_A.ACKNOWLEDGED, _A.SNOOZED, _A.RESOLVED}),
    # To itself: somebody else takes it over, or is handed it.
    _A.ACKNOWLEDGED: frozenset({_A.ACKNOWLEDGED, _A.FIRING, _A.SNOOZED, _A.RESOLVED}),
    _A.SNOOZED: frozenset({_A.FIRING, _A.ACKNOWLEDGED, _A.SNOOZED, _A.RESOLVED}),
    # What comes back is another alert, with a message of its own.
    _A.RESOLVED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class AlertLink:
    """An address that shows more."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an alert comes from. `kind` and `key` name its problem, of which one alert is open at a time.

    What is counted is in the alert's window; what is not, such as an alert of Alertmanager, says its state in `summary`.
    """

    kind: str = ""  # "watch", "alertmanager", …
    key: str = ""  # the watch's name, "checkout-api/blind", a group's key
    title: str = ""  # what it is called in messages; "" takes the watch's name
    severity: str = ""  # the source's own word
    summary: str = ""  # what is wrong, in a line or two of plain text
    links: tuple[AlertLink, ...] = ()
    grouped_by: tuple[str, ...] = ()  # the labels that made it one problem, where it has labels; a setting may say others by now

    @property
    def problem(self) -> str:
        """What is wrong, as a key: one alert of it is open at a time. "" for one that shares nothing."""
        return f"{self.kind}:{self.key}" if self.key else ""


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind of line that an alert is about, over all of its windows."""

    id: str
    template: str
    sample: str
    sign: Sign
    total: int
    first_seen_at: datetime
    last_seen_at: datetime
    last: int = 0  # how many there were in the last window; 0: gone


@dataclass(frozen=True, slots=True)
class Point:
    """One window in a trend, or several that were cut short."""

    at: datetime  # its end
    errors: int


@dataclass(frozen=True, slots=True)
class Past:
    """The alert in which what is back, or spikes, was told before."""

    alert: str  # its id
    live: str = ""  # the version that was live when that one was resolved; "" when that is not known


BLIND = "/blind"  # what the key of the problem ends with that a watch sees nothing
STORY = "alert:"  # what the key of an alert's message begins with
QUESTION = "question:"  # what the keys of the messages begin with whose buttons wait for somebody


@dataclass(frozen=True, slots=True)
class Question:
    """A message in an alert's thread whose buttons wait for somebody."""

    at: datetime
    asked: str  # what stands there once it is settled, before what came of it: whom it asked, when, and what; mrkdwn

    def key(self, alert_id: str) -> str:
        """Return the key of its message."""
        return f"{QUESTION}{alert_id}:{self.at.timestamp():.0f}"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that went wrong, told in one message. `id` is short, for people to type.

    Each move returns the alert as it is afterwards, and itself when there is nothing to do: a move that is made twice is made once.
    """

    id: str
    watch: str  # the watch's name; for an alert from elsewhere, the word that people know its source by
    service: str
    channel: str
    state: AlertState
    opened_at: datetime
    window: Window | None  # the last one with errors; None where nothing is counted
    acknowledged_by: str = ""  # a Slack user id
    acknowledged_at: datetime | None = None
    first_acknowledged_at: datetime | None = None  # by whomever, and whatever became of it
    note: str = ""
    noted_by: str = ""  # the name of who made the note, as it was then
    origin: Origin = field(default_factory=Origin)
    owner_name: str = ""  # as it was when they took it
    snoozed_until: datetime | None = None
    snoozed_by: str = ""
    snoozer_name: str = ""  # as it was then
    resolved_at: datetime | None = None
    resolved_by: str = ""  # "" when it ended by itself
    reason: str = ""  # why it is resolved, in plain text
    fired_at: datetime | None = None  # since when nobody has it; None: since it was opened
    total: int = 0  # errors since it was opened
    series: tuple[Point, ...] = ()  # its trend, the newest point last
    kinds: tuple[AlertKind, ...] = ()  # at most `MOST_KINDS`, those with a sign first
    last_seen_at: datetime | None = None
    quiet_s: float = 0.0  # covered by windows in a row without its errors
    confirmed_at: datetime | None = None  # when the owner last said that they are on it
    reminded_at: datetime | None = None  # when they were asked; None while no answer is awaited
    question: Question | None = None  # the last one in its thread, as long as it waits
    escalated: int = 0  # how many of the escalation list were told
    told_at: datetime | None = None  # when the last of them was
    taken_rate: float = 0.0  # errors an hour when it was taken
    worse_rate: float = 0.0  # and when its owner was last told that it is much worse; 0 once it was as when it was taken
    worse: bool = False  # much, in the window that is shown, than when it was taken
    spiking: bool = False  # a spike of all its errors together was told, and goes on
    storm_at: datetime | None = None  # when its thread, or its message, last told more kinds at once than it names
    tie: Tie | None = None
    past: Past | None = None  # of the last kind of line that was back, or began to spike
    samples: Samples = Samples.MASKED
    is_hidden: bool = False  # `samples` is none because of who may read the channel
    learning: bool = False  # opened while its watch still learned
    began_at: datetime | None = None  # since when it goes on, where its source says so; None: since it was opened

    @property
    def story(self) -> str:
        """The key of the one message that tells this alert."""
        return f"{STORY}{self.id}"

    @property
    def problem(self) -> str:
        """See `Origin.problem`."""
        return self.origin.problem

    @property
    def title(self) -> str:
        return self.origin.title or self.watch

    @property
    def is_blind(self) -> bool:
        """Whether it tells that its watch sees nothing, or not all: nothing of what is there."""
        return self.origin.key.endswith(BLIND)

    @property
    def is_open(self) -> bool:
        return self.state is not AlertState.RESOLVED

    @property
    def rate(self) -> float:
        """Errors an hour in the last point of the trend, which holds windows that were cut short as one; while it has but one, in the last window."""
        if len(self.series) > 1 and self.window and self.series[-1].at == self.window.ended_at:
            covered = self.series[-1].at - self.series[-2].at
            return self.series[-1].errors * 3600 / max(covered.total_seconds(), 1.0)
        return self.window.errors / self.window.hours if self.window else 0.0

    def acknowledge(self, by: str, at: datetime, note: str = "", name: str = "", *, take_over: bool = False) -> "Alert":
        """Return the alert as taken by `by`. Who has it keeps it, unless it is taken over: a second acknowledgement only adds a note, and answers
        the question whether its owner is still on it."""
        if not self.is_open:
            return self
        if self.state is AlertState.ACKNOWLEDGED and (self.acknowledged_by == by or not take_over):
            return self.confirm(by, at).noted(note, name)
        taken = replace(
            self._calm(),
            state=AlertState.ACKNOWLEDGED,
            acknowledged_by=by,
            acknowledged_at=at,
            first_acknowledged_at=self.first_acknowledged_at or self.acknowledged_at or at,
            owner_name=name,
            confirmed_at=at,
            taken_rate=self.rate,
        )
        return taken.noted(note, name)

    def noted(self, note: str, name: str) -> "Alert":
        """Return the alert with another note, and with who made it; "" leaves both as they are."""
        return replace(self, note=note, noted_by=name) if note else self

    def give_back(self, at: datetime | None = None) -> "Alert":
        """Return the alert as nobody's again."""
        return self._fire(at) if self.state is AlertState.ACKNOWLEDGED else self

    def snooze(self, by: str, until: datetime, name: str = "") -> "Alert":
        """Return the alert as silent until a time; nobody has it meanwhile."""
        if not self.is_open:
            return self
        return replace(self._fire(None), state=AlertState.SNOOZED, snoozed_by=by, snoozer_name=name, snoozed_until=until)

    def wake(self, at: datetime) -> "Alert":
        """Return a snoozed alert whose time has come as firing."""
        if self.state is not AlertState.SNOOZED or (self.snoozed_until and at < self.snoozed_until):
            return self
        return self._fire(at)

    def unsnooze(self, at: datetime) -> "Alert":
        """Return a snoozed alert as firing, before its time."""
        return self._fire(at) if self.state is AlertState.SNOOZED else self

    def resolve(self, at: datetime, by: str = "", reason: str = "") -> "Alert":
        """Return the alert as ended, by a person or ("") by itself; who had it stays named."""
        if not self.is_open:
            return self
        return replace(
            self,
            state=AlertState.RESOLVED,
            resolved_at=at,
            resolved_by=by,
            reason=reason,
            snoozed_until=None,
            reminded_at=None,
            worse=False,
        )

    def remind(self, at: datetime) -> "Alert":
        """Return the alert as one whose owner was asked whether they are still on it."""
        if self.state is not AlertState.ACKNOWLEDGED or self.reminded_at:
            return self
        return replace(self, reminded_at=at)

    def confirm(self, by: str, at: datetime) -> "Alert":
        """Return the alert as one whose owner said that they are still on it; nobody else can."""
        if self.state is not AlertState.ACKNOWLEDGED or self.acknowledged_by != by or self.reminded_at is None:
            return self
        return replace(self, confirmed_at=at, reminded_at=None)

    def escalate(self, at: datetime) -> "Alert":
        """Return the alert as firing, told to one more of its escalation list."""
        if self.state is AlertState.ACKNOWLEDGED:
            return replace(self._fire(at), escalated=self.escalated + 1, told_at=at)
        return replace(self, escalated=self.escalated + 1, told_at=at) if self.state is AlertState.FIRING else self

    def is_reminder_due(self, at: datetime, after: timedelta) -> bool:
        """Say whether the owner is to be asked whether they are still on it."""
        since = self.confirmed_at or self.acknowledged_at
        return self.state is AlertState.ACKNOWLEDGED and self.reminded_at is None and since is not None and at - since >= after

    def is_unanswered(self, at: datetime, after: timedelta) -> bool:
        """Say whether the owner was asked, and did not answer in time."""
        return self.state is AlertState.ACKNOWLEDGED and self.reminded_at is not None and at - self.reminded_at >= after

    def is_unheard(self, at: datetime, after: timedelta) -> bool:
        """Say whether nobody took it in time since it fired, or since the last one was told."""
        since = max(self.told_at or self.opened_at, self.fired_at or self.opened_at)
        return self.state is AlertState.FIRING and at - since >= after

    def _fire(self, at: datetime | None) -> "Alert":
        """Return the alert as nobody's; who is told of that begins with the first of the list again."""
        return replace(self._calm(), state=AlertState.FIRING, fired_at=at, escalated=0)

    def _calm(self) -> "Alert":
        """Return the alert without whatever belongs to the state that it leaves."""
        return replace(
            self,
            acknowledged_by="",
            acknowledged_at=None,
            first_acknowledged_at=self.first_acknowledged_at or self.acknowledged_at,
            owner_name="",
            confirmed_at=None,
            reminded_at=None,
            snoozed_until=None,
            snoozed_by="",
            snoozer_name="",
            taken_rate=0.0,
            worse_rate=0.0,
            worse=False,
        )


_URGENCY = (_A.FIRING, _A.ACKNOWLEDGED, _A.SNOOZED, _A.RESOLVED)


def by_urgency(alerts: Iterable[Alert]) -> list[Alert]:
    """Return alerts as they matter: first those that nobody has, then those that somebody has, then the silent ones; among them as they were."""
    return sorted(alerts, key=lambda alert: _URGENCY.index(alert.state))
