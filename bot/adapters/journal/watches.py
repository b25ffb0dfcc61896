"""Watches: where each log stream goes on, what each window held, which kinds of lines are known."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.adapters.journal import documents
from bot.adapters.journal.tables import checkpoints, fingerprints, windows
from bot.core.alerts import Window
from bot.ports.clock import Clock
from bot.ports.logs import Checkpoint

_CHECKPOINTS = select(checkpoints.c.document).where(checkpoints.c.watch == bindparam("known_watch"))
_MOVE_CHECKPOINT = (
    update(checkpoints)
    .where(checkpoints.c.watch == bindparam("known_watch"), checkpoints.c.stream == bindparam("known_stream"))
    .values(document=bindparam("new_document"), updated_at=bindparam("at"))
)
_ADD_CHECKPOINT = insert(checkpoints)
_ADD_WINDOW = insert(windows)
_LAST_WINDOW = select(windows.c.document).where(windows.c.watch == bindparam("known_watch")).order_by(windows.c.id.desc()).limit(1)
_COUNT_FINGERPRINT = (
    update(fingerprints)
    .where(fingerprints.c.watch == bindparam("known_watch"), fingerprints.c.fingerprint == bindparam("known_fingerprint"))
    .values(count=fingerprints.c.count + bindparam("more"), last_seen_at=bindparam("at"))
)
_ADD_FINGERPRINT = insert(fingerprints)


class SqlWatches:
    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def checkpoints(self, watch: str) -> dict[str, Checkpoint]:
        """Return where each stream of a watch goes on: stream → checkpoint."""
        found = [documents.read(Checkpoint, text) for text in self._connection.execute(_CHECKPOINTS, {"known_watch": watch}).scalars()]
        return {checkpoint.stream: checkpoint for checkpoint in found}

    def save_checkpoint(self, watch: str, checkpoint: Checkpoint) -> None:
        """Note where a stream goes on."""
        stream, document, at = documents.storable(checkpoint.stream), documents.write(checkpoint), self._clock.now()
        moved = {"known_watch": watch, "known_stream": stream, "new_document": document, "at": at}
        if not self._connection.execute(_MOVE_CHECKPOINT, moved).rowcount:
            self._connection.execute(_ADD_CHECKPOINT, {"watch": watch, "stream": stream, "document": document, "updated_at": at})

    def add_window(self, window: Window) -> None:
        """Write down what a watch read in one tick."""
        values = {"watch": window.watch, "began_at": window.began_at, "ended_at": window.ended_at, "document": documents.write(window)}
        self._connection.execute(_ADD_WINDOW, values)

    def last_window(self, watch: str) -> Window | None:
        """Return the window of a watch that was written last."""
        text = self._connection.execute(_LAST_WINDOW, {"known_watch": watch}).scalar()
        return None if text is None else documents.read(Window, text)

    def see_fingerprint(self, watch: str, fingerprint: str, template: str, count: int, at: datetime) -> bool:
        """Count a fingerprint; True when this watch saw it for the first time."""
        seen = {"known_watch": watch, "known_fingerprint": fingerprint, "more": count, "at": at}
        if self._connection.execute(_COUNT_FINGERPRINT, seen).rowcount:
            return False
        values = {
            "watch": watch,
            "fingerprint": fingerprint,
            "template": documents.storable(template),
            "count": count,
            "first_seen_at": at,
            "last_seen_at": at,
        }
        self._connection.execute(_ADD_FINGERPRINT, values)
        return True
