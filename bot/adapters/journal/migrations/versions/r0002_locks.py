"""Lay the table of the locks. What each column is stands in tables.py."""

import sqlalchemy as sa
from alembic import op

from bot.adapters.journal.columns import Number, UtcTime

revision = "0002_locks"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "locks",
        sa.Column("seq", Number, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("repo", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index("locks_open", "locks", ["repo", "environment"], unique=True, sqlite_where=is_open, postgresql_where=is_open)
