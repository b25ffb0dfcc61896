"""Contract of retention: what is pruned is gone, and the chain still proves the rest."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.journal import SqlJournal
from bot.ports.errors import JournalError
from bot.ports.journal import AuditEvent, ChainBreak, ChainFault

from .values import NOON, StillClock, after, event

Tamper = Callable[[str], None]


def write(journal: SqlJournal, *minutes: float) -> list[AuditEvent]:
    with journal.begin() as tx:
        return [tx.audit.add(event(at=after(at))) for at in minutes]


def prune(journal: SqlJournal, before: float, most: int = 10_000) -> AuditEvent | None:
    with journal.begin() as tx:
        return tx.audit.prune(after(before), "ann", most)


def verified(journal: SqlJournal, against: str = "") -> ChainBreak | None:
    with journal.read() as tx:
        return tx.audit.verify(against)


def left(journal: SqlJournal) -> list[int]:
    with journal.read() as tx:
        return [each.seq for each in tx.audit.recent(1000)][::-1]


@pytest.fixture(autouse=True)
def _later(clock: StillClock) -> None:
    clock.at = after(1000)


def test_one_checkpoint_event_stands_for_what_was_pruned(journal: SqlJournal) -> None:
    events = write(journal, 1, 2, 3, 4, 5)

    checkpoint = prune(journal, before=3.5)

    assert checkpoint is not None
    assert (checkpoint.seq, checkpoint.prev_hash) == (6, events[4].hash)
    assert (checkpoint.at, checkpoint.actor, checkpoint.action, checkpoint.subject) == (after(1000), "chatopsd", "audit.pruned", "audit:3")
    assert checkpoint.detail == {"first_seq": 1, "last_seq": 3, "count": 3, "last_hash": events[2].hash, "signed_off_by": "ann"}
    assert left(journal) == [4, 5, 6]
    assert verified(journal) is None


def test_the_chain_goes_on_behind_a_checkpoint(journal: SqlJournal) -> None:
    write(journal, 1, 2, 3)
    prune(journal, before=2.5)
    write(journal, 4, 5)
    assert left(journal) == [3, 4, 5, 6]
    assert verified(journal) is None


def test_a_checkpoint_is_pruned_like_any_other_event_and_the_next_one_stands_for_it(journal: SqlJournal, clock: StillClock) -> None:
    write(journal, 1, 2, 3)
    first = prune(journal, before=2.5)
    write(journal, 1001, 1002)
    clock.at = after(2000)

    second = prune(journal, before=1001.5)

    assert first is not None
    assert second is not None
    assert second.detail == {**second.detail, "first_seq": 3, "last_seq": 5, "count": 3}
    assert left(journal) == [6, 7]
    assert verified(journal) is None


def test_everything_may_be_pruned_and_the_checkpoint_stands_alone(journal: SqlJournal) -> None:
    write(journal, 1, 2, 3)
    prune(journal, before=1000)
    assert left(journal) == [4]
    assert verified(journal) is None
    write(journal, 1001)
    assert verified(journal) is None


def test_nothing_old_means_no_checkpoint(journal: SqlJournal) -> None:
    assert prune(journal, before=1) is None
    write(journal, 1, 2)
    assert prune(journal, before=1) is None
    assert left(journal) == [1, 2]


def test_an_old_event_behind_a_newer_one_stays_since_a_chain_is_shortened_at_its_beginning_only(journal: SqlJournal) -> None:
    write(journal, 1, 9, 2)
    prune(journal, before=5)
    assert left(journal) == [2, 3, 4]
    assert verified(journal) is None


def test_much_is_pruned_in_bites_and_each_leaves_a_whole_chain(journal: SqlJournal) -> None:
    write(journal, *range(1, 8))
    bites = []
    while checkpoint := prune(journal, before=900, most=3):
        bites.append(checkpoint.detail["count"])
        assert verified(journal) is None
    assert bites == [3, 3, 1]
    assert left(journal) == [8, 9, 10]


def test_what_is_not_past_can_not_be_pruned(journal: SqlJournal) -> None:
    write(journal, 1)
    with pytest.raises(ValueError, match="Only what is past"):
        prune(journal, before=1001)
    assert left(journal) == [1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'U2' WHERE seq = 2",
        "DELETE FROM audit_events WHERE seq = 2",
        "DELETE FROM audit_events WHERE seq = 1",
    ],
)
def test_a_broken_chain_is_not_pruned_which_would_hide_it(journal: SqlJournal, tamper: Tamper, statement: str) -> None:
    write(journal, 1, 2, 3, 4)
    tamper(statement)
    before = left(journal)
    with pytest.raises(JournalError, match=r"Nothing was pruned: the audit chain is broken at event [23]"):
        prune(journal, before=900)
    assert left(journal) == before


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("DELETE FROM audit_events WHERE seq = 4", ChainBreak(5, ChainFault.GAP)),
        ("DELETE FROM audit_events WHERE seq = 7", ChainBreak(4, ChainFault.GAP)),
        ("UPDATE audit_events SET detail = 'no json' WHERE seq = 7", ChainBreak(4, ChainFault.GAP)),
        ("UPDATE audit_events SET detail = replace(detail, '\"count\":3', '\"count\":2') WHERE seq = 7", ChainBreak(7, ChainFault.CHANGED)),
        ("UPDATE audit_events SET subject = 'audit:4' WHERE seq = 7", ChainBreak(4, ChainFault.GAP)),
    ],
    ids=["one more is gone", "no checkpoint", "an unreadable one", "a changed one", "one that stands for something else"],
)
def test_only_what_a_whole_checkpoint_stands_for_may_be_missing(
    journal: SqlJournal, tamper: Tamper, statement: str, broken: ChainBreak
) -> None:
    write(journal, 1, 2, 3, 4, 5, 6)
    prune(journal, before=3.5)
    tamper(statement)
    assert verified(journal) == broken


def test_another_event_about_the_same_thing_is_no_checkpoint(journal: SqlJournal, tamper: Tamper) -> None:
    events = write(journal, 1, 2, 3, 4)
    with journal.begin() as tx:
        tx.audit.add(event("audit.noted", subject="audit:3", detail={"last_seq": 3, "last_hash": events[2].hash}))
    tamper("DELETE FROM audit_events WHERE seq <= 3")
    assert verified(journal) == ChainBreak(4, ChainFault.GAP)


def test_the_last_hash_that_was_pruned_is_still_known_and_those_before_it_are_not(journal: SqlJournal) -> None:
    first, second, _third = write(journal, 1, 2, 3)
    prune(journal, before=2.5)
    assert verified(journal, second.hash) is None
    assert verified(journal, first.hash) == ChainBreak(5, ChainFault.CUT_OFF)


@given(steps=st.lists(st.integers(0, 6) | st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_and_pruned_in_whatever_order_the_chain_holds(
    journal: SqlJournal, clock: StillClock, steps: list[int | tuple[int, int]]
) -> None:
    for step in steps:
        clock.at += timedelta(minutes=10)
        now = (clock.at - NOON).total_seconds() / 60
        if isinstance(step, int):
            write(journal, *(now - number for number in range(step)))
        else:
            prune(journal, now - step[0], most=step[1])
        assert verified(journal) is None
