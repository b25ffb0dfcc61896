"""Contract of what people wrote in audit events: it can be erased, it can't be changed, and the chain holds."""

import pytest

from bot.adapters.journal import SqlJournal
from bot.adapters.journal.words import COMMITMENT, REDACTED
from bot.core.gates import check_lock
from bot.core.locks import Lock, LockState
from bot.core.operations import OperationState
from bot.ports.errors import JournalError
from bot.ports.journal import AuditEvent, ChainBreak, ChainFault

from .test_audit import Tamper, verified
from .values import after, alert, event, operation


def written(journal: SqlJournal) -> AuditEvent:
    with journal.begin() as tx:
        tx.operations.add(operation("7f3a", reason="Rejected by ann: my cat is ill", version="v1.5.0"), "k1")
        tx.alerts.add(alert("A1").__class__(**{**_fields(alert("A1")), "note": "cat"}))
        tx.audit.add(
            event(
                "operation.rejected", actor="U0ANN", subject="operation:7f3a", detail={"reason": "Rejected by ann: my cat is ill", "n": 1}
            )
        )
        tx.audit.add(event("alert.noted", actor="U0BOB", subject="alert:A1", detail={"note": "looking"}))
        tx.audit.add(event("operation.failed", actor="github", subject="operation:7f3a", detail={"reason": "a job failed"}))
        return tx.audit.add(event("alert.noted", actor="U0ANN", subject="alert:A1", detail={"note": "cat"}, at=after(1)))


def _fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}  # type: ignore[attr-defined]


def details(journal: SqlJournal) -> list[object]:
    with journal.read() as tx:
        return [dict(each.detail) for each in reversed(tx.audit.recent(10))]


def test_words_are_read_as_they_were_written_and_the_chain_holds_a_commitment(journal: SqlJournal) -> None:
    last = written(journal)
    assert last.detail == {"note": "cat"}
    assert details(journal)[0] == {"reason": "Rejected by ann: my cat is ill", "n": 1}
    with journal._database.reader.connect() as connection:
        raw = connection.exec_driver_sql("SELECT detail FROM audit_events ORDER BY seq").scalars().all()
    assert "cat" not in "".join(raw)
    assert COMMITMENT in raw[0]
    assert "a job failed" not in raw[2]  # a reason may quote a person
    assert verified(journal) is None


def test_what_a_person_wrote_is_erased_everywhere_and_the_chain_still_holds(journal: SqlJournal) -> None:
    last = written(journal)
    with journal.begin() as tx:
        assert tx.audit.redact("U0ANN", by="op") == (2, 0)
    assert verified(journal, last.hash) is None
    assert details(journal)[:4] == [{"reason": REDACTED, "n": 1}, {"note": "looking"}, {"reason": "a job failed"}, {"note": REDACTED}]
    assert details(journal)[4] == {"count": 2, "signed_off_by": "op"}
    with journal.read() as tx:
        found = tx.operations.get("7f3a")
        assert found is not None
        assert (found.reason, found.version) == (REDACTED, "v1.5.0")
        noted = tx.alerts.get("A1")
        assert noted is not None
        assert noted.note == REDACTED


@pytest.mark.parametrize("column", ["text", "salt"])
def test_words_that_were_changed_are_named(journal: SqlJournal, tamper: Tamper, column: str) -> None:
    written(journal)
    tamper(f"UPDATE audit_words SET {column} = 'dog' WHERE seq = 2")  # noqa: S608 - words of our own
    assert verified(journal) == ChainBreak(2, ChainFault.CHANGED)


def test_words_that_nobody_redacted_are_missed_and_those_that_were_are_not(journal: SqlJournal, tamper: Tamper) -> None:
    written(journal)
    with journal.begin() as tx:
        tx.audit.redact("U0BOB", by="op")  # one text, of event 2
    assert verified(journal) is None
    tamper("DELETE FROM audit_words WHERE seq = 4")
    assert verified(journal) == ChainBreak(2, ChainFault.WORDS_GONE)


