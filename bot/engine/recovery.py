"""What is done about everything that was left unfinished: by the last run of the daemon, or by a journal that failed for a while.

| what was left | what is done |
| --- | --- |
| inbox entry, not begun, that Slack delivers until it is acked | its handler runs |
| inbox entry, not begun, of a command, a click or a form | as one that was begun: its ack may not have gone out, and Slack said that it failed |
| inbox entry, begun, repeatable | its handler runs again |
| inbox entry, begun, not repeatable | an operation that it asked for goes on by itself; else the person is told, with what was done before |
| operation, approved | it is dispatched: its intent was never written |
| operation, dispatching | the follower looks for its run; it is not sent again |
| operation, running | the follower goes on |
| outbox row | its sender goes on; one that was being sent is looked for first |

At the start that is all there is. Later a handler or a dispatch may meet a journal that can't be written, and can't even note that, or what came is written
down too late to be acked: what nobody has in hand at two looks in a row is taken up in the same way.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from bot.core.blocks import Message, actions, button, section
from bot.core.markup import Mrkdwn, code, join, md, shorten
from bot.core.operations import Operation, OperationState
from bot.engine.context import HandlerContext, Services
from bot.engine.dispatcher import Dispatcher, is_repeatable
from bot.engine.inbox import Inbox
from bot.engine.timeline import drawn
from bot.ports.errors import JournalError
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import InboxEntry, InboxState, Transaction

log = logging.getLogger(__name__)

# Slack redelivers an event for up to a day; its key is kept longer than that.
KEEP_KEYS = timedelta(hours=48)
# Slack tells the person when these are not acked, and does not deliver them again.
ASKED_ONCE = frozenset({EnvelopeKind.COMMAND, EnvelopeKind.CLICK, EnvelopeKind.SUBMISSION, EnvelopeKind.SHORTCUT})
RUN_AGAIN = "run_again"  # served by the plugin ops
MOST_TRIES = 12  # some two minutes: a handler on which the journal itself breaks must not run for ever
RECENT = 200  # audit events; what a person did a moment ago is among them
MOST_DEEDS = 5  # that are told; whoever was so quick knows the rest
RESTART = "I was restarted"
JOURNAL = "My journal could not be written in time"


class Recovery:
    """Takes up what was left.

    Args:
        at_work: says whether a lane has a job waiting or running.
    """

    def __init__(
        self,
        services: Services,
        dispatcher: Dispatcher,
        inbox: Inbox,
        launch: Callable[[Operation], None],
        at_work: Callable[[str], bool],
    ) -> None:
        self._services = services
        self._dispatcher = dispatcher
        self._inbox = inbox
        self._launch = launch
        self._at_work = at_work
        self._idle: frozenset[int | str] = frozenset()  # what nobody had in hand at the last look
        self._tries: Counter[int] = Counter()

    def run(self) -> None:
        """Take up every unfinished row."""
        self.prune()
        entries, approved = self._left()
        for operation in approved:
            log.info("recovery.dispatch", extra={"fields": {"operation": operation.id}})
            self._launch(operation)
        for entry in entries:
            self._take_up(entry, RESTART)

    def look(self) -> None:
        """Take up what nobody has in hand, now as at the last look: between being written down and being in hand there is a moment."""
        try:
            entries, approved = self._left()
            idle_entries = [entry for entry in entries if not self._at_work(entry.lane)]
            idle_operations = [operation for operation in approved if not self._at_work(operation.story)]
            before, self._idle = self._idle, frozenset((*(e.id for e in idle_entries), *(o.id for o in idle_operations)))
            self._tries = Counter({entry.id: self._tries[entry.id] for entry in idle_entries})
            for operation in idle_operations:
                if operation.id in before:
                    log.warning("recovery.left_behind", extra={"fields": {"operation": operation.id}})
                    self._launch(operation)
            for entry in idle_entries:
                if entry.id in before:
                    log.warning("recovery.left_behind", extra={"fields": {"entry": entry.id, "kind": entry.envelope.kind}})
                    self._tries[entry.id] += 1
                    self._take_up(entry, JOURNAL)
        except JournalError as error:
            log.warning("recovery.waits", extra={"fields": {"why": str(error)}})

    def _left(self) -> tuple[list[InboxEntry], list[Operation]]:
        with self._services.journal.read() as tx:
            return tx.inbox.unfinished(), tx.operations.in_states(OperationState.APPROVED)

    def prune(self) -> None:
        """Forget the rows that nobody will ask for again."""
        before = self._services.clock.now() - KEEP_KEYS
        with self._services.journal.begin() as tx:
            forgotten = tx.inbox.prune(before) + tx.outbox.prune(before)
        if forgotten:
            log.info("journal.pruned", extra={"fields": {"rows": forgotten}})

    def _take_up(self, entry: InboxEntry, cause: str) -> None:
        again = self._is_repeatable(entry) or (entry.state is InboxState.NEW and entry.envelope.kind not in ASKED_ONCE)
        if again and self._tries[entry.id] <= MOST_TRIES:
            log.info("recovery.again", extra={"fields": {"entry": entry.id, "kind": entry.envelope.kind}})
            self._inbox.take_up(entry)
            return
        with self._services.journal.read() as tx:
            went_on = tx.operations.by_request(entry.envelope.key)
            done = [] if went_on else _done_since(tx, entry.envelope)
        context = HandlerContext(self._services, entry.envelope)
        context.hold_words()
        if went_on is None and entry.envelope.kind is not EnvelopeKind.TICK:
            context.tell(_told(entry, cause, done))
        log.info("recovery.told", extra={"fields": {"entry": entry.id, "kind": entry.envelope.kind}})
        with self._services.journal.begin() as tx:
            # A form whose ack was lost is still open: sent again, it has the same key.
            still_open = went_on is None and entry.envelope.kind is EnvelopeKind.SUBMISSION
            context.let_go(tx)
            tx.inbox.finish(entry.id, self._services.clock.now(), f"cut off: {cause}", free_key=still_open)

    def _is_repeatable(self, entry: InboxEntry) -> bool:
        return is_repeatable(self._dispatcher.find(entry.envelope))


def _done_since(tx: Transaction, envelope: Envelope) -> list[Mrkdwn]:
    """Return what the audit holds of a person's deeds since they asked: whatever a handler did before it was cut off is among them."""
    events = [event for event in tx.audit.recent(RECENT) if event.actor == envelope.user and event.at >= envelope.received_at]
    entries = [drawn(tx, event) for event in reversed(events)]
    return list(dict.fromkeys(md("{} {}: {}", entry.emoji, entry.title, entry.words) for entry in entries))[-MOST_DEEDS:]


def _told(entry: InboxEntry, cause: str, done: list[Mrkdwn]) -> Message:
    """Say what a person's request came to, and offer to run it again where it came to nothing."""
    what = shorten(f"{entry.envelope.name} {entry.envelope.text}".strip(), 80) or entry.envelope.kind.value
    if done:
        text = md("{} while I handled your {}. Of what you asked for since, this is done and stands:", cause, code(what))
        return Message.of(join(" ", [text, *done]), section(join("\n", [text, *done])))
    text = md("{} while I handled your {}; nothing was dispatched.", cause, code(what))
    return Message.of(text, section(text), actions(button("Run it again", f"{RUN_AGAIN}:{entry.id}", value=str(entry.id))))
