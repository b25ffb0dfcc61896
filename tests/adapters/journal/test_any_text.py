"""Names, keys and paths come from anywhere: half a character in one must not fail a transaction, and it is found again under what it was given as."""

from dataclasses import replace

from sqlalchemy import Text

from bot.adapters.journal import SqlJournal
from bot.adapters.journal.columns import AnyText
from bot.adapters.journal.tables import metadata
from bot.core.operations import OperationState
from bot.core.seen_kinds import SeenKind, batch_of
from bot.ports.chat import Whisper
from bot.ports.journal import OutboxRow, PluginSwitch
from bot.ports.logs import Checkpoint

from .values import NOON, alert, envelope, event, message, operation, window

HALF = "caf\udce9 \ud83d \0 ü"  # a file's name that is no UTF-8, a broken client's text, and what ends a text in C


def test_no_column_takes_text_as_it_comes() -> None:
    texts = [column for table in metadata.sorted_tables for column in table.columns if isinstance(column.type, AnyText | Text)]
    assert texts
    assert [str(column) for column in texts if not isinstance(column.type, AnyText)] == []


def test_an_envelope_is_known_by_its_key(journal: SqlJournal) -> None:
    for turn in range(3):  # from its second run on a statement goes a shorter way
        with journal.begin() as tx:
            entry = tx.inbox.receive(envelope(f"{HALF}{turn}"), f"view:{HALF}")
            assert entry is not None
            assert tx.inbox.receive(envelope(f"{HALF}{turn}"), "another") is None
            tx.inbox.finish(entry.id, NOON, f"No: {HALF}")


def test_an_operation_is_found_by_what_asked_for_it_and_by_its_service(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        assert tx.operations.add(operation("OP1", service=HALF, environment=HALF), HALF)
        assert not tx.operations.add(operation("OP2"), HALF)
        found = tx.operations.by_request(HALF)
        assert found is not None
        assert tx.operations.save(replace(found, state=OperationState.SUCCEEDED, finished_at=NOON), OperationState.REQUESTED)
    with journal.read() as tx:
        assert tx.operations.last_succeeded(HALF, HALF) is not None
        assert [each.id for each in tx.operations.recent(10, HALF)] == ["OP1"]


def test_a_storys_message_is_found_again_and_merged(journal: SqlJournal) -> None:
    story, channel = f"alert:{HALF}", f"C{HALF}"
    with journal.begin() as tx:
        tx.outbox.put(OutboxRow(channel, message("one"), story=story), NOON)
        assert tx.outbox.put(OutboxRow(channel, message("two"), story=story), NOON) is None
        tx.outbox.put(OutboxRow(channel, message("for you"), whisper=Whisper(HALF, channel)), NOON)
        row = tx.outbox.next(channel)
        assert row is not None
        tx.outbox.sent(row, "1.0", NOON)
        assert tx.outbox.posted(story) is not None
        assert tx.outbox.story_at(row.channel, "1.0")
        whispered = tx.outbox.next(f"@{HALF} {channel}")
        assert whispered is not None
        tx.outbox.failed(whispered.id, HALF, NOON)
        assert tx.outbox.pending_channels() == []


def test_the_audit_is_asked_for_a_subject_and_verifies(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.audit.add(event(actor=HALF, subject=f"lock:{HALF}", detail={"note": HALF, HALF: HALF}))
    with journal.read() as tx:
        assert len(tx.audit.recent(10, f"lock:{HALF}")) == 1
        assert tx.audit.verify() is None


def test_a_watch_and_its_alert_go_by_any_name(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.watches.save_checkpoint(HALF, Checkpoint(HALF, {"path": HALF}))
        tx.watches.add_window(window(HALF))
        tx.watches.note_kinds(HALF, [batch_of([SeenKind(HALF, HALF, 1)])], NOON)
        tx.watches.file_kinds(HALF)
        assert list(tx.watches.checkpoints(HALF)) == [HALF]
        assert tx.watches.last_window(HALF) is not None
        assert tx.watches.count_kinds(HALF) == 1
        raised = alert("A1", watch=HALF, channel=HALF)
        tx.alerts.add(raised)
        assert tx.alerts.open(HALF) == [raised]


def test_a_plugin_keeps_something_under_any_name(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.plugins.switch(PluginSwitch(HALF, False, HALF, NOON, HALF))
        tx.plugins.put(HALF, HALF, {HALF: HALF}, NOON)
        assert tx.plugins.get(HALF, HALF) is not None
        assert len(tx.plugins.items(HALF, HALF[:5])) == 1
        assert tx.plugins.delete(HALF, HALF)
