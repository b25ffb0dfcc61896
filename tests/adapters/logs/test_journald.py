"""The journal of systemd: filters, what a line looks like, a lost cursor, and a journal that can't be read. The files are real."""

from pathlib import Path

import pytest

from bot.adapters.logs import journald
from bot.adapters.logs.journald import JournaldLogSource
from bot.core.fingerprints import fingerprint
from bot.core.sources import JournaldSource
from bot.ports.errors import Unavailable
from tests.adapters.logs.journal_file import MACHINE, JournalFile, require_journal_tools
from tests.adapters.logs.reader import Reader


@pytest.fixture
def journal(tmp_path: Path) -> JournalFile:
    require_journal_tools()
    return JournalFile(tmp_path / "journal")


def begun(journal: JournalFile, **filters: str | tuple[str, ...]) -> Reader:
    """Return a reader of a watch that began before anything was written."""
    reader = Reader(JournaldLogSource(JournaldSource(directory=str(journal.folder), **filters)))  # type: ignore[arg-type]
    assert reader.read() == []
    return reader


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


def at(hours: float) -> dict[str, str]:
    """Return the fields of an entry that was written so many hours after the first."""
    microseconds = round((1_700_000_000 + hours * 3600) * 1_000_000)
    return {"__REALTIME_TIMESTAMP": str(microseconds), "__MONOTONIC_TIMESTAMP": str(microseconds - 1_600_000_000_000_000)}


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


def machine(folder: Path, n: int) -> JournalFile:
    """Return the journal of a further machine that is collected in the same folder."""
    return JournalFile(folder, f"{n:032x}", f"{n:032x}")


def ends(lines: list[str]) -> list[str]:
    return sorted(line.rpartition(": ")[2] for line in lines)


def test_entries_of_a_machine_that_come_late_are_read_once_whatever_others_wrote_meanwhile(journal: JournalFile) -> None:
    slow, quick = journal, machine(journal.folder, 2)
    slow.write("s0", **at(0))
    quick.write("q0", **at(0))
    reader = begun(journal)
    quick.write("q1", **at(2))
    assert ends(reader.read()) == ["q1"]
    slow.write("s1", "s2", **at(1))
    assert ends(reader.read()) == ["s1", "s2"]
    assert reader.read() == []
    slow.write("s3", **at(1.1))
    quick.write("q2", **at(2))

    assert ends(reader.read()) == ["q2", "s3"]
    assert reader.read() == []
    assert reader.notes == []


def test_a_machine_that_comes_later_is_read_from_when_the_watch_began(journal: JournalFile) -> None:
    journal.write("before", **at(0))
    reader = begun(journal)
    machine(journal.folder, 2).write("years ago", **at(-1000))
    machine(journal.folder, 3).write("since", **at(0.5))

    assert ends(reader.read()) == ["since"]
    machine(journal.folder, 4).write("late", **at(0.1))
    assert ends(reader.read()) == ["late"]
    assert reader.read() == []


