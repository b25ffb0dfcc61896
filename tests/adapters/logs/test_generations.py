"""Generations of a log: which files are some, in which order they are read, and how a log is found again that was empty."""

import os
import shutil
import tempfile
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.logs import streams
from bot.adapters.logs.folders import Folders
from bot.adapters.logs.marks import LogFile
from bot.adapters.logs.streams import IDLE_READS
from bot.core.lines import LONGEST_LINE
from bot.ports.logs import Checkpoint
from tests.adapters.logs.reader import Reader, append, compress


def test_a_log_that_has_the_number_of_another_one_that_was_empty_is_read_once(reader: Reader, log: Path) -> None:
    empty = log.with_name("error.log")
    empty.touch()
    append(log, "one\n")
    assert reader.read() == ["one"]
    # The empty one is rotated, compressed and removed; the other log, rotated after it, begins anew with its number.
    empty.unlink()
    empty.touch()
    position = dict(reader.checkpoints[str(empty)].position)
    position["file"] = {**position["file"], "ino": log.stat().st_ino}
    reader.checkpoints[str(empty)] = Checkpoint(str(empty), position)

    for line in ("two", "three"):
        append(log, f"{line}\n")
        assert reader.read() == [line]
    assert reader.notes == []


def test_what_is_written_to_a_log_that_was_empty_and_was_renamed_is_read(reader: Reader, log: Path) -> None:
    log.touch()
    assert reader.read() == []
    rotated = log.rename(f"{log}.1")
    append(rotated, "one\n")
    append(log, "two\n")

    assert reader.read() == ["one", "two"]
    append(rotated, "three\n")
    assert reader.read() == ["three"]


