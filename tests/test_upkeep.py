"""What an operator does with the journal from the command line, and what the exit code says."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.__main__ import FAILED, OK, WRONG_SETTINGS, main
from bot.adapters.clock import SystemClock
from bot.adapters.journal import SqlJournal, open_journal
from bot.adapters.journal.lease import open_lease
from bot.adapters.journal.schema import HEAD
from bot.ports.journal import AuditEvent

OLD = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a place with settings that are fine, and return where its journal is."""
    (tmp_path / "chatops.toml").write_text('[chatops]\nchannel = "C0OPS"\nplugins = ["release"]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1234-abcdef")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1-A0-abcdef")
    monkeypatch.setenv("GITHUB_TOKEN", "plain-github-token")
    for name in ("CHATOPS_CONFIG", "CHATOPS_STATE_DIR", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/journal.db")
    return tmp_path / "journal.db"


def opened(path: Path) -> SqlJournal:
    return open_journal(f"sqlite:///{path}", SystemClock())


def write(path: Path, count: int) -> str:
    """Write events and return the last one's hash."""
    journal = opened(path)
    with journal.begin() as tx:
        hashes = [tx.audit.add(AuditEvent(OLD, "U0ANN", "operation.requested", f"operation:{number}")).hash for number in range(count)]
    journal.close()
    return hashes[-1]


def tamper(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_chain_that_holds_is_told_with_its_head(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = write(path, 3)
    assert main(["audit", "verify"]) == OK
    assert capsys.readouterr().out == f"The audit chain holds up to its last event, 3. Its hash, for --against: {head}\n"


def test_the_first_broken_event_is_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(path, 5)
    tamper(path, "UPDATE audit_events SET actor = 'U0EVE' WHERE seq = 3")
    assert main(["audit", "verify"]) == FAILED
    assert capsys.readouterr().err == "The audit chain is broken at event 3: it was changed.\n"

    tamper(path, "DELETE FROM audit_events WHERE seq = 2")
    assert main(["audit", "verify"]) == FAILED
    assert "broken at event 3: it was changed" in capsys.readouterr().err
    tamper(path, "DELETE FROM audit_events WHERE seq = 3")
    assert main(["audit", "verify"]) == FAILED
    assert "broken at event 4: what stood before it was changed or removed" in capsys.readouterr().err


def test_bytes_that_are_no_text_are_named_too(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(path, 5)
    tamper(path, "UPDATE audit_events SET subject = CAST(x'ff00' AS TEXT) WHERE seq = 2")
    assert main(["audit", "verify"]) == FAILED
    assert "broken at event 2: it was changed" in capsys.readouterr().err


def test_a_hash_that_was_kept_shows_that_the_tail_was_cut_off(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = write(path, 5)
    assert main(["audit", "verify", "--against", head.upper()]) == OK
    tamper(path, "DELETE FROM audit_events WHERE seq > 3")
    assert main(["audit", "verify"]) == OK
    capsys.readouterr()

    assert main(["audit", "verify", "--against", head]) == FAILED
    assert "holds up to event 3, but the event with the hash given is not in the chain" in capsys.readouterr().err


def test_pruning_leaves_a_chain_that_holds(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(path, 5)
    assert main(["audit", "prune", "--before", "2021-01-01"]) == OK
    out = capsys.readouterr().out
    assert out.startswith("5 events from before 2021-01-01 were pruned.\nThe audit chain holds up to its last event, 6. ")
    assert main(["audit", "prune", "--before", "2021-01-01"]) == OK
    assert capsys.readouterr().out.startswith("0 events")


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit", "verify", "--against", "abc"],
        ["audit", "prune", "--before", "2999-01-01"],
        ["audit", "prune", "--before", "soon"],
        ["audit"],
    ],
)
def test_arguments_that_can_not_be_meant_are_refused(path: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == WRONG_SETTINGS


def test_a_backup_can_be_checked_and_is_a_journal(path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, 5)
    assert main(["journal", "backup", "copy.db"]) == OK
    assert "The journal is in copy.db" in capsys.readouterr().out
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path.with_name('copy.db')}")
    assert main(["journal", "check"]) == OK
    assert "The database is whole.\nThe audit chain holds up to its last event, 5." in capsys.readouterr().out


def test_a_journal_that_a_daemon_of_an_older_version_works_on_is_copied_as_it_is_and_never_changed(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = sqlite3.connect(path)
    first.executescript((Path(__file__).parent / "adapters" / "journal" / "first.sql").read_text())
    first.close()

    daemon = open_lease(f"sqlite:///{path}")
    assert daemon.take()

    assert main(["journal", "backup", "copy.db"]) == OK
    assert main(["audit", "verify"]) == FAILED
    told = capsys.readouterr().err
    assert "was written by an older chatopsd: its schema is 0001" in told
    assert "The daemon brings it up to date when it is started" in told
    assert [version_of(file) for file in (path, path.with_name("copy.db"))] == ["0001", "0001"]

    daemon.release()
    assert main(["audit", "verify"]) == OK
    assert version_of(path) == HEAD


def version_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as journal:
        return str(journal.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_a_backup_over_a_file_fails_and_leaves_it(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(path, 5)
    assert main(["journal", "backup", str(path)]) == FAILED
    assert "exists" in capsys.readouterr().err
    assert main(["audit", "verify"]) == OK


def test_a_check_tells_damage_and_a_broken_chain(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(path, 5)
    tamper(path, "UPDATE audit_events SET actor = 'U0EVE' WHERE seq = 3")
    assert main(["journal", "check"]) == FAILED
    assert "broken at event 3" in capsys.readouterr().err

    path.write_bytes(path.read_bytes()[: 6 * 4096])
    assert main(["journal", "check"]) == FAILED
    assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["journal", "check"], ["audit", "verify"], ["journal", "backup", "copy.db"]])
def test_a_journal_that_is_not_there_is_a_mistake_and_none_is_made(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == WRONG_SETTINGS
    assert f"there is no journal at {path}" in capsys.readouterr().err
    assert not path.exists()


def test_events_are_shown_and_exported_and_what_a_person_wrote_is_erased(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(path, 2)
    journal = open_journal(f"sqlite:///{path}", SystemClock())
    with journal.begin() as tx:
        tx.audit.add(AuditEvent(datetime(2020, 6, 1, tzinfo=UTC), "U0ANN", "alert.noted", "alert:A12", {"note": "my cat"}))
    journal.close()
    assert main(["audit", "show", "a12"]) == OK
    assert '"note": "my cat"' in capsys.readouterr().out
    assert main(["audit", "export", "--since", "2020-05-01", "--until", "2020-07-01"]) == OK
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["detail"] == {"note": "my cat"}

    assert main(["audit", "redact", "--person", "U0ANN"]) == OK
    out = capsys.readouterr().out
    assert out.startswith("1 texts of U0ANN were erased.")
    assert "The audit chain holds" in out
    assert main(["audit", "show", "3"]) == OK
    assert '"note": "[redacted]"' in capsys.readouterr().out
    assert main(["audit", "show", "A99"]) == FAILED
    assert "There is no event of A99. Expected is" in capsys.readouterr().err


def test_a_home_that_is_nobody_s_is_told(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///~of-nobody-here/journal.db")

    assert main(["journal", "check"]) == WRONG_SETTINGS

    assert capsys.readouterr().err.startswith(
        "DATABASE_URL: ~of-nobody-here/journal.db begins with the home of a user that this machine does"
    )


def test_what_people_wrote_moves_no_cursor_where_it_is_shown(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = opened(path)
    with journal.begin() as tx:
        tx.audit.add(AuditEvent(OLD, "U0ANN", "alert.noted", "alert:A1", {"note": "so\x9b2J\u202eit is"}))
    journal.close()

    assert main(["audit", "show", "A1"]) == OK

    assert '{"note": "so\\u009b2J\\u202eit is"}' in capsys.readouterr().out
