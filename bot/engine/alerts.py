"""Alerts: what people do with them; each move is one transaction with its audit event, the alert's one message, and a word to whom it concerns."""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic, sleep

from bot.core.alert_story import WATCH
from bot.core.alert_talk import handed_over
from bot.core.alert_words import clock_time
from bot.core.alerts import STORY, Alert, AlertState
from bot.core.gates import Verdict
from bot.core.markup import Mrkdwn, code, md, mention, shorten, with_names
from bot.engine.alert_clock import AlertClock
from bot.engine.alert_desk import AlertDesk
from bot.ports.clock import Clock
from bot.ports.errors import UserError
from bot.ports.journal import Journal

LONGEST_SNOOZE = timedelta(days=7)
LONGEST_NOTE = 1000
POSTED_WITHIN_S = 5.0  # so long somebody who answers an alert before we know where it stands waits for that: where Slack's answer is lost it is looked for
LOOK_AGAIN_S = 0.05
LOOKED_BACK = timedelta(days=7)  # what was opened longer ago, and ended only now, is not found as an earlier one


class AlertEngine:
    """See `bot.api.AlertsApi` for what each member promises.

    Args:
        name_of: looks up a person's name to show; it may ask Slack, so it is never called within a transaction.
        may_take: whether a person may use the bot at all: whoever is handed an alert must.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        desk: AlertDesk,
        alert_clock: AlertClock,
        name_of: Callable[[str], str],
        may_take: Callable[[str], Verdict],
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._desk = desk
        self._alert_clock = alert_clock
        self._name_of = name_of
        self._may_take = may_take
        self._follow: Callable[[], None] = lambda: None
        self._look_soon: Callable[[str], None] = lambda _watch: None

    def follow(self, look: Callable[[], None]) -> None:
        """Have `follow_alertmanager` call this."""
        self._follow = look

    def when_resolved(self, look_soon: Callable[[str], None]) -> None:
        """Have `look_soon` called with the name of each watch whose errors a person calls over, once that is written down."""
        self._look_soon = look_soon

    def follow_alertmanager(self) -> None:
        """Bring alerts and silences to where they stand in Alertmanager, if there is one."""
        self._follow()

    def acknowledge(self, alert_id: str, by: str, note: str = "", *, take_over: bool = False) -> Alert:
        """Mark an alert as taken; who has it keeps it, unless it is taken over, and what somebody else adds goes into its thread.

        Raises:
            UserError: there is no such alert.
        """
        name, note = self._name_of(by), self._as_shown(note)
        now = self._clock.now()
        with self._journal.begin() as tx:
            before = self._desk.find(tx, alert_id)
            theirs = before.state is AlertState.ACKNOWLEDGED and before.acknowledged_by != by
            if theirs and not take_over:
                if note:
                    self._desk.note(tx, before, by, "alert.noted", now, {"note": note})
                    self._desk.say(tx, before, md("{}: {}", name, note), now)
                return before
            after = before.acknowledge(by, now, note, name, take_over=take_over)
            if after != before:
                action = _named(before, after, by)
                said = [md("{} {} took this over from you.", mention(before.acknowledged_by), name)] if theirs else []
                detail = {**({"note": note} if note else {}), **({"from": before.acknowledged_by} if theirs else {})}
                self._desk.move(tx, before, after, by, action, now, detail=detail, said=said)
        return after

    def note(self, alert_id: str, by: str, note: str) -> Alert:
        """Add a note: the owner's, and anybody's on an alert that nobody has, stands in the message; others' in the thread.

        Raises:
            UserError: there is no such alert, or no note.
        """
        note = self._as_shown(note.strip())
        if not note:
            raise UserError("What should the note say?")
        name, now = self._name_of(by), self._clock.now()
        with self._journal.begin() as tx:
            before = self._desk.find(tx, alert_id)
            if before.acknowledged_by in ("", by) and before.is_open:
                after = before.noted(note, name).confirm(by, now)
                if after != before:
                    self._desk.move(tx, before, after, by, "alert.noted", now, detail={"note": note})
                return after
            self._desk.note(tx, before, by, "alert.noted", now, {"note": note})
            self._desk.say(tx, before, md("{}: {}", name, note), now)
        return before

    def hand_over(self, alert_id: str, to: str, by: str, note: str = "") -> Alert:
        """Give an alert to somebody else: one's own, or one that nobody has. They are told in the thread.

        Raises:
            UserError: somebody else has it, it is resolved, or who is to have it may not use the bot.
        """
        if to == by:
            return self.acknowledge(alert_id, by, note)
        verdict = self._may_take(to)
        if not verdict.passed:
            raise UserError(md("{} can't take an alert. {}", self._name_of(to), verdict.why))
        names, now = {user: self._name_of(user) for user in (to, by)}, self._clock.now()
        note = self._as_shown(note)
        with self._journal.begin() as tx:
            before = self._desk.find(tx, alert_id)
            self._check_open(before)
            if before.acknowledged_by == to:
                return before
            if before.acknowledged_by not in ("", by):
                raise UserError(md("{} is {}'s: only they can hand it over.", code(before.id), before.owner_name))
            after = before.acknowledge(to, now, name=names[to], take_over=True).noted(note, names[by])
            said = handed_over(after, names[by], note)
            detail = {"to": to, **({"note": note} if note else {})}
            self._desk.move(tx, before, after, by, "alert.handed_over", now, detail=detail, said=[said])
        return after

    def give_back(self, alert_id: str, by: str) -> Alert:
        """Make an alert nobody's again; one that nobody has stays as it is.

        Raises:
            UserError: there is no such alert, or somebody else has it.
        """
        name, now = self._name_of(by), self._clock.now()
        with self._journal.begin() as tx:
            before = self._desk.find(tx, alert_id)
            if before.state is not AlertState.ACKNOWLEDGED:
                return before
            if before.acknowledged_by != by:
                theirs = before.owner_name or before.acknowledged_by
                raise UserError(md("{} is {}'s: only they can give it back.", code(before.id), theirs))
            after = before.give_back(now)
            # An edit notifies nobody, and this one says that nobody looks after the alert any more.
            said = md("{} gave this back: nobody has it now.", name)
            self._desk.move(tx, before, after, by, "alert.given_back", now, said=[said])
        return after

    def confirm(self, alert_id: str, by: str) -> Alert:
        """Say that one is still on an alert, when that was asked.

        Raises:
            UserError: there is no such alert, or somebody else has it.
        """
        now = self._clock.now()
        with self._journal.begin() as tx:
            before = self._desk.find(tx, alert_id)
            if before.acknowledged_by != by:
                raise UserError(_not_yours(before))
            after = before.confirm(by, now)
            if after != before:
                self._desk.move(tx, before, after, by, "alert.confirmed", now)
        return after

    def snooze(self, alert_id: str, by: str, length: timedelta) -> Alert:
        """Keep an alert silent for a time; whoever had it has it no more.

        Raises:
            UserError: it is resolved, somebody else has it, or the time is too long.
        """
        if not timedelta() < length <= LONGEST_SNOOZE:
            raise UserError(f"An alert can be snoozed for up to {LONGEST_SNOOZE.days} days.")
        name, now = self._name_of(by), self._clock.now()
        with self._journal.begin() as tx:
            before = self._desk.find(tx, alert_id)
            self._check_open(before)
            if before.acknowledged_by not in ("", by):
                raise UserError(md("{} is {}'s: take it over before you snooze it.", code(before.id), before.owner_name))
            after = before.snooze(by, now + length, name)
            detail = {"until": (now + length).isoformat()}
            said = md("{} snoozed this until {}.", name, clock_time(now + length, with_day=True))
            self._desk.move(tx, before, after, by, "alert.snoozed", now, detail=detail, said=[said])
        return after

    def unsnooze(self, alert_id: str, by: str) -> Alert:
        """End a snooze before its time.

        Raises:
            UserError: there is no such alert.
        """
        now = self._clock.now()
        with self._journal.begin() as tx:
            before = self._desk.find(tx, alert_id)
            after = before.unsnooze(now)
            if after != before:
                self._desk.move(tx, before, after, by, "alert.unsnoozed", now)
        return after

    def resolve(self, alert_id: str, by: str, note: str = "") -> Alert:
        """End an alert; who had it, if that is somebody else, is told.

        Raises:
            UserError: there is no such alert.
        """
        name, note, now = self._name_of(by), self._as_shown(note), self._clock.now()
        with self._journal.begin() as tx:
            before = self._desk.find(tx, alert_id)
            after = before.resolve(now, by, f"by {name}")
            if after != before:
                theirs = before.acknowledged_by not in ("", by)
                said: list[Mrkdwn] = [md("{} {} resolved this.", mention(before.acknowledged_by), name)] if theirs else []
                after = after.noted(note, name)
                self._desk.move(tx, before, after, by, "alert.resolved", now, detail={"note": note} if note else {}, said=said)
        if after != before and after.origin.kind == WATCH and not after.is_blind:
            self._look_soon(after.watch)
        return after

    def look_at_clock(self) -> None:
        """End snoozes, remind owners, and escalate, whatever of it is due."""
        self._alert_clock.look()

    def get(self, alert_id: str) -> Alert:
        """Return an alert as it stands.

        Raises:
            UserError: there is no such alert.
        """
        with self._journal.read() as tx:
            return self._desk.find(tx, alert_id)

    def earlier(self, alert_id: str, since: datetime) -> list[Alert]:
        """Return the alerts of the same problem that ended since a time."""
        with self._journal.read() as tx:
            alert = self._desk.find(tx, alert_id)
            ended = tx.alerts.resolved_of(alert.watch, since - LOOKED_BACK)
        return [each for each in ended if each.origin.key == alert.origin.key and each.resolved_at and each.resolved_at >= since]

    def open(self, channel: str = "") -> list[Alert]:
        """Return the open alerts, newest first, of one channel or of all."""
        with self._journal.read() as tx:
            return tx.alerts.open(channel)

    def at(self, channel: str, ts: str) -> Alert | None:
        """Return the alert whose message stands there."""
        if not ts:
            return None
        until = monotonic() + POSTED_WITHIN_S
        while True:
            with self._journal.read() as tx:
                story = tx.outbox.story_at(channel, ts)
                if story or not tx.outbox.is_posting(channel) or monotonic() > until:
                    return tx.alerts.get(story.removeprefix(STORY)) if story.startswith(STORY) else None
            sleep(LOOK_AGAIN_S)  # somebody was quicker than Slack's answer, or than our note of it

    def _as_shown(self, note: str) -> str:
        return shorten(with_names(note, self._name_of), LONGEST_NOTE)

    @staticmethod
    def _check_open(alert: Alert) -> None:
        if not alert.is_open:
            raise UserError(md("{} is resolved.", code(alert.id)))


def _named(before: Alert, after: Alert, by: str) -> str:
    """Say what the audit calls an acknowledgement."""
    if before.acknowledged_by != by:
        return "alert.taken_over" if before.acknowledged_by else "alert.acknowledged"
    return "alert.noted" if after.note != before.note else "alert.confirmed"


def _not_yours(alert: Alert) -> Mrkdwn:
    if not alert.acknowledged_by:
        return md("Nobody has {} any more: take it first.", code(alert.id))
    return md("{} is {}'s: only they can say so.", code(alert.id), alert.owner_name)
