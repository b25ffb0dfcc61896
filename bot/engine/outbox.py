"""Posts what the journal says is to be seen: one sender for each lane, at Slack's pace, each message once."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.configuration import Configuration
from bot.core.markup import shorten
from bot.engine.delivery import Delivery, subject_of
from bot.engine.pictures import Paint, Pictures
from bot.engine.waking import WakingJournal
from bot.ports.chat import Chat
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, JournalError, OutcomeUnknown, Rejected, Unavailable
from bot.ports.journal import PATIENCE, AuditEvent, OutboxRow, OutboxState, Transaction

log = logging.getLogger(__name__)

# Slack: one message a second a channel, short bursts allowed.
PACE_S = 1.0
BURST = 4
MAX_WAIT_S = 30.0
KEEP_TRYING = timedelta(hours=24)  # longer than Slack was ever away; what it could not take until then is given up
# Whoever puts a message in wakes its sender. The rest is found by looking: what was left at the start, what another daemon put in, what a broken
# journal withheld.
LOOK_EVERY_S = 1.0
# A sender that had nothing to do for so long ends, its whole burst saved up: there is one for each person who is told something.
IDLE_S = 60.0


class Outbox:
    """Starts a sender for each channel that has something to say."""

    def __init__(
        self, journal: WakingJournal, chat: Chat, clock: Clock, configuration: Configuration, paint: Paint = lambda _chart: None
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._delivery = Delivery(journal, chat, clock, configuration, Pictures(chat, paint))
        self._stopping = threading.Event()
        self._senders: dict[str, Sender] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="outbox", daemon=True)

    def start(self) -> None:
        self._journal.listen(self._wake)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Let the message that is being sent be sent; the rest stays in the journal for the next start."""
        with self._lock:  # from now on no sender is made
            self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        with self._lock:
            senders = list(self._senders.values())
        for sender in senders:
            sender.wake.set()
        for sender in senders:
            sender.thread.join(timeout_s)

    def _wake(self, channels: Iterable[str]) -> None:
        with self._lock:
            for channel in channels:
                if channel not in self._senders and not self._stopping.is_set():
                    self._senders[channel] = Sender(channel, self._journal, self._delivery, self._clock, self._stopping, self._may_end)
                    self._senders[channel].thread.start()
                if channel in self._senders:
                    self._senders[channel].wake.set()

    def _may_end(self, sender: "Sender") -> bool:
        """Forget an idle sender, unless it was woken in this moment."""
        with self._lock:
            if sender.wake.is_set():
                return False
            self._senders.pop(sender.channel, None)
            return True

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._journal.read() as tx:
                    channels = tx.outbox.pending_channels()
            except JournalError:
                log.exception("outbox.unreadable")
            else:
                self._wake(channels)
            self._stopping.wait(LOOK_EVERY_S)


@dataclass(frozen=True, slots=True)
class _Task:
    """A row that is to be sent now: an edit of the message at `ts`, or a post into the thread at `thread_ts`, each "" for none."""

    row: OutboxRow
    ts: str
    thread_ts: str


