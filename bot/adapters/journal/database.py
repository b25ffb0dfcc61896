"""What the journal needs of a database, so that each kind of database is one file beside this one."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Database:
    """Two ways into one database."""

    writer: Engine  # a transaction begun here excludes every other writer until it ends
    reader: Engine  # a transaction begun here sees one moment and can't write
    where: str  # the database, for people: no password in it
    settle: Callable[[Engine], None]  # done with the writer before the journal is closed

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self.writer.dispose()
