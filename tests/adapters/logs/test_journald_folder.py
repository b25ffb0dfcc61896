"""A folder in which the journals of several machines are collected: each goes on from where it was left, whatever comes of the others."""

from pathlib import Path

import pytest

from bot.adapters.logs import journald
from bot.adapters.logs.journald import JournaldLogSource
from bot.core.sources import JournaldSource
from bot.ports.errors import Unavailable
from tests.adapters.logs.journal_file import JournalFile, at
from tests.adapters.logs.journal_reader import Local, begun, ends
from tests.adapters.logs.reader import Reader


def machine(folder: Path, n: int) -> JournalFile:
    """Return the journal of a further machine that is collected in the same folder."""
    return JournalFile(folder, f"{n:032x}", f"{n:032x}")


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
    assert ["no longer holds the entry that was read last" in note for note in reader.notes] == [True, True]  # of each machine


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
