"""Writes an alert's move down: the alert, its audit event, its one message and what is said in its thread, in the caller's transaction."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.core.actors import DAEMON
from bot.core.alert_card import alert_card
from bot.core.alert_story import WATCH
from bot.core.alert_talk import is_settled, settled
from bot.core.alerts import Alert, AlertLink, Question
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.families import MOST_TEMPLATES, Families, heads, members
from bot.core.grafana import grafana_links
from bot.core.markup import Mrkdwn, code, md
from bot.ports.errors import UserError
from bot.ports.journal import AuditEvent, OutboxRow, Transaction

log = logging.getLogger(__name__)

AROUND_IDS = " \t`#*(),.:;!"  # what people copy or type around an alert's id

Listener = Callable[[Transaction, Alert | None, Alert, str], None]


class AlertDesk:
    """The one place where alerts are written."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Call `listener` with (transaction, the alert before or None, after, who did it) within each move's transaction: it writes down what else
        the move means, such as a silence to be created, and does nothing else."""
        self._listeners.append(listener)

    def find(self, tx: Transaction, alert_id: str) -> Alert:
        """Return an alert by the id that somebody typed.

        Raises:
            UserError: there is none.
        """
        found = tx.alerts.get(alert_id.strip(AROUND_IDS).upper().replace("-", ""))
        if found is None:
            raise UserError(md("There is no alert {}.", code(alert_id)))
        return found

    def open(self, tx: Transaction, alert: Alert, at: datetime, detail: Mapping[str, Any] | None = None) -> None:
        """Write a new alert down, and put its message into its channel."""
        tx.alerts.add(alert)
        self._tell(tx, None, alert, AuditEvent(at, DAEMON, "alert.opened", alert.story, detail or {}))
        self.show(tx, alert, at)

    def move(
        self,
        tx: Transaction,
        before: Alert,
        after: Alert,
        by: str,
        action: str,
        at: datetime,
        *,
        detail: Mapping[str, Any] | None = None,
        said: Sequence[Message | str] = (),
        asked: tuple[Message, Mrkdwn] | None = None,
    ) -> None:
        """Write a move down, draw the alert's message anew, and say something in its thread.

        Args:
            action: what the audit calls it, such as "alert.acknowledged".
            said: each in a message of its own; a plain `str` is escaped.
            asked: what waits for somebody, see `ask`.
        """
        settles = before.question if asked or is_settled(before, after) else None
        if settles:
            after = replace(after, question=None)
        tx.alerts.save(after)
        self._tell(tx, before, after, AuditEvent(at, by, action, after.story, detail or {}))
        if before.is_open and not after.is_open and after.origin.kind == WATCH:
            # Those without a sign are what was learned, or noise: they do not come back, they were never gone.
            tx.watches.mark_resolved(after.watch, _about(tx, after), at)
        self.show(tx, after, at)
        # Edited where it stands, or not at all: nobody reads that they were asked who were not.
        if settles and tx.outbox.posted(settles.key(after.id)):
            self._say(tx, after, settled(settles, before, after, at), at, settles.key(after.id))
        for words in said:
            self.say(tx, after, words, at)
        if asked:
            self.ask(tx, after, *asked, at)

    def keep(self, tx: Transaction, alert: Alert) -> None:
        """Write an alert down that nobody needs to see anew."""
        tx.alerts.save(alert)

    def show(self, tx: Transaction, alert: Alert, at: datetime) -> None:
        """Put the alert's message into its channel, or edit it there."""
        past = tx.alerts.get(alert.past.alert) if alert.past else None
        tx.outbox.put(OutboxRow(alert.channel, alert_card(alert, links=self._links(alert), past=past), story=alert.story), at)

    def ask(self, tx: Transaction, alert: Alert, message: Message, asked: Mrkdwn, at: datetime) -> None:
        """Put a message whose buttons wait for somebody into the alert's thread, and write the alert down.

        Args:
            asked: what stands there once it is settled by a move, before what came of it.
        """
        question = Question(at, asked)
        tx.alerts.save(replace(alert, question=question))
        self._say(tx, alert, message, at, question.key(alert.id))

    def say(self, tx: Transaction, alert: Alert, words: Message | str, at: datetime) -> None:
        """Say something in the alert's thread."""
        self._say(tx, alert, words if isinstance(words, Message) else Message.of(words), at)

    @staticmethod
    def _say(tx: Transaction, alert: Alert, message: Message, at: datetime, story: str = "") -> None:
        tx.outbox.put(OutboxRow(alert.channel, message, story=story, thread_of=alert.story), at)

    def note(self, tx: Transaction, alert: Alert, by: str, action: str, at: datetime, detail: Mapping[str, Any]) -> None:
        """Add an audit event that changes nothing of the alert."""
        tx.audit.add(AuditEvent(at, by, action, alert.story, detail))

    def _tell(self, tx: Transaction, before: Alert | None, after: Alert, event: AuditEvent) -> None:
        tx.audit.add(event)
        for listener in self._listeners:
            listener(tx, before, after, event.actor)
        log.info("alert.moved", extra={"fields": {"alert": after.id, "state": after.state, "action": event.action, "by": event.actor}})

    def _links(self, alert: Alert) -> list[AlertLink]:
        watch = self._configuration.watch_named(alert.watch)
        return grafana_links(watch, alert.window) if watch and alert.window else []


def _about(tx: Transaction, alert: Alert) -> list[str]:
    """Return the kinds that an alert of a watch was about, those among them that it counted with another of their family."""
    kinds = [kind.id for kind in alert.kinds if kind.sign]
    families = Families(tx.watches.families(alert.watch, alert.opened_at))
    of_family = heads(families, tx.watches.templates_of(alert.watch, kinds))
    further = members(families, tx.watches.templates_since(alert.watch, alert.opened_at, MOST_TEMPLATES)) if of_family else {}
    return [*kinds, *(kind for kind, family in further.items() if family.id in of_family)]
