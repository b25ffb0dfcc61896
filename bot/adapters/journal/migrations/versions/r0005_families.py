"""Add the families of kinds of log lines: rules that are only ever added."""

import sqlalchemy as sa
from alembic import op

from bot.adapters.journal.columns import Number, UtcTime

revision = "0005"
down_revision = "0006_sources"


def upgrade() -> None:
    op.create_table(
        "families",
        sa.Column("id", Number, primary_key=True),
        sa.Column("watch", sa.Text, nullable=False),
        sa.Column("family", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("made_at", UtcTime, nullable=False),
    )
    op.create_index("families_watch", "families", ["watch", "family"], unique=True)
