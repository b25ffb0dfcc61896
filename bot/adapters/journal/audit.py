"""Audit events: a chain in which each event holds the hash of the one before, so that a change shows where it was made."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from bot.adapters.journal.columns import moment, stamp
from bot.adapters.journal.documents import canonical, storable
from bot.adapters.journal.tables import audit_events
from bot.ports.errors import JournalError
from bot.ports.journal import AuditEvent

_ROWS_AT_ONCE = 1000

_COLUMNS = tuple(audit_events.c)
_ADD = insert(audit_events)
_HEAD = select(audit_events.c.seq, audit_events.c.hash).order_by(audit_events.c.seq.desc()).limit(1)
_RECENT = select(*_COLUMNS).order_by(audit_events.c.seq.desc()).limit(bindparam("most"))
_RECENT_OF_SUBJECT = _RECENT.where(audit_events.c.subject == bindparam("known_subject"))
_CHAIN = select(*_COLUMNS).order_by(audit_events.c.seq)


class SqlAudit:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event: AuditEvent) -> AuditEvent:
        """Append an event to the chain and return it as written."""
        head = self._connection.execute(_HEAD).one_or_none()
        row: dict[str, Any] = {
            "seq": head.seq + 1 if head else 1,
            "at": stamp(event.at),
            "actor": storable(event.actor),
            "action": storable(event.action),
            "subject": storable(event.subject),
            "detail": canonical(event.detail),
            "prev_hash": head.hash if head else "",
        }
        row["hash"] = _hash(**row)
        self._connection.execute(_ADD, row)
        return replace(event, **{**row, "at": event.at, "detail": json.loads(row["detail"])})

    def recent(self, limit: int, subject: str = "") -> list[AuditEvent]:
        """Return the newest events first."""
        statement, values = (_RECENT_OF_SUBJECT, {"most": limit, "known_subject": subject}) if subject else (_RECENT, {"most": limit})
        return [_event(row) for row in self._connection.execute(statement, values)]

    def verify(self) -> int | None:
        """Return the `seq` of the first event at which the chain is broken, None when it holds.

        A missing event breaks the chain at the one behind it. That the last events were cut off, the chain alone can't show.
        """
        seq, before = 0, ""
        with self._connection.execute(_CHAIN, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
            for row in rows:
                seq += 1
                if row.seq != seq or row.prev_hash != before or not _is_whole(row):
                    return int(row.seq)
                before = row.hash
        return None


def _hash(seq: int, at: str, actor: str, action: str, subject: str, detail: str, prev_hash: str) -> str:
    """Return the SHA-256 of the event's canonical JSON.

    The keys stand in their sorted order already, and `detail` is canonical itself: so the text is put together instead of read and written again.
    """
    words = ('{"action":', _text(action), ',"actor":', _text(actor), ',"at":', _text(at), ',"detail":', detail)
    rest = (',"prev_hash":', _text(prev_hash), ',"seq":', str(seq), ',"subject":', _text(subject), "}")
    return sha256("".join(words + rest).encode()).hexdigest()


_text = json.JSONEncoder(ensure_ascii=False).encode


def _is_whole(row: Row[Any]) -> bool:
    """Say whether the row's hash is that of its content. A column that holds something else than text or a number was tampered with."""
    try:
        return bool(row.hash == _hash(row.seq, row.at, row.actor, row.action, row.subject, row.detail, row.prev_hash))
    except (TypeError, ValueError):
        return False


def _event(row: Row[Any]) -> AuditEvent:
    try:
        return AuditEvent(moment(row.at), row.actor, row.action, row.subject, json.loads(row.detail), row.seq, row.prev_hash, row.hash)
    except (TypeError, ValueError) as error:
        raise JournalError(
            f"The audit event {row.seq} can't be read: it was changed. `chatopsd audit verify` tells where the chain breaks."
        ) from error
