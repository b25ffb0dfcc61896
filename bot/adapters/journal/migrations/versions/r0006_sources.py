"""Add the silences that are wanted in Alertmanager. What each column is stands in tables.py."""

import sqlalchemy as sa
from alembic import op

revision = "0006_sources"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "silences",
        sa.Column("marker", sa.Text, primary_key=True),
        sa.Column("alert", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
