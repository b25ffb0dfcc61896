"""The daemon's journal as an outsider reads it: plain SQL on the file, while the daemon runs."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.adapters.clock import SystemClock
from bot.adapters.journal import open_journal

Json = dict[str, Any]

NEWEST = (
    "SELECT coalesce(max(id), 0) FROM inbox",
    "SELECT coalesce(max(seq), 0) FROM operations",
    "SELECT coalesce(max(id), 0) FROM outbox",
    "SELECT coalesce(max(seq), 0) FROM alerts",
    "SELECT coalesce(max(id), 0) FROM windows",
)
"""In the order of `Mark`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the tables were when a point began: what comes after is the point's."""

    inbox: int = 0
    operations: int = 0
    outbox: int = 0
    alerts: int = 0
    windows: int = 0


class JournalFile:
    """A journal's file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mark(self) -> Mark:
        if not self.path.exists():
            return Mark()
        with self._reading() as db:
            return Mark(*(int(db.execute(query).fetchone()[0]) for query in NEWEST))

    def unfinished(self, since: Mark) -> list[Json]:
        """Return the envelopes whose handling has not ended; ticks come and go and are no matter."""
        with self._reading() as db:
            rows = db.execute("SELECT id, state, envelope FROM inbox WHERE id > ? AND finished_at IS NULL", (since.inbox,))
            found = [{"id": row[0], "state": row[1], **json.loads(row[2])} for row in rows]
        return [entry for entry in found if entry["kind"] != "tick"]

    def operations(self, since: Mark) -> list[Json]:
        """Return the operations, oldest first, each with its `request_key`."""
        with self._reading() as db:
            rows = db.execute("SELECT request_key, document FROM operations WHERE seq > ? ORDER BY seq", (since.operations,))
            return [{"request_key": row[0], **json.loads(row[1])} for row in rows]

    def outbox(self, since: Mark) -> list[Json]:
        """Return the rows of the outbox, oldest first."""
        names = ("state", "story", "ended_at", "error", "message")
        with self._reading() as db:
            rows = db.execute("SELECT state, story, ended_at, error, message FROM outbox WHERE id > ? ORDER BY id", (since.outbox,))
            found = [dict(zip(names, row, strict=True)) for row in rows]
        return [{**row, "text": json.loads(row["message"])["text"]} for row in found]

    def alerts(self, since: Mark) -> list[Json]:
        with self._reading() as db:
            rows = db.execute("SELECT document FROM alerts WHERE seq > ? ORDER BY seq", (since.alerts,))
            return [json.loads(row[0]) for row in rows]

    def windows(self, since: Mark) -> list[Json]:
        with self._reading() as db:
            rows = db.execute("SELECT document FROM windows WHERE id > ? ORDER BY id", (since.windows,))
            return [json.loads(row[0]) for row in rows]

    def break_of_chain(self) -> object:
        """Return where the audit chain is broken; None when it holds."""
        journal = open_journal(f"sqlite:///{self.path}", SystemClock())
        try:
            with journal.read() as tx:
                return tx.audit.verify()
        finally:
            journal.close()

    def age(self, operation_id: str, by: timedelta) -> None:
        """Let an operation's dispatch be so much longer ago: nobody has to wait five minutes for a search to end."""
        with closing(sqlite3.connect(self.path, timeout=10, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            document = json.loads(db.execute("SELECT document FROM operations WHERE id = ?", (operation_id,)).fetchone()[0])
            for name in ("dispatched_at", "requested_at"):
                if document[name]:
                    document[name] = (datetime.fromisoformat(document[name]) - by).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            db.execute("UPDATE operations SET document = ? WHERE id = ?", (json.dumps(document, separators=(",", ":")), operation_id))
            db.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)) as db:
            yield db
