"""Bring a journal's tables to what this program knows, and refuse those of a newer one."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from bot.ports.errors import JournalError

# The newest migration (a test compares); a journal that has it needs no look at the migrations, which saves time at each start.
HEAD = "0013"

_MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(writer: Engine, where: str) -> None:
    """Run the migrations that the database lacks, all in one transaction.

    Raises:
        JournalError: the tables are a newer program's, or not ours.
    """
    with writer.begin() as connection:
        found = _version(connection, where)
        if found != HEAD:
            _migrate(connection, found, where)


def check_up_to_date(reader: Engine, where: str) -> None:
    """See that the tables are those that this program knows, and change nothing.

    Raises:
        JournalError: they are an older program's, a newer one's, or not ours.
    """
    with reader.begin() as connection:
        found = _version(connection, where)
    if found == HEAD:
        return
    if found is not None and found not in known_versions():
        raise _newer(found, where)
    raise JournalError(
        f"The journal ({where}) was written by an older chatopsd: its schema is {found or 'empty'}, this program's {HEAD}. "
        "The daemon brings it up to date when it is started; what runs beside the daemon changes nothing under it."
    )


def _version(connection: Connection, where: str) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise JournalError(
            f"The journal ({where}) can't be used: the database holds another program's tables. DATABASE_URL must name the journal's own."
        )
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def known_versions() -> set[str]:
    """Return every version of the tables that this program knows."""
    # Imported here and below: a start that has nothing to migrate does not wait for it.
    from alembic.script import ScriptDirectory

    return {revision.revision for revision in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}


def _newer(found: str, where: str) -> JournalError:
    return JournalError(
        f"The journal ({where}) was written by a newer chatopsd: its schema is {found}, this program knows up to {HEAD}. "
        "Start the newer program, or restore a backup from before the upgrade."
    )


def _migrate(connection: Connection, found: str | None, where: str) -> None:
    from alembic import command
    from alembic.config import Config

    if found is not None and found not in known_versions():
        raise _newer(found, where)
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
