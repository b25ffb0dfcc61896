"""What time does to alerts: snoozes end, owners are asked whether they are still on it, and who does not answer is followed by the next."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.actors import DAEMON
from bot.core.alert_story import WATCH
from bot.core.alert_talk import asked_owner, escalation, reminder, snooze_over, told_holder, told_snoozer, unanswered
from bot.core.alertmanager import KIND
from bot.core.alerts import Alert, AlertState
from bot.core.configuration import Configuration
from bot.engine.alert_desk import AlertDesk
from bot.ports.clock import Clock
from bot.ports.journal import Journal, Transaction

log = logging.getLogger(__name__)

LEFT_ALONE = timedelta(days=1)
REMIND_AFTER = timedelta(hours=1)  # of alerts that no watch of ours raised


class AlertClock:
    """Looks at every open alert, each in a transaction of its own."""

    def __init__(self, journal: Journal, clock: Clock, desk: AlertDesk, configuration: Configuration) -> None:
        self._journal = journal
        self._clock = clock
        self._desk = desk
        self._configuration = configuration

    def look(self) -> None:
        """Do whatever is due by now; nothing of it is done twice, whoever else looks at the same time."""
        with self._journal.read() as tx:
            now = self._clock.now()
            due = [alert.id for alert in tx.alerts.open() if self._is_due(alert, now) or self._is_left_alone(tx, alert, now)]
        for alert_id in due:
            with self._journal.begin() as tx:
                alert, now = tx.alerts.get(alert_id), self._clock.now()
                if alert is None or not alert.is_open:
                    continue
                if self._is_left_alone(tx, alert, now):
                    self._desk.move(tx, alert, alert.resolve(now, reason="nothing watches it any more"), DAEMON, "alert.resolved", now)
                elif self._is_due(alert, now):
                    self._act(tx, alert, now)

    def _is_left_alone(self, tx: Transaction, alert: Alert, now: datetime) -> bool:
        """Say whether an alert's watch, or `[alertmanager]`, was taken out of the configuration: it would stay open for ever. Another daemon may have
        another configuration, so nobody must have looked for a day, either."""
        if alert.origin.kind == KIND:
            seen_at = alert.last_seen_at or alert.opened_at
            return self._configuration.alertmanager is None and now - max(alert.opened_at, seen_at) >= LEFT_ALONE
        if alert.origin.kind != WATCH or self._configuration.watch_named(alert.watch):
            return False
        last = tx.watches.last_window(alert.watch)
        return now - max(alert.opened_at, last.ended_at if last else alert.opened_at) >= LEFT_ALONE

    def _is_due(self, alert: Alert, now: datetime) -> bool:
        if alert.state is AlertState.SNOOZED:
            return alert.wake(now) != alert
        after, escalation = self._terms_of(alert)
        return (
            alert.is_reminder_due(now, after)
            or alert.is_unanswered(now, after)
            or (alert.is_unheard(now, after) and alert.escalated < len(escalation))
        )

    def _act(self, tx: Transaction, alert: Alert, now: datetime) -> None:
        after, holders = self._terms_of(alert)
        if alert.state is AlertState.SNOOZED:
            asked = snooze_over(alert), told_snoozer(alert, now)
            self._desk.move(tx, alert, alert.wake(now), DAEMON, "alert.fired_again", now, asked=asked)
        elif alert.is_reminder_due(now, after):
            is_escalated = _next_of(holders, alert) not in ("", alert.acknowledged_by)
            self._desk.ask(tx, alert.remind(now), reminder(alert, now + after, is_escalated=is_escalated), asked_owner(alert, now), now)
            self._desk.note(tx, alert, DAEMON, "alert.reminded", now, {"owner": alert.acknowledged_by})
        else:
            self._escalate(tx, alert, holders, now)

    def _escalate(self, tx: Transaction, alert: Alert, holders: Sequence[str], now: datetime) -> None:
        """Let an alert fire again, and tell the next in the list; where it ends, the last one again."""
        holder = _next_of(holders, alert)
        asked = (escalation(alert, holder), told_holder(alert, holder, now)) if holder else None
        said = [] if holder else [unanswered(alert)]
        detail = {"told": holder, "owner": alert.acknowledged_by}
        self._desk.move(tx, alert, alert.escalate(now), DAEMON, "alert.escalated", now, detail=detail, said=said, asked=asked)

    def _terms_of(self, alert: Alert) -> tuple[timedelta, tuple[str, ...]]:
        """Return when the owner of an alert is asked, and who is told when nobody answers: as its watch says, or `[alertmanager]`."""
        elsewhere = self._configuration.alertmanager
        if alert.origin.kind == KIND and elsewhere:
            return elsewhere.remind_after, elsewhere.escalation
        watch = self._configuration.watch_named(alert.watch)
        return (watch.remind_after, watch.escalation) if watch else (REMIND_AFTER, ())


def _next_of(holders: Sequence[str], alert: Alert) -> str:
    return holders[min(alert.escalated, len(holders) - 1)] if holders else ""
