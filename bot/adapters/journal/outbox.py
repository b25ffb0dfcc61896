"""The outbox: what is to be seen in Slack, in order, and where each story's message stands."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, delete, exists, func, insert, literal_column, or_, select, update

from bot.adapters.journal import documents
from bot.adapters.journal.tables import STORY_IS_PENDING, outbox, stories
from bot.core.alerts import QUESTION
from bot.core.blocks import Message
from bot.ports.chat import Attachment, Whisper
from bot.ports.clock import Clock
from bot.ports.journal import PATIENCE, Backlog, OutboxRow, OutboxState, Patience, PostedMessage

_MERGE = update(outbox).where(STORY_IS_PENDING, outbox.c.story == bindparam("known_story")).values(message=bindparam("new_message"))
_PUT = insert(outbox).returning(outbox.c.id)
_CHANNELS = select(outbox.c.channel).where(outbox.c.ended_at.is_(None)).group_by(outbox.c.channel).order_by(func.min(outbox.c.id))
_BACKLOG = select(func.count(), func.min(outbox.c.created_at)).where(outbox.c.ended_at.is_(None))
_HAS_STEPPED_ASIDE = outbox.c.attempts >= bindparam("attempts")
_ASIDE = select(outbox.c.story).where(outbox.c.ended_at.is_(None), _HAS_STEPPED_ASIDE, outbox.c.story != "")
_NEXT = (
    select(outbox)
    .where(
        outbox.c.ended_at.is_(None),
        outbox.c.channel == bindparam("known_channel"),
        or_(
            and_(~_HAS_STEPPED_ASIDE, outbox.c.story.not_in(_ASIDE), outbox.c.thread_of.not_in(_ASIDE)),
            and_(_HAS_STEPPED_ASIDE, outbox.c.tried_at <= bindparam("tried_until", type_=outbox.c.tried_at.type)),
        ),
    )
    .order_by(outbox.c.state.desc(), outbox.c.id)  # "sending" before "pending"
    .limit(1)
)
_SENDING = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"))
    .values(state=OutboxState.SENDING.value, attempts=outbox.c.attempts + 1, tried_at=bindparam("at"))
)
_END = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"))
    .values(state=bindparam("new_state"), ended_at=bindparam("at"), ts=bindparam("new_ts"), error=bindparam("why"))
)
_STORY_OF = select(outbox.c.story).where(outbox.c.id == bindparam("row_id"))
_SUCCESSOR = select(outbox.c.id, outbox.c.message).where(STORY_IS_PENDING, outbox.c.story == bindparam("known_story"))
_DROP = delete(outbox).where(outbox.c.id == bindparam("row_id"))
_RETRY = (
    update(outbox)
    .where(outbox.c.id == bindparam("row_id"))
    # A try that never left says nothing about the message: a long outage must not bring it nearer to being given up.
    .values(state=OutboxState.PENDING.value, attempts=case((outbox.c.attempts > 0, outbox.c.attempts - 1), else_=0))
)
_REPLACE = update(outbox).where(outbox.c.id == bindparam("row_id")).values(message=bindparam("new_message"))
_PRUNE = delete(outbox).where(outbox.c.ended_at.is_not(None), outbox.c.ended_at < bindparam("before"))
_PRUNE_QUESTIONS = delete(stories).where(stories.c.story.startswith(QUESTION), stories.c.updated_at < bindparam("before"))

_MOVE_STORY = (
    update(stories)
    .where(stories.c.story == bindparam("known_story"))
    .values(channel=bindparam("new_channel"), ts=bindparam("new_ts"), updated_at=bindparam("at"))
)
_ADD_STORY = insert(stories)
_POSTED = select(stories.c.story, stories.c.channel, stories.c.ts).where(stories.c.story == bindparam("known_story"))
_STORY_AT = select(stories.c.story).where(stories.c.channel == bindparam("known_channel"), stories.c.ts == bindparam("known_ts"))

_POSTING = (
    select(outbox.c.id)
    .where(
        outbox.c.channel == bindparam("known_channel"),
        outbox.c.state == literal_column("'sending'"),
        outbox.c.ended_at.is_(None),
        outbox.c.story != literal_column("''"),
        ~exists().where(stories.c.story == outbox.c.story),
    )
    .limit(1)
)

KEEP_QUESTIONS = timedelta(days=30)  # one that nobody answered until then was asked anew


class SqlOutbox:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def put(self, row: OutboxRow, at: datetime) -> OutboxRow | None:
        """Add a row, and return it as it is in the outbox; None where one of its story was still pending, which says now what it says."""
        message = documents.write(row.message)
        if row.story and self._connection.execute(_MERGE, {"known_story": row.story, "new_message": message}).rowcount:
            return None
        key = secrets.token_hex(8)
        values = {
            "channel": row.lane,
            "state": OutboxState.PENDING.value,
            "story": row.story,
            "thread_of": row.thread_of,
            "thread_ts": row.thread_ts,
            "message": message,
            "whisper": None if row.whisper is None else documents.write(row.whisper),
            "attachment": None if row.attachment is None else documents.write(row.attachment),
            "key": key,
            "created_at": at,
        }
        row_id = self._connection.execute(_PUT, values).scalar_one()
        return replace(row, channel=row.lane, key=key, id=row_id, created_at=at)

    def pending_channels(self) -> list[str]:
        """Return the channels that have rows to send, the one that has waited longest first."""
        return list(self._connection.execute(_CHANNELS).scalars())

    def backlog(self) -> Backlog:
        """Return how much is still to be sent."""
        rows, since = self._connection.execute(_BACKLOG).one()
        return Backlog(rows, since)

    def next(self, channel: str, patience: Patience = PATIENCE) -> OutboxRow | None:
        """Return the oldest row of a channel that is to be sent: one that was being sent when the daemon died comes first.

        One that has stepped aside comes when its time has come, with the newest state of its story; until then nothing of its story or into its thread.
        """
        tried_until = self._clock.now() - patience.again_every
        values = {"known_channel": channel, "attempts": patience.attempts, "tried_until": tried_until}
        row = self._connection.execute(_NEXT, values).one_or_none()
        if row is None:
            return None
        found = _outbox_row(row)
        newer = self._take_newer(found.id, found.story) if found.attempts >= patience.attempts else None
        return found if newer is None else replace(found, message=documents.read(Message, newer))

    def sending(self, row_id: int) -> None:
        """Note that it is being tried now; one more attempt."""
        self._connection.execute(_SENDING, {"row_id": row_id, "at": self._clock.now()})

    def sent(self, row: OutboxRow, ts: str, at: datetime) -> None:
        """Note that it is in Slack at `ts` ("" for a whisper), and where its story's message stands."""
        self._end(row.id, OutboxState.SENT, at, ts=ts)
        if not row.story or not ts:
            return
        place = {"known_story": row.story, "new_channel": row.channel, "new_ts": ts, "at": at}
        if not self._connection.execute(_MOVE_STORY, place).rowcount:
            self._connection.execute(_ADD_STORY, {"story": row.story, "channel": row.channel, "ts": ts, "updated_at": at})

    def retry(self, row_id: int) -> None:
        """Put it back: it provably was not sent, so that try is not counted. A newer state of its story that waits behind it takes its place."""
        self._take_newer(row_id, self._connection.execute(_STORY_OF, {"row_id": row_id}).scalar() or "")
        self._connection.execute(_RETRY, {"row_id": row_id})

    def _take_newer(self, row_id: int, story: str) -> Any:
        """Let a row say what a later one of its story says, which is dropped; return that as it is stored, None without one."""
        newer = self._connection.execute(_SUCCESSOR, {"known_story": story}).one_or_none() if story else None
        if newer is None or newer.id == row_id:
            return None
        self._connection.execute(_DROP, {"row_id": newer.id})
        self._connection.execute(_REPLACE, {"row_id": row_id, "new_message": newer.message})
        return newer.message

    def failed(self, row_id: int, error: str, at: datetime) -> None:
        """Note that it will never be sent."""
        self._end(row_id, OutboxState.FAILED, at, error=error)

    def posted(self, story: str) -> PostedMessage | None:
        """Return where a story's message stands, None while it was not posted."""
        row = self._connection.execute(_POSTED, {"known_story": story}).one_or_none()
        return None if row is None else PostedMessage(row.story, row.channel, row.ts)

    def story_at(self, channel: str, ts: str) -> str:
        """Return the story whose message stands there, "" when it is not one of ours."""
        return self._connection.execute(_STORY_AT, {"known_channel": channel, "known_ts": ts}).scalar() or ""

    def is_posting(self, channel: str) -> bool:
        """Say whether a story's first message is on its way to a channel: Slack may show it already, and people answer to it."""
        return self._connection.execute(_POSTING, {"known_channel": channel}).scalar() is not None

    def prune(self, before: datetime) -> int:
        """Forget rows that ended before a time, and return how many; never where the stories stand, but for questions that were asked long before."""
        asked = self._connection.execute(_PRUNE_QUESTIONS, {"before": before - KEEP_QUESTIONS}).rowcount
        return asked + self._connection.execute(_PRUNE, {"before": before}).rowcount

    def _end(self, row_id: int, state: OutboxState, at: datetime, ts: str = "", error: str = "") -> None:
        values = {"row_id": row_id, "new_state": state.value, "at": at, "new_ts": ts, "why": error}
        self._connection.execute(_END, values)


def _outbox_row(row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        channel=row.channel,
        message=documents.read(Message, row.message),
        story=row.story,
        thread_of=row.thread_of,
        thread_ts=row.thread_ts,
        whisper=None if row.whisper is None else documents.read(Whisper, row.whisper),
        key=row.key,
        id=row.id,
        state=OutboxState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        attachment=None if row.attachment is None else documents.read(Attachment, row.attachment),
    )
