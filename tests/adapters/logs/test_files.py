"""Log files: what is read of them, where reading begins, and what can be wrong with them."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.adapters.logs import streams
from bot.adapters.logs.files import STARTED, FileLogSource
from bot.adapters.logs.marks import HEAD
from bot.adapters.logs.opening import doubts
from bot.adapters.logs.streams import LONGEST_LINE
from bot.core.sources import FileSource
from bot.ports.errors import Unavailable
from tests.adapters.logs.reader import Reader, append


def test_a_watch_begins_at_the_end_of_what_is_there(log: Path) -> None:
    append(log, "old 1\nold 2\nhalf")
    reader = Reader(log.parent / "*.log")

    assert reader.read() == []
    append(log, " a line\nnew\n")
    assert reader.read() == ["half a line", "new"]
    assert reader.read() == []


def test_a_file_that_appears_later_is_read_from_its_beginning(reader: Reader, log: Path) -> None:
    append(log, "one\ntwo\n")

    assert reader.read() == ["one", "two"]


def test_another_pattern_begins_again_at_the_end(reader: Reader, log: Path) -> None:
    other = log.with_suffix(".txt")
    append(other, "long ago\n")
    reader.source = FileLogSource(str(log.parent / "*.*"))

    assert reader.read() == []
    append(other, "now\n")
    assert reader.read() == ["now"]


def test_a_partial_last_line_waits(reader: Reader, log: Path) -> None:
    append(log, "one\ntw")
    assert reader.read() == ["one"]
    append(log, "o")
    assert reader.read() == []
    append(log, "\nthree\n")
    assert reader.read() == ["two", "three"]


def test_reading_changes_nothing(reader: Reader, log: Path) -> None:
    append(log, "one\ntwo\n")

    first, again = reader.peek(), reader.peek()

    assert first == again
    assert [line for batch in first for line in batch.lines] == ["one", "two"]


def test_an_idle_file_yields_nothing_at_all(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()

    assert reader.peek() == []


def test_a_file_that_disappears_is_told_once_and_may_come_back(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    log.unlink()

    assert reader.read() == []
    assert reader.read() == []
    assert len(reader.notes) == 1
    append(log, "two\n")
    assert reader.read() == ["two"]


def test_files_that_are_gone_are_one_note_and_are_forgotten(reader: Reader, log: Path) -> None:
    others = [log.with_name(f"pod-{n}.log") for n in range(5)]
    for path in others:
        append(path, "one\n")
    assert len(reader.read()) == 5
    for path in others:
        path.unlink()

    assert reader.read() == []
    assert reader.notes == [
        f"5 files are gone: {others[0]}, {others[1]}, {others[2]} and 2 more; what was written to them since the last read, if anything, is not counted."
    ]
    assert [*reader.checkpoints] == [STARTED]
    append(others[3], "two\n")
    assert reader.read() == ["two"]


def test_a_log_that_is_gone_is_not_forgotten_while_its_generations_would_be_taken_for_logs(log: Path) -> None:
    reader = Reader(log.parent / "*.log*")
    assert reader.read() == []
    append(log, "one\n")
    assert reader.read() == ["one"]
    append(log.with_suffix(".log.1"), "old\n")
    log.unlink()

    assert reader.read() == []
    assert reader.read() == []
    log.with_suffix(".log.1").unlink()
    assert reader.read() == []
    assert [*reader.checkpoints] == [STARTED]


def test_a_file_that_disappears_while_it_is_being_read_is_read_to_its_end(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BLOCK", LONGEST_LINE + 1)
    lines = ["z" * 99 for _ in range(20_000)]
    append(log, "\n".join(lines) + "\n")
    found: list[str] = []
    for batch in reader.source.read(reader.checkpoints):
        log.unlink(missing_ok=True)
        found += batch.lines

    assert found == lines


def test_two_names_of_one_file_are_one_file(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    log.with_name("current.log").symlink_to(log)
    os.link(log, log.with_name("zzz.log"))

    assert reader.read() == ["one"]
    append(log, "two\n")
    assert reader.read() == ["two"]


def test_what_is_no_file_is_left_alone(reader: Reader, log: Path) -> None:
    log.with_name("folder.log").mkdir()
    os.mkfifo(log.with_name("pipe.log"))
    log.with_name("dangling.log").symlink_to("nowhere")
    append(log, "one\n")

    assert reader.read() == ["one"]
    assert reader.notes == []


def test_what_can_not_be_read_is_told_once_and_the_others_are_read(reader: Reader, log: Path) -> None:
    loop = log.with_name("loop.log")
    loop.symlink_to(loop)
    append(log, "one\n")

    assert reader.read() == ["one"]
    assert reader.read() == []
    assert len(reader.notes) == 1
    assert "loop.log can't be read" in reader.notes[0]
    loop.unlink()
    append(loop, "two\n")
    assert reader.read() == ["two"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, and a process that is nobody: root may read everything."""
    if os.geteuid() != 0:
        pytest.skip("only root can become nobody")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    os.seteuid(0)
    shutil.rmtree(folder)


