"""Lay the first tables. What each column is stands in tables.py."""

import sqlalchemy as sa
from alembic import op

from bot.adapters.journal.columns import Number, UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    _inbox()
    _operations()
    _audit_events()
    _outbox()
    _stories()
    _watches()
    _alerts()


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", Number, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.Column("envelope", sa.Text, nullable=False),
        sa.Column("begun_at", UtcTime),
        sa.Column("finished_at", UtcTime),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
    )
    _partial_index("inbox_unfinished", "inbox", ["id"], "finished_at IS NULL")
    _partial_index("inbox_finished", "inbox", ["received_at"], "finished_at IS NOT NULL")


def _operations() -> None:
    op.create_table(
        "operations",
        sa.Column("seq", Number, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("request_key", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("requested_at", UtcTime, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("finished_at", UtcTime),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("operations_state", "operations", ["state", "requested_at"])
    op.create_index("operations_requested", "operations", ["requested_at"])
    op.create_index("operations_service", "operations", ["service", "requested_at"])
    op.create_index("operations_live", "operations", ["service", "environment", "state", "finished_at"])


def _audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", Number, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.create_index("audit_events_subject", "audit_events", ["subject", "seq"])


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", Number, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("story", sa.Text, nullable=False),
        sa.Column("thread_of", sa.Text, nullable=False),
        sa.Column("thread_ts", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("whisper", sa.Text),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("tried_at", UtcTime),
        sa.Column("ended_at", UtcTime),
        sa.Column("ts", sa.Text, nullable=False, server_default=""),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
    )
    _partial_index("outbox_waiting", "outbox", ["channel", "state", "id"], "ended_at IS NULL")
    _partial_index("outbox_story_pending", "outbox", ["story"], "state = 'pending' AND story != ''", unique=True)
    _partial_index("outbox_ended", "outbox", ["ended_at"], "ended_at IS NOT NULL")


def _stories() -> None:
    op.create_table(
        "stories",
        sa.Column("story", sa.Text, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("ts", sa.Text, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
    )
    op.create_index("stories_place", "stories", ["channel", "ts"])


def _watches() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("watch", sa.Text, primary_key=True),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
    )
    op.create_table(
        "windows",
        sa.Column("id", Number, primary_key=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("began_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("windows_watch", "windows", ["watch", "id"])
    op.create_table(
        "fingerprints",
        sa.Column("watch", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("count", Number, nullable=False),
        sa.Column("first_seen_at", UtcTime, nullable=False),
        sa.Column("last_seen_at", UtcTime, nullable=False),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("seq", Number, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_at", UtcTime, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("alerts_state", "alerts", ["state", "channel"])
    op.create_table("counters", sa.Column("name", sa.Text, primary_key=True), sa.Column("value", Number, nullable=False))


def _partial_index(name: str, table: str, columns: list[str], where: str, unique: bool = False) -> None:
    """Index only the rows for which `where` holds."""
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