def test_a_folder_in_which_nobody_had_written_is_read_from_its_beginning(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write("one", **at(0))
    machine(journal.folder, 2).write("two", **at(-1))

    assert ends(reader.read()) == ["one", "two"]
    assert reader.read() == []


def test_a_machine_whose_last_entry_is_gone_says_so_and_the_others_do_not(journal: JournalFile) -> None:
    other = machine(journal.folder, 2)
    reader = begun(journal)
    journal.write("one", **at(0))
    other.write("two", **at(0))
    reader.read()
    other.path.unlink()
    assert reader.read() == []
    other.write("three", **at(1))

    assert ends(reader.read()) == ["three"]
    (note,) = reader.notes
    assert note.startswith(
        f"The journal of machine {2:032x} no longer holds the entry that was read last: it goes on behind 2023-11-14 22:13:20 UTC"
    )


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


class Local:
    """A machine's own journal: what journalctl finds when no folder is named. `calls` is what it was asked."""

    def __init__(self, journal: JournalFile, folder: Path) -> None:
        self._asked, program = folder / "asked", folder / "journalctl"
        program.write_text(f'#!/bin/sh\necho "$@" >> {self._asked}\nexec journalctl --directory={journal.folder} "$@"\n')
        program.chmod(0o755)
        self.source = JournaldLogSource(JournaldSource(), program=str(program))
        self.calls()

    def calls(self) -> list[str]:
        """Return what was asked since the last time."""
        found = self._asked.read_text().splitlines() if self._asked.exists() else []
        self._asked.write_text("")
        return found


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


def test_a_folder_that_an_earlier_version_read_as_one_stream_goes_on_machine_by_machine(journal: JournalFile, tmp_path: Path) -> None:
    others = [machine(journal.folder, n) for n in (2, 3, 4)]
    earlier = Reader(Local(journal, tmp_path).source)
    for n, each in enumerate((journal, *others)):
        each.write(f"{n} before", **at(n / 100))
    earlier.read()
    for n, each in enumerate((journal, *others)):
        each.write(f"{n} read", **at(1 + n / 100))
    assert len(earlier.read()) == 4
    for n, each in enumerate((journal, others[0])):
        each.write(f"{n} new", **at(2))
    reader = Reader(JournaldLogSource(JournaldSource(directory=str(journal.folder))))
    reader.checkpoints = earlier.checkpoints
    batches = reader.peek()

    for stop in range(len(batches) + 1):
        split = Reader(reader.source)
        split.checkpoints = dict(reader.checkpoints)
        assert ends(split.take(batches[:stop]) + split.read()) == ["0 new", "1 new"]
    assert reader.take(batches)
    assert "journal" not in reader.checkpoints
    for n, each in enumerate((journal, *others)):
        each.write(f"{n} late", **at(1.5 + n))
    machine(journal.folder, 5).write("5 late", **at(1.5))
    assert ends(reader.read()) == ["0 late", "1 late", "2 late", "3 late", "5 late"]
    assert reader.read() == []
    assert reader.notes == []


def test_a_watch_of_a_folder_that_is_one_of_the_own_journal_now_begins_at_its_end(journal: JournalFile, tmp_path: Path) -> None:
    journal.write("before")
    reader = begun(journal)
    reader.source = Local(journal, tmp_path).source
    assert reader.read() == []
    journal.write("after")

    assert ends(reader.read()) == ["after"]
    assert reader.notes == []


def test_an_earlier_version_s_place_that_is_gone_is_told_and_gone_on_behind(journal: JournalFile, tmp_path: Path) -> None:
    other = machine(journal.folder, 2)
    other.write("before", **at(0))
    earlier = Reader(Local(journal, tmp_path).source)
    earlier.read()
    journal.write("read", **at(1))
    assert ends(earlier.read()) == ["read"]
    journal.path.unlink()
    journal.write("new", **at(2))
    reader = Reader(JournaldLogSource(JournaldSource(directory=str(journal.folder))))
    reader.checkpoints = earlier.checkpoints

    assert ends(reader.read()) == ["new"]
    other.write("after", **at(3))
    assert ends(reader.read()) == ["after"]
    assert all("no longer holds the entry that was read last" in note for note in reader.notes)


class Failing:
    """A folder in which what some machines wrote can't be read while `fails`.

    Args:
        at_end: it fails behind the last entry.
    """

    def __init__(self, journal: JournalFile, folder: Path, *machines: JournalFile, at_end: bool = False) -> None:
        self._list, program = folder / "failing", folder / "journalctl"
        self._matches = "".join(f"_MACHINE_ID={each.path.stem}\n" for each in machines)
        fail = f'for word in "$@"; do\ngrep -qx "$word" {self._list} && echo "Bad message" >&2 && exit 1\ndone\n'
        program.write_text("#!/bin/sh\n" + (f'journalctl "$@"\n{fail}exit 0\n' if at_end else f'{fail}exec journalctl "$@"\n'))
        program.chmod(0o755)
        self.source = JournaldLogSource(JournaldSource(directory=str(journal.folder)), program=str(program))
        self.fails(True)

    def fails(self, yes: bool) -> None:
        self._list.write_text(self._matches if yes else "")


def test_a_machine_whose_journal_can_not_be_read_is_told_and_does_not_keep_the_others_from_being_read(
    journal: JournalFile, tmp_path: Path
) -> None:
    bad = machine(journal.folder, 2)
    reader = begun(journal)
    failing = Failing(journal, tmp_path, bad)
    reader.source = failing.source
    journal.write("one", **at(0))
    bad.write("two", **at(0))

    assert ends(reader.read()) == ["one"]
    told = f"The journal of machine {2:032x} waits for the next read. The journal can't be read: Bad message."
    assert reader.notes == [told]
    journal.write("three", **at(1))
    batches = reader.peek()
    assert [why for batch in batches for why in batch.unreadable] == [told]
    assert ends(reader.take(batches)) == ["three"]
    failing.fails(False)
    assert ends(reader.read()) == ["two"]
    failing.fails(True)
    bad.write("four", **at(2))
    reader.read()
    assert reader.notes == [told, told]


def test_a_machine_that_could_not_be_read_for_once_and_has_nothing_new_is_noted_anew(journal: JournalFile, tmp_path: Path) -> None:
    bad = machine(journal.folder, 2)
    bad.write("two", **at(0))
    journal.write("one", **at(0))
    reader = begun(journal)
    failing = Failing(journal, tmp_path, bad)
    for yes in (True, False, True):
        reader.source = failing.source
        failing.fails(yes)
        assert reader.read() == []

    assert len(reader.notes) == 2


def test_what_was_read_of_a_machine_before_its_journal_failed_counts_once(
    journal: JournalFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journald, "BLOCK", 1)
    bad = machine(journal.folder, 2)
    reader = begun(journal)
    reader.source = Failing(journal, tmp_path, bad, at_end=True).source
    bad.write("one", "two", **at(0))
    journal.write("three", **at(0))

    assert ends(reader.read()) == ["one", "three", "two"]
    assert len(reader.notes) == 1
    assert reader.read() == []


def test_a_machine_that_can_not_be_read_when_the_watch_begins_is_read_from_then_on(journal: JournalFile, tmp_path: Path) -> None:
    bad = machine(journal.folder, 2)
    bad.write("before", **at(0))
    journal.write("one", **at(1))
    failing = Failing(journal, tmp_path, bad)
    reader = Reader(failing.source)
    assert reader.read() == []
    assert len(reader.notes) == 1
    bad.write("after", **at(2))
    failing.fails(False)

    assert ends(reader.read()) == ["after"]


def test_a_machine_that_can_not_be_read_while_an_earlier_version_s_place_is_taken_over_is_read_from_there(
    journal: JournalFile, tmp_path: Path
) -> None:
    bad = machine(journal.folder, 2)
    failing = Failing(journal, tmp_path, bad)
    (tmp_path / "own").mkdir()
    earlier = Reader(Local(journal, tmp_path / "own").source)
    bad.write("before", **at(0))
    earlier.read()
    bad.write("read", **at(1))
    assert ends(earlier.read()) == ["read"]
    bad.write("two", **at(2))
    journal.write("one", **at(2))
    reader = Reader(failing.source)
    reader.checkpoints = earlier.checkpoints

    assert ends(reader.read()) == ["one"]
    failing.fails(False)
    assert ends(reader.read()) == ["two"]


def test_where_no_machine_s_journal_can_be_read_the_folder_can_not(journal: JournalFile, tmp_path: Path) -> None:
    others = [journal, machine(journal.folder, 2)]
    for each in others:
        each.write("one", **at(0))
    reader = begun(journal)
    reader.source = Failing(journal, tmp_path, *others).source

    with pytest.raises(Unavailable, match="Bad message"):
        reader.read()


def test_a_match_of_machines_chooses_among_them(journal: JournalFile) -> None:
    journals = [journal, *(machine(journal.folder, n) for n in (2, 3))]
    some = begun(journal, matches=(f"_MACHINE_ID={2:032x}", f"_MACHINE_ID={3:032x}"))
    none = begun(journal, matches=(f"_MACHINE_ID={9:032x}",))
    for n, each in enumerate(journals, 1):
        each.write(f"{n} a", **at(n))
        each.write(f"{n} b", **at(n), PRIORITY="3")
    assert ends(some.read()) == ["2 a", "2 b", "3 a", "3 b"]
    assert none.read() == []
    machine(journal.folder, 9).write("9 c", **at(1))

    assert some.read() == []
    assert ends(none.read()) == ["9 c"]


def test_entries_that_do_not_say_whose_they_are_are_one_stream(journal: JournalFile) -> None:
    reader = begun(journal)
    journal.write("one", _MACHINE_ID="")

    assert ends(reader.read()) == ["one"]
    journal.write("two", _MACHINE_ID="")
    assert ends(reader.read()) == ["two"]
    assert reader.checkpoints.keys() == {"journal"}


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
