"""What time does to alerts: snoozes end, owners are asked whether they are still on it, and who does not answer is followed by the next."""

import logging
from datetime import datetime

from bot.core.alert_talk import escalation, reminder, unanswered
from bot.core.alerts import Alert, AlertState
from bot.core.blocks import Message
from bot.core.configuration import Configuration, Watch
from bot.core.markup import md
from bot.engine.alert_desk import DAEMON, AlertDesk
from bot.ports.clock import Clock
from bot.ports.journal import Journal, Transaction

log = logging.getLogger(__name__)


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
            due = [alert.id for alert in tx.alerts.open() if self._is_due(alert, self._clock.now())]
        for alert_id in due:
            with self._journal.begin() as tx:
                alert, now = tx.alerts.get(alert_id), self._clock.now()
                if alert is not None and self._is_due(alert, now):
                    self._act(tx, alert, now)

    def _is_due(self, alert: Alert, now: datetime) -> bool:
        if alert.state is AlertState.SNOOZED:
            return alert.wake(now) != alert
        watch = self._watch_of(alert)
        if watch is None:
            return False
        return (
            alert.is_reminder_due(now, watch.remind_after)
            or alert.is_unanswered(now, watch.remind_after)
            or (alert.is_unheard(now, watch.remind_after) and alert.escalated < len(watch.escalation))
        )

    def _act(self, tx: Transaction, alert: Alert, now: datetime) -> None:
        watch = self._watch_of(alert)
        if alert.state is AlertState.SNOOZED:
            said = md("The snooze is over.")
            self._desk.move(tx, alert, alert.wake(now), DAEMON, "alert.fired_again", now, said=[said])
        elif watch is not None and alert.is_reminder_due(now, watch.remind_after):
            self._desk.keep(tx, alert.remind(now))
            self._desk.note(tx, alert, DAEMON, "alert.reminded", now, {"owner": alert.acknowledged_by})
            self._desk.say(tx, alert, reminder(alert), now)
        elif watch is not None:
            self._escalate(tx, alert, watch, now)

    def _escalate(self, tx: Transaction, alert: Alert, watch: Watch, now: datetime) -> None:
        """Let an alert fire again, and tell the next in the list; where it ends, the last one again."""
        said: Message = unanswered(alert)
        holder = watch.escalation[min(alert.escalated, len(watch.escalation) - 1)] if watch.escalation else ""
        if holder:
            said = escalation(alert, holder)
        detail = {"told": holder, "owner": alert.acknowledged_by}
        self._desk.move(tx, alert, alert.escalate(now), DAEMON, "alert.escalated", now, detail=detail, said=[said])

    def _watch_of(self, alert: Alert) -> Watch | None:
        return next((watch for watch in self._configuration.watches if watch.name == alert.watch), None)
