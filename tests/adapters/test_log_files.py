"""Log files: each line is read once, whatever happens to the files between two reads."""

import gzip
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters import log_streams
from bot.adapters.log_files import FileLogSource
from bot.adapters.log_streams import IDLE_READS, LONGEST_LINE
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint


class Reader:
    """Reads a source again and again, keeping its checkpoints as the journal does: through JSON, the last of each stream."""

    def __init__(self, pattern: Path) -> None:
        self.source = FileLogSource(str(pattern))
        self.checkpoints: dict[str, Checkpoint] = {}
        self.notes: list[str] = []

    def peek(self) -> list[Batch]:
        return list(self.source.read(self.checkpoints))

    def read(self) -> list[str]:
        lines: list[str] = []
        for batch in self.peek():
            lines += batch.lines
            self.notes += batch.notes
            self.checkpoints[batch.checkpoint.stream] = batch.checkpoint
        return lines


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A reader of a watch that has begun before any file was there."""
    made = Reader(tmp_path / "*.log")
    assert made.read() == []
    return made


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


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


def test_a_renamed_file_is_finished_before_the_new_one(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    append(log, "two\n")
    log.rename(f"{log}.1")
    append(log, "three\n")

    assert reader.read() == ["two", "three"]
    assert reader.read() == []
    assert reader.notes == []


def test_a_writer_may_go_on_in_the_renamed_file_for_a_while(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    rotated = log.rename(f"{log}.1")
    append(rotated, "two\n")
    assert reader.read() == ["two"]
    append(rotated, "three\nfou")
    append(log, "five\n")
    assert reader.read() == ["three", "five"]
    append(rotated, "r\n")
    assert reader.read() == ["four"]
    assert reader.notes == []


def test_the_last_line_of_a_rotated_file_is_taken_when_nobody_completes_it(reader: Reader, log: Path) -> None:
    append(log, "one\ntw")
    reader.read()
    log.rename(f"{log}.1")
    append(log, "three\n")

    lines = [line for _ in range(IDLE_READS + 2) for line in reader.read()]

    assert lines == ["three", "tw"]
    assert reader.peek() == []


def test_rotated_twice_between_two_reads(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    append(log, "two\n")
    log.rename(f"{log}.2")
    append(log, "three\n")
    log.rename(f"{log}.1")
    append(log, "four\n")

    assert reader.read() == ["two", "four"]  # what came and went in between was never seen


def test_a_rotated_file_that_was_compressed_is_finished(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    append(log, "two\n" + "x" * 50 + "\nhalf")
    compress(log, f"{log}.1.gz")
    append(log, "three\n")

    assert reader.read() == ["two", "x" * 50, "half", "three"]
    assert reader.peek() == []
    assert reader.notes == []


def compress(log: Path, target: str) -> None:
    """Do as gzip does: the time stamp of the file is kept, and the file is gone."""
    was = log.stat()
    with gzip.open(target, "wb") as file:
        file.write(log.read_bytes())
    os.utime(target, ns=(was.st_atime_ns, was.st_mtime_ns))
    log.unlink()


def test_a_large_compressed_file_is_read_in_pieces(reader: Reader, log: Path) -> None:
    append(log, "begin\n")
    reader.read()
    lines = [f"{n} " + "y" * 90 for n in range(60_000)]
    append(log, "\n".join(lines) + "\n")
    compress(log, f"{log}.1.gz")

    batches = reader.peek()

    assert [line for batch in batches for line in batch.lines] == lines
    assert len(batches) > 2
    reader.checkpoints[str(log)] = batches[0].checkpoint  # the daemon died after the first of them
    assert reader.read() == lines[len(batches[0].lines) :]


def test_copytruncate_is_noticed_and_the_copy_finished(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    append(log, "two\n")
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    append(log, "three\n")

    assert reader.read() == ["two", "three"]
    assert reader.peek() == []
    assert reader.notes == []


def test_copytruncate_is_noticed_when_the_file_has_grown_past_where_it_was_read(reader: Reader, log: Path) -> None:
    append(log, "=== the same header ===\none\n")
    reader.read()
    os.truncate(log, 0)
    append(log, "=== the same header ===\ntwo\nthree\nfour\n")

    assert reader.read() == ["=== the same header ===", "two", "three", "four"]
    assert "was cut short" in reader.notes[0]


def test_a_reused_inode_is_another_file(reader: Reader, log: Path) -> None:
    append(log, "one\ntwo\n")
    reader.read()
    inode = log.stat().st_ino
    log.unlink()
    append(log, "six\nseven\neight\n")

    if log.stat().st_ino != inode:
        pytest.skip("this file system does not reuse inodes at once")
    assert reader.read() == ["six", "seven", "eight"]


def test_an_older_generation_with_the_same_header_is_not_read_again(reader: Reader, log: Path) -> None:
    old = log.with_name("app.log.1")
    append(old, "=== header ===\nlong ago\n")
    os.utime(old, ns=(10**18, 10**18))
    append(log, "=== header ===\n")
    assert reader.read() == ["=== header ==="]
    log.unlink()
    append(log, "new\n")

    assert reader.read() == ["new"]


def test_another_log_that_begins_alike_is_no_copy(reader: Reader, log: Path) -> None:
    other = log.with_name("app-errors.log")
    append(log, "=== header ===\n")
    assert reader.read() == ["=== header ==="]
    append(other, "=== header ===\nanother log\n")
    os.truncate(log, 0)
    append(log, "one\n")

    assert sorted(reader.read()) == ["=== header ===", "another log", "one"]


def test_a_file_renamed_within_the_pattern_goes_on_under_its_new_name(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    append(log, "two\n")
    log.rename(log.with_name("app-2024-05-01.log"))
    append(log, "three\n")

    assert sorted(reader.read()) == ["three", "two"]
    assert reader.peek() == []


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


def test_the_same_file_replaced_by_a_synchronised_copy_goes_on(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    copy = log.with_name("incoming")
    copy.write_bytes(log.read_bytes() + b"two\n")
    copy.rename(log)

    assert reader.read() == ["two"]


def test_a_file_that_disappears_is_told_once_and_may_come_back(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    log.unlink()

    assert reader.read() == []
    assert reader.read() == []
    assert len(reader.notes) == 1
    append(log, "two\n")
    assert reader.read() == ["two"]


def test_a_file_that_disappears_while_it_is_being_read_is_read_to_its_end(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_streams, "BLOCK", LONGEST_LINE + 1)
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


def test_a_link_that_moves_to_the_next_file_is_followed(tmp_path: Path) -> None:
    link, first, second = tmp_path / "current", tmp_path / "1.txt", tmp_path / "2.txt"
    reader = Reader(link)
    reader.read()
    append(first, "one\n")
    link.symlink_to(first)
    assert reader.read() == ["one"]
    append(first, "two\n")
    append(second, "three\n")
    link.unlink()
    link.symlink_to(second)

    assert reader.read() == ["two", "three"]
    assert reader.notes == []


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


def test_broken_encodings_nul_bytes_and_carriage_returns(reader: Reader, log: Path) -> None:
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
    assert max(sum(len(line) + 1 for line in batch.lines) for batch in batches) <= log_streams.BLOCK

    for stop in range(len(batches)):
        reader.checkpoints[str(log)] = batches[stop].checkpoint
        rest = [line for batch in reader.peek() for line in batch.lines]
        assert rest == [line for batch in batches[stop + 1 :] for line in batch.lines]


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"\n", b"ERROR one\n", b"half", b"\r\n", b"\0", "ü".encode()]),
        st.sampled_from(["read", "rotate", "copytruncate"]),
    ),
    max_size=25,
)


@given(PIECES)
def test_whatever_is_written_and_rotated_each_line_is_read_once(pieces: list[bytes | str]) -> None:
    """Each file is seen once before it goes, and nothing is written between copytruncate's copy and its truncation: both can't be read by anybody."""
    with tempfile.TemporaryDirectory() as folder:
        log, generation = Path(folder, "app.log"), 0
        reader = Reader(log)
        reader.read()
        written, found = b"", []
        for piece in [*pieces, b"\n", "read"]:
            if isinstance(piece, bytes):
                written += piece
                append(log, piece)
            elif log.exists() and (piece == "read" or not log.read_bytes()):
                found += reader.read()
            elif log.exists():
                found += reader.read()
                append(log, b"\nrotated\n")
                written += b"\nrotated\n"
                generation += 1
                for old in range(generation - 1, 0, -1):
                    Path(f"{log}.{old}").rename(f"{log}.{old + 1}")
                if piece == "rotate":
                    log.rename(f"{log}.1")
                else:
                    shutil.copy(log, f"{log}.1")
                    os.truncate(log, 0)
                found += reader.read()

        expected = [line.removesuffix(b"\r").decode("utf-8", "replace") for line in written.split(b"\n")[:-1]]
        plain = [text.replace("\0", "") for text in expected if not text or text.replace("\0", "")]
        assert sorted(found) == sorted(plain)
