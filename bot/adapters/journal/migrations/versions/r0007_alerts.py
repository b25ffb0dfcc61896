"""Add what alerts and windows need: the open problems, what was resolved, and each hour's counts. What each column is stands in tables.py."""

import sqlalchemy as sa
from alembic import op

from bot.adapters.journal.columns import UtcTime

revision = "0007"
down_revision = "0002_locks"


def upgrade() -> None:
    op.create_index("fingerprints_seen", "fingerprints", ["watch", "last_seen_at"])
    op.create_table("problems", sa.Column("problem", sa.Text, primary_key=True), sa.Column("alert", sa.Text, nullable=False))
    op.create_table(
        "resolved_kinds",
        sa.Column("watch", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("resolved_at", UtcTime, nullable=False),
    )
    op.create_table(
        "hours",
        sa.Column("watch", sa.Text, primary_key=True),
        sa.Column("hour", UtcTime, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
