"""What the journal needs of a database, so that each kind of database is one file beside this one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Database:
    """Two ways into one database."""

    writer: Engine  # a transaction begun here excludes every other writer, of other processes too, until it ends
    reader: Engine  # a transaction begun here sees one moment and can't write
    where: str  # the database, for people: no password in it
    settle: Callable[[Engine], None]  # done with the writer before the journal is closed
    glance: Callable[[Engine], list[str]]  # looks, with the reader, for damage where it would hurt most, in a moment; what it found
    examine: Callable[[Engine], list[str]]  # looks everywhere, however long it takes
    copy: Callable[[Engine, Path], None]  # writes a copy of one moment into a new file, while others write
    keeps_writer: bool = False
    """SQLite: its one writing connection stays open between transactions, and a statement is no round trip to a server, so that it goes the short way."""

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()
