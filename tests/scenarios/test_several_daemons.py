"""Two daemons over one journal: one works, and the other takes over what a crash left, without doing anything twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.journal import open_journal
from bot.adapters.journal.lease import SERVING_LOCK
from bot.demo.processes import Started, start_daemon
from bot.testing import Workspace
from tests.adapters.journal import postgresql_server
from tests.adapters.journal.postgresql_server import PostgresqlServer

LONG_AGO = "2026-01-01T00:00:00+00:00"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, empty_workspace: Workspace) -> Iterator[str]:
    """Return the address of a journal that both daemons can reach."""
    if request.param == "sqlite":
        yield f"sqlite:///{empty_workspace.folder}/shared/journal.db"
        return
    if reason := postgresql_server.why_not():
        pytest.skip(reason)
    server = PostgresqlServer()
    server.start()
    try:
        yield server.new_database()
    finally:
        server.remove()


def test_the_second_stands_by_and_takes_over_what_the_first_had_begun(empty_workspace: Workspace, database: str) -> None:
    workspace, sandbox = empty_workspace, empty_workspace.sandbox
    workspace.start(DATABASE_URL=database)
    sandbox.wait_connected(2)
    folder = workspace.folder / "second"
    (folder / "state").mkdir(parents=True)
    beat = folder / "state" / "alive"
    beat.write_text(LONG_AGO)
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(start_daemon, folder, workspace.url, workspace.toml, {"DATABASE_URL": database})
        log = folder / "daemon.log"
        sandbox.wait_until(lambda: log.exists() and "standby.waits" in log.read_text(), what="the second to stand by")
        assert len(sandbox.connections()) == 2, "who stands by is not connected: Slack would hand it envelopes"

        sandbox.ann.types("/release checkout 1.5.0 staging")
        sandbox.wait_until(lambda: workspace.dispatches(), what="the dispatch")
        workspace.kill()

        second: Started = starting.result(40)
    try:
        sandbox.ann.waits_for("`v1.5.0` is live in *staging*", channel="C0OPS", timeout_s=40)
        assert len(workspace.dispatches()) == 1
        assert "standby.takes_over" in log.read_text()
        sandbox.wait_until(lambda: beat.read_text() != LONG_AGO, what="the second to say that it lives")
        journal = open_journal(database, SystemClock(), create=False)
        with journal.read() as tx:
            assert "daemon.was_away" not in [event.action for event in tx.audit.recent(50)], "one of them worked all the time"
        journal.close()
    finally:
        second.stop()


def test_a_daemon_whose_lease_another_one_has_taken_takes_in_nothing_more(empty_workspace: Workspace) -> None:
    if reason := postgresql_server.why_not():
        pytest.skip(reason)
    workspace, sandbox, server = empty_workspace, empty_workspace.sandbox, PostgresqlServer()
    server.start()
    try:
        url = server.new_database()
        workspace.start(DATABASE_URL=url)
        sandbox.wait_connected(2)
        database = url.rsplit("/", 1)[1]
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as other, ThreadPoolExecutor(1) as pool:
            taken = pool.submit(other.execute, "SELECT pg_advisory_lock(%s)", (SERVING_LOCK,))
            while not server.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted", database):
                pass
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted", database)
            taken.result(20)

            answer = sandbox.ann.types("/release checkout 1.5.0 staging")

            assert not answer.get("ok"), "who has taken over would never see it"
            assert workspace.daemon
            assert workspace.daemon.process.wait(30) == 1
            assert server.execute("SELECT count(*) FROM operations", database) == [(0,)]
        assert "standby.lost" in workspace.log()
    finally:
        server.remove()
