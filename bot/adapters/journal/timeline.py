"""The timeline: an index over the audit events that people are shown, by time, service and person.

It stands beside the chain: what is hashed is not touched, and whoever changes this table changes no event.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, literal, select, text, tuple_

from bot.adapters.journal.columns import stamp
from bot.adapters.journal.tables import alerts, audit_events, locks, operations, timeline
from bot.core.timeline import TimelineQuery, is_shown

# The same words on SQLite and PostgreSQL. A row that is there already belongs to an event that somebody removed from the chain.
_ADD = text(
    "INSERT INTO timeline (seq, at, service, actor) VALUES (:seq, :at, :service, :actor)"
    " ON CONFLICT (seq) DO UPDATE SET at = excluded.at, service = excluded.service, actor = excluded.actor"
)
_SERVICE_OF_OPERATION = select(operations.c.service).where(operations.c.id == bindparam("known_id"))
_DOCUMENT_OF = {
    kind: select(table.c.document).where(table.c.id == bindparam("known_id")) for kind, table in (("alert", alerts), ("lock", locks))
}
PRUNE = delete(timeline).where(timeline.c.seq <= bindparam("last"))


def index_event(connection: Connection, row: Mapping[str, Any], detail: Mapping[str, Any]) -> None:
    """Note an audit event that was just added, if people are shown such ones."""
    if is_shown(row["action"]):
        service = _service_of(connection, row["subject"], detail)
        connection.execute(_ADD, {"seq": row["seq"], "at": row["at"], "service": service, "actor": row["actor"]})


def _service_of(connection: Connection, subject: str, detail: Mapping[str, Any]) -> str:
    named = detail.get("service")
    if isinstance(named, str) and named:
        return named
    kind, _, name = subject.partition(":")
    if kind == "operation":
        return str(connection.execute(_SERVICE_OF_OPERATION, {"known_id": name}).scalar() or "")
    if kind in _DOCUMENT_OF:
        document = connection.execute(_DOCUMENT_OF[kind], {"known_id": name}).scalar()
        return str(json.loads(document).get("service") or "") if document else ""
    return ""


def page(
    connection: Connection, query: TimelineQuery, limit: int, before: tuple[datetime, int] | None, newest_first: bool
) -> list[Row[Any]]:
    """Return the events of a part of the timeline.

    Every condition and the order are one walk along one index, however many events there are.
    """
    order = (timeline.c.at.desc(), timeline.c.seq.desc()) if newest_first else (timeline.c.at, timeline.c.seq)
    statement: Select[Any] = select(audit_events).join(timeline, timeline.c.seq == audit_events.c.seq).order_by(*order).limit(limit)
    if query.service:
        statement = statement.where(timeline.c.service == query.service)
    if query.actor:
        statement = statement.where(timeline.c.actor == query.actor)
    if query.since:
        statement = statement.where(timeline.c.at >= stamp(query.since))
    if query.until:
        statement = statement.where(timeline.c.at < stamp(query.until))
    if before:
        mark = tuple_(literal(stamp(before[0])), literal(before[1]))
        place = tuple_(timeline.c.at, timeline.c.seq)
        statement = statement.where(place < mark if newest_first else place > mark)
    return list(connection.execute(statement))
