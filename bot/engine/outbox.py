"""Posts what the journal says is to be seen: one sender for each lane, at Slack's pace, each message once."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.blocks import Message
from bot.core.charts import CHART
from bot.core.configuration import Configuration
from bot.core.fallbacks import Fallback, Refused, choose_fallback, redirected, shortened
from bot.core.markup import shorten
from bot.core.older_blocks import newer_kinds, with_older_blocks
from bot.engine.pictures import Paint, Pictures
from bot.engine.waking import WakingJournal
from bot.ports.chat import Attachment, Chat
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, JournalError, OutcomeUnknown, Rejected, Unavailable
from bot.ports.journal import AuditEvent, OutboxRow, OutboxState, Transaction

log = logging.getLogger(__name__)

# Slack: one message a second a channel, short bursts allowed.
PACE_S = 1.0
BURST = 4
MAX_WAIT_S = 30.0
MOST_ATTEMPTS = 20  # some ten minutes
# Whoever puts a message in wakes its sender. The rest is found by looking: what was left at the start, what another daemon put in, what a broken
# journal withheld.
LOOK_EVERY_S = 1.0
IDLE_S = (
    60.0  # a sender that had nothing to do for so long ends, its whole burst saved up; there is one for each person who is told something
)


class Taste:
    """Which newer blocks this workspace refused: they are not tried again before the next start. One for all senders."""

    def __init__(self) -> None:
        self.refused: frozenset[str] = frozenset()

    def refuse(self, kinds: frozenset[str]) -> None:
        self.refused |= kinds


class Outbox:
    """Starts a sender for each channel that has something to say."""

    def __init__(
        self, journal: WakingJournal, chat: Chat, clock: Clock, configuration: Configuration, paint: Paint = lambda _chart: None
    ) -> None:
        self._journal = journal
        self._chat = chat
        self._clock = clock
        self._configuration = configuration
        self._stopping = threading.Event()
        self._senders: dict[str, Sender] = {}
        self._taste = Taste()
        self._pictures = Pictures(chat, paint)
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
                    self._senders[channel] = self._sender(channel)
                    self._senders[channel].thread.start()
                if channel in self._senders:
                    self._senders[channel].wake.set()

    def _sender(self, channel: str) -> "Sender":
        return Sender(
            channel,
            self._journal,
            self._chat,
            self._clock,
            self._configuration,
            self._stopping,
            self._taste,
            self._pictures,
            self._may_end,
        )

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
        chat: Chat,
        clock: Clock,
        configuration: Configuration,
        stopping: threading.Event,
        taste: Taste,
        pictures: Pictures,
        may_end: "Callable[[Sender], bool]",
    ) -> None:
        self.channel = channel
        self._may_end = may_end
        self._journal = journal
        self._chat = chat
        self._clock = clock
        self._configuration = configuration
        self._stopping = stopping
        self._taste = taste
        self._pictures = pictures
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
        row = None if self._stopping.is_set() else tx.outbox.next(self.channel)
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
            channel, ts = self._deliver(row, task.ts, task.thread_ts)
        except Unavailable as error:
            self._put_back(row, error)
        except OutcomeUnknown as error:
            if row.attempts >= MOST_ATTEMPTS:  # one poisonous message must not hold its channel for ever
                self._give_up(row, error)
                return self._take()
            # The row stays in SENDING: the next turn looks for the message before it posts again.
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

    def _deliver(self, row: OutboxRow, ts: str, thread_ts: str) -> tuple[str, str]:
        """Send a row, once more in another way where Slack refuses it, and return the channel and `ts` at which it stands."""
        row = replace(row, message=self._to_taste(row.message))
        try:
            return row.channel, self._send(row, row.message, row.channel, ts, thread_ts)
        except Rejected as error:
            return self._deliver_otherwise(row, ts, thread_ts, error)

    def _deliver_otherwise(self, row: OutboxRow, ts: str, thread_ts: str, error: Rejected) -> tuple[str, str]:
        refused = Refused(
            code=error.code,
            channel=row.channel,
            timeline=self._configuration.channel,
            has_blocks=bool(row.message.blocks),
            is_edit=bool(ts),
            is_reply=bool(thread_ts),
            is_whisper=row.whisper is not None,
            has_newer_blocks=bool(newer_kinds(row.message)),
        )
        fallback = choose_fallback(refused)
        if fallback is Fallback.NONE:
            raise error
        if fallback is Fallback.LATER:
            raise Unavailable(str(error)) from error
        detail = {"channel": row.channel, "error": str(error), "fallback": fallback.value}
        log.warning("outbox.fallback", extra={"fields": detail})
        with self._journal.begin() as tx:
            tx.audit.add(AuditEvent(self._clock.now(), "chatopsd", "message.fallback", _subject(row), detail))
        match fallback:
            case Fallback.OLDER_BLOCKS:
                return self._deliver_older(row, ts, thread_ts)
            case Fallback.TEXT_ONLY:
                return row.channel, self._send(row, Message(row.message.text), row.channel, ts, thread_ts)
            case Fallback.SHORTER:
                return row.channel, self._send(row, shortened(row.message), row.channel, ts, thread_ts)
            case Fallback.ELSEWHERE:
                timeline = self._configuration.channel
                return timeline, self._send(row, redirected(row.message, row.channel, error.code), timeline, "", "")
            case Fallback.OUT_OF_THREAD:
                return row.channel, self._send(row, row.message, row.channel, "", "")
            case _:
                return row.channel, self._send(row, row.message, row.channel, "", thread_ts)

    def _to_taste(self, message: Message) -> Message:
        """Return a message without the blocks that this workspace refused before: a chart becomes a picture, or words."""
        if CHART in self._taste.refused and "image" not in self._taste.refused:
            message = self._pictures.in_place_of_charts(message)
        return with_older_blocks(message, self._taste.refused)

    def _deliver_older(self, row: OutboxRow, ts: str, thread_ts: str) -> tuple[str, str]:
        """Send a row without newer blocks; when that helps, it was they that Slack refused."""
        kinds = newer_kinds(row.message)
        message = row.message
        if CHART in kinds and "image" not in self._taste.refused:
            message = self._pictures.in_place_of_charts(message)
        row = replace(row, message=with_older_blocks(message, kinds))
        try:
            ts = self._send(row, row.message, row.channel, ts, thread_ts)
        except Rejected as error:
            return self._deliver_otherwise(row, ts, thread_ts, error)
        self._taste.refuse(kinds)
        return row.channel, ts

    def _send(self, row: OutboxRow, message: Message, channel: str, ts: str, thread_ts: str) -> str:
        if row.whisper:
            self._chat.whisper(row.whisper, message)
            return ""
        if ts:
            self._chat.update(channel, ts, message)
            return ts
        if row.attachment:
            return self._share(row, row.attachment, message, channel, thread_ts)
        if row.state is OutboxState.SENDING and row.created_at:  # tried before, and the answer was lost
            found = self._chat.find(channel, row.key, row.created_at - timedelta(minutes=1), thread_ts)
            if found:
                return found
        return self._chat.post(channel, message, row.key, thread_ts)

    def _share(self, row: OutboxRow, file: Attachment, message: Message, channel: str, thread_ts: str) -> str:
        since = row.created_at if row.state is OutboxState.SENDING else None  # tried before, and the answer was lost
        if since is None or not self._chat.find_file(channel, file.name, since - timedelta(minutes=1), thread_ts):
            self._chat.share(channel, file, message.text, thread_ts)
        return ""

    def _put_back(self, row: OutboxRow, error: Unavailable) -> None:
        if row.state is not OutboxState.SENDING:  # else an earlier try may have been posted: it must be looked for first
            with self._journal.begin() as tx:
                tx.outbox.retry(row.id)
        self._wait(error.retry_after_s if error.retry_after_s is not None else self._backoff(), str(error))

    def _give_up(self, row: OutboxRow, error: ChatopsError) -> None:
        log.error("outbox.rejected", extra={"fields": {"channel": self.channel, "story": row.story, "error": str(error)}})
        now = self._clock.now()
        detail = {"channel": row.channel, "error": str(error), "text": shorten(row.message.text, 200)}
        with self._journal.begin() as tx:
            tx.outbox.failed(row.id, str(error), now)
            tx.audit.add(AuditEvent(now, "chatopsd", "message.rejected", _subject(row), detail))

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


def _subject(row: OutboxRow) -> str:
    """Return what the audit names a message by: its story, the story whose thread it is in, or its channel."""
    return row.story or row.thread_of or row.channel