def test_a_file_without_permission_is_read_from_where_the_watch_began(open_folder: Path) -> None:
    log = open_folder / "app.log"
    append(log, "before the watch\n")
    log.chmod(0o600)
    os.seteuid(65534)
    reader = Reader(open_folder / "*.log")
    assert reader.read() == []
    assert "Permission denied" in reader.notes[0]
    os.seteuid(0)
    log.chmod(0o644)
    os.seteuid(65534)

    assert reader.read() == []
    os.seteuid(0)
    append(log, "after\n")
    assert reader.read() == ["after"]
    assert len(reader.notes) == 1


def test_a_folder_without_permission_makes_the_source_unavailable(open_folder: Path) -> None:
    inner = open_folder / "logs"
    inner.mkdir(mode=0o700)
    os.seteuid(65534)

    with pytest.raises(Unavailable, match=r"logs/\*\.log can't be listed: Permission denied"):
        Reader(inner / "*.log").read()


@pytest.mark.parametrize("pattern", ["logs/app.log", "*/app.log"])
def test_a_folder_that_is_closed_for_a_while_costs_no_position(open_folder: Path, pattern: str) -> None:
    inner = open_folder / "logs"
    inner.mkdir()
    append(inner / "app.log", "before the watch\n")
    reader = Reader(open_folder / pattern)
    reader.read()
    append(inner / "app.log", "one\n")
    assert reader.read() == ["one"]

    inner.chmod(0o700)
    os.seteuid(65534)
    assert reader.read() == []
    os.seteuid(0)
    inner.chmod(0o755)
    append(inner / "app.log", "two\n")

    assert reader.read() == ["two"]
    assert [note.partition(": ")[2] for note in reader.notes] == ["Permission denied."]


def test_a_disk_that_fails_while_it_is_read_makes_the_source_unavailable(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, "a line\n" * 1000)
    pread = os.pread

    def fails(fd: int, length: int, offset: int) -> bytes:
        if length > HEAD:
            raise OSError(errno.EIO, "Input/output error")
        return pread(fd, length, offset)

    with monkeypatch.context() as broken:
        broken.setattr(os, "pread", fails)
        with pytest.raises(Unavailable, match=r"\*\.log can't be read: Input/output error"):
            reader.peek()

    assert len(reader.read()) == 1000


