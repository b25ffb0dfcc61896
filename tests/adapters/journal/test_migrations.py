"""The migrations lead to just the tables that the program works with."""

import re
import sqlite3
from pathlib import Path

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql import ClauseElement

from bot.adapters.journal import (
    SqlJournal,
    alerts,
    audit,
    inbox,
    locks,
    open_journal,
    operations,
    outbox,
    plugins,
    schema,
    tables,
    watches,
    words,
)
from bot.core.alerts import AlertState
from bot.core.operations import OperationState

from .postgresql_server import PostgresqlServer
from .values import StillClock, envelope, see

FIRST = Path(__file__).with_name("first.sql")


def shape(path: Path) -> dict[str, str]:
    """Return how each table and index was created, without its layout."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version'").fetchall()
    connection.close()
    return {name: re.sub(r"\w+\.|\s+", "", sql.replace("<>", "!=")) for name, sql in rows}


def test_nothing_is_left_for_another_migration(journal: SqlJournal) -> None:
    with journal._database.reader.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, tables.metadata) == []


def test_tables_and_partial_indexes_are_the_same_to_the_word(journal: SqlJournal, path: Path, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/direct.db")
    tables.metadata.create_all(engine)
    engine.dispose()
    assert shape(path) == shape(tmp_path / "direct.db")


def test_the_program_knows_which_migration_is_the_newest() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_tables_and_statements_can_be_said_in_postgresqls_words_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in tables.metadata.sorted_tables:
        assert CreateTable(table).compile(dialect=dialect).string
        for index in table.indexes:
            assert CreateIndex(index).compile(dialect=dialect).string
    said = [
        statement.compile(dialect=dialect).string
        for module in (alerts, audit, inbox, locks, operations, outbox, plugins, watches, words)
        for statement in vars(module).values()
        if isinstance(statement, ClauseElement)
    ]
    assert len(said) > 40
    assert "BIGSERIAL" in CreateTable(tables.inbox).compile(dialect=dialect).string


def test_a_journal_of_the_first_schema_goes_on_where_it_was(url: str, path: Path, clock: StillClock) -> None:
    path.parent.mkdir(parents=True)
    database = sqlite3.connect(path)
    database.executescript(FIRST.read_text())
    database.close()
    goes_on(url, clock)


def test_a_journal_of_the_first_schema_goes_on_where_it_was_on_a_server_too(server: PostgresqlServer, clock: StillClock) -> None:
    url = server.new_database()
    make_first_tables(url)
    fill(url)
    goes_on(url, clock)


def make_first_tables(url: str) -> None:
    """Run the first migration alone."""
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
        config.set_main_option("path_separator", "os")
        command.upgrade(config, "0001")
    engine.dispose()


def fill(url: str) -> None:
    """Write the rows of the first journal into a server's tables, and let its counters go on behind them."""
    first = sqlite3.connect(":memory:")
    first.executescript(FIRST.read_text())
    names = [name for (name,) in first.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'")]
    with psycopg.connect(url.replace("+psycopg", "")) as server:
        for name in names:
            rows = first.execute(f"SELECT * FROM {name}")  # noqa: S608 - a name out of our own file
            columns = [column[0] for column in rows.description]
            into = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(name), sql.SQL(",").join(map(sql.Identifier, columns)), sql.SQL(",").join([sql.Placeholder()] * len(columns))
            )
            server.cursor().executemany(into, rows.fetchall())
            counted = [c for c in columns if server.execute("SELECT pg_get_serial_sequence(%s, %s)", (name, c)).fetchone() != (None,)]
            for column in counted:
                behind = "SELECT setval(pg_get_serial_sequence({}, {}), max({})) FROM {}"
                server.execute(
                    sql.SQL(behind).format(sql.Literal(name), sql.Literal(column), sql.Identifier(column), sql.Identifier(name))  # type: ignore[arg-type]
                )
    first.close()


def goes_on(url: str, clock: StillClock) -> None:
    """See that what the program of the first schema wrote is there: a release, and an alert that is open."""
    journal = open_journal(url, clock)
    try:
        with journal.begin() as tx:
            (operation,) = tx.operations.recent(5)
            assert (operation.version, operation.state) == ("v1.5.0", OperationState.SUCCEEDED)
            assert tx.operations.last_succeeded("checkout", "staging") == operation
            assert tx.outbox.posted(f"operation:{operation.id}") is not None
            alert = tx.alerts.open_of("watch:checkout-api")
            assert alert is not None, "its watch goes on with it"
            assert (alert.id, alert.state, alert.title) == ("A1", AlertState.FIRING, "checkout-api")
            tx.alerts.save(alert.resolve(clock.now(), reason="over"))
            assert tx.alerts.open_of("watch:checkout-api") is None
            assert tx.alerts.next_id() == "A2"
            assert set(tx.watches.checkpoints("checkout-api")) == {"(started)", "/var/log/checkout/checkout.log"}
            assert not see(tx, "checkout-api", "f1-3da90f1bafa8", "payment <*> failed", 1, clock.now())
            assert tx.inbox.receive(envelope("new"), "U1") is not None
            assert tx.audit.verify() is None
        assert journal.examine() == []
    finally:
        journal.close()
