"""Add the kinds that windows noted, before they are added to those that are known: so that the window's own transaction is short."""

import sqlalchemy as sa
from alembic import op

from bot.adapters.journal.columns import Number, UtcTime

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "noted_kinds",
        sa.Column("id", Number, primary_key=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("seen_at", UtcTime, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("noted_kinds_watch", "noted_kinds", ["watch", "id"])
