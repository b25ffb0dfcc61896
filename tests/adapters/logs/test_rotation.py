"""Log rotation: each line is read once, however the files are renamed, copied, truncated and compressed between two reads."""

import errno
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.logs import streams
from bot.adapters.logs.files import FileLogSource
from bot.adapters.logs.marks import LogFile
from bot.adapters.logs.streams import IDLE_READS
from bot.core.lines import LONGEST_LINE
from bot.ports.logs import Checkpoint
from tests.adapters.logs.reader import Reader, append, compress


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
    assert [reader.read() for _ in range(IDLE_READS - 1)] == [[]] * (IDLE_READS - 1)
    append(rotated, "six\n")
    assert reader.read() == ["six"]
    assert reader.notes == []


def test_a_file_whose_first_read_fails_stays_open_nowhere(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    append(log, "one\n")
    monkeypatch.setattr(os, "pread", fails)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="Input/output"):
        LogFile(str(log))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_renamed_file_is_kept_in_sight_until_nothing_was_written_to_it_for_a_while(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    rotated = log.rename(f"{log}.1")
    append(log, "two\n")

    assert [line for _ in range(IDLE_READS + 5) for line in reader.read()] == ["two"]
    append(rotated, "three\nfo")
    assert [line for _ in range(IDLE_READS + 5) for line in reader.read()] == ["three"]
    checkpoints = dict(reader.checkpoints)
    reader.read()
    assert dict(reader.checkpoints) == checkpoints  # waiting writes nothing
    ago = time.time() - streams.IDLE_FOR_S
    os.utime(rotated, (ago, ago))
    assert reader.read() == ["fo"]
    append(rotated, "ur\n")
    assert reader.read() == []


def test_the_last_line_of_a_rotated_file_is_taken_when_nobody_completes_it(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "IDLE_FOR_S", 0)
    append(log, "one\ntw")
    reader.read()
    log.rename(f"{log}.1")
    append(log, "three\n")

    lines = [line for _ in range(IDLE_READS + 2) for line in reader.read()]

    assert lines == ["three", "tw"]
    assert reader.peek() == []


@pytest.mark.parametrize("reads_between", [True, False])
def test_the_last_lines_of_more_rotated_files_than_are_kept_in_sight_are_taken(
    reader: Reader, log: Path, reads_between: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "IDLE_FOR_S", 0)
    found = []
    for n in range(2 * streams.GENERATIONS + 1):
        append(log, f"line {n}\nlast {n}")
        found += reader.read() if reads_between or n == 0 else []
        for older in range(n, 0, -1):
            Path(f"{log}.{older}").rename(f"{log}.{older + 1}")
        log.rename(f"{log}.1")
    append(log, "end\n")

    found += [line for _ in range(IDLE_READS + 2) for line in reader.read()]

    assert sorted(found) == sorted(["end", *(f"{what} {n}" for n in range(2 * streams.GENERATIONS + 1) for what in ("line", "last"))])
    assert reader.notes == []


def test_a_file_that_is_truncated_while_it_is_read_is_finished_from_its_copy(
    reader: Reader, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "BLOCK", LONGEST_LINE + 1)
    written = [f"line {n} " + "x" * 400_000 for n in range(9)]
    append(log, "".join(f"{line}\n" for line in written))
    reading = reader.source.read(reader.checkpoints)
    found = reader.take([next(reading)])
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    append(log, "".join(f"new {n} " + "y" * 500_000 + "\n" for n in range(9)))
    found += reader.take(list(reading))
    found += reader.read()

    assert found[:9] == written
    assert [line[:5] for line in found[9:]] == [f"new {n}" for n in range(9)]
    assert reader.notes == []


def test_a_rotated_file_that_was_compressed_is_finished(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    append(log, "two\n" + "x" * 50 + "\nhalf")
    compress(log, f"{log}.1.gz")
    append(log, "three\n")

    assert reader.read() == ["two", "x" * 50, "half", "three"]
    assert reader.peek() == []
    assert reader.notes == []


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


def test_copytruncate_is_noticed_when_only_the_end_tells(reader: Reader, log: Path) -> None:
    banner = "=" * 1500 + "\n"
    append(log, banner + "one\n")
    reader.read()
    os.truncate(log, 0)
    append(log, banner + "two\nthree\n")

    assert reader.read() == ["=" * 1500, "two", "three"]


def test_copytruncate_is_noticed_when_only_the_beginning_tells(reader: Reader, log: Path) -> None:
    append(log, "one\n" + "same\n" * 100)
    reader.read()
    os.truncate(log, 0)
    append(log, "six\n" + "same\n" * 100 + "seven\n")

    assert reader.read() == ["six", *["same"] * 100, "seven"]


def test_a_copy_that_the_pattern_matches_is_not_read_as_a_file_of_its_own(log: Path) -> None:
    reader = Reader(log.with_name("app.log*"))
    reader.read()
    append(log, "one\n")
    assert reader.read() == ["one"]
    append(log, "two\n")
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)

    assert reader.read() == ["two"]
    assert reader.read() == []


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


def test_a_generation_that_holds_only_what_each_one_begins_with_hides_none_of_those_after_it(reader: Reader, log: Path) -> None:
    append(log, "=== header ===\nbefore\n")
    assert reader.read() == ["=== header ===", "before"]
    for said in ("", "one\n", "two\n"):
        for older in (2, 1):
            if Path(f"{log}.{older}").exists():
                Path(f"{log}.{older}").rename(f"{log}.{older + 1}")
        log.rename(f"{log}.1")
        append(log, f"=== header ===\n{said}")

    assert reader.read() == ["=== header ===", "=== header ===", "one", "=== header ===", "two"]


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
    log.rename(log.with_name("app-blue.log"))
    append(log, "three\n")

    assert sorted(reader.read()) == ["three", "two"]
    assert reader.peek() == []


@pytest.mark.parametrize("between", [1, 2, 3])
@pytest.mark.parametrize("folder", ["logs/old", "old"])
def test_files_that_are_rotated_to_another_folder_that_the_patterns_match_are_read_once(tmp_path: Path, folder: str, between: int) -> None:
    """As with logrotate's `olddir`: each file gets the name that another one had."""
    log, old = tmp_path / "logs" / "app.log", tmp_path / folder
    log.parent.mkdir()
    old.mkdir()
    reader = Reader(FileLogSource(str(log.parent / "*.log"), str(old / "*")))
    assert reader.read() == []
    written, found = [], []
    for n in range(4 * between):
        append(log, f"a {n}\n")
        found += reader.read() if n % between == 0 else []
        append(log, f"b {n}\n")
        for older in range(n, 0, -1):
            (old / f"app.log.{older}").rename(old / f"app.log.{older + 1}")
        log.rename(old / "app.log.1")
        written += [f"a {n}", f"b {n}"]

    assert sorted(found + reader.read()) == sorted(written)
    compress(old / "app.log.1", str(old / "app.log.1.gz"))
    assert reader.read() == []
    assert reader.notes == []


def test_what_is_compressed_in_the_folder_below_that_it_is_rotated_to_is_read(tmp_path: Path, log: Path) -> None:
    (tmp_path / "old").mkdir()
    reader = Reader(FileLogSource(str(log), str(tmp_path / "old" / "*")))
    assert reader.read() == []
    for n in range(3):
        append(log, f"a {n}\n")
        assert reader.read() == [f"a {n}"]
        append(log, f"b {n}\n")
        compress(log, str(tmp_path / "old" / f"app.log.2024050{n}.gz"))
        append(log, f"c {n}\n")
        assert reader.read() == [f"b {n}", f"c {n}"]
    assert reader.notes == []


def test_the_same_file_replaced_by_a_synchronised_copy_goes_on(reader: Reader, log: Path) -> None:
    append(log, "one\n")
    reader.read()
    copy = log.with_name("incoming")
    copy.write_bytes(log.read_bytes() + b"two\n")
    copy.rename(log)

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

        kept = [line for line in written.split(b"\n")[:-1] if line in (b"", b"\r") or line.removesuffix(b"\r").strip(b"\0")]
        plain = [line.replace(b"\0", b"").removesuffix(b"\r").decode("utf-8", "replace") for line in kept]
        assert sorted(found) == sorted(plain)


def remount(reader: Reader) -> None:
    """Let the file system have another device number, as it has after a restart or another mount: the checkpoints hold the old one."""
    for name, checkpoint in reader.checkpoints.items():
        position = json.loads(json.dumps(checkpoint.position))
        for mark in (position.get("file"), *position.get("previous", ())):
            if mark:
                mark["dev"] += 1
        reader.checkpoints[name] = Checkpoint(name, position, checkpoint.carry)


def test_on_a_file_system_that_was_mounted_anew_reading_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.touch()
    reader = Reader(tmp_path / "*.log")
    assert reader.read() == []
    append(log, "par")
    assert reader.read() == []
    remount(reader)
    append(log, "tial\none\n")
    assert reader.read() == ["partial", "one"]
    remount(reader)
    assert reader.read() == []
    assert reader.checkpoints[str(log)].position["file"]["dev"] == log.stat().st_dev
    append(log, "two\n")
    assert reader.read() == ["two"]
    assert reader.notes == []


def test_a_log_that_was_rotated_before_its_file_system_was_mounted_anew_is_read_to_its_end_and_beyond(tmp_path: Path) -> None:
    log, old = tmp_path / "app.log", tmp_path / "app.log.1"
    reader = Reader(tmp_path / "*.log")
    assert reader.read() == []
    append(log, "one\n")
    assert reader.read() == ["one"]
    append(log, "two\nthr")
    log.rename(old)
    append(log, "a\n")
    remount(reader)

    assert reader.read() == ["two", "a"]
    append(old, "ee\n")  # its writer still holds it open
    remount(reader)
    assert reader.read() == ["three"]
    assert reader.notes == []


def test_a_log_that_got_another_name_of_the_pattern_and_another_device_goes_on_under_it(tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    reader = Reader(tmp_path / "*.log")
    assert reader.read() == []
    append(log, "one\n")
    assert reader.read() == ["one"]
    log.rename(tmp_path / "former.log")
    append(tmp_path / "former.log", "two\n")
    append(log, "a\n")
    remount(reader)

    assert sorted(reader.read()) == ["a", "two"]
