"""Care for a SQLite file: backups while it is written, and looking for damage."""

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.adapters.journal import SqlJournal, open_journal, sqlite_upkeep
from bot.ports.errors import ConfigError, JournalError

from .values import StillClock, envelope, event

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("path")


def fill(journal: SqlJournal, prefix: str = "k") -> None:
    with journal.begin() as tx:
        for number in range(200):
            tx.inbox.receive(envelope(f"{prefix}{number}", text="x" * 2000), "U1")
            tx.audit.add(event(subject=f"operation:{number}"))


def keys(journal: SqlJournal) -> set[str]:
    with journal.read() as tx:
        assert tx.audit.verify() is None
        return {entry.envelope.key for entry in tx.inbox.unfinished()}


def test_a_backup_is_a_whole_journal_in_one_file_for_nobody_else_to_read(journal: SqlJournal, tmp_path: Path, clock: StillClock) -> None:
    fill(journal)
    target = tmp_path / "backups" / "monday.db"
    target.parent.mkdir()

    journal.back_up(target)

    fill(journal, "later")
    assert [each.name for each in target.parent.iterdir()] == ["monday.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    restored = open_journal(f"sqlite:///{target}", clock)
    assert keys(restored) == {f"k{number}" for number in range(200)}
    with restored.begin() as tx:
        assert tx.audit.add(event()).seq == 201
    restored.close()


def test_a_backup_holds_all_that_was_committed_when_it_began_while_another_process_writes_on(
    journal: SqlJournal, url: str, tmp_path: Path, clock: StillClock
) -> None:
    fill(journal)
    command = [sys.executable, str(Path(__file__).with_name("endless_writer.py")), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) as writer:
        assert writer.stdout is not None
        for turn in range(3):
            said = {writer.stdout.readline().strip() for _ in range(20)}
            target = tmp_path / f"{turn}.db"
            journal.back_up(target)
            copy = open_journal(f"sqlite:///{target}", clock)
            assert said <= keys(copy)
            copy.close()
        writer.kill()


def test_a_file_that_exists_is_never_overwritten(journal: SqlJournal, path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    kept.write_text("precious")
    for target in (kept, path):
        with pytest.raises(JournalError, match="exists"):
            journal.back_up(target)
    assert kept.read_text() == "precious"
    fill(journal)


def test_a_folder_that_is_not_there_is_told(journal: SqlJournal, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"backup .*/nowhere/copy\.db can't be written.*whether its folder exists"):
        journal.back_up(tmp_path / "nowhere" / "copy.db")


def test_a_backup_that_was_cut_short_does_not_stand_in_the_way_of_the_next(journal: SqlJournal, tmp_path: Path) -> None:
    (tmp_path / "copy.db.part").write_text("half of it")
    journal.back_up(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db.part").exists()


def test_a_backup_that_was_cut_short_after_it_had_its_name_is_not_written_over_by_the_next(journal: SqlJournal, tmp_path: Path) -> None:
    journal.back_up(tmp_path / "copy.db")
    (tmp_path / "copy.db.part").hardlink_to(tmp_path / "copy.db")
    (tmp_path / "copy.db").rename(tmp_path / "monday.db")
    monday = (tmp_path / "monday.db").read_bytes()
    fill(journal)

    journal.back_up(tmp_path / "copy.db")
    assert (tmp_path / "monday.db").read_bytes() == monday
    assert (tmp_path / "copy.db").read_bytes() != monday


def test_a_file_that_is_made_while_the_backup_runs_is_not_overwritten(
    journal: SqlJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, copy = tmp_path / "copy.db", sqlite_upkeep._copy

    def meanwhile(reader: Engine, part: Path) -> None:
        copy(reader, part)
        target.write_text("precious")

    monkeypatch.setattr(sqlite_upkeep, "_copy", meanwhile)
    with pytest.raises(JournalError, match=r"copy\.db exists"):
        journal.back_up(target)
    assert target.read_text() == "precious"
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy.db"]


def test_a_second_backup_to_the_same_file_does_not_disturb_the_first(
    journal: SqlJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: StillClock
) -> None:
    fill(journal)
    target, copy = tmp_path / "copy.db", sqlite_upkeep._copy

    def meanwhile(reader: Engine, part: Path) -> None:
        monkeypatch.setattr(sqlite_upkeep, "_copy", copy)
        with pytest.raises(JournalError, match=r"another one to .*copy\.db is under way"):
            journal.back_up(target)
        copy(reader, part)

    monkeypatch.setattr(sqlite_upkeep, "_copy", meanwhile)
    journal.back_up(target)
    restored = open_journal(f"sqlite:///{target}", clock)
    assert len(keys(restored)) == 200
    restored.close()


def test_a_backup_is_also_written_where_there_are_no_links(journal: SqlJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_target: Path, _part: Path) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    journal.back_up(tmp_path / "copy.db")
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy.db"]


Tamper = Callable[[str], None]


def break_index(path: Path, journal: SqlJournal, table: str) -> None:
    """Let a table's first index lack a row, as a lost write does."""
    with journal._database.reader.connect() as connection:
        page = connection.exec_driver_sql(
            f"SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' ORDER BY name LIMIT 1"  # noqa: S608 - words of our own
        ).scalar_one()
    journal.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\x0a" + bytes(4095)  # an empty leaf, with its cells nowhere
    path.write_bytes(content)


def test_a_small_table_is_checked_at_the_start(journal: SqlJournal, path: Path, url: str, clock: StillClock) -> None:
    fill(journal)
    break_index(path, journal, "inbox")
    with pytest.raises(
        JournalError, match=r"is damaged: .+\. Stop the daemon, keep a copy of the file, and put the newest backup"
    ) as caught:
        open_journal(url, clock)
    assert str(path) in str(caught.value)


def test_a_large_table_is_left_for_the_whole_check(
    journal: SqlJournal, path: Path, url: str, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(journal)
    assert journal.examine() == []
    break_index(path, journal, "audit_events")
    monkeypatch.setattr(sqlite_upkeep, "GLANCE_ROWS", 100)
    opened = open_journal(url, clock)
    assert opened.examine() != []
    with pytest.raises(JournalError, match="damaged, and no backup was written"):
        opened.back_up(path.with_name("copy.db"))
    assert not path.with_name("copy.db").exists()
    opened.close()


def test_the_start_looks_no_longer_than_it_may(
    journal: SqlJournal, path: Path, url: str, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(journal)
    break_index(path, journal, "inbox")
    monkeypatch.setattr(sqlite_upkeep, "GLANCE_S", -1.0)
    open_journal(url, clock).close()


def test_a_journal_that_is_to_be_there_is_not_made(url: str, path: Path, clock: StillClock) -> None:
    with pytest.raises(ConfigError, match="there is no journal at"):
        open_journal(url, clock, create=False)
    assert not path.parent.exists()
