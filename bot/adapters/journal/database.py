"""What the journal needs of a database, so that each kind of database is one file beside this one."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine

if TYPE_CHECKING:
    from bot.adapters.journal.at_once import AtOnce


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
    keeps_writer: bool = False  # its one writing connection stays open between transactions
    at_once: "AtOnce | None" = None  # writes envelopes down without waiting; None where every write is a round trip to a server

    def dispose(self) -> None:
        """Close every connection."""
        if self.at_once:
            self.at_once.close()
        self.reader.dispose()
        self.writer.dispose()
