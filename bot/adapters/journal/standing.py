"""How a journal stands, looked at without changing it: no tables are made, and none are brought up to date."""

import sqlite3
from dataclasses import dataclass

from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from bot.adapters.journal.schema import HEAD, known_versions
from bot.adapters.journal.sqlite_file import file_of
from bot.ports.errors import JournalError


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the journal is, and of which version its tables are. `schema` None: there are none yet."""

    where: str
    schema: str | None
    newest: str = HEAD

    @property
    def is_newer(self) -> bool:
        """Whether a program newer than this one made the tables."""
        return self.schema is not None and self.schema != self.newest and self.schema not in known_versions()


def standing(url: str) -> Standing:
    """Look at the database of an address.

    Raises:
        ConfigError: the address can't be used.
        JournalError: it can't be reached, or holds other tables than ours.
    """
    try:
        address = make_url(url)
        where = address.render_as_string(hide_password=True)
        file = file_of(address).absolute() if address.get_backend_name() == "sqlite" and address.database else None
        if file and not file.exists():
            return Standing(str(file), None)
        engine = (
            create_engine("sqlite://", creator=lambda: sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True))
            if file
            else create_engine(address)
        )
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise JournalError(f"DATABASE_URL can't be used ({type(error).__name__}): {error}") from error
    try:
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
            if not tables:
                return Standing(where, None)
            if "alembic_version" not in tables:
                raise JournalError(f"{where} holds another program's tables.")
            return Standing(str(file or where), connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    except SQLAlchemyError as error:
        raise JournalError(f"{where} can't be read: {str(error.__cause__ or error).splitlines()[0]}") from error
    finally:
        engine.dispose()
