"""Contract of the audit chain."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.journal import SqlJournal
from bot.core.markup import md
from bot.ports.errors import JournalError
from bot.ports.journal import AuditEvent, ChainBreak, ChainFault

from .values import after, event

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def write(journal: SqlJournal, count: int) -> list[AuditEvent]:
    with journal.begin() as tx:
        return [tx.audit.add(event(f"step.{n}", subject=f"operation:{n % 2}", at=after(n))) for n in range(1, count + 1)]


Tamper = Callable[[str], None]


def verified(journal: SqlJournal, against: str = "") -> ChainBreak | None:
    with journal.read() as tx:
        return tx.audit.verify(against)


def test_each_event_holds_the_hash_of_the_one_before(journal: SqlJournal) -> None:
    first, second, third = write(journal, 3)

    assert (first.seq, second.seq, third.seq) == (1, 2, 3)
    assert first.prev_hash == ""
    assert (second.prev_hash, third.prev_hash) == (first.hash, second.hash)
    with journal.read() as tx:
        assert tx.audit.recent(10) == [third, second, first]
        assert tx.audit.verify() is None


def test_the_hash_is_the_sha256_of_the_canonical_json_of_all_other_fields(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.audit.add(event())
        written = tx.audit.add(event(actor='U"1\\', detail={"ü": [1.5, None, True, "\u2028\n/"], "a": {"c": 1, "b": 2}}))

    fields = {
        "seq": 2,
        "at": "2026-03-02T12:00:00.000000Z",
        "actor": 'U"1\\',
        "action": "operation.requested",
        "subject": "operation:1",
        "detail": {"ü": [1.5, None, True, "\u2028\n/"], "a": {"c": 1, "b": 2}},
        "prev_hash": written.prev_hash,
    }
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert written.hash == sha256(canonical).hexdigest()


def test_an_empty_chain_holds(journal: SqlJournal) -> None:
    with journal.read() as tx:
        assert tx.audit.verify() is None
        assert tx.audit.recent(5) == []


def test_events_of_one_subject_come_newest_first(journal: SqlJournal) -> None:
    write(journal, 6)
    with journal.read() as tx:
        assert [each.seq for each in tx.audit.recent(2, subject="operation:1")] == [5, 3]
        assert [each.seq for each in tx.audit.recent(2)] == [6, 5]


def test_an_event_is_returned_as_it_will_be_read(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        written = tx.audit.add(event(detail={"names": ("a", "b"), "text": md("*{}*", "<!channel>"), "half": "\ud800"}))
    with journal.read() as tx:
        assert tx.audit.recent(1) == [written]
        assert tx.audit.verify() is None
    assert written.detail == {"names": ["a", "b"], "text": "*&lt;!channel&gt;*", "half": "\ufffd"}


def test_a_rolled_back_event_leaves_no_gap(journal: SqlJournal) -> None:
    write(journal, 2)
    with suppress(ZeroDivisionError), journal.begin() as tx:
        tx.audit.add(event())
        raise ZeroDivisionError
    write(journal, 1)
    with journal.read() as tx:
        assert tx.audit.verify() is None
        assert [each.seq for each in tx.audit.recent(10)] == [3, 2, 1]


@given(details=st.lists(st.dictionaries(st.text(), plain_json, max_size=4), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_chain_holds_whatever_the_details_say(journal: SqlJournal, details: list[dict[str, object]]) -> None:
    with journal.begin() as tx:
        written = [tx.audit.add(event(detail=detail)) for detail in details]
    with journal.read() as tx:
        assert tx.audit.recent(len(details)) == written[::-1]
        assert tx.audit.verify() is None


@pytest.mark.parametrize(
    ("statement", "named", "fault"),
    [
        ("UPDATE audit_events SET actor = 'U2' WHERE seq = 2", 2, ChainFault.CHANGED),
        ('UPDATE audit_events SET detail = \'{"version":"v9"}\' WHERE seq = 3', 3, ChainFault.CHANGED),
        ("UPDATE audit_events SET detail = replace(detail, ':', ': ') WHERE seq = 3", 3, ChainFault.CHANGED),
        ("UPDATE audit_events SET detail = 'no json' WHERE seq = 3", 3, ChainFault.CHANGED),
        ("UPDATE audit_events SET at = '2026-03-02T12:02:00.000001Z' WHERE seq = 2", 2, ChainFault.CHANGED),
        ("UPDATE audit_events SET hash = '0' WHERE seq = 5", 5, ChainFault.CHANGED),
        ("UPDATE audit_events SET prev_hash = '0' WHERE seq = 1", 1, ChainFault.CHANGED),
        ("DELETE FROM audit_events WHERE seq = 1", 2, ChainFault.GAP),
        ("DELETE FROM audit_events WHERE seq IN (3, 4)", 5, ChainFault.GAP),
        ("UPDATE audit_events SET seq = 70 WHERE seq = 6", 70, ChainFault.CHANGED),
    ],
)
def test_verify_names_the_first_event_that_was_changed(
    journal: SqlJournal, tamper: Tamper, statement: str, named: int, fault: ChainFault
) -> None:
    write(journal, 6)
    tamper(statement)
    assert verified(journal) == ChainBreak(named, fault)


@pytest.mark.parametrize("value", ["x'ff00'", "CAST(x'55ff31' AS TEXT)"])
@pytest.mark.parametrize("column", ["at", "actor", "subject", "detail", "prev_hash", "hash"])
@pytest.mark.usefixtures("path")
def test_bytes_that_are_no_text_are_named_like_any_other_change(journal: SqlJournal, tamper: Tamper, column: str, value: str) -> None:
    write(journal, 6)
    tamper(f"UPDATE audit_events SET {column} = {value} WHERE seq = 4")  # noqa: S608 - words of our own

    assert verified(journal) == ChainBreak(4, ChainFault.CHANGED)
    with journal.read() as tx:
        assert tx.inbox.unfinished() == []
    if column not in ("prev_hash", "hash"):
        with pytest.raises(JournalError, match="audit event 4 can't be read"), journal.read() as tx:
            tx.audit.recent(6)


def hash_of(whole: AuditEvent, at: str) -> str:
    """Hash an event as somebody does who knows how."""
    fields = {name: getattr(whole, name) for name in ("seq", "actor", "action", "subject", "detail", "prev_hash")}
    return sha256(json.dumps({**fields, "at": at}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def test_an_event_that_was_changed_and_hashed_anew_breaks_the_chain_behind_it(journal: SqlJournal, tamper: Tamper) -> None:
    third = write(journal, 6)[2]
    forged = hash_of(replace(third, actor="U2"), "2026-03-02T12:03:00.000000Z")
    tamper(f"UPDATE audit_events SET actor = 'U2', hash = '{forged}' WHERE seq = 3")  # noqa: S608 - words of our own

    assert verified(journal) == ChainBreak(4, ChainFault.GAP)


def test_a_number_that_was_left_out_breaks_the_chain(journal: SqlJournal, tamper: Tamper) -> None:
    last = write(journal, 6)[5]
    forged = hash_of(replace(last, seq=7), "2026-03-02T12:06:00.000000Z")
    tamper(f"UPDATE audit_events SET seq = 7, hash = '{forged}' WHERE seq = 6")  # noqa: S608 - words of our own

    assert verified(journal) == ChainBreak(7, ChainFault.GAP)


def test_verify_reads_more_than_fits_into_one_piece(journal: SqlJournal, tamper: Tamper) -> None:
    write(journal, 2500)
    assert verified(journal) is None
    tamper("UPDATE audit_events SET action = 'x' WHERE seq = 2400")
    assert verified(journal) == ChainBreak(2400, ChainFault.CHANGED)


def test_a_head_that_somebody_kept_shows_that_the_last_events_were_cut_off(journal: SqlJournal, tamper: Tamper) -> None:
    head = write(journal, 6)[-1].hash
    assert verified(journal, head) is None
    later = write(journal, 2)[-1].hash
    assert verified(journal, head) is None

    tamper("DELETE FROM audit_events WHERE seq > 6")
    assert verified(journal, head) is None
    assert verified(journal, later) == ChainBreak(7, ChainFault.CUT_OFF)
    tamper("DELETE FROM audit_events")
    assert verified(journal) is None
    assert verified(journal, head) == ChainBreak(1, ChainFault.CUT_OFF)


def test_a_chain_that_was_written_anew_from_the_start_is_not_the_one_that_somebody_kept(journal: SqlJournal, tamper: Tamper) -> None:
    head = write(journal, 3)[-1].hash
    tamper("DELETE FROM audit_events")
    with journal.begin() as tx:
        for number in range(3):
            tx.audit.add(event("another.story", at=after(number)))

    assert verified(journal) is None
    assert verified(journal, head) == ChainBreak(4, ChainFault.CUT_OFF)


def test_an_unreadable_event_is_an_error_with_advice(journal: SqlJournal, tamper: Tamper) -> None:
    write(journal, 2)
    tamper("UPDATE audit_events SET detail = 'no json' WHERE seq = 2")
    with pytest.raises(JournalError, match="audit verify"), journal.read() as tx:
        tx.audit.recent(1)
