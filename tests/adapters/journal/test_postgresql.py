"""The journal on a PostgreSQL server: what is different there from a file."""

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from bot.adapters.journal import SqlJournal, open_journal, postgresql, tables
from bot.ports.errors import ConfigError, JournalError

from .postgresql_server import PostgresqlServer
from .values import NOON, StillClock, envelope, event

ROOT = Path(__file__).parents[3]


def one(journal: SqlJournal, statement: str, writes: bool = True) -> object:
    engine = journal._database.writer if writes else journal._database.reader
    with engine.begin() as connection:
        return connection.exec_driver_sql(statement).scalar()


def test_every_session_is_set_up_for_durable_work(server: PostgresqlServer, journal: SqlJournal) -> None:
    assert one(journal, "SHOW synchronous_commit") == "on"
    assert one(journal, "SHOW transaction_isolation") == "read committed"
    assert one(journal, "SHOW transaction_read_only") == "off"
    assert one(journal, "SHOW idle_in_transaction_session_timeout") == "1min"
    assert one(journal, "SHOW transaction_isolation", writes=False) == "repeatable read"
    assert one(journal, "SHOW transaction_read_only", writes=False) == "on"
    assert one(journal, "SHOW application_name") == "chatopsd"


def test_a_server_that_is_restarted_is_told_and_forgotten_when_it_is_back(server: PostgresqlServer, journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.audit.add(event())
    with journal.read() as reading:
        assert len(reading.audit.recent(10)) == 1

    server.stop()
    for _ in range(2):
        with (
            pytest.raises(JournalError, match=r"PostgreSQL, .* at 127\.0\.0\.1:.*goes on by itself when the server is back"),
            journal.begin(),
        ):
            pass
        with pytest.raises(JournalError, match="goes on by itself"), journal.read() as reading:
            reading.audit.recent(1)

    server.start()
    with journal.begin() as tx:
        assert tx.audit.add(event()).seq == 2
    with journal.read() as reading:
        assert len(reading.audit.recent(10)) == 2
        assert reading.audit.verify() is None


def test_a_restart_between_two_transactions_is_not_noticed(server: PostgresqlServer, journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.audit.add(event())
    server.stop()
    server.start()
    with journal.begin() as tx:
        assert tx.audit.add(event()).seq == 2
    with journal.read() as reading:
        assert reading.audit.recent(1)[0].seq == 2


def test_a_restart_in_the_middle_of_a_transaction_undoes_all_of_it(server: PostgresqlServer, journal: SqlJournal) -> None:
    def write() -> None:
        with journal.begin() as tx:
            tx.audit.add(event())
            server.stop()
            server.start()
            tx.inbox.receive(envelope("k1"), "U1")

    with pytest.raises(JournalError, match="goes on by itself"):
        write()
    with journal.begin() as tx:
        assert tx.audit.add(event()).seq == 1
        assert tx.inbox.unfinished() == []


def test_a_writer_waits_for_those_of_other_daemons(server: PostgresqlServer, journal: SqlJournal, url: str, clock: StillClock) -> None:
    other = open_journal(url, clock)

    def write() -> int:
        with other.begin() as tx:
            return tx.audit.add(event()).seq

    with ThreadPoolExecutor(1) as pool:
        with journal.begin() as tx:
            written = pool.submit(write)
            with pytest.raises(TimeoutError):
                written.result(timeout=0.3)
            assert tx.audit.add(event()).seq == 1
        assert written.result() == 2
    other.close()


def test_a_daemon_that_holds_the_journal_for_too_long_is_told(
    server: PostgresqlServer, journal: SqlJournal, url: str, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "SET_UP", postgresql.SET_UP.replace("'5s'", "'50ms'"))
    with journal.begin():
        with pytest.raises(JournalError, match="another daemon holds it locked"):
            open_journal(url, clock)


def test_a_deadlock_with_somebody_else_undoes_the_transaction_and_the_next_one_goes_on(
    server: PostgresqlServer, journal: SqlJournal, url: str
) -> None:
    with journal.begin() as tx:
        entry = tx.inbox.receive(envelope("k1"), "lane")
        assert entry is not None
    stranger = create_engine(url)

    def wait_for_ours(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE inbox SET lane = 'theirs'")
        connection.commit()

    with ThreadPoolExecutor(1) as pool, stranger.connect() as theirs, stranger.connect() as watching:
        theirs.exec_driver_sql("LOCK TABLE plugin_switches IN ACCESS EXCLUSIVE MODE")
        theirs.exec_driver_sql("SET LOCAL deadlock_timeout = '60s'")  # so that it is ours that the server ends
        updates: list[Future[None]] = []

        def cross() -> None:
            with journal.begin() as tx:
                tx.inbox.finish(entry.id, NOON)
                updates.append(pool.submit(wait_for_ours, theirs))
                while not watching.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar():
                    watching.rollback()
                tx.plugins.switches()

        with pytest.raises(JournalError, match="nothing of it was written"):
            cross()
        updates[0].result()
    stranger.dispose()
    with journal.begin() as tx:
        assert [(left.id, left.lane) for left in tx.inbox.unfinished()] == [(entry.id, "theirs")]


def test_several_daemons_write_at_once_and_the_chain_stays_one(server: PostgresqlServer, url: str, clock: StillClock) -> None:
    open_journal(url, clock).close()
    command = [sys.executable, str(Path(__file__).with_name("endless_writer.py")), url]
    daemons = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) for _ in range(3)]
    said: set[str] = set()
    for daemon in daemons:
        assert daemon.stdout is not None
        said |= {daemon.stdout.readline().strip() for _ in range(30)}
    for daemon in daemons:
        daemon.kill()
        daemon.communicate()

    journal = open_journal(url, clock)
    with journal.begin() as tx:
        events = tx.audit.recent(100_000)
        assert tx.audit.verify() is None
    assert said <= {each.subject for each in events}
    assert [each.seq for each in events] == list(range(len(events), 0, -1))
    journal.close()


def test_one_of_several_daemons_that_get_an_envelope_takes_it(
    server: PostgresqlServer, journal: SqlJournal, url: str, clock: StillClock
) -> None:
    journals = [journal, *(open_journal(url, clock) for _ in range(3))]

    def receive(mine: SqlJournal) -> int:
        taken = 0
        for number in range(25):
            with mine.begin() as tx:
                taken += tx.inbox.receive(envelope(f"k{number}"), "U1") is not None
        return taken

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(receive, journals)) == 25
    for mine in journals[1:]:
        mine.close()