class Sender:
    """Sends the rows of one channel, or of one person there, in their order."""

    def __init__(
        self,
        channel: str,
        journal: WakingJournal,
        delivery: Delivery,
        clock: Clock,
        stopping: threading.Event,
        may_end: "Callable[[Sender], bool]",
    ) -> None:
        self.channel = channel
        self._journal = journal
        self._delivery = delivery
        self._clock = clock
        self._stopping = stopping
        self._may_end = may_end
        self._tokens = float(BURST)
        self._counted_at = clock.now()
        self._failures = 0
        self.wake = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"outbox-{channel}", daemon=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self.wake.wait(IDLE_S):
                if self._may_end(self):
                    return
                continue
            self.wake.clear()
            try:
                task = self._take()
                while task is not None:
                    task = self._send_one(task)
            except JournalError:
                log.exception("outbox.journal", extra={"fields": {"channel": self.channel}})

    def _take(self) -> "_Task | None":
        """Take the next row as soon as the pace allows; None when there is nothing more to do."""
        self._keep_pace()
        with self._journal.begin() as tx:
            return self._next(tx)

    def _next(self, tx: Transaction) -> "_Task | None":
        row = None if self._stopping.is_set() else tx.outbox.next(self.channel, PATIENCE)
        if row is None:
            return None
        self._tokens -= 1.0
        place = tx.outbox.posted(row.story) if row.story else None
        thread = tx.outbox.posted(row.thread_of) if row.thread_of else None
        if row.whisper is None:  # a whisper can't be found in Slack: one whose end is not known is whispered again, marked or not
            tx.outbox.sending(row.id)
        if place:
            row = replace(row, channel=place.channel)  # it may have gone elsewhere than it was meant to
        elif thread:
            row = replace(row, channel=thread.channel)
        return _Task(row, place.ts if place else "", thread.ts if thread else row.thread_ts)

    def _send_one(self, task: "_Task") -> "_Task | None":
        """Send what was taken, note how it went, and take the next."""
        row = task.row
        try:
            channel, ts = self._delivery.deliver(row, task.ts, task.thread_ts)
        except Unavailable as error:
            self._put_back(row, error)
        except OutcomeUnknown as error:
            # The row stays in SENDING: the next turn looks for the message before it posts again.
            if row.created_at and self._clock.now() - row.created_at > KEEP_TRYING:
                self._give_up(row, error)
            elif row.whisper is None and row.attempts + 1 >= PATIENCE.attempts:
                self._step_aside(row, error)
            else:
                self._wait(self._backoff(), str(error))
        except Rejected as error:
            self._give_up(row, error)
        else:
            self._failures = 0
            with self._journal.begin() as tx:
                tx.outbox.sent(replace(row, channel=channel), ts, self._clock.now())
                if self._tokens >= 1.0:
                    return self._next(tx)
        return self._take()

    def _put_back(self, row: OutboxRow, error: Unavailable) -> None:
        if row.state is not OutboxState.SENDING:  # else an earlier try may have been posted: it must be looked for first
            with self._journal.begin() as tx:
                tx.outbox.retry(row.id)
        self._wait(error.retry_after_s if error.retry_after_s is not None else self._backoff(), str(error))

    def _step_aside(self, row: OutboxRow, error: OutcomeUnknown) -> None:
        """Let the others of this channel pass: it is this message on which Slack breaks, or Slack is away; the journal gives it back from time to time."""
        self._failures = 0
        detail = {"channel": row.channel, "error": str(error)}
        log.warning("outbox.aside", extra={"fields": {**detail, "story": row.story, "attempts": row.attempts + 1}})
        if row.attempts + 1 == PATIENCE.attempts:
            with self._journal.begin() as tx:
                tx.audit.add(AuditEvent(self._clock.now(), "chatopsd", "message.waits", subject_of(row), detail))

    def _give_up(self, row: OutboxRow, error: ChatopsError) -> None:
        self._failures = 0
        log.error("outbox.rejected", extra={"fields": {"channel": self.channel, "story": row.story, "error": str(error)}})
        now = self._clock.now()
        detail = {"channel": row.channel, "error": str(error), "text": shorten(row.message.text, 200)}
        with self._journal.begin() as tx:
            tx.outbox.failed(row.id, str(error), now)
            tx.audit.add(AuditEvent(now, "chatopsd", "message.rejected", subject_of(row), detail))

    def _backoff(self) -> float:
        self._failures += 1
        return min(MAX_WAIT_S, 0.5 * 2.0**self._failures)

    def _wait(self, seconds: float, why: str) -> None:
        log.warning("outbox.waits", extra={"fields": {"channel": self.channel, "seconds": seconds, "why": why}})
        self._clock.wait(self._stopping, seconds)

    def _keep_pace(self) -> None:
        now = self._clock.now()
        passed_s = max(0.0, (now - self._counted_at).total_seconds())  # a clock that is set back must not stop the posts for as long
        self._tokens = min(float(BURST), self._tokens + passed_s / PACE_S)
        self._counted_at = now
        if self._tokens < 1.0:
            self._clock.wait(self._stopping, (1.0 - self._tokens) * PACE_S)
            self._counted_at = self._clock.now()
            self._tokens = 1.0
