"""Room for what plugins store, and for whether they are switched on."""

import sqlalchemy as sa
from alembic import op

from bot.adapters.journal.columns import UtcTime

revision = "0009"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "plugin_switches",
        sa.Column("plugin", sa.Text, primary_key=True),
        sa.Column("is_on", sa.Integer, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_table(
        "plugin_storage",
        sa.Column("plugin", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
    )
