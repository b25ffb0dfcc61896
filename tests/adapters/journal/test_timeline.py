"""Contract of the timeline: the audit events that people are shown, by time, service and person."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.adapters.journal import SqlJournal
from bot.adapters.journal.timeline import page
from bot.core.timeline import TimelineQuery

from .values import after, alert, event, operation


def written(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("7f3a", service="checkout"), "k1")
        tx.alerts.add(replace(alert("A1"), service="search"))
        tx.audit.add(event("operation.approved", actor="U1", subject="operation:7f3a", at=after(1)))
        tx.audit.add(event("operation.running", actor="github", subject="operation:7f3a", at=after(2)))
        tx.audit.add(event("alert.opened", actor="chatopsd", subject="alert:A1", at=after(3)))
        tx.audit.add(event("lock.taken", actor="U2", subject="lock:9", at=after(4), detail={"service": "checkout"}))
        tx.audit.add(event("message.fallback", actor="chatopsd", subject="C1", at=after(4)))
        tx.audit.add(event("operation.succeeded", actor="github", subject="operation:7f3a", at=after(5)))


def seen(journal: SqlJournal, query: TimelineQuery, **more: object) -> list[str]:
    with journal.read() as tx:
        return [each.action for each in tx.audit.timeline(query, 10, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        (TimelineQuery(), ["operation.succeeded", "lock.taken", "alert.opened", "operation.approved"]),
        (TimelineQuery("checkout"), ["operation.succeeded", "lock.taken", "operation.approved"]),
        (TimelineQuery("search"), ["alert.opened"]),
        (TimelineQuery(actor="U2"), ["lock.taken"]),
        (TimelineQuery("checkout", "U1"), ["operation.approved"]),
        (TimelineQuery(since=after(3), until=after(5)), ["lock.taken", "alert.opened"]),
        (TimelineQuery("checkout", "U1", after(2)), []),
    ],
)
def test_each_condition_narrows_it(journal: SqlJournal, query: TimelineQuery, actions: list[str]) -> None:
    written(journal)
    assert seen(journal, query) == actions
    assert seen(journal, query, newest_first=False) == actions[::-1]


def test_a_page_goes_on_where_the_one_before_ended_also_within_one_moment(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        for number in range(5):
            tx.audit.add(event(f"step.{number}", at=after(1)))
    with journal.read() as tx:
        first = tx.audit.timeline(TimelineQuery(), 2)
        second = tx.audit.timeline(TimelineQuery(), 2, (first[-1].at, first[-1].seq))
        third = tx.audit.timeline(TimelineQuery(), 2, (second[-1].at, second[-1].seq))
    assert [each.action for each in (*first, *second, *third)] == [f"step.{n}" for n in (4, 3, 2, 1, 0)]


def test_what_is_pruned_is_not_in_it(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.audit.add(event("step.old", at=after(-10)))
        tx.audit.add(event("step.new", at=after(-5)))
        assert tx.audit.prune(after(-7), by="op")
    assert seen(journal, TimelineQuery()) == ["step.new"]


@pytest.mark.usefixtures("path")
@pytest.mark.parametrize(
    "query", [TimelineQuery(), TimelineQuery("s"), TimelineQuery(actor="a"), TimelineQuery("s", "a", after(1), after(2))]
)
def test_every_question_is_one_walk_along_an_index(journal: SqlJournal, query: TimelineQuery) -> None:
    plans: list[str] = []
    with journal._database.reader.connect() as connection:

        class Explaining:
            def execute(self, statement: object) -> list[object]:
                compiled = statement.compile(connection, compile_kwargs={"literal_binds": True})  # type: ignore[attr-defined]
                plans.extend(row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
                return []

        page(Explaining(), query, 10, (after(3), 7), True)  # type: ignore[arg-type]
    assert plans[0].startswith("SEARCH timeline USING")
    assert "USING INDEX timeline_" in plans[0] or "COVERING INDEX timeline_" in plans[0]
    assert not any("TEMP B-TREE" in plan or plan.startswith("SCAN") for plan in plans), plans
