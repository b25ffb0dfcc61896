"""Audit events: a chain in which each event holds the hash of the one before, so that a change shows where it was made."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select

from bot.adapters.journal import timeline, words
from bot.adapters.journal.columns import moment, stamp, storable
from bot.adapters.journal.documents import canonical
from bot.adapters.journal.sqlite import any_text
from bot.adapters.journal.tables import audit_events
from bot.core.actors import DAEMON
from bot.core.timeline import TimelineQuery
from bot.ports.clock import Clock
from bot.ports.errors import JournalError
from bot.ports.journal import AuditEvent, ChainBreak, ChainFault

PRUNED = "audit.pruned"
"""The action of a checkpoint event. Its subject names what it stands for; its detail holds the ends, the count and the last hash of what was pruned."""

REDACTION = "audit.redacted"
"""The action of an event that says how many texts were erased."""

_ROWS_AT_ONCE = 1000

_COLUMNS = tuple(audit_events.c)
_ADD = insert(audit_events)
_HEAD = select(audit_events.c.seq, audit_events.c.hash).order_by(audit_events.c.seq.desc()).limit(1)
_RECENT = select(*_COLUMNS).order_by(audit_events.c.seq.desc()).limit(bindparam("most"))
_RECENT_OF_SUBJECT = _RECENT.where(audit_events.c.subject == bindparam("known_subject"))
_CHAIN = select(*_COLUMNS).order_by(audit_events.c.seq)
_GET = select(*_COLUMNS).where(audit_events.c.seq == bindparam("known_seq"))
_OLDEST = _CHAIN.limit(bindparam("most"))
_DROP = delete(audit_events).where(audit_events.c.seq <= bindparam("last"))


class SqlAudit:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def add(self, event: AuditEvent) -> AuditEvent:
        """Append an event to the chain and return it as written."""
        head = self._connection.execute(_HEAD).one_or_none()
        seq = head.seq + 1 if head else 1
        row: dict[str, Any] = {
            "seq": seq,
            "at": stamp(event.at),
            "actor": storable(event.actor),
            "action": storable(event.action),
            "subject": storable(event.subject),
            "detail": canonical(words.commit(self._connection, seq, event.actor, event.detail)),
            "prev_hash": head.hash if head else "",
        }
        row["hash"] = hash_of(**row)
        self._connection.execute(_ADD, row)
        timeline.index_event(self._connection, row, event.detail)
        return replace(event, **{**row, "at": event.at, "detail": json.loads(canonical(event.detail))})

    def recent(self, limit: int, subject: str = "") -> list[AuditEvent]:
        """Return the newest events first."""
        statement, values = (_RECENT_OF_SUBJECT, {"most": limit, "known_subject": subject}) if subject else (_RECENT, {"most": limit})
        with any_text(self._connection):
            return self._events(self._connection.execute(statement, values).all())

    def timeline(
        self, query: TimelineQuery, limit: int, after: tuple[datetime, int] | None = None, *, newest_first: bool = True
    ) -> list[AuditEvent]:
        """Return what people are shown of a part of the timeline, at most `limit` events, behind the one at `after`."""
        with any_text(self._connection):
            return self._events(timeline.page(self._connection, query, limit, after, newest_first))

    def get(self, seq: int) -> AuditEvent | None:
        """Return an event by its number."""
        with any_text(self._connection):
            row = self._connection.execute(_GET, {"known_seq": seq}).one_or_none()
            return None if row is None else self._events([row])[0]

    def each(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[AuditEvent]:
        """Yield every event in the order of the chain, of a time or of all times; they are read as they are asked for."""
        for row in self._walk(_CHAIN, {}):
            if (since is None or row.at >= stamp(since)) and (until is None or row.at < stamp(until)):
                yield self._events([row])[0]

    def verify(self, against: str = "") -> ChainBreak | None:
        """Return where the chain breaks first, None when it holds and the event whose hash is `against` is in it."""
        link: Link | None = None
        seen = not against
        committed = erased = 0
        for row in self._walk(_CHAIN, {}):
            if link is None:
                link = self._beginning(row)
                seen = seen or against == link.hash
            fault = link.fault(row)
            if fault:
                return ChainBreak(int(row.seq), fault)
            link = Link(row.seq, row.hash)
            seen = seen or against == row.hash
            committed += words.commitments_in(row.detail)
            erased += int(json.loads(row.detail)["count"]) if row.action == REDACTION else 0
        forged = words.first_forged(self._connection)
        if forged is not None:
            return ChainBreak(forged, ChainFault.CHANGED)
        # An erasure stands behind what it erased: where it was pruned, so was that.
        if committed - words.kept(self._connection) > erased:
            return ChainBreak(self._first_without_words(), ChainFault.WORDS_GONE)
        return None if seen else ChainBreak(link.seq + 1 if link else 1, ChainFault.CUT_OFF)

    def prune(self, before: datetime, by: str, most: int = 10_000) -> AuditEvent | None:
        """Replace the oldest events, up to the first that is not from before a time, by one checkpoint event that `by` signs off."""
        now = self._clock.now()
        if before > now:
            raise ValueError(f"Only what is past can be pruned, and {before} is not.")
        limit, first, last = stamp(before), 0, Link(0, "")
        for row in self._walk(_OLDEST, {"most": most}):
            link = last if first else self._beginning(row)
            if fault := link.fault(row):
                raise JournalError(
                    f"Nothing was pruned: the audit chain is broken at event {row.seq} ({fault}). `chatopsd audit verify` says more."
                )
            if row.at >= limit:
                break
            first, last = first or row.seq, Link(row.seq, row.hash)
        if not first:
            return None
        detail = {"first_seq": first, "last_seq": last.seq, "count": last.seq - first + 1, "last_hash": last.hash, "signed_off_by": by}
        checkpoint = self.add(AuditEvent(now, DAEMON, PRUNED, f"audit:{last.seq}", detail))
        self._connection.execute(timeline.PRUNE, {"last": last.seq})
        self._connection.execute(words.PRUNE, {"last": last.seq})
        self._connection.execute(_DROP, {"last": last.seq})
        return checkpoint

    def redact(self, person: str, by: str) -> tuple[int, int]:
        """Erase what a person wrote, note that with who signs it off, and return how many texts went, and how many older ones stand in the chain."""
        erased, older = words.erase(self._connection, person)
        detail = {"count": erased, "signed_off_by": by}
        self.add(AuditEvent(self._clock.now(), DAEMON, REDACTION, f"person:{person}", detail))
        return erased, older

    def _first_without_words(self) -> int:
        rows = (row for row in self._walk(_CHAIN, {}) if words.commitments_in(row.detail))
        return next(int(row.seq) for row in rows if words.are_gone(self._connection, row.seq, row.detail))

    def _events(self, rows: Sequence[Row[Any]]) -> list[AuditEvent]:
        """Read events, with the words that people wrote in them."""
        events = [_event(row) for row in rows]
        details = words.restored(self._connection, {event.seq: event.detail for event in events})
        return [replace(event, detail=details[event.seq]) for event in events]

    def _beginning(self, row: Row[Any]) -> "Link":
        """Return what stood before the first row that is left: nothing, or what a checkpoint in the chain says was pruned."""
        nothing = Link(0, "")
        if nothing.fault(row) is not ChainFault.GAP:
            return nothing
        try:
            checkpoints = self.recent(1, f"audit:{row.seq - 1}")
        except JournalError:  # it was changed itself, and vouches for nothing
            return nothing
        # That the checkpoint is whole shows when the walk comes to it: it is in the same chain, further on.
        return next((Link(row.seq - 1, str(event.detail.get("last_hash"))) for event in checkpoints if event.action == PRUNED), nothing)

    def _walk(self, statement: Select[Any], values: dict[str, Any]) -> Iterator[Row[Any]]:
        with (
            any_text(self._connection),
            self._connection.execute(statement, values, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows,
        ):
            yield from rows


@dataclass(frozen=True, slots=True)
class Link:
    """What the next event of the chain must hold on to."""

    seq: int
    hash: str

    def fault(self, row: Row[Any]) -> ChainFault | None:
        """Return what is wrong with the event that stands behind this link, None when it is the next one and whole."""
        if not _is_whole(row):
            return ChainFault.CHANGED
        return None if row.seq == self.seq + 1 and row.prev_hash == self.hash else ChainFault.GAP


def hash_of(seq: int, at: str, actor: str, action: str, subject: str, detail: str, prev_hash: str) -> str:
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
        return bool(row.hash == hash_of(row.seq, row.at, row.actor, row.action, row.subject, row.detail, row.prev_hash))
    except (TypeError, ValueError):
        return False


def _event(row: Row[Any]) -> AuditEvent:
    try:
        (row.actor + row.action + row.subject + row.detail).encode()  # nothing of ours is no text
        return AuditEvent(moment(row.at), row.actor, row.action, row.subject, json.loads(row.detail), row.seq, row.prev_hash, row.hash)
    except (TypeError, ValueError) as error:
        raise JournalError(
            f"The audit event {row.seq} can't be read: it was changed. `chatopsd audit verify` tells where the chain breaks."
        ) from error
