"""How a journal stands, looked at without changing it: no tables are made, and none are brought up to date."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from bot.adapters.journal.schema import HEAD
from bot.ports.errors import JournalError


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the journal is, and of which version its tables are. `schema` None: there are none yet."""

    where: str
    schema: str | None
    newest: str = HEAD


def standing(url: str) -> Standing:
    """Look at the database of an address.

    Raises:
        JournalError: it can't be reached, or holds other tables than ours.
    """
    try:
        address = make_url(url)
        where = address.render_as_string(hide_password=True)
        file = Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None
        if file and not file.exists():
            return Standing(str(file), None)
        engine = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true" if file else address)
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
