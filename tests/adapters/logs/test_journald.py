"""The journal of systemd: filters, what a line looks like, a lost cursor, and a journal that can't be read. The files are real."""

from pathlib import Path

import pytest

from bot.adapters.logs import journald
from bot.adapters.logs.journald import JournaldLogSource
from bot.core.fingerprints import fingerprint, fingerprint_of_trace
from bot.core.sources import JournaldSource
from bot.ports.errors import Unavailable
from tests.adapters.logs.journal_file import MACHINE, JournalFile, at, require_journal_tools
from tests.adapters.logs.journal_reader import Local, begun, ends
from tests.adapters.logs.reader import Reader
from tests.engine.log_world import LogWorld


def test_a_line_has_the_time_the_level_and_who_wrote_it(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write("started")
    journal.write("disk is full", PRIORITY="3")
    journal.write("no pid", PRIORITY="1", _PID="", SYSLOG_IDENTIFIER="", _COMM="sh")
    journal.write('{"level": "error"}', PRIORITY="3")

    assert reader.read() == [
        "2023-11-14T22:13:20.000000Z INFO checkout[4711]: started",
        "2023-11-14T22:13:21.000000Z ERROR checkout[4711]: disk is full",
        "2023-11-14T22:13:22.000000Z CRITICAL sh: no pid",
        '{"level": "error"}',
    ]


def test_the_header_of_a_line_is_no_part_of_its_fingerprint(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write("disk is full", PRIORITY="3")
    journal.write("disk is full", PRIORITY="3", _PID="12")

    first, second = reader.read()

    assert fingerprint(first) == fingerprint(second)
    assert "disk is full" in fingerprint(first).template


def test_a_message_of_several_lines_is_several_lines(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write('Traceback:\n  File "x.py"\nValueError: no\n', PRIORITY="3")

    assert reader.read() == ["2023-11-14T22:13:20.000000Z ERROR checkout[4711]: Traceback:", '  File "x.py"', "ValueError: no"]


def test_a_trace_whose_lines_are_entries_stands_together_without_the_headers_between(journal: JournalFile) -> None:
    reader = begun(journal)
    lines = ["Traceback (most recent call last):", '  File "/srv/x.py", line 7, in f', "    f()", "ValueError: no"]
    for line in lines[:3]:
        journal.write(line)
        journal.write("GET /health", SYSLOG_IDENTIFIER="web", _PID="12")
    first = reader.read()
    journal.write(lines[3])
    journal.write("KeyError: of its own")

    assert first == [
        "2023-11-14T22:13:21.000000Z INFO web[12]: GET /health",
        "2023-11-14T22:13:23.000000Z INFO web[12]: GET /health",
        "2023-11-14T22:13:25.000000Z INFO web[12]: GET /health",
        "2023-11-14T22:13:20.000000Z INFO checkout[4711]: Traceback (most recent call last):",
        *lines[1:3],
    ]
    assert reader.read() == ["ValueError: no", "2023-11-14T22:13:27.000000Z INFO checkout[4711]: KeyError: of its own"]


def test_a_trace_goes_on_where_the_last_read_ended(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write("Traceback (most recent call last):", '  File "/srv/x.py", line 7, in f')
    assert len(reader.read()) == 2
    journal.write("ValueError: no")

    assert reader.read() == ["ValueError: no"]


@pytest.mark.parametrize("block", [1, 200, journald.BLOCK])
def test_traces_that_several_write_at_the_same_time_count_as_one_each_wherever_a_hand_over_ends(
    journal: JournalFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(journald, "BLOCK", block)
    world = LogWorld(tmp_path)
    source = JournaldLogSource(JournaldSource(directory=str(journal.folder)))
    scan = world.engines({"api": source}).watches.scan
    scan(world.watch)
    traces = {
        who: [f"ERROR cannot {who}", "java.lang.IllegalStateException: no", *(f"\tat com.acme.{who}.run{n}(Some.java:7)" for n in range(5))]
        for who in ("charge", "ship", "weigh")
    }
    for lines in zip(*traces.values(), strict=True):
        for who, line in zip(traces, lines, strict=True):
            journal.write(line, SYSLOG_IDENTIFIER=who)
    journal.write("ERROR cannot charge", SYSLOG_IDENTIFIER="charge")  # of its own

    window = scan(world.watch)

    in_a_file = [
        *(fingerprint_of_trace([line.encode() for line in lines])[0] for lines in traces.values()),
        fingerprint("ERROR cannot charge").id,
    ]
    assert (window.lines, window.errors) == (22, 4)
    assert sorted(kind.id for kind in window.fingerprints) == sorted(in_a_file)
    world.journal.close()


def test_filters_narrow_what_is_read(journal: JournalFile) -> None:
    unit = begun(journal, units=("checkout.service", "cart*.service"))
    grave = begun(journal, priority="err")
    match = begun(journal, matches=("_TRANSPORT=kernel", "_TRANSPORT=audit"))
    journal.write("a", PRIORITY="4")
    journal.write("b", _SYSTEMD_UNIT="other.service", PRIORITY="2")
    journal.write("c", _SYSTEMD_UNIT="cart-api.service", PRIORITY="3", _TRANSPORT="kernel")
    journal.write("d", _TRANSPORT="audit")

    assert [line[-1] for line in unit.read()] == ["a", "c", "d"]
    assert [line[-1] for line in grave.read()] == ["b", "c"]
    assert [line[-1] for line in match.read()] == ["c", "d"]


def test_units_of_which_none_has_written_yet_are_nothing_to_read(journal: JournalFile) -> None:
    reader = begun(journal, units=("web-*",))
    journal.write("of another unit")
    assert reader.read() == []
    journal.write("mine", _SYSTEMD_UNIT="web-1.service")

    assert [line[-4:] for line in reader.read()] == ["mine"]


def test_an_entry_that_the_filter_does_not_let_pass_may_be_where_reading_goes_on(journal: JournalFile) -> None:
    journal.write("of another unit", _SYSTEMD_UNIT="other.service")
    reader = begun(journal, units=("checkout.service",))
    journal.write("mine")

    assert [line[-4:] for line in reader.read()] == ["mine"]


def test_control_characters_and_broken_encodings_come_as_they_are(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write(b"\x1b[31mred\x1b[0m \xff\xfe nul\0l")

    assert reader.read() == ["2023-11-14T22:13:20.000000Z INFO checkout[4711]: \x1b[31mred\x1b[0m \ufffd\ufffd null"]


def test_a_huge_entry_is_cut_and_said(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write("x" * (3 << 20), b"\x01" * (2 << 20))
    journal.write("after")

    lines = reader.read()

    assert sum(map(len, lines)) < 2.2 * (1 << 20)
    assert lines[-1].endswith("after")
    assert set(reader.notes) == {"A journal entry has more than 1 MiB: what is behind that is not read."}


def test_when_the_last_entry_is_gone_reading_goes_on_by_time_and_says_so_once(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write("one")
    assert len(reader.read()) == 1
    journal.path.unlink()  # what vacuuming does to old files
    journal.write("two")

    assert [line[-3:] for line in reader.read()] == ["two"]
    assert len(reader.notes) == 1
    assert "no longer holds the entry that was read last" in reader.notes[0]
    journal.write("three")
    assert [line[-5:] for line in reader.read()] == ["three"]
    assert len(reader.notes) == 1


def test_a_lost_entry_is_told_once_even_while_nothing_new_comes(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write("one")
    reader.read()
    journal.path.unlink()
    journal.write("old", __REALTIME_TIMESTAMP="1600000000000000", __MONOTONIC_TIMESTAMP="1")

    assert reader.read() == []
    assert reader.read() == []
    assert len(reader.notes) == 1


def test_where_nothing_passes_the_filter_for_long_reading_goes_on_behind_the_others(journal: JournalFile) -> None:
    others = {"_SYSTEMD_UNIT": "other.service"}
    reader = begun(journal, units=("checkout.service",))
    journal.write("mine", **at(0))
    assert len(reader.read()) == 1
    stream = f"journal {MACHINE}"
    before = reader.checkpoints[stream]
    journal.write("o", **others, **at(1.5))
    assert reader.read() == []
    assert reader.checkpoints[stream] == before  # not for a while that is short
    journal.write("o", **others, **at(3))
    journal.write("o", **others, **at(5.5))
    assert reader.read() == []
    assert reader.checkpoints[stream].position["realtime_us"] == int(at(3)["__REALTIME_TIMESTAMP"])  # an hour behind the end, at least
    journal.write("mine", **at(5.6))

    assert [line[11:19] for line in reader.read()] == ["03:49:20"]
    assert reader.notes == []


def test_entries_of_one_microsecond_are_looked_through_for_the_one_that_was_read_last(journal: JournalFile) -> None:
    """As when the machine was installed anew, or wrote two journals: nothing but the cursor tells its entries of one time."""
    files = [JournalFile(journal.folder, boot=f"{n:032x}") for n in range(2, 6)]
    for n, file in enumerate(files):
        file.path = journal.folder / f"file-{n}.journal"
        file.write("before", **at(n / 100))
    reader = begun(journal)
    for n, file in enumerate(files):
        file.write(f"new {n}", **at(1))

    assert len(reader.read()) == len(files)
    assert reader.read() == []
    assert reader.notes == []


def test_the_own_journal_is_one_stream_and_asked_no_more_than_it_takes(journal: JournalFile, tmp_path: Path) -> None:
    local = Local(journal, tmp_path)
    reader = Reader(local.source)
    reader.read()
    journal.write("one")
    reader.read()
    journal.write("two")
    local.calls()

    assert ends(reader.read()) == ["two"]
    assert reader.checkpoints.keys() == {"journal"}
    looked_up, read = local.calls()
    assert "--cursor=" in looked_up
    assert "--until=" in looked_up
    assert "--cursor=" in read


def test_a_journal_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    require_journal_tools()

    with pytest.raises(Unavailable, match="No such file or directory"):
        Reader(JournaldLogSource(JournaldSource(directory=str(tmp_path / "nowhere")))).read()


def test_no_journalctl_is_said() -> None:
    with pytest.raises(Unavailable, match="no-journalctl can't be started: No such file or directory"):
        Reader(JournaldLogSource(JournaldSource(), program="no-journalctl")).read()


def test_what_journalctl_says_is_asked_for_in_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    program = tmp_path / "journalctl"
    program.write_text('#!/bin/sh\necho "Failed to open: in $LC_ALL" >&2\nexit 1\n')
    program.chmod(0o755)

    with pytest.raises(Unavailable, match="Failed to open: in C"):
        Reader(JournaldLogSource(JournaldSource(), program=str(program))).read()


def test_a_journal_that_this_user_may_not_read_says_whom_to_make_a_member(tmp_path: Path) -> None:
    program = tmp_path / "journalctl"
    program.write_text("#!/bin/sh\necho 'No journal files were opened due to insufficient permissions.' >&2\n")
    program.chmod(0o755)

    with pytest.raises(Unavailable, match=r"insufficient permissions.* group systemd-journal"):
        Reader(JournaldLogSource(JournaldSource(), program=str(program))).read()
