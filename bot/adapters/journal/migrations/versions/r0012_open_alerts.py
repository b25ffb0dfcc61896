"""Say of the alerts that are open what they are about, which older programs did not: their watch goes on with them, instead of opening another one."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0005"


def upgrade() -> None:
    connection = op.get_bind()
    occupied = set(connection.execute(sa.text("SELECT problem FROM problems")).scalars())
    # The newest first: of several that an older program left open, it is the one that goes on.
    for row in connection.execute(sa.text("SELECT id, document FROM alerts WHERE state != 'resolved' ORDER BY seq DESC")).all():
        document = json.loads(row.document)
        watch = document.get("watch") or ""
        problem = f"watch:{watch}"
        if not watch or (document.get("origin") or {}).get("key") or problem in occupied:
            continue
        occupied.add(problem)
        document["origin"] = {"kind": "watch", "key": watch}
        connection.execute(
            sa.text("UPDATE alerts SET document = :document WHERE id = :id"),
            {"id": row.id, "document": json.dumps(document)},
        )
        connection.execute(
            sa.text("INSERT INTO problems (problem, alert) VALUES (:problem, :alert)"), {"problem": problem, "alert": row.id}
        )
