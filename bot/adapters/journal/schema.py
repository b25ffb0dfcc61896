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


def _version(connection: Connection, where: str) -> str | None:
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise JournalError(
            f"The journal ({where}) can't be used: the database holds another program's tables. DATABASE_URL must name the journal's own."
        )
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection, found: str | None, where: str) -> None:
    # Imported here: a start that has nothing to migrate does not wait for it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise JournalError(
            f"The journal ({where}) was written by a newer chatopsd: its schema is {found}, this program knows up to {HEAD}. "
            "Start the newer program, or restore a backup from before the upgrade."
        )
    command.upgrade(config, "head")
