"""Contract of the watches."""

from contextlib import suppress

from sqlalchemy import create_engine

from bot.adapters.journal import SqlJournal
from bot.core.baseline import HourTally
from bot.core.cut_windows import Stretch
from bot.core.families import Family
from bot.core.seen_kinds import SeenKind, batch_of
from bot.ports.logs import Checkpoint

from .values import NOON, after, see, window


def test_each_stream_of_a_watch_goes_on_where_it_was(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.watches.save_checkpoint("api", Checkpoint("/var/log/a.log", {"inode": 7, "offset": 2**40, "tail": "\udcff"}))
        tx.watches.save_checkpoint("api", Checkpoint("/var/log/b.log", {"inode": 8, "offset": 0}))
        tx.watches.save_checkpoint("web", Checkpoint("/var/log/a.log", {"inode": 9}))
    with journal.begin() as tx:
        tx.watches.save_checkpoint("api", Checkpoint("/var/log/b.log", {"inode": 8, "offset": 100}))

    with journal.read() as tx:
        assert tx.watches.checkpoints("api") == {
            "/var/log/a.log": Checkpoint("/var/log/a.log", {"inode": 7, "offset": 2**40, "tail": "\udcff"}),
            "/var/log/b.log": Checkpoint("/var/log/b.log", {"inode": 8, "offset": 100}),
        }
        assert tx.watches.checkpoints("unknown") == {}


def test_a_stream_that_is_over_is_forgotten(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        for watch, stream in (("api", "/a.log"), ("api", "/b.log"), ("web", "/a.log")):
            tx.watches.save_checkpoint(watch, Checkpoint(stream, {"offset": 1}))
    with journal.begin() as tx:
        tx.watches.save_checkpoint("api", Checkpoint("/a.log", {}))
        tx.watches.save_checkpoint("api", Checkpoint("/never.log", {}))

    with journal.read() as tx:
        assert [*tx.watches.checkpoints("api")] == ["/b.log"]
        assert [*tx.watches.checkpoints("web")] == ["/a.log"]


def test_a_file_whose_name_is_no_text_has_its_own_checkpoint(journal: SqlJournal) -> None:
    odd = Checkpoint("/var/log/\udce4.log", {"offset": 1})
    with journal.begin() as tx:
        tx.watches.save_checkpoint("api", odd)
        tx.watches.save_checkpoint("api", odd)
    with journal.read() as tx:
        assert tx.watches.checkpoints("api") == {odd.stream: odd}


def test_a_window_and_its_checkpoints_are_written_together_or_not_at_all(journal: SqlJournal) -> None:
    with suppress(ZeroDivisionError), journal.begin() as tx:
        tx.watches.add_window(window())
        tx.watches.save_checkpoint("api", Checkpoint("a", {"offset": 1}))
        raise ZeroDivisionError
    with journal.read() as tx:
        assert tx.watches.last_window("api") is None
        assert tx.watches.checkpoints("api") == {}


def test_the_last_window_of_a_watch_is_the_one_written_last(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        for lines in (1, 2):
            tx.watches.add_window(window(lines=lines))
        tx.watches.add_window(window("web", lines=3))
    with journal.read() as tx:
        assert tx.watches.last_window("api") == window(lines=2)
        assert tx.watches.last_window("web") == window("web", lines=3)


def test_a_fingerprint_is_new_once_for_each_watch(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        assert see(tx, "api", "f1", "timeout \udcff\0", 3, NOON)
        assert not see(tx, "api", "f1", "timeout", 4, after(15))
        assert see(tx, "web", "f1", "timeout", 1, after(15))
    with journal.begin() as tx:
        assert not see(tx, "api", "f1", "timeout", 4, after(30))


def test_windows_come_newest_first_since_a_time_and_no_more_than_asked(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        for n in range(4):
            tx.watches.add_window(window(began_at=after(15 * n), ended_at=after(15 * n + 15), lines=n))
        tx.watches.add_window(window("web"))

    with journal.read() as tx:
        assert [each.lines for each in tx.watches.recent_windows("api", after(30), 10)] == [3, 2, 1]
        assert [each.lines for each in tx.watches.recent_windows("api", NOON, 2)] == [3, 2]


def test_an_hour_is_written_once_and_found_by_its_beginning(journal: SqlJournal) -> None:
    first, second = HourTally(NOON, after(3)), HourTally(after(60), after(61))
    read = Stretch(900, 2, {"f1": 2})
    with journal.begin() as tx:
        tx.watches.save_hour("api", second)
        tx.watches.save_hour("api", first)
        tx.watches.save_hour("web", first)
        tx.watches.save_hour("api", first.add(10, read, read, 3600))

    with journal.read() as tx:
        assert tx.watches.first_hour("api") == HourTally(NOON, after(3), 900, 10, 2, {"f1": 2}, windows=0.25, busiest=2, part=read)
        assert tx.watches.first_hour("none") is None
        assert {each.hour for each in tx.watches.hours("api", [NOON, after(60), after(120)])} == {NOON, after(60)}
        assert tx.watches.hours("api", []) == []


def test_what_was_resolved_is_remembered_until_it_is_back(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.watches.mark_resolved("api", ["f1", "f2", "f2"], NOON)
        tx.watches.mark_resolved("api", ["f1"], after(5))
        tx.watches.mark_resolved("web", ["f3"], NOON)
    with journal.begin() as tx:
        assert tx.watches.resolved("api") == {"f1", "f2"}
        tx.watches.mark_back("api", ["f2", "f9"])
        tx.watches.mark_back("api", [])
        assert tx.watches.resolved("api") == {"f1"}
        assert tx.watches.resolved("web") == {"f3"}


def test_pruning_forgets_what_is_old_but_no_watch_its_last_window(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.watches.add_window(window(ended_at=after(1)))
        tx.watches.add_window(window(ended_at=after(2), lines=2))
        tx.watches.add_window(window("web", ended_at=after(100)))
        for minutes in (0, 60, 120):
            tx.watches.save_hour("api", HourTally(after(minutes), after(minutes)))
        tx.watches.mark_resolved("api", ["f1", "f4"], NOON)
        for n in range(5):
            see(tx, "api", f"f{n}", "t", 1, after(n))
        see(tx, "web", "f1", "t", 1, NOON)
    with journal.begin() as tx:
        assert tx.watches.prune(after(50), after(100), 3) == 1 + 2 + 1 + 2
        assert tx.watches.prune(after(50), after(100), 3) == 0

    with journal.begin() as tx:
        assert tx.watches.last_window("api") == window(ended_at=after(2), lines=2)
        assert tx.watches.hours("api", [NOON, after(60), after(120)]) == [HourTally(after(120), after(120))]
        assert tx.watches.resolved("api") == {"f4"}  # known, so it must be called back; f1 is forgotten, and new when it returns
        assert not see(tx, "api", "f4", "t", 1, after(9))
        assert see(tx, "api", "f0", "t", 1, after(9))


def test_families_are_kept_for_each_watch_in_the_order_of_their_making(journal: SqlJournal) -> None:
    first, second = Family("f1+b", "cannot publish to <+> now"), Family("f1+a", "queue <+> is full of \udcff\0")
    with journal.begin() as tx:
        tx.watches.add_families("api", [first], NOON)
        tx.watches.add_families("api", [second], after(15))
        tx.watches.add_families("web", [first], NOON)
    with journal.read() as tx:
        assert [family.id for family in tx.watches.families("api")] == ["f1+b", "f1+a"]
        assert tx.watches.families("web") == [first]


def test_templates_are_those_of_the_kinds_that_were_seen_last(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        for number, template in enumerate(("oldest", "older", "newest")):
            see(tx, "api", f"f{number}", template, 1, after(number))
        see(tx, "web", "f9", "elsewhere", 1, after(9))
    with journal.read() as tx:
        assert tx.watches.templates("api", 2) == ["newest", "older"]


def kinds(*numbers: int) -> str:
    return batch_of(SeenKind(f"f{number}", "t \udcff\0", number) for number in numbers)


def test_many_kinds_are_asked_for_at_once_those_that_are_known_and_those_that_are_new(journal: SqlJournal) -> None:
    ids = [f"f{number}" for number in range(1300)]
    with journal.begin() as tx:
        tx.watches.note_kinds("api", [kinds(*range(0, 1400, 2))], NOON)
        tx.watches.note_kinds("web", [kinds(1, 2)], NOON)
        assert tx.watches.known("api", ids) == frozenset()  # not before they are filed
        while tx.watches.file_kinds("api"):
            pass
        assert tx.watches.known("api", ids) == frozenset(ids[::2])
        assert tx.watches.known("api", []) == frozenset()
        assert tx.watches.known("web", ids) == frozenset()


def test_a_note_is_filed_once_and_counts_with_what_is_known(journal: SqlJournal, url: str) -> None:
    with journal.begin() as tx:
        tx.watches.note_kinds("api", [kinds(1, 2), kinds(3)], NOON)
        tx.watches.note_kinds("api", [kinds(2)], after(15))
        tx.watches.note_kinds("api", [], after(15))
    with suppress(ZeroDivisionError), journal.begin() as tx:
        assert tx.watches.file_kinds("api")
        raise ZeroDivisionError
    with journal.read() as tx:
        assert tx.watches.has_noted_kinds("api")
        assert not tx.watches.has_noted_kinds("web")

    for left in (True, True, False):
        with journal.begin() as tx:
            assert tx.watches.file_kinds("api") is left
    with journal.begin() as tx:
        assert not tx.watches.has_noted_kinds("api")
        assert not tx.watches.file_kinds("api")
        assert tx.watches.count_kinds("api") == 3

    engine = create_engine(url)
    with engine.connect() as connection:
        assert {row[0]: row[1] for row in connection.exec_driver_sql("SELECT fingerprint, count FROM fingerprints")} == {
            "f1": 1,
            "f2": 4,
            "f3": 3,
        }
    engine.dispose()


def test_the_kinds_that_were_seen_longest_ago_are_forgotten_some_at_a_time(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        for minute in range(6):
            see(tx, "api", f"f{minute}", "t", 1, after(minute))
        see(tx, "web", "f0", "t", 1, NOON)
        assert [tx.watches.forget_kinds("api", 2), tx.watches.count_kinds("api")] == [2, 4]
        assert tx.watches.known("api", [f"f{n}" for n in range(6)]) == {"f2", "f3", "f4", "f5"}
        assert [tx.watches.forget_kinds("api", 9), tx.watches.forget_kinds("api", 9)] == [4, 0]
        assert tx.watches.count_kinds("web") == 1
