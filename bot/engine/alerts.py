"""Alerts: people take them and give them back; each move is one transaction with its audit event and the alert's one message."""

import logging
from collections.abc import Callable

from bot.core.alert_card import alert_card, grafana_url
from bot.core.alerts import Alert, AlertState
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.markup import code, md
from bot.ports.clock import Clock
from bot.ports.errors import UserError
from bot.ports.journal import AuditEvent, Journal, OutboxRow, Transaction

log = logging.getLogger(__name__)

STORY = "alert:"


class AlertEngine:
    """See `bot.api.AlertsApi` for what each member promises.

    Args:
        name_of: looks up a person's name to show; it may ask Slack, so it is never called within a transaction.
    """

    def __init__(self, journal: Journal, clock: Clock, configuration: Configuration, name_of: Callable[[str], str]) -> None:
        self._journal = journal
        self._clock = clock
        self._configuration = configuration
        self._name_of = name_of

    def acknowledge(self, alert_id: str, by: str, note: str = "") -> Alert:
        """Mark an alert as taken; who had it first keeps it, and what somebody else adds goes into its thread.

        Raises:
            UserError: there is no such alert.
        """
        name = self._name_of(by)
        now = self._clock.now()
        with self._journal.begin() as tx:
            before = self._get(tx, alert_id)
            if before.state is AlertState.ACKNOWLEDGED and before.acknowledged_by != by:
                if note:
                    tx.audit.add(AuditEvent(now, by, "alert.noted", before.story, {"note": note}))
                    tx.outbox.put(OutboxRow(before.channel, Message.of(md("{}: {}", name, note)), thread_of=before.story), now)
                return before
            after = before.acknowledge(by, now, note)
            if after != before:
                action = "alert.acknowledged" if before.state is AlertState.FIRING else "alert.noted"
                self._write(tx, after, by, name, action)
        return after

    def give_back(self, alert_id: str, by: str) -> Alert:
        """Make an alert nobody's again; one that nobody has stays as it is.

        Raises:
            UserError: there is no such alert, or somebody else has it.
        """
        with self._journal.read() as tx:
            owner = self._get(tx, alert_id).acknowledged_by
        names = {user: self._name_of(user) for user in {owner, by} if user}
        with self._journal.begin() as tx:
            before = self._get(tx, alert_id)
            if before.state is not AlertState.ACKNOWLEDGED:
                return before
            if before.acknowledged_by != by:
                theirs = names.get(before.acknowledged_by, before.acknowledged_by)
                raise UserError(md("{} is {}'s: only they can give it back.", code(before.id), theirs))
            after = before.give_back()
            self._write(tx, after, by, "", "alert.given_back")
            # An edit notifies nobody, and this one says that nobody looks after the alert any more.
            said = Message.of(md("{} gave this back: nobody has it now.", names[by]))
            tx.outbox.put(OutboxRow(after.channel, said, thread_of=after.story), self._clock.now())
        return after

    def open(self, channel: str = "") -> list[Alert]:
        """Return the open alerts, newest first, of one channel or of all."""
        with self._journal.read() as tx:
            return tx.alerts.open(channel)

    def at(self, channel: str, ts: str) -> Alert | None:
        """Return the alert whose message stands there."""
        if not ts:
            return None
        with self._journal.read() as tx:
            story = tx.outbox.story_at(channel, ts)
            return tx.alerts.get(story.removeprefix(STORY)) if story.startswith(STORY) else None

    def _get(self, tx: Transaction, alert_id: str) -> Alert:
        found = tx.alerts.get(alert_id.strip().upper())
        if found is None:
            raise UserError(md("There is no alert {}.", code(alert_id)))
        return found

    def _write(self, tx: Transaction, alert: Alert, by: str, owner: str, action: str) -> None:
        now = self._clock.now()
        watch = next((watch for watch in self._configuration.watches if watch.name == alert.watch), None)
        tx.alerts.save(alert)
        tx.audit.add(AuditEvent(now, by, action, alert.story, {"note": alert.note} if alert.note else {}))
        card = alert_card(alert, owner, grafana_url(watch, alert.window) if watch else "")
        tx.outbox.put(OutboxRow(alert.channel, card, story=alert.story), now)
        log.info("alert.moved", extra={"fields": {"alert": alert.id, "state": alert.state, "action": action, "by": by}})
