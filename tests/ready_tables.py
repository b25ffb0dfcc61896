"""Gives a new SQLite journal its tables at once: those that the migrations made, once for each process of the tests. Thousands of them begin with a new one."""

from functools import cache

from sqlalchemy import Connection, create_engine

from bot.adapters.journal import schema

from_the_first = schema._migrate


def install() -> None:
    """Let every new journal of this process begin so; one that is there already is migrated as ever."""
    schema._migrate = _made_ready


def _made_ready(connection: Connection, found: str | None, where: str) -> None:
    if found is not None or connection.dialect.name != "sqlite":
        from_the_first(connection, found, where)
        return
    for statement in _statements():
        connection.exec_driver_sql(statement)


@cache
def _statements() -> tuple[str, ...]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        from_the_first(connection, None, "of the tests")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        return tuple(line for line in driver.iterdump() if line not in ("BEGIN TRANSACTION;", "COMMIT;"))