def test_words_go_with_the_events_that_are_pruned(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.audit.add(event("alert.noted", actor="U0ANN", detail={"note": "cat"}, at=after(-10)))
        tx.audit.add(event("alert.noted", actor="U0ANN", detail={"note": "dog"}, at=after(-5)))
        assert tx.audit.prune(after(-7), by="op")
    with journal._database.reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT text FROM audit_words").scalars().all() == ["dog"]
    assert verified(journal) is None


def test_what_was_erased_and_then_pruned_is_not_missed(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.audit.add(event("alert.noted", actor="U0ANN", detail={"note": "cat"}, at=after(-10)))
        tx.audit.add(event("alert.noted", actor="U0ANN", detail={"note": "dog"}, at=after(-5)))
        tx.audit.redact("U0ANN", by="op")
        assert tx.audit.prune(after(-7), by="op")
    assert verified(journal) is None


def locked(journal: SqlJournal) -> None:
    """Have ann lock production, and the daemon refuse a release of bob's for it, quoting her."""
    lock = Lock("L1", LockState.HELD, "acme/checkout", "production", "checkout", "U0ANN", "ann", "my cat is ill", after(0), after(0))
    refusal = f"{check_lock(lock, 'ann', unlock='/ops unlock').why} Nothing was started."
    with journal.begin() as tx:
        tx.locks.add(lock)
        tx.operations.add(operation("7f3a", state=OperationState.REJECTED, reason=refusal), "k1")
        tx.audit.add(event("lock.asked", actor="U0ANN", subject="lock:L1", detail={"environment": "production", "reason": "my cat is ill"}))
        tx.audit.add(event("operation.rejected", actor="chatopsd", subject="operation:7f3a", detail={"reason": refusal}))
        tx.audit.add(event("operation.rejected", actor="chatopsd", subject="operation:9", detail={"reason": "It is frozen."}))


def test_why_somebody_locked_is_erased_also_where_the_daemon_quoted_it(journal: SqlJournal) -> None:
    locked(journal)
    with journal.begin() as tx:
        assert tx.audit.redact("U0ANN", by="op") == (2, 0)
    assert [each.get("reason") for each in details(journal)[:3]] == [REDACTED, REDACTED, "It is frozen."]
    with journal.read() as tx:
        lock, refused = tx.locks.get("L1"), tx.operations.get("7f3a")
        assert lock is not None
        assert refused is not None
        assert (lock.reason, refused.reason) == (REDACTED, REDACTED)
    assert verified(journal) is None


def noted(journal: SqlJournal, state: OperationState) -> None:
    inputs = {"version": "v1.5.0", "notes": "thanks to my cat"}
    with journal.begin() as tx:
        tx.operations.add(operation("7f3a", state=state, inputs=inputs), "k1")
        tx.audit.add(event("operation.approved", actor="U0ANN", subject="operation:7f3a", detail={"inputs": inputs}))


def test_release_notes_are_words_and_a_version_is_none(journal: SqlJournal) -> None:
    noted(journal, OperationState.SUCCEEDED)
    assert details(journal) == [{"inputs": {"version": "v1.5.0", "notes": "thanks to my cat"}}]
    with journal.begin() as tx:
        assert tx.audit.redact("U0ANN", by="op") == (1, 0)
    assert details(journal)[0] == {"inputs": {"version": "v1.5.0", "notes": REDACTED}}
    with journal.read() as tx:
        found = tx.operations.get("7f3a")
    assert found is not None
    assert found.inputs == {"version": "v1.5.0", "notes": REDACTED}
    assert verified(journal) is None


def test_what_is_still_to_be_sent_is_not_erased(journal: SqlJournal) -> None:
    noted(journal, OperationState.AWAITING_APPROVAL)
    with pytest.raises(JournalError, match="operation 7f3a of this person has not ended"), journal.begin() as tx:
        tx.audit.redact("U0ANN", by="op")
    assert details(journal) == [{"inputs": {"version": "v1.5.0", "notes": "thanks to my cat"}}]
