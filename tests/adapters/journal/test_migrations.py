"""The migrations lead to just the tables that the program works with."""

import re
import sqlite3
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
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

from .values import StillClock, see


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
    """`first.sql` is what the program of the first schema wrote: a release, and an alert that is open."""
    path.parent.mkdir(parents=True)
    database = sqlite3.connect(path)
    database.executescript((Path(__file__).parent / "first.sql").read_text())
    database.close()

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
            assert set(tx.watches.checkpoints("checkout-api")) == {"(started)", "/var/log/checkout/checkout.log"}
            assert not see(tx, "checkout-api", "f1-3da90f1bafa8", "payment <*> failed", 1, clock.now())
            assert tx.audit.verify() is None
        assert journal.examine() == []
    finally:
        journal.close()
