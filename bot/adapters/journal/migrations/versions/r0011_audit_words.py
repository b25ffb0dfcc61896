"""Keep what people write in audit events beside the chain, so that it can be erased."""

import sqlalchemy as sa
from alembic import op

from bot.adapters.journal.columns import Number

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "audit_words",
        sa.Column("seq", Number, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("audit_words_person", "audit_words", ["person"])
