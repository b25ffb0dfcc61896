"""A disk that is really full: what is asked for is refused, not lost by halves, and goes on by itself when there is space again."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.journal import SqlJournal, open_journal
from bot.engine.inbox import Inbox
from bot.engine.lanes import Lanes
from bot.ports.errors import ConfigError, JournalError

from .values import StillClock, envelope, event

pytestmark = pytest.mark.usefixtures("path")  # SQLite's disk; a server has its own

SIZE = 4 * 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Return a small file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def url(disk: Path) -> str:
    return f"sqlite:///{disk}/journal.db"


def take_all_space(disk: Path, but: int = 0) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        file.write(b"\0" * max(0, free - but))
    return filler


def write_until_refused(journal: SqlJournal, prefix: str) -> tuple[int, str]:
    """Write one envelope after the other, and return how many were taken, and why no more."""
    for number in range(5000):
        try:
            with journal.begin() as tx:
                tx.inbox.receive(envelope(f"{prefix}{number}", text="x" * 3000), "U1")
                tx.audit.add(event())
        except JournalError as error:
            return number, str(error)
    raise AssertionError("The disk never was full.")


def keys(journal: SqlJournal) -> list[str]:
    with journal.read() as tx:
        return [entry.envelope.key for entry in tx.inbox.unfinished()]


def test_a_full_disk_refuses_whole_transactions_and_takes_them_again_when_there_is_space(disk: Path, journal: SqlJournal) -> None:
    filler = take_all_space(disk, but=300_000)

    count, why = write_until_refused(journal, "before-")

    assert "its disk is full. Free some space; the daemon goes on by itself." in why
    assert str(disk) in why
    assert "xxx" not in why
    assert keys(journal) == [f"before-{number}" for number in range(count)]

    filler.unlink()
    with journal.begin() as tx:
        assert tx.inbox.receive(envelope("after"), "U1") is not None
        tx.audit.add(event())
    assert keys(journal)[-1] == "after"
    with journal.read() as tx:
        assert tx.audit.verify() is None
    assert journal.examine() == []


def test_it_fills_up_and_is_freed_again_and_again(disk: Path, journal: SqlJournal) -> None:
    expected: list[str] = []
    for turn in range(4):
        filler = take_all_space(disk, but=100_000)
        count, _ = write_until_refused(journal, f"{turn}-")
        expected += [f"{turn}-{number}" for number in range(count)]
        filler.unlink()
    assert keys(journal) == expected
    assert journal.examine() == []


def test_the_ack_is_withheld_while_the_disk_is_full(disk: Path, journal: SqlJournal) -> None:
    lanes = Lanes(1)
    inbox = Inbox(journal, lanes, serves=lambda envelope: True, handle=lambda entry, reply: None, clock=StillClock())
    filler = take_all_space(disk)
    refused = envelope("too much", text="x" * 100_000)

    for _ in range(3):
        with pytest.raises(JournalError, match="disk is full"):
            inbox.receive(refused)
    assert not lanes.is_busy("alone:too much")

    filler.unlink()
    assert inbox.receive(refused) is None
    assert lanes.is_busy("alone:too much")
    assert keys(journal) == ["too much"]


def test_a_journal_on_a_full_disk_opens_as_soon_as_there_is_space(disk: Path, url: str, clock: StillClock) -> None:
    filler = take_all_space(disk)
    with pytest.raises((JournalError, ConfigError), match=r"full|space"):
        open_journal(url, clock)
    filler.unlink()
    open_journal(url, clock).close()


def test_a_disk_that_became_read_only_is_told_and_is_fine_again_when_it_is_writable(disk: Path, url: str, clock: StillClock) -> None:
    open_journal(url, clock).close()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(ConfigError, match="Read-only file system"):
        open_journal(url, clock)
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    again = open_journal(url, clock)
    with again.begin() as tx:
        tx.audit.add(event())
    again.close()


def test_a_backup_that_finds_no_room_leaves_nothing_behind(disk: Path, tmp_path: Path, clock: StillClock) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/elsewhere.db", clock)
    filler = take_all_space(disk, but=20_000)
    with pytest.raises(JournalError, match=r"backup .*/disk/copy\.db can't be written: .*full.* room"):
        journal.back_up(disk / "copy.db")
    assert sorted(disk.iterdir()) == [filler]
    journal.close()