def test_daemons_that_open_a_new_journal_at_once_all_get_it(server: PostgresqlServer, clock: StillClock) -> None:
    fresh = server.new_database()
    with ThreadPoolExecutor(3) as pool:
        for journal in pool.map(lambda _: open_journal(fresh, clock), range(3)):
            with journal.begin() as tx:
                tx.audit.add(event())
            journal.close()


def shape(server: PostgresqlServer, database: str) -> tuple[object, ...]:
    """Return what every column and index of a database is."""
    columns = "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes"
    own = "WHERE {} = 'public' AND {} != 'alembic_version' ORDER BY 1, 2"
    return (
        server.execute(f"{columns} {own.format('table_schema', 'table_name')}", database),
        server.execute(f"{indexes} {own.format('schemaname', 'tablename')}", database),
    )


def test_migrations_lead_to_the_tables_of_the_program(server: PostgresqlServer, clock: StillClock) -> None:
    migrated, direct = server.new_database(), server.new_database()
    open_journal(migrated, clock).close()
    for table in tables.metadata.sorted_tables:  # what is partial in SQLite is partial there: see tables.py for why it is not said twice
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
    engine = create_engine(direct)
    tables.metadata.create_all(engine)
    engine.dispose()

    found = shape(server, migrated.rsplit("/", 1)[1])
    assert len(found) == 2
    assert found == shape(server, direct.rsplit("/", 1)[1])


def test_another_programs_database_is_left_alone(server: PostgresqlServer, clock: StillClock) -> None:
    taken = server.new_database()
    server.execute("CREATE TABLE recipes (name text)", taken.rsplit("/", 1)[1])
    with pytest.raises(JournalError, match="another program's tables"):
        open_journal(taken, clock)


def test_a_database_of_another_encoding_is_a_mistake_in_the_settings(server: PostgresqlServer, clock: StillClock) -> None:
    latin = server.new_database("TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(ConfigError, match=r"kept in LATIN1\. Create one with ENCODING 'UTF8'"):
        open_journal(latin, clock)


def test_who_is_not_let_in_is_told_why_and_no_password(server: PostgresqlServer, clock: StillClock) -> None:
    addresses = {
        server.url("postgres", password="hunter22"): "password authentication failed",
        server.url("nowhere"): 'database "nowhere" does not exist',
        "postgresql+psycopg://ann:hunter22@127.0.0.1:1/journal": "refused",
    }
    for address, told in addresses.items():
        with pytest.raises(JournalError, match=f"can't be reached, or does not let us in.*{told}") as caught:
            open_journal(address, clock)
        assert "hunter22" not in str(caught.value)


def test_a_postgresql_url_without_a_driver_is_served_by_ours(server: PostgresqlServer, url: str, clock: StillClock) -> None:
    open_journal(url.replace("+psycopg", ""), clock).close()


def test_a_missing_driver_is_a_mistake_in_the_settings(clock: StillClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"run install\.sh again, .* pip install --constraint constraints\.txt '\.\[postgres\]'"):
        open_journal("postgresql+psycopg://ann@127.0.0.1:1/journal", clock)


def test_the_server_has_a_program_for_backups(server: PostgresqlServer, journal: SqlJournal, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pg_dump"):
        journal.back_up(tmp_path / "copy")
    assert journal.examine() == []
