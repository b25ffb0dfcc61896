"""Logs whose files all begin alike: what was read of one does not tell which of them it was."""

import gzip
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.logs import births
from bot.adapters.logs.folders import Entry, Folders
from bot.adapters.logs.marks import LogFile
from bot.adapters.logs.streams import IDLE_READS
from tests.adapters.logs.reader import Reader, append, compress

HEADER = "# columns: time level message"


def rotate(log: Path, *, packed: bool, keeps_time: bool = True) -> None:
    """Move each generation up, as logrotate does, and leave nothing at the path."""
    for old in range(20, 0, -1):
        for end in ("", ".gz"):
            if (found := Path(f"{log}.{old}{end}")).exists():
                found.rename(f"{log}.{old + 1}{end}")
    log.rename(f"{log}.1")
    if packed:
        compress(Path(f"{log}.1"), f"{log}.1.gz")
        if not keeps_time:
            os.utime(f"{log}.1.gz")


@pytest.mark.parametrize("keeps_time", [True, False])
@pytest.mark.parametrize("begins", [f"{HEADER}\n", "2024-05", "=" * 1500 + "\n"], ids=["header", "half a line", "banner"])
def test_what_was_written_behind_a_beginning_that_each_file_has_is_read_from_the_compressed_one(
    reader: Reader, log: Path, begins: str, keeps_time: bool
) -> None:
    append(log, f"{begins}-01 long ago\n")
    rotate(log, packed=True)
    append(log, begins)
    found = reader.read()
    for n in range(1, 4):
        append(log, f"-0{n} one\n-0{n} two\n")
        rotate(log, packed=True, keeps_time=keeps_time)
        append(log, begins)
        found += reader.read()
    append(log, "-04 end\n")
    found += reader.read()

    written = [line for n in range(1, 4) for line in f"{begins}-0{n} one\n-0{n} two\n".splitlines()]
    assert found == [*written, *f"{begins}-04 end".splitlines()]
    assert reader.notes == []


def test_a_file_that_has_the_number_of_the_one_before_it_is_known_by_when_it_was_made(reader: Reader, log: Path) -> None:
    append(log, f"{HEADER}\n")
    number = log.stat().st_ino
    assert reader.read() == [HEADER]
    log.unlink()
    time.sleep(0.02)  # file systems tell the time of the kernel's last tick
    append(log, f"{HEADER}\ntwo\n")
    with log.open() as file:
        if log.stat().st_ino != number or not births.born_ns(file.fileno()):
            pytest.skip("this file system does not reuse numbers at once, or does not tell when a file was made")

    assert reader.read() == ["two"]  # as a file that was synchronised from elsewhere goes on
    compress(log, f"{log}.1.gz")
    append(log, f"{HEADER}\nthree\n")
    assert reader.read() == [HEADER, "three"]


def test_a_file_that_has_the_number_and_the_time_of_an_older_one_is_another_if_it_was_made_later(log: Path) -> None:
    """Both may have been written to within one tick of the file system's clock, as by a service that opens its log anew."""
    append(log, f"{HEADER}\n")
    entry = next(Folders(()).look(str(log)))
    with LogFile(str(log)) as file:
        mark = file.mark(file.size)

    assert entry.is_of(mark)
    assert entry.is_of(replace(mark, born_ns=0))
    assert not mark.born_ns or not entry.is_of(replace(mark, born_ns=mark.born_ns - 1))
    assert not entry.is_of(replace(mark, born_ns=0, mtime_ns=mark.mtime_ns - 1))