def test_a_log_rotated_twice_between_two_reads_is_read_in_order(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    append(log, "two\n")
    log.rename(f"{log}.2")
    append(log, "three\n")
    log.rename(f"{log}.1")
    append(log, "four\n")

    assert reader.read() == ["two", "three", "four"]
    assert reader.read() == []
    assert reader.notes == []


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_log_that_is_rotated_while_what_was_empty_before_it_is_looked_at_is_read(
    reader: Reader, log: Path, is_begun: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, "one\n")
    assert reader.read() == ["one"]
    first = log.rename(f"{log}.1")
    log.touch()
    assert reader.read() == []
    first.rename(f"{log}.2")
    log.rename(first)
    append(log, "two\n")
    follows = streams.next_generation

    def is_late(of: LogFile, *others: Any) -> LogFile | None:
        if not of.size and not Path(f"{log}.3").exists():
            Path(f"{log}.2").rename(f"{log}.3")
            compress(first, f"{log}.2.gz")
            log.rename(first)
            if is_begun:
                append(log, "three\n")
        return follows(of, *others)

    monkeypatch.setattr(streams, "next_generation", is_late)
    assert reader.read() == []
    monkeypatch.undo()
    append(log, "four\n" if is_begun else "three\nfour\n")

    assert reader.read() == ["two", "three", "four"]
    assert reader.notes == []


@pytest.mark.parametrize("name", [".{}", "-2024050{}", ".2024-05-0{}T00", ".{}.gz"])
def test_a_log_rotated_many_times_between_two_reads_is_read_in_order_whatever_the_names(reader: Reader, log: Path, name: str) -> None:
    append(log, "begun\n")
    assert reader.read() == ["begun"]
    for generation in range(6):
        append(log, f"line {generation}\n")
        target = f"{log}{name.format(9 - generation if name.startswith('.{') else generation)}"
        compress(log, target) if name.endswith(".gz") else log.rename(target)
    append(log, "last\n")

    assert reader.read() == [*(f"line {generation}" for generation in range(6)), "last"]
    assert [reader.read() for _ in range(IDLE_READS + 2)] == [[]] * (IDLE_READS + 2)
    assert reader.notes == []


def test_reading_that_is_cut_off_among_generations_goes_on_there(reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", LONGEST_LINE + 1)
    append(log, "begun\n")
    reader.read()
    written = [f"line {n} " + "x" * 400_000 for n in range(15)]
    for generation in (3, 2, 1):
        append(log, "".join(f"{line}\n" for line in written[(3 - generation) * 4 : (4 - generation) * 4]))
        log.rename(f"{log}.{generation}")
    append(log, "".join(f"{line}\n" for line in written[12:]))
    batches = reader.peek()

    for stop in range(len(batches) + 1):
        begun = Reader(log.parent / "*.log")
        begun.checkpoints = dict(reader.checkpoints)
        found = begun.take(batches[:stop])
        assert found + begun.read() == written


def test_a_file_that_was_empty_when_it_was_seen_and_is_compressed_before_the_next_read_is_found(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    assert reader.read() == ["one"]
    log.rename(f"{log}.1")
    log.touch()
    assert reader.read() == []
    append(log, "two\n")
    Path(f"{log}.1").rename(f"{log}.2")
    compress(log, f"{log}.1.gz")
    append(log, "three\n")

    assert reader.read() == ["two", "three"]
    assert reader.notes == []


def test_a_folder_in_which_other_files_come_and_go_all_the_time_hides_no_rotation(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, "one\n")
    assert reader.read() == ["one"]
    append(log, "two\n")
    log.rename(log.with_suffix(".log.1"))
    append(log, "three\n")
    number, scandir = count(), os.scandir

    def busy(path: str) -> Any:
        (log.parent / f"session-{next(number)}").touch()
        return scandir(path)

    monkeypatch.setattr(os, "scandir", busy)

    assert reader.read() == ["two", "three"]
    assert next(number) < 20


def listings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what lists each folder that is listed from now on."""
    listed: list[str] = []
    scandir = os.scandir

    def counted(path: str) -> Any:
        listed.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counted)
    return listed


def test_many_logs_that_were_rotated_at_once_cost_no_listing_each(reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logs = [log.with_name(f"app-{n:02}x.log") for n in range(30)]
    for each in logs:
        append(each, "one\n")
    reader.read()
    for each in logs:
        append(each, f"{each.stem} two\n")
        each.rename(f"{each}.1")
        append(each, f"{each.stem} three\n")
    os.utime(log.parent, ns=(0, 10**18))
    listed = listings(monkeypatch)

    assert sorted(reader.read()) == sorted(f"{each.stem} {word}" for each in logs for word in ("two", "three"))
    assert len(listed) < 10


def test_a_log_that_is_rotated_after_its_folder_was_listed_is_found(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(log, "one\n")
    os.utime(log.parent, ns=(0, 10**18))
    listed = listings(monkeypatch)
    folders = Folders(())
    assert [entry.path for _ in range(3) for entry in folders.look(str(log))] == [str(log)] * 3
    assert len(listed) == 1
    log.rename(f"{log}.1")
    append(log, "two\n")

    assert [entry.path for entry in folders.look(str(log))] == [str(log), f"{log}.1"]


def test_a_folder_that_has_just_changed_is_listed_each_time_since_a_further_change_may_not_show(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, "one\n")
    listed = listings(monkeypatch)
    folders = Folders(())

    assert [len(list(folders.look(str(log)))) for _ in range(3)] == [1, 1, 1]
    assert len(listed) == 3


def test_a_number_that_was_used_long_ago_is_no_newer_generation(reader: Reader, log: Path) -> None:
    old = Path(f"{log}.1")
    append(old, "of another time\n")
    os.utime(old, ns=(10**18, 10**18))
    append(log, "one\n")
    assert reader.read() == ["one"]
    append(log, "two\n")
    log.rename(f"{log}.2")
    append(log, "three\n")

    assert reader.read() == ["two", "three"]


def test_an_older_generation_that_is_written_to_late_is_not_read_again(reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "IDLE_FOR_S", 0)
    append(log, "one\n")
    assert reader.read() == ["one"]
    log.rename(f"{log}.1")
    append(log, "two\n")
    assert [line for _ in range(IDLE_READS + 2) for line in reader.read()] == ["two"]
    Path(f"{log}.1").rename(f"{log}.2")
    log.rename(f"{log}.1")
    append(Path(f"{log}.2"), "late\n")
    append(log, "three\n")

    assert reader.read() == ["three"]


@pytest.mark.parametrize("name", ["app.{}.log", "app-2024050{}.log", "app.2024-05-0{}.log", "app_2024-05-0{}-01.log"])
@pytest.mark.parametrize("ends", ["", ".gz"])
def test_generations_whose_mark_stands_within_their_name_are_no_files_of_their_own(reader: Reader, log: Path, name: str, ends: str) -> None:
    found: list[str] = []
    for turn in range(3):
        append(log, f"{turn} a\n")
        if turn != 1:  # else it was rotated twice between two reads
            found += reader.read()
        append(log, f"{turn} b\n")
        for old in range(turn, 0, -1) if name == "app.{}.log" else ():
            log.with_name(name.format(old) + ends).rename(log.with_name(name.format(old + 1) + ends))
        rotated = log.rename(log.with_name(name.format(1 if name == "app.{}.log" else turn + 1)))
        if ends:
            compress(rotated, str(rotated) + ends)
    append(log, "last\n")
    found += [line for _ in range(IDLE_READS + 2) for line in reader.read()]

    assert sorted(found) == ["0 a", "0 b", "1 a", "1 b", "2 a", "2 b", "last"]
    assert reader.notes == []


def test_a_log_that_is_called_by_the_day_is_no_generation_where_none_is_called_without(reader: Reader, log: Path) -> None:
    for day in (1, 2, 3):
        append(log.with_name(f"app-2024-05-0{day}.log"), f"{day}\n")
        assert reader.read() == [f"{day}"]
    append(log.with_name("app-2024-05-01.log"), "more\n")
    assert reader.read() == ["more"]


def test_a_link_to_the_log_of_the_day_makes_it_no_generation(reader: Reader, log: Path) -> None:
    for day in (1, 2, 3):
        current = log.with_name(f"app-2024-05-0{day}.log")
        append(current, f"{day}\n")
        log.unlink(missing_ok=True)
        log.symlink_to(current.name)
        assert reader.read() == [f"{day}"]
        append(current, f"{day} more\n")
        assert reader.read() == [f"{day} more"]
    assert reader.notes == []


def lead(link: Path, to: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(to)


@pytest.mark.parametrize("header", ["", "# columns\n"])
def test_what_the_link_to_the_log_of_the_day_leads_to_is_read_once_where_the_next_is_there_already(log: Path, header: str) -> None:
    days = [log.with_name(f"app-2024-05-0{day}.log") for day in range(4)]
    reader = Reader(log)
    found: list[str] = []
    append(days[0], header)
    lead(log, days[0])
    reader.read()
    append(days[1], header)
    for day in (1, 2):
        lead(log, days[day])
        append(days[day], f"{day}\n")
        append(days[day - 1], f"{day} late\n")
        append(days[day + 1], header)
        found += reader.read()
        append(days[day], f"{day} more\n")
        found += reader.read()

    columns = header.splitlines()
    assert found == ["1 late", *columns, "1", "1 more", "2 late", *columns, "2", "2 more"]
    assert reader.notes == []


@pytest.mark.parametrize("names", ["app.{}.log", "app.log.{}"])
def test_files_with_numbers_that_a_link_leads_to_are_read_once(log: Path, names: str) -> None:
    files = [log.with_name(names.format(n)) for n in range(5)]
    reader = Reader(log)
    found: list[str] = []
    append(files[0], "# columns\n")
    lead(log, files[0])
    reader.read()
    for n in (1, 2, 3):
        append(files[n], "")
        lead(log, files[n])
        append(files[n + 1], "# columns\n" * (n % 2))
        found += reader.read()
        append(files[n], f"{n}\n")

    assert found + reader.read() == ["1", "# columns", "2", "3"]
    assert reader.notes == []


def test_a_generation_that_an_older_version_followed_as_a_log_of_its_own_is_followed_no_more(reader: Reader, log: Path) -> None:
    older = log.with_name("app.1.log")
    append(older, "old\n")
    append(log, "one\n")
    reader.read()
    with LogFile(str(older)) as file:
        reader.checkpoints[str(older)] = Checkpoint(str(older), {"file": file.mark(4).as_json(), "previous": []})
    older.rename(log.with_name("app.2.log"))
    append(log, "two\n")
    log.rename(older)
    append(log, "three\n")

    assert reader.read() == ["two", "three"]
    assert [line for _ in range(IDLE_READS + 2) for line in reader.read()] == []


@pytest.mark.parametrize("ends", ["", ".gz"])
def test_the_generations_behind_a_link_are_called_by_the_name_it_leads_to(tmp_path: Path, ends: str) -> None:
    """As Kubernetes does: containers/pod.log leads to pods/…/0.log, which is rotated to 0.log.20240501-120000."""
    pods, links = tmp_path / "pods", tmp_path / "containers"
    pods.mkdir()
    links.mkdir()
    log = pods / "0.log"
    append(log, "")
    (links / "pod.log").symlink_to(log)
    reader = Reader(links / "*.log")
    reader.read()
    append(log, "0\n")
    assert reader.read() == ["0"]
    for n in (1, 2, 3):
        append(log, f"{n}\n")
        rotated = log.rename(pods / f"0.log.20240501-12000{n}")
        if ends and n < 3:  # the last one stays as it is until the next rotation
            compress(rotated, f"{rotated}{ends}")
    append(log, "4\n")

    assert reader.read() == ["1", "2", "3", "4"]
    assert reader.notes == []


def test_more_compressed_generations_than_one_would_look_at_are_read_in_their_order(reader: Reader, log: Path) -> None:
    append(log, "0\n")
    reader.read()
    for n in range(1, 31):
        append(log, f"{n}\n")
        for old in range(n - 1, 0, -1):
            Path(f"{log}.{old}.gz").rename(f"{log}.{old + 1}.gz")
        compress(log.rename(f"{log}.1"), f"{log}.1.gz")
    append(log, "31\n")

    assert reader.read() == [str(n) for n in range(1, 32)]
    assert reader.notes == []


def test_a_generation_that_was_written_to_late_or_dated_anew_hides_none_behind_it(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    append(log, "two\n")
    late = log.rename(f"{log}.2")
    append(log, "three\n")
    log.rename(f"{log}.1")
    append(late, "two and a half\n")
    os.utime(late, ns=(later := Path(f"{log}.1").stat().st_mtime_ns + 1_000_000_000, later))
    append(log, "four\n")

    assert reader.read() == ["two", "two and a half", "three", "four"]


def test_where_the_newest_generation_has_the_highest_number_no_older_one_is_read_again(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    long_ago = log.rename(f"{log}.1")
    append(log, "two\n")
    assert reader.read() == ["two"]
    os.utime(long_ago, ns=(0, 0))
    assert [line for _ in range(IDLE_READS + 2) for line in reader.read()] == []
    append(log, "three\n")
    log.rename(f"{log}.2")
    append(log, "four\n")

    assert reader.read() == ["three", "four"]


def test_rotated_generations_that_the_pattern_matches_are_not_read_as_files_of_their_own(log: Path) -> None:
    reader = Reader(log.with_name("app.log*"))
    reader.read()
    append(log, "one\n")
    assert reader.read() == ["one"]
    log.rename(f"{log}.1")
    assert reader.read() == []
    append(log, "two\n")
    assert reader.read() == ["two"]
    compress(Path(f"{log}.1"), f"{log}.1.gz")
    assert [line for _ in range(IDLE_READS + 2) for line in reader.read()] == []


def rotate(log: Path, how: str) -> None:
    """Rotate a log as logrotate does, in whose order the new file of one log may get the number of the old file of another."""
    for old in range(20, 0, -1):
        for end in ("", ".gz"):
            if (found := Path(f"{log}.{old}{end}")).exists():
                found.rename(f"{log}.{old + 1}{end}")
    if not log.exists():
        return
    if "copy" in how:
        shutil.copyfile(log, f"{log}.1")
        os.truncate(log, 0)
    else:
        log.rename(f"{log}.1")
        if "create" in how:
            log.touch()
    if "compress" in how:
        compress(Path(f"{log}.1"), f"{log}.1.gz")


HOW = st.sampled_from(["create", "create, compress", "copy", "copy, compress", "none", "none, compress"])
STEPS = st.lists(
    st.one_of(st.lists(st.sampled_from(["app.log", "error.log"]), max_size=3), st.sampled_from(["rotate", "read", "read"])), max_size=14
)


@settings(deadline=None)
@given(HOW, STEPS, st.sampled_from(["", "before\n"]))
def test_logs_that_are_empty_most_of_the_time_are_rotated_without_loss(how: str, steps: list[list[str] | str], before: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(folder, name) for name in ("app.log", "error.log")]
        reader = Reader(Path(folder, "*.log"))
        for log in logs:
            append(log, before)
            append(Path(f"{log}.1"), "long ago\n" * len(before))
        assert reader.read() == []
        written: list[str] = []
        found: list[str] = []
        for step in [*steps, *["read"] * (IDLE_READS + 2)]:
            if isinstance(step, list):
                lines = [f"{name} {len(written) + n}" for n, name in enumerate(step)]
                written += lines
                for name, line in zip(step, lines, strict=True):
                    append(Path(folder, name), f"{line}\n")
            elif step == "read":
                found += reader.read()
            else:
                for log in logs:
                    rotate(log, how)

        assert (sorted(found), reader.notes) == (sorted(written), [])
