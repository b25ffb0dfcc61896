"""Contract of the inbox."""

from bot.adapters.journal import SqlJournal
from bot.ports.events import EnvelopeKind
from bot.ports.journal import InboxState

from .values import NOON, after, envelope


def test_an_envelope_is_written_down_and_comes_back_whole(journal: SqlJournal) -> None:
    sent = envelope(
        "k1", kind=EnvelopeKind.SUBMISSION, values={"version": "1.2.3", "notify": ["U1", "U2"]}, text="\ud83d half, \0, ü", removed=True
    )
    with journal.begin() as tx:
        entry = tx.inbox.receive(sent, lane="U1")

    with journal.read() as tx:
        assert tx.inbox.unfinished() == [entry]
    assert entry is not None
    assert (entry.envelope, entry.lane, entry.state) == (sent, "U1", InboxState.NEW)


def test_a_second_delivery_is_not_written(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        first = tx.inbox.receive(envelope("k1"), lane="U1")
        again = tx.inbox.receive(envelope("k1", text="the same, later"), lane="U1")
    with journal.begin() as tx:
        later = tx.inbox.receive(envelope("k1"), lane="U1")

    assert first is not None
    assert again is None
    assert later is None
    with journal.read() as tx:
        assert [entry.envelope.text for entry in tx.inbox.unfinished()] == ["checkout 1.2.3"]


def test_a_second_delivery_is_known_after_the_first_was_finished(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        entry = tx.inbox.receive(envelope("k1"), lane="U1")
        assert entry is not None
        tx.inbox.finish(entry.id, after(1))

    with journal.begin() as tx:
        assert tx.inbox.receive(envelope("k1"), lane="U1") is None


def test_unfinished_entries_are_the_new_and_the_running_oldest_first(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        entries = [tx.inbox.receive(envelope(f"k{n}"), lane="U1") for n in range(4)]
        ids = [entry.id for entry in entries if entry]
        tx.inbox.begin(ids[0])
        tx.inbox.begin(ids[1])
        tx.inbox.finish(ids[1], after(1))
        tx.inbox.finish(ids[2], after(1), error="ValueError: no such service")

    with journal.read() as tx:
        assert [(entry.id, entry.state) for entry in tx.inbox.unfinished()] == [(ids[0], InboxState.RUNNING), (ids[3], InboxState.NEW)]


def test_only_finished_entries_are_forgotten(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        old_open = tx.inbox.receive(envelope("old and open"), lane="U1")
        old_done = tx.inbox.receive(envelope("old and done"), lane="U1")
        new_done = tx.inbox.receive(envelope("new and done", received_at=after(60)), lane="U1")
        assert old_open
        assert old_done
        assert new_done
        tx.inbox.finish(old_done.id, after(61))
        tx.inbox.finish(new_done.id, after(61))

    with journal.begin() as tx:
        assert tx.inbox.prune(before=after(30)) == 1

    with journal.begin() as tx:
        assert [entry.id for entry in tx.inbox.unfinished()] == [old_open.id]
        assert tx.inbox.receive(envelope("new and done"), lane="U1") is None
        assert tx.inbox.receive(envelope("old and done"), lane="U1") is not None


def test_times_keep_their_microseconds_and_come_back_in_utc(journal: SqlJournal) -> None:
    at = NOON.replace(microsecond=1)
    with journal.begin() as tx:
        tx.inbox.receive(envelope("k1", received_at=at), lane="U1")
    with journal.read() as tx:
        assert tx.inbox.unfinished()[0].envelope.received_at == at
        assert tx.inbox.unfinished()[0].envelope.received_at.tzinfo is at.tzinfo


def test_a_key_is_known_from_its_arrival_until_it_is_let_go(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        assert not tx.inbox.knows("k1")
        entry = tx.inbox.receive(envelope("k1"), "a")
        assert entry is not None
        assert tx.inbox.knows("k1")
        tx.inbox.finish(entry.id, after(1))
        assert tx.inbox.knows("k1")
        tx.inbox.finish(entry.id, after(1), free_key=True)
        assert not tx.inbox.knows("k1")
