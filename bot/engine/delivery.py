"""How one row of the outbox reaches Slack: posted, edited, whispered or shared; found again when an answer was lost; in another way where Slack refuses it."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.actors import DAEMON
from bot.core.alerts import QUESTION
from bot.core.blocks import Message
from bot.core.charts import CHART
from bot.core.configuration import Configuration
from bot.core.fallbacks import Fallback, Refused, choose_fallback, redirected, shortened
from bot.core.older_blocks import newer_kinds, with_older_blocks
from bot.engine.pictures import Pictures
from bot.ports.chat import Attachment, Chat, Whisper
from bot.ports.clock import Clock
from bot.ports.errors import OutcomeUnknown, Rejected, Unavailable
from bot.ports.journal import AuditEvent, Journal, OutboxRow, OutboxState

log = logging.getLogger(__name__)

# A response_url lasts 30 minutes. Only by it can a message be replaced, as soon as it can be reached again; one that answers and breaks is not tried for longer
# than that of an answer, which may as well be said in another way.
RESPONSE_URL_LASTS = timedelta(minutes=30)
RESPONSE_URL_TRIED = timedelta(minutes=2)
# A connection that fails may come in a moment; where a firewall lets only slack.com through none ever does, and nobody waits for one after so long.
REPLACING_TRIED = timedelta(seconds=15)


class Taste:
    """Which newer blocks this workspace refused: they are not tried again before the next start."""

    def __init__(self) -> None:
        self.refused: frozenset[str] = frozenset()

    def refuse(self, kinds: frozenset[str]) -> None:
        self.refused |= kinds


class Delivery:
    """Delivers rows, for all senders: what one of them learns of the workspace's taste, all know."""

    def __init__(self, journal: Journal, chat: Chat, clock: Clock, configuration: Configuration, pictures: Pictures) -> None:
        self._journal = journal
        self._chat = chat
        self._clock = clock
        self._configuration = configuration
        self._pictures = pictures
        self._taste = Taste()
        self._unreached_since: datetime | None = None  # when messages could not be replaced, since their addresses could not be reached

    def deliver(self, row: OutboxRow, ts: str, thread_ts: str) -> tuple[str, str]:
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
            is_edit=bool(ts) and not row.story.startswith(QUESTION),  # what came of a question is said in its place, or nowhere
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
            tx.audit.add(AuditEvent(self._clock.now(), DAEMON, "message.fallback", subject_of(row), detail))
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
            self._whisper(row, row.whisper, message)
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

    def _whisper(self, row: OutboxRow, to: Whisper, message: Message) -> None:
        now = self._clock.now()
        reachable = replace(to, response_url=response_url_of(row, now))
        replaces = reachable.replace and reachable.response_url
        try:
            self._chat.whisper(reachable, message)
        except OutcomeUnknown:
            if not replaces or waited(row, now) <= RESPONSE_URL_TRIED:
                raise
            self._chat.whisper(replace(to, response_url=""), message)  # what that person waits for besides comes after it
        except Unavailable as error:
            if not replaces or error.retry_after_s is not None:
                raise
            self._unreached_since = self._unreached_since or now
            if now - self._unreached_since <= REPLACING_TRIED:
                raise
            self._chat.whisper(replace(to, response_url=""), message)
        else:
            if replaces:
                self._unreached_since = None

    def _share(self, row: OutboxRow, file: Attachment, message: Message, channel: str, thread_ts: str) -> str:
        since = row.created_at if row.state is OutboxState.SENDING else None  # tried before, and the answer was lost
        if since is None or not self._chat.find_file(channel, file.name, since - timedelta(minutes=1), thread_ts):
            self._chat.share(channel, file, message.text, thread_ts)
        return ""


def response_url_of(row: OutboxRow, now: datetime) -> str:
    """Return the address that came with the request that a row answers, while it is tried: on one that breaks for ever a person would wait for ever."""
    if row.whisper is None:
        return ""
    return row.whisper.response_url if waited(row, now) <= (RESPONSE_URL_LASTS if row.whisper.replace else RESPONSE_URL_TRIED) else ""


def waited(row: OutboxRow, now: datetime) -> timedelta:
    """Return how long a row waits to be sent."""
    return now - row.created_at if row.created_at else timedelta(0)


def subject_of(row: OutboxRow) -> str:
    """Return what the audit names a message by: its story, the story whose thread it is in, or its channel."""
    return (row.thread_of if row.story.startswith(QUESTION) else row.story) or row.thread_of or row.channel
