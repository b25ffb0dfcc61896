"""Contract of the watches."""

from contextlib import suppress

from bot.adapters.journal import SqlJournal
from bot.ports.logs import Checkpoint

from .values import NOON, after, window


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
        assert tx.watches.see_fingerprint("api", "f1", "timeout \udcff\0", 3, NOON)
        assert not tx.watches.see_fingerprint("api", "f1", "timeout", 4, after(15))
        assert tx.watches.see_fingerprint("web", "f1", "timeout", 1, after(15))
    with journal.begin() as tx:
        assert not tx.watches.see_fingerprint("api", "f1", "timeout", 4, after(30))