def test_of_several_files_the_others_are_read_where_the_disk_fails_for_one(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [log.with_name("a.log"), log.with_name("z.log")]
    for path in (log, *others):
        append(path, f"{path.name}\n" * 2)
    number, pread = log.stat().st_ino, os.pread

    def fails(fd: int, length: int, offset: int) -> bytes:
        if os.fstat(fd).st_ino == number and length > 1:
            raise OSError(errno.EIO, "Input/output error")
        return pread(fd, length, offset)

    with monkeypatch.context() as broken:
        broken.setattr(os, "pread", fails)
        assert reader.read() == ["a.log", "a.log", "z.log", "z.log"]
        assert reader.notes == [f"{log} can't be read: Input/output error."]
        again = reader.peek()
    assert [batch.unreadable for batch in again] == [(f"{log} can't be read: Input/output error.",)]
    assert reader.take(again) == []
    assert reader.read() == ["app.log", "app.log"]


@pytest.mark.parametrize("fails_from", [0, 1], ids=["at its head", "behind it"])
def test_a_disk_that_fails_again_and_again_is_told_each_time_but_noted_once(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch, fails_from: int
) -> None:
    append(log.with_name("a.log"), "fine\n")
    append(log, "x" * 2 * HEAD + "\n")
    number, pread = log.stat().st_ino, os.pread

    def fails(fd: int, length: int, offset: int) -> bytes:
        if os.fstat(fd).st_ino == number and length > fails_from * HEAD:
            raise OSError(errno.EIO, "Input/output error")
        return pread(fd, length, offset)

    monkeypatch.setattr(os, "pread", fails)
    reader.read()
    told = [[batch.unreadable for batch in reader.peek() if batch.unreadable] for _ in range(2) if reader.read() == []]

    assert len(reader.notes) == 1
    assert told == [[(f"{log} can't be read: Input/output error.",)]] * 2


def test_broken_encodings_nul_bytes_and_carriage_returns_lose_no_line(reader: Reader, log: Path) -> None:
    append(log, b"\xff\xfe broken \xc3\n\0\0\0\n\0\0one\r\n\ntwo\rthree\n")

    assert reader.read() == ["\ufffd\ufffd broken \ufffd", "one", "", "two\rthree"]


@pytest.mark.parametrize("size", [LONGEST_LINE, LONGEST_LINE + 1, 3 * LONGEST_LINE, 3 * LONGEST_LINE + 7])
def test_a_line_that_is_too_long_is_cut_the_same_way_however_it_was_written(reader: Reader, log: Path, size: int) -> None:
    append(log, "a\n" + "x" * size + "\nb\n")
    at_once = reader.read()

    other = Reader(log.with_name("*.txt"))
    other.read()
    slowly, path = [], log.with_suffix(".txt")
    for piece in ("a\n" + "x" * (size // 2), "x" * (size - size // 2), "\n", "b\n"):
        append(path, piece)
        slowly += other.read()

    assert at_once == slowly
    assert "".join(at_once) == "a" + "x" * size + "b"
    assert max(map(len, at_once)) <= LONGEST_LINE


def test_batches_are_bounded_and_each_can_be_gone_on_from(reader: Reader, log: Path) -> None:
    lines = [f"line {n} " + "w" * 80 for n in range(60_000)]
    append(log, "\n".join(lines) + "\n")
    batches = reader.peek()
    assert len(batches) > 2
    assert max(sum(len(line) + 1 for line in batch.lines) for batch in batches) <= streams.BLOCK

    for stop in range(len(batches)):
        reader.checkpoints[str(log)] = batches[stop].checkpoint
        rest = [line for batch in reader.peek() for line in batch.lines]
        assert rest == [line for batch in batches[stop + 1 :] for line in batch.lines]


def test_parts_of_a_line_that_a_container_printed_wait_for_the_rest(reader: Reader, log: Path) -> None:
    at = "2024-05-01T12:00:00.123456789Z stdout"
    append(log, f"{at} F one\n{at} P tw")
    assert reader.read() == [f"{at} F one"]
    append(log, f"o\n{at} P three\n")
    assert reader.read() == []
    append(log, f"{at} F four\n")

    assert reader.read() == [f"{at} P two", f"{at} P three", f"{at} F four"]


def test_parts_of_a_line_hold_up_what_the_other_stream_prints_behind_them_while_something_is_printed(reader: Reader, log: Path) -> None:
    out, err = "2024-05-01T12:00:00.123456789Z stdout", "2024-05-01T12:00:00.123456789Z stderr"
    append(log, f"{out} F one\n{out} P tw\n{err} F ERROR a\n")
    assert reader.read() == [f"{out} F one"]
    append(log, f"{out} F o\n{out} P three\n{err} F ERROR b\n")
    assert reader.read() == [f"{out} P tw", f"{err} F ERROR a", f"{out} F o"]

    assert reader.read() == [f"{out} P three", f"{err} F ERROR b"]
    assert reader.read() == []


def test_parts_of_a_line_of_which_a_rotated_file_has_no_rest_are_read_in_the_end(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "IDLE_FOR_S", 0)
    at = "2024-05-01T12:00:00.123456789Z stdout"
    append(log, f"{at} F one\n{at} P two\n")
    assert reader.read() == [f"{at} F one"]
    log.rename(log.with_suffix(".log.1"))
    append(log, f"{at} F three\n")

    assert [line for _ in range(streams.IDLE_READS + 1) for line in reader.read()] == [f"{at} F three", f"{at} P two"]


def test_parts_of_a_line_that_never_ends_are_read_in_pieces(reader: Reader, log: Path) -> None:
    part = f"2024-05-01T12:00:00.123456789Z stdout P {'x' * 16_000}\n"
    append(log, part * 200)

    assert len(reader.read()) >= 200 - LONGEST_LINE // len(part) - 1


@pytest.mark.parametrize(("make", "why"), [(Path.mkdir, "it is a folder"), (os.mkfifo, "it is no regular file")])
def test_what_is_no_file_is_told_where_it_is_named_and_passed_over_where_a_pattern_matches_it(
    log: Path, make: Callable[[Path], None], why: str
) -> None:
    append(log, "before\n")
    reader, others = Reader(log), Reader(log.parent / "*.log")
    assert reader.read() + others.read() == []
    append(log, "one\n")
    assert reader.read() == others.read() == ["one"]
    log.unlink()
    make(log)

    assert reader.read() == []
    assert reader.notes == [f"{log} can't be read: {why}."]
    assert [batch.unreadable for batch in reader.peek()] == [(f"{log} can't be read: {why}.",)]
    append(log.with_name("other.log"), "two\n")
    assert others.read() == ["two"]
    assert any("is no file" in doubt for doubt in doubts(FileSource((str(log),))))
    assert not list(doubts(FileSource((str(log.parent / "*.log"),))))
