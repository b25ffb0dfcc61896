"""What is asked often is answered from an index: its cost does not grow with what is done already."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.adapters.journal import SqlJournal
from bot.adapters.journal.direct import driver_connection
from bot.core.operations import OperationState
from bot.ports.journal import OutboxRow, OutboxState, Transaction

from .values import NOON, envelope, message, operation, row, see

OF_OUTBOX = OutboxRow("C1", message("x"), story="s", id=1, state=OutboxState.SENDING)

QUESTIONS: dict[str, Callable[[Transaction], object]] = {
    "inbox.receive": lambda tx: tx.inbox.receive(envelope("k"), "U1"),
    "inbox.begin": lambda tx: tx.inbox.begin(1),
    "inbox.finish": lambda tx: tx.inbox.finish(1, NOON),
    "inbox.knows": lambda tx: tx.inbox.knows("k"),
    "inbox.unfinished": lambda tx: tx.inbox.unfinished(),
    "inbox.prune": lambda tx: tx.inbox.prune(NOON),
    "operations.add": lambda tx: tx.operations.add(operation("1"), "k"),
    "operations.save": lambda tx: tx.operations.save(operation("1"), OperationState.RUNNING),
    "operations.get": lambda tx: tx.operations.get("1"),
    "operations.by_request": lambda tx: tx.operations.by_request("k"),
    "operations.in_states": lambda tx: tx.operations.in_states(OperationState.RUNNING, OperationState.DISPATCHING),
    "operations.last_succeeded": lambda tx: tx.operations.last_succeeded("checkout", "production"),
    "operations.recent": lambda tx: tx.operations.recent(10),
    "operations.recent of a service": lambda tx: tx.operations.recent(10, "checkout"),
    "audit.recent": lambda tx: tx.audit.recent(10),
    "audit.recent of a subject": lambda tx: tx.audit.recent(10, "operation:1"),
    "outbox.put": lambda tx: tx.outbox.put(row("x", story="s"), NOON),
    "outbox.next": lambda tx: tx.outbox.next("C1"),
    "outbox.pending_channels": lambda tx: tx.outbox.pending_channels(),
    "outbox.sent": lambda tx: tx.outbox.sent(OF_OUTBOX, "1.0", NOON),
    "outbox.retry": lambda tx: tx.outbox.retry(1),
    "outbox.story_at": lambda tx: tx.outbox.story_at("C1", "1.0"),
    "outbox.is_posting": lambda tx: tx.outbox.is_posting("C1"),
    "outbox.posted": lambda tx: tx.outbox.posted("s"),
    "outbox.prune": lambda tx: tx.outbox.prune(NOON),
    "watches.last_window": lambda tx: tx.watches.last_window("api"),
    "watches.checkpoints": lambda tx: tx.watches.checkpoints("api"),
    "watches.known": lambda tx: tx.watches.known("api", ["f1", "f2"]),
    "watches.has_noted_kinds": lambda tx: tx.watches.has_noted_kinds("api"),
    "watches.count_kinds": lambda tx: tx.watches.count_kinds("api"),
    "watches.forget_kinds": lambda tx: tx.watches.forget_kinds("api", 100),
    "watches.file_kinds": lambda tx: see(tx, "api", "f", "t", 1, NOON),
    "locks.get": lambda tx: tx.locks.get("1"),
    "locks.at": lambda tx: tx.locks.at("acme/checkout", "production"),
    "locks.open": lambda tx: tx.locks.open(),
    "watches.recent_windows": lambda tx: tx.watches.recent_windows("api", NOON, 10),
    "watches.first_hour": lambda tx: tx.watches.first_hour("api"),
    "watches.hours": lambda tx: tx.watches.hours("api", [NOON]),
    "watches.resolved": lambda tx: tx.watches.resolved("api"),
    "watches.mark_back": lambda tx: tx.watches.mark_back("api", ["f1"]),
    "alerts.open_of": lambda tx: tx.alerts.open_of("watch:api"),
    "alerts.get": lambda tx: tx.alerts.get("A1"),
    "alerts.open": lambda tx: tx.alerts.open(),
    "alerts.open of a channel": lambda tx: tx.alerts.open("C1"),
}
# What waits is little, and sorting it is fine; what is done is much.
MAY_WALK = {("outbox.prune", "SCAN stories")}  # every six hours, and 10 ms for 100,000 of them
MAY_SORT = {"locks.open", "operations.in_states", "alerts.open", "alerts.open of a channel", "outbox.pending_channels", "outbox.next"}


def plans(journal: SqlJournal, path: Path, ask: Callable[[Transaction], object]) -> list[str]:
    asked: list[str] = []
    with journal.begin() as tx:
        assert journal._held is not None
        driver = driver_connection(journal._held)
        driver.set_trace_callback(asked.append)  # SQLite's own word, with the values in it
        ask(tx)
        driver.set_trace_callback(None)

    connection = sqlite3.connect(path)
    found = [str(line[3]) for statement in asked for line in connection.execute("EXPLAIN QUERY PLAN " + statement)]
    assert found
    connection.close()
    return found


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_answered_from_an_index(journal: SqlJournal, path: Path, name: str) -> None:
    found = plans(journal, path, QUESTIONS[name])
    walks = [
        line
        for line in found
        if line.startswith("SCAN")
        and "INDEX" not in line
        and line not in ("SCAN CONSTANT ROW", "SCAN audit_events")
        and (name, line) not in MAY_WALK
    ]
    sorts = [line for line in found if "TEMP B-TREE" in line and name not in MAY_SORT]
    assert walks == []
    assert sorts == []
    assert "SCAN audit_events" not in found or name == "audit.recent"  # by its primary key from the end, and no further than asked for
