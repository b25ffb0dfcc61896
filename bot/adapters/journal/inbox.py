"""The inbox: what reached us, written down before it is acked, and what became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, bindparam, cast, delete, exists, insert, select, update

from bot.adapters.journal import documents
from bot.adapters.journal.tables import inbox
from bot.ports.clock import Clock
from bot.ports.events import Envelope
from bot.ports.journal import InboxEntry, InboxState

_NEW = ("key", "lane", "state", "received_at", "envelope")
# One statement instead of a look and a write: this stands between an envelope and its ack.
RECEIVE = (
    insert(inbox)
    .from_select(
        _NEW,
        select(*(bindparam(f"new_{name}", type_=inbox.c[name].type) for name in _NEW)).where(
            ~exists().where(inbox.c.key == bindparam("new_key", type_=inbox.c.key.type))
        ),
    )
    .returning(inbox.c.id)
)
_BEGIN = update(inbox).where(inbox.c.id == bindparam("entry")).values(state=InboxState.RUNNING.value, begun_at=bindparam("at"))
_FINISH = (
    update(inbox)
    .where(inbox.c.id == bindparam("entry"))
    .values(state=bindparam("new_state"), finished_at=bindparam("at"), error=bindparam("why"))
)
# The number of the entry makes it unique; no key of Slack's has a "#".
_FREE_KEY = update(inbox).where(inbox.c.id == bindparam("entry")).values(key=inbox.c.key + "#" + cast(inbox.c.id, String))
_GET = select(inbox.c.id, inbox.c.lane, inbox.c.state, inbox.c.envelope).where(inbox.c.id == bindparam("entry"))
_KNOWS = select(inbox.c.id).where(inbox.c.key == bindparam("known_key"))
_UNFINISHED = select(inbox.c.id, inbox.c.lane, inbox.c.state, inbox.c.envelope).where(inbox.c.finished_at.is_(None)).order_by(inbox.c.id)
_PRUNE = delete(inbox).where(inbox.c.finished_at.is_not(None), inbox.c.received_at < bindparam("before"))


class SqlInbox:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def receive(self, envelope: Envelope, lane: str) -> InboxEntry | None:
        """Write an envelope down; None when its key was there already."""
        values = {
            "new_key": envelope.key,
            "new_lane": lane,
            "new_state": InboxState.NEW.value,
            "new_received_at": envelope.received_at,
            "new_envelope": documents.write(envelope),
        }
        entry_id = self._connection.execute(RECEIVE, values).scalar()
        return None if entry_id is None else InboxEntry(entry_id, lane, InboxState.NEW, envelope)

    def begin(self, entry_id: int) -> None:
        """Note that its handler runs now."""
        self._connection.execute(_BEGIN, {"entry": entry_id, "at": self._clock.now()})

    def finish(self, entry_id: int, at: datetime, error: str = "", *, free_key: bool = False) -> None:
        """Note that its handler has ended, with the error that ended it or without; `free_key` lets its key be used anew."""
        state = InboxState.FAILED if error else InboxState.DONE
        if free_key:
            self._connection.execute(_FREE_KEY, {"entry": entry_id})
        self._connection.execute(_FINISH, {"entry": entry_id, "at": at, "new_state": state.value, "why": error})

    def get(self, entry_id: int) -> InboxEntry | None:
        """Return an entry, also one that has ended; None when it is not there any more."""
        row = self._connection.execute(_GET, {"entry": entry_id}).one_or_none()
        return None if row is None else _entry(row)

    def knows(self, key: str) -> bool:
        """Say whether an envelope with this key was written down, and its key not freed since."""
        return self._connection.execute(_KNOWS, {"known_key": key}).first() is not None

    def unfinished(self) -> list[InboxEntry]:
        """Return the entries that are new or were running, oldest first."""
        return [_entry(row) for row in self._connection.execute(_UNFINISHED)]

    def prune(self, before: datetime) -> int:
        """Forget finished entries received before a time, and return how many."""
        return self._connection.execute(_PRUNE, {"before": before}).rowcount


def _entry(row: Any) -> InboxEntry:
    return InboxEntry(row.id, row.lane, InboxState(row.state), documents.read(Envelope, row.envelope))
