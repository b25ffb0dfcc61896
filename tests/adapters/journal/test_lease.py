"""Contract of the lease: one holder, for as long as it lives."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.journal.lease import open_lease
from bot.ports.errors import JournalError

from .postgresql_server import PostgresqlServer

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
