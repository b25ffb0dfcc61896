"""Contract of the lease: one holder, for as long as it lives."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.journal import open_journal
from bot.adapters.journal.lease import ServerLease, open_lease
from bot.ports.errors import ConfigError, JournalError
from bot.ports.lease import Fence

from .postgresql_server import PostgresqlServer
from .values import StillClock, event

ROOT = Path(__file__).parents[3]
HOLD = "import sys; from bot.adapters.journal.lease import open_lease; print(open_lease(sys.argv[1]).take(), flush=True); sys.stdin.read()"


def test_one_holds_it_at_a_time_and_the_next_when_it_was_given_back(url: str) -> None:
    first, second = open_lease(url), open_lease(url)
    assert first.take()
    assert first.take(), "who has it keeps it"
    assert first.is_held()
    assert not second.take()
    assert not second.is_held()

    first.release()

    assert second.take()
    assert not first.take()
    second.release()
    second.release()


def test_whoever_asks_whether_it_is_taken_takes_nothing(url: str) -> None:
    first, second = open_lease(url), open_lease(url)
    assert not second.is_taken()
    assert first.take()
    assert second.is_taken()
    assert first.is_taken()
    first.release()
    assert not second.is_taken()
    assert not second.is_held()


def test_it_ends_with_the_process_that_holds_it(url: str) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, url], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "True\n"
        lease = open_lease(url)
        assert not lease.take()
    finally:
        holder.kill()
        holder.communicate()

    while not lease.take():  # the server notices the end of the session in a moment; the test's own time limit ends it otherwise
        pass
    lease.release()


def test_a_file_that_was_replaced_is_no_lease(path: Path, url: str) -> None:
    lease = open_lease(url)
    assert lease.take()
    path.with_name(path.name + ".serving").unlink()
    assert not lease.is_held()
    lease.release()


def test_whoever_asks_for_a_lease_that_was_never_taken_makes_no_file_of_their_own(path: Path, url: str) -> None:
    assert not open_lease(url).is_taken()
    assert not path.parent.exists()


def test_a_file_system_without_locks_is_a_mistake_in_the_settings(path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_locks(_file: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", without_locks)
    lease = open_lease(url)
    for _ in range(2):
        with pytest.raises(
            ConfigError, match=r"journal\.db\.serving can't be locked \(No locks available\).* Put the journal on a local disk"
        ):
            lease.take()
    assert not lease.is_held()


@pytest.mark.parametrize("put_back", [False, True])
def test_a_journal_that_was_moved_away_under_the_daemon_is_not_ours_any_more(
    path: Path, url: str, clock: StillClock, put_back: bool
) -> None:
    lease = open_lease(url)
    assert lease.take()
    assert lease.is_held(), "there is no journal yet"
    journal = open_journal(url, clock)
    assert lease.is_held()

    path.rename(path.with_name("old.db"))
    if put_back:
        path.write_bytes(b"")
    assert not lease.is_held()
    lease.release()
    assert not lease.take()
    journal.close()

    fresh = open_lease(url)
    assert fresh.take(), "a daemon that is started anew begins with what is there"
    if put_back:
        path.unlink()
        assert not fresh.is_held()
    fresh.release()


def test_a_session_that_answers_and_has_no_lock_is_no_lease(server: PostgresqlServer, url: str) -> None:
    lease = open_lease(url)
    assert lease.take()
    assert lease.is_held()
    assert isinstance(lease, ServerLease)
    assert lease._session
    lease._session.exec_driver_sql("SELECT pg_advisory_unlock_all()")  # as a pooler does that lends it to somebody else
    assert not lease.is_held()
    lease.release()


def test_a_server_that_was_restarted_has_forgotten_it_and_one_that_is_away_says_so(server: PostgresqlServer, url: str) -> None:
    lease = open_lease(url)
    assert lease.take()
    server.stop()
    try:
        assert not lease.is_held()
        lease.release()
        with pytest.raises(JournalError, match="goes on by itself"):
            lease.take()
    finally:
        server.start()
    assert lease.take()
    lease.release()


def end_session_of_lease(server: PostgresqlServer, url: str) -> None:
    """End the session that holds the lease, and return when the server has forgotten it."""
    database = url.rsplit("/", 1)[1]
    assert server.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted", database)
    while held(server, url):
        pass


def held(server: PostgresqlServer, url: str) -> int:
    """Return how many advisory locks are held."""
    return len(server.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted", url.rsplit("/", 1)[1]))


def test_who_lost_the_lease_writes_nothing_from_that_moment_on(server: PostgresqlServer, url: str, clock: StillClock) -> None:
    lease, lost = open_lease(url), list[bool]()
    assert lease.token is not None
    assert lease.take()
    journal = open_journal(url, clock, fence=Fence(lease.token, lambda: lost.append(True)))
    with journal.begin() as tx:
        assert tx.audit.add(event()).seq == 1
        assert held(server, url) == 3, "the lease, its token, and the turn among all writers"
    assert lost == []

    end_session_of_lease(server, url)
    other = open_lease(url)
    assert other.take()
    for times in (1, 2):
        with pytest.raises(JournalError, match="the session that held the lease on it is gone"), journal.begin():
            pytest.fail("it was let in")
        assert len(lost) == times
    program = open_journal(url, clock)
    with program.begin() as tx:
        assert tx.audit.add(event()).seq == 2, "programs that need no lease write on"
    with journal.read() as tx:
        assert len(tx.audit.recent(5)) == 2
    program.close()

    other.release()
    lease.release()
    assert lease.take()
    with journal.begin() as tx:
        assert tx.audit.add(event()).seq == 3
    journal.close()
    lease.release()
