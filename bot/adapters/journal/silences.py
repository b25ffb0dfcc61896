"""Silences: each that is wanted in Alertmanager, or has still to be ended there."""

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.adapters.journal import documents
from bot.adapters.journal.tables import silences
from bot.core.alertmanager import Silence

_ADD = insert(silences)
_SAVE = update(silences).where(silences.c.marker == bindparam("known_marker")).values(document=bindparam("new_document"))
_ALL = select(silences.c.document).order_by(silences.c.marker)
_OF = _ALL.where(silences.c.alert == bindparam("known_alert"))
_REMOVE = delete(silences).where(silences.c.marker == bindparam("known_marker"))


class SqlSilences:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, silence: Silence) -> None:
        """Write a silence down, or how it stands now."""
        document = documents.write(silence)
        if not self._connection.execute(_SAVE, {"known_marker": silence.marker, "new_document": document}).rowcount:
            self._connection.execute(_ADD, {"marker": silence.marker, "alert": silence.alert, "document": document})

    def of(self, alert: str) -> list[Silence]:
        """Return the silences of an alert, wanted or not yet ended."""
        return [documents.read(Silence, text) for text in self._connection.execute(_OF, {"known_alert": alert}).scalars()]

    def all(self) -> list[Silence]:
        """Return every silence that is wanted, or not yet ended."""
        return [documents.read(Silence, text) for text in self._connection.execute(_ALL).scalars()]

    def remove(self, marker: str) -> None:
        """Forget a silence that has ended."""
        self._connection.execute(_REMOVE, {"known_marker": marker})
