"""Posts what the journal says is to be seen: one sender for each lane, at Slack's pace, each message once."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.core.actors import DAEMON
from bot.core.configuration import Configuration
from bot.core.markup import shorten
from bot.engine.delivery import Delivery, response_url_of, subject_of
from bot.engine.journal_trouble import tell_trouble
from bot.engine.pictures import Paint, Pictures
from bot.engine.waking import Lanes, WakingJournal
from bot.ports.chat import Chat
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, JournalError, OutcomeUnknown, Rejected, Unavailable
from bot.ports.journal import PATIENCE, AuditEvent, OutboxRow, OutboxState, Transaction

log = logging.getLogger(__name__)

# Slack: one message a second a channel, short bursts allowed.
PACE_S = 1.0
BURST = 4
# A response_url takes five messages, and is not counted with what is posted in its channel: who asked ten things is not to wait for the tenth answer.
ANSWERS = 5
MAX_WAIT_S = 30.0
KEEP_TRYING = timedelta(hours=24)  # longer than Slack was ever away; what it could not take until then is given up
# Whoever puts a message in wakes its sender. The rest is found by looking: what was left at the start, what another daemon put in, what a broken
# journal withheld.
# What was whispered is noted together with whatever is written next, at the latest then. Should the daemon die before, it is whispered again.
LOOK_EVERY_S = 1.0
# A sender that had nothing to do for so long ends, its whole burst saved up: there is one for each person who is told something.
IDLE_S = 60.0
REMEMBERED = 64  # rows; while so many are sent, each of them was handed over, and noted


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
        self._look()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Let the message that is being sent be sent; the rest stays in the journal for the next start."""
        with self._lock:  # from now on no sender is made
            self._stopping.set()
        until = time.monotonic() + timeout_s  # for all of them together: any number may wait for a Slack that does not answer
        with self._lock:
            senders = list(self._senders.values())
        for sender in senders:
            sender.wake.set()
        for thread in (self._thread, *(sender.thread for sender in senders)):
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        self._write_notes()

    def _wake(self, lanes: Lanes) -> None:
        with self._lock:
            for lane, rows in lanes.items():
                sender = self._senders.get(lane) or self._begin_sender(lane)
                if sender:
                    sender.hand(rows)

    def _begin_sender(self, lane: str) -> "Sender | None":
        """Make a sender, None where there can't be one: whoever has just committed must not fail for that, and the next look tries again."""
        if self._stopping.is_set():
            return None
        sender = Sender(lane, self._journal, self._delivery, self._clock, self._stopping, self._may_end)
        try:
            sender.thread.start()
        except RuntimeError as error:  # as many threads as the system lets us have
            log.error("outbox.no_sender", extra={"fields": {"channel": lane, "why": str(error)}})  # noqa: TRY400 - it says itself what is wrong
            return None
        self._senders[lane] = sender
        return sender

    def _may_end(self, sender: "Sender") -> bool:
        """Forget an idle sender, unless it was woken in this moment."""
        with self._lock:
            if sender.wake.is_set():
                return False
            self._senders.pop(sender.channel, None)
            return True

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            self._write_notes()
            self._look()

    def _look(self) -> None:
        try:
            with self._journal.read() as tx:
                channels = tx.outbox.pending_channels()
        except JournalError as trouble:
            tell_trouble(log, "outbox.unreadable", trouble)
        else:
            self._wake(dict.fromkeys(channels))

    def _write_notes(self) -> None:
        try:
            self._journal.write_notes()
        except JournalError as trouble:  # they are kept, and tried again
            tell_trouble(log, "outbox.not_noted", trouble)
        except Exception:  # a mistake in one must not end the thread that looks after all lanes
            log.exception("outbox.not_noted")  # it is kept and tried again, or the lane's sender finds the row and notes it itself


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
        self._handed: deque[OutboxRow] = deque()
        self._must_look = True  # into the journal: there may be more than what was handed to us
        self._taken: deque[int] = deque(maxlen=REMEMBERED)  # from the journal: they may be handed over yet
        self._whispered: deque[int] = deque(maxlen=16 * REMEMBERED)  # and perhaps not noted yet
        self._answered: deque[str] = deque(maxlen=REMEMBERED)
        self._tokens = float(BURST)
        self._counted_at = clock.now()
        self._failures = 0
        self.wake = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"outbox-{channel}", daemon=True)

    def hand(self, rows: Sequence[OutboxRow] | None) -> None:
        """Wake it: for rows that it may send as they are, or (None) to look into the journal."""
        if rows is None:
            self._must_look = True
        else:
            self._handed.extend(rows)
        self.wake.set()

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
            except JournalError as trouble:
                self._must_look = True  # what was in hand comes before all that is handed over now; the next look wakes us
                tell_trouble(log, "outbox.journal", trouble, channel=self.channel)
            except Exception:  # a mistake of ours must not silence the lane for ever: the row is in the journal, and is tried again
                log.exception("outbox.crashed", extra={"fields": {"channel": self.channel}})
                self._clock.wait(self._stopping, self._backoff())
                self.hand(None)

    def _take(self) -> "_Task | None":
        """Take the next row as soon as it may be sent; None when there is nothing more to do."""
        while self._handed and self._handed[0].id in self._taken:
            self._handed.popleft()
        if not self._must_look and not self._handed:
            return None
        if not self._must_look and not self._is_free(self._handed[0]):
            self._keep_pace()
        row = self._next_handed()
        if row is not None:
            self._spend(row)
            return _Task(row, "", row.thread_ts)
        while self._must_look:
            with self._journal.begin() as tx:
                task = self._next(tx)
            if task is not None:
                return task
            if self._must_look:
                self._keep_pace()
        return None

    def _is_free(self, row: OutboxRow) -> bool:
        """Tell whether a row may be sent whatever was posted before: it goes to the address that came with a request, which has a limit of its own."""
        url = response_url_of(row, self._clock.now())
        return bool(url) and self._answered.count(url) < ANSWERS

    def _spend(self, row: OutboxRow) -> None:
        if self._is_free(row):
            self._answered.append(response_url_of(row, self._clock.now()))
        else:
            self._tokens -= 1.0

    def _next_handed(self) -> OutboxRow | None:
        """Return the next row that came from its transaction straight to us; None when there is none, or another one may come before it."""
        return self._handed.popleft() if self._handed and not self._must_look and not self._stopping.is_set() else None

    def _next(self, tx: Transaction) -> "_Task | None":
        """Take the next row from the journal; None when there is none, or, where that must be looked for again, none that the pace allows."""
        # Before the look, in a transaction that excludes every other: what was handed over by now is found, whoever asks for a look from now on has more.
        self._must_look = False
        self._handed.clear()
        row = None if self._stopping.is_set() else tx.outbox.next(self.channel, PATIENCE)
        while row is not None and row.id in self._whispered:  # what is to note that was not written yet
            tx.outbox.sent(row, "", self._clock.now())
            row = tx.outbox.next(self.channel, PATIENCE)
        if row is None:
            return None
        self._must_look = True
        if not self._is_free(row) and self._wait_s() > 0.0:
            return None
        self._taken.append(row.id)
        self._spend(row)
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
            if row.whisper is not None:
                self._whispered.append(row.id)
                self._journal.note(partial(_note_whispered, row, self._clock.now()))
                return self._take()
            with self._journal.begin() as tx:
                tx.outbox.sent(replace(row, channel=channel), ts, self._clock.now())
                if self._tokens >= 1.0:
                    return self._next(tx)
            return self._take()
        self._must_look = True  # it is in the journal still, and comes before all that was handed over since
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
                tx.audit.add(AuditEvent(self._clock.now(), DAEMON, "message.waits", subject_of(row), detail))

    def _give_up(self, row: OutboxRow, error: ChatopsError) -> None:
        self._failures = 0
        log.error("outbox.rejected", extra={"fields": {"channel": self.channel, "story": row.story, "error": str(error)}})
        now = self._clock.now()
        detail = {"channel": row.channel, "error": str(error), "text": shorten(row.message.text, 200)}
        with self._journal.begin() as tx:
            tx.outbox.failed(row.id, str(error), now)
            tx.audit.add(AuditEvent(now, DAEMON, "message.rejected", subject_of(row), detail))

    def _backoff(self) -> float:
        self._failures += 1
        return min(MAX_WAIT_S, 0.5 * 2.0**self._failures)

    def _wait(self, seconds: float, why: str) -> None:
        log.warning("outbox.waits", extra={"fields": {"channel": self.channel, "seconds": seconds, "why": why}})
        self._clock.wait(self._stopping, seconds)

    def _wait_s(self) -> float:
        """Return how long the pace has the next post wait."""
        now = self._clock.now()
        passed_s = max(0.0, (now - self._counted_at).total_seconds())  # a clock that is set back must not stop the posts for as long
        self._tokens = min(float(BURST), self._tokens + passed_s / PACE_S)
        self._counted_at = now
        return max(0.0, 1.0 - self._tokens) * PACE_S

    def _keep_pace(self) -> None:
        wait_s = self._wait_s()
        if wait_s > 0.0:
            self._clock.wait(self._stopping, wait_s)
            self._counted_at = self._clock.now()
            self._tokens = 1.0


def _note_whispered(row: OutboxRow, at: datetime, tx: Transaction) -> None:
    tx.outbox.sent(row, "", at)
