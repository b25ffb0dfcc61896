"""What is done, at the start, about everything that the last run of the daemon left unfinished.

| what was left | what is done |
| --- | --- |
| inbox entry, not begun, that Slack delivers until it is acked | its handler runs |
| inbox entry, not begun, of a command, a click or a form | as one that was begun: its ack may not have gone out, and Slack said that it failed |
| inbox entry, begun, repeatable | its handler runs again |
| inbox entry, begun, not repeatable | an operation that it asked for goes on by itself; else the person is told |
| operation, approved | it is dispatched: its intent was never written |
| operation, dispatching | the follower looks for its run; it is not sent again |
| operation, running | the follower goes on |
| outbox row | its sender goes on; one that was being sent is looked for first |
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from bot.core.blocks import Message, actions, button, section
from bot.core.markup import code, md, shorten
from bot.core.operations import Operation, OperationState
from bot.engine.context import HandlerContext, Services
from bot.engine.dispatcher import Dispatcher, is_repeatable
from bot.engine.inbox import Inbox
from bot.ports.events import EnvelopeKind
from bot.ports.journal import InboxEntry, InboxState

log = logging.getLogger(__name__)

# Slack redelivers an event for up to a day; its key is kept longer than that.
KEEP_KEYS = timedelta(hours=48)
# Slack tells the person when these are not acked, and does not deliver them again.
ASKED_ONCE = frozenset({EnvelopeKind.COMMAND, EnvelopeKind.CLICK, EnvelopeKind.SUBMISSION, EnvelopeKind.SHORTCUT})
RUN_AGAIN = "run_again"  # served by the plugin ops


class Recovery:
    """Takes up what was left."""

    def __init__(self, services: Services, dispatcher: Dispatcher, inbox: Inbox, launch: Callable[[Operation], None]) -> None:
        self._services = services
        self._dispatcher = dispatcher
        self._inbox = inbox
        self._launch = launch

    def run(self) -> None:
        """Take up every unfinished row."""
        self.prune()
        with self._services.journal.begin() as tx:
            entries = tx.inbox.unfinished()
            approved = tx.operations.in_states(OperationState.APPROVED)
        for operation in approved:
            log.info("recovery.dispatch", extra={"fields": {"operation": operation.id}})
            self._launch(operation)
        for entry in entries:
            self._take_up(entry)

    def prune(self) -> None:
        """Forget the rows that nobody will ask for again."""
        before = self._services.clock.now() - KEEP_KEYS
        with self._services.journal.begin() as tx:
            forgotten = tx.inbox.prune(before) + tx.outbox.prune(before)
        if forgotten:
            log.info("journal.pruned", extra={"fields": {"rows": forgotten}})

    def _take_up(self, entry: InboxEntry) -> None:
        if self._is_repeatable(entry) or (entry.state is InboxState.NEW and entry.envelope.kind not in ASKED_ONCE):
            log.info("recovery.again", extra={"fields": {"entry": entry.id, "kind": entry.envelope.kind}})
            self._inbox.take_up(entry)
            return
        with self._services.journal.read() as tx:
            went_on = tx.operations.by_request(entry.envelope.key)
        context = HandlerContext(self._services, entry.envelope)
        context.hold_words()
        if went_on is None and entry.envelope.kind is not EnvelopeKind.TICK:
            what = shorten(f"{entry.envelope.name} {entry.envelope.text}".strip(), 80) or entry.envelope.kind.value
            text = md("I was restarted while I handled your {}; nothing was dispatched.", code(what))
            again = actions(button("Run it again", f"{RUN_AGAIN}:{entry.id}", value=str(entry.id)))
            context.tell(Message.of(text, section(text), again))
        log.info("recovery.told", extra={"fields": {"entry": entry.id, "kind": entry.envelope.kind}})
        with self._services.journal.begin() as tx:
            # A form whose ack was lost is still open: sent again, it has the same key.
            still_open = went_on is None and entry.envelope.kind is EnvelopeKind.SUBMISSION
            context.let_go(tx)
            tx.inbox.finish(entry.id, self._services.clock.now(), "cut off by a restart", free_key=still_open)

    def _is_repeatable(self, entry: InboxEntry) -> bool:
        return is_repeatable(self._dispatcher.find(entry.envelope))
