"""Index the audit events that people are shown; files that are shared go through the outbox."""

import json

import sqlalchemy as sa
from alembic import op

from bot.adapters.journal.columns import Number

revision = "0010"
down_revision = "0007"

AT_ONCE = 5_000
# As the program saw it when this was written; a later change of what is shown needs a migration of its own.
HIDDEN = frozenset({"operation.dispatching", "operation.running", "audit.head", "audit.pruned"})


def upgrade() -> None:
    op.create_table(
        "timeline",
        sa.Column("seq", Number, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
    )
    _take_in_what_is_there()
    op.create_index("timeline_at", "timeline", ["at", "seq"])
    op.create_index("timeline_service", "timeline", ["service", "at", "seq"])
    op.create_index("timeline_actor", "timeline", ["actor", "at", "seq"])
    op.create_index("timeline_service_actor", "timeline", ["service", "actor", "at", "seq"])
    op.add_column("outbox", sa.Column("attachment", sa.Text))


def _take_in_what_is_there() -> None:
    connection = op.get_bind()
    services = {f"operation:{row.id}": row.service for row in connection.execute(sa.text("SELECT id, service FROM operations"))}
    for row in connection.execute(sa.text("SELECT id, document FROM alerts")):
        services[f"alert:{row.id}"] = str(json.loads(row.document).get("service") or "")
    add = sa.text("INSERT INTO timeline (seq, at, service, actor) VALUES (:seq, :at, :service, :actor)")
    read = sa.text("SELECT seq, at, actor, action, subject FROM audit_events WHERE seq > :last ORDER BY seq LIMIT :most")
    last = 0
    while rows := connection.execute(read, {"last": last, "most": AT_ONCE}).all():
        last = rows[-1].seq
        shown = [
            {"seq": row.seq, "at": row.at, "service": services.get(row.subject, ""), "actor": row.actor}
            for row in rows
            if row.action not in HIDDEN and not row.action.startswith("message.")
        ]
        if shown:
            connection.execute(add, shown)