def test_when_a_file_was_made_is_told_or_is_0(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(log, "one\n")
    with log.open() as file:
        born = births.born_ns(file.fileno())
        assert born == 0 or abs(born - log.stat().st_mtime_ns) < 10**9
        append(log, "two\n")
        assert births.born_ns(file.fileno()) == born
    assert births.born_ns(10**6) == 0
    monkeypatch.setattr(births, "_statx", None)
    with log.open() as file:
        assert births.born_ns(file.fileno()) == 0


def test_a_truncated_file_that_begins_with_its_header_again_is_finished_from_its_copy(reader: Reader, log: Path) -> None:
    append(log, f"{HEADER}\n")
    found = reader.read()
    for n in range(3):
        append(log, f"{n} a\n{n} b\n")
        for old in range(n, 0, -1):
            Path(f"{log}.{old}").rename(f"{log}.{old + 1}")
        shutil.copy(log, f"{log}.1")
        os.truncate(log, 0)
        append(log, f"{HEADER}\n{n} c\n{n} d\n{n} e\n")
        if n:  # else it was truncated twice between two reads
            found += reader.read()

    assert found == [HEADER, *(line for n in range(3) for line in (f"{n} a", f"{n} b", HEADER, f"{n} c", f"{n} d", f"{n} e"))]
    assert reader.notes == []


@pytest.mark.parametrize("is_renamed", [True, False])
def test_a_copy_of_a_truncated_file_that_is_renamed_while_it_is_looked_for_is_read(
    reader: Reader, log: Path, is_renamed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, f"{HEADER}\n")
    assert reader.read() == [HEADER]
    append(log, "one\n")
    shutil.copy(log, f"{log}.2")
    os.truncate(log, 0)
    append(log, f"{HEADER}\ntwo\n")
    if is_renamed:
        log.rename(f"{log}.1")
        append(log, f"{HEADER}\nthree\n")
    opens = Entry.open

    def is_late(entry: Entry) -> LogFile | None:
        if entry.path == f"{log}.2" and not Path(f"{log}.3").exists():
            Path(f"{log}.2").rename(f"{log}.3")
        return opens(entry)

    monkeypatch.setattr(Entry, "open", is_late)

    assert reader.read() == ["one", HEADER, "two", *([HEADER, "three"] if is_renamed else [])]
    assert reader.notes == []


def test_a_copy_that_is_not_yet_followed_by_the_truncation_is_not_read(reader: Reader, log: Path) -> None:
    append(log, f"{HEADER}\n")
    assert reader.read() == [HEADER]
    append(log, "one\n")
    shutil.copy(log, f"{log}.1")
    assert reader.read() == ["one"]
    os.truncate(log, 0)
    append(log, "two\n")

    assert reader.read() == ["two"]


@pytest.mark.parametrize("packed", [True, False])
def test_files_that_hold_nothing_but_their_header_are_told_apart(reader: Reader, log: Path, packed: bool) -> None:
    append(log, f"{HEADER}\n")
    found = reader.read()
    for n in range(12):
        if n % 3 == 1:
            append(log, f"{n}\n")
        rotate(log, packed=packed)
        if n % 4 == 3:
            log.touch()
            found += reader.read()
        append(log, f"{HEADER}\n")
        if n % 5 == 4:
            found += reader.read()
    found += [line for _ in range(IDLE_READS + 2) for line in reader.read()]

    assert sorted(found) == sorted([HEADER] * 13 + [str(n) for n in (1, 4, 7, 10)])
    assert reader.notes == []


def test_a_generation_that_was_compressed_late_is_not_read_again_by_a_file_with_the_same_header(reader: Reader, log: Path) -> None:
    append(log, f"{HEADER}\nbefore\n")
    reader.read()
    rotate(log, packed=False)
    append(log, f"{HEADER}\n")
    assert reader.read() == [HEADER]
    compress(Path(f"{log}.1"), f"{log}.1.gz")
    os.utime(f"{log}.1.gz")
    append(log, "one\n")
    rotate(log, packed=True, keeps_time=False)
    append(log, f"{HEADER}\n")

    assert [line for _ in range(IDLE_READS + 2) for line in reader.read()] == ["one", HEADER]
    assert reader.notes == []


def test_a_generation_that_was_written_to_late_and_compressed_is_not_read_again(reader: Reader, log: Path) -> None:
    append(log, f"{HEADER}\n")
    assert reader.read() == [HEADER]
    rotate(log, packed=False)
    append(log, f"{HEADER}\n")
    assert reader.read() == [HEADER]
    append(Path(f"{log}.1"), "late\n")
    assert reader.read() == ["late"]
    compress(Path(f"{log}.1"), f"{log}.1.gz")
    append(log, "one\n")
    rotate(log, packed=True)
    append(log, f"{HEADER}\n")

    assert [line for _ in range(IDLE_READS + 2) for line in reader.read()] == ["one", HEADER]
    assert reader.notes == []


def test_what_an_empty_log_is_waited_for_behind_is_told_from_the_generation_before_it_that_begins_alike(reader: Reader, log: Path) -> None:
    append(log, f"{HEADER}\none\n")
    assert reader.read() == [HEADER, "one"]
    rotate(log, packed=False)
    append(log, f"{HEADER}\n")
    assert reader.read() == [HEADER]
    rotate(log, packed=False)
    log.touch()
    rotate(log, packed=False)
    assert reader.read() == []
    now = Path(f"{log}.2").stat().st_mtime_ns
    compress(Path(f"{log}.3"), f"{log}.3.gz")
    os.utime(f"{log}.3.gz", ns=(now, now))  # it was written to late, within the same tick
    compress(Path(f"{log}.2"), f"{log}.2.gz")
    append(log, f"{HEADER}\ntwo\n")

    assert [line for _ in range(IDLE_READS + 2) for line in reader.read()] == [HEADER, "two"]
    assert reader.notes == []


@pytest.mark.parametrize("name", ["app.log.1.gz.tmp", "app.log.20240501-120000.tmp", "app.log.1.gz-Xy12z", "new.log.gz.tmp", "new.log-1"])
def test_what_is_being_compressed_under_another_name_is_no_log(log: Path, name: str) -> None:
    reader = Reader(log.parent / "*.log*")
    assert reader.read() == []
    append(log, "one\n")
    assert reader.read() == ["one"]
    packed = gzip.compress("".join(f"line {n}\n" for n in range(1000)).encode(), mtime=0)
    unfinished = log.with_name(name)
    for end in (0, len(packed) // 2, len(packed)):
        unfinished.write_bytes(packed[:end])
        assert reader.read() == []
    unfinished.rename(log.with_name("app.log.1.gz"))

    assert reader.read() == []
    assert reader.notes == []


def test_a_generation_that_is_being_copied_under_another_name_is_not_read_for_itself(log: Path) -> None:
    reader = Reader(log.parent / "*.log*")
    assert reader.read() == []
    append(log, "one\n")
    assert reader.read() == ["one"]
    shutil.copy(log, f"{log}.1.tmp")
    assert reader.read() == []
    Path(f"{log}.1.tmp").rename(f"{log}.1")
    os.truncate(log, 0)
    append(log, "two\n")

    assert reader.read() == ["two"]
    assert reader.notes == []
