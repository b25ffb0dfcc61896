"""The shorter way to run a statement gives what SQLAlchemy's own gives."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, bindparam, create_engine, delete, func, insert, select, update
from sqlalchemy.exc import ResourceClosedError

from bot.adapters.journal import direct
from bot.adapters.journal.direct import Busy, Rows
from bot.adapters.journal.tables import inbox, metadata

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://", connect_args={"isolation_level": None})
    with engine.connect() as opened:
        metadata.create_all(opened)
        opened.commit()
        yield opened


def row(key: str, **more: object) -> dict[str, object]:
    return {"key": key, "lane": "a", "state": "new", "received_at": NOON, "envelope": "{}", **more}


COLUMNS = (inbox.c.id, inbox.c.key, inbox.c.received_at, inbox.c.finished_at)
BY_LANE = select(*COLUMNS).where(inbox.c.lane == bindparam("known")).order_by(inbox.c.id)
ASKED: dict[str, tuple[Any, Any, Callable[[Any], object]]] = {
    "rows with times and none": (BY_LANE, {"known": "a"}, lambda found: [tuple(each) for each in found]),
    "rows by name": (BY_LANE, {"known": "a"}, lambda found: [(each.key, each.received_at) for each in found.all()]),
    "a scalar": (BY_LANE, {"known": "a"}, lambda found: found.scalar()),
    "the first row": (BY_LANE, {"known": "a"}, lambda found: tuple(found.first())),
    "no first row": (BY_LANE, {"known": "z"}, lambda found: found.first()),
    "scalars": (BY_LANE, {"known": "a"}, lambda found: list(found.scalars())),
    "no scalar": (BY_LANE, {"known": "z"}, lambda found: found.scalar()),
    "no row": (BY_LANE, {"known": "z"}, lambda found: found.one_or_none()),
    "a row of functions": (select(func.count(), func.min(inbox.c.received_at)), None, lambda found: tuple(found.one())),
    "the scalar of a function": (select(func.count()).select_from(inbox), None, lambda found: found.scalar_one()),
    "a limit of its own": (BY_LANE.limit(1), {"known": "a"}, lambda found: [tuple(each) for each in found]),
    "a list in the question": (
        select(inbox.c.key).where(inbox.c.key.in_(bindparam("keys", expanding=True))).order_by(inbox.c.id),
        {"keys": ["k1", "k2", "k9"]},
        lambda found: list(found.scalars()),
    ),
    "a change": (update(inbox).where(inbox.c.lane == bindparam("known")).values(state="done"), {"known": "a"}, lambda found: found.rowcount),
    "a change of nothing": (update(inbox).where(inbox.c.lane == bindparam("known")).values(state="x"), {"known": "z"}, lambda found: found.rowcount),
    "a deletion": (delete(inbox).where(inbox.c.received_at < bindparam("before")), {"before": NOON}, lambda found: found.rowcount),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_both_ways_give_the_same(connection: Connection, name: str) -> None:
    statement, parameters, look = ASKED[name]
    connection.execute(insert(inbox), [row("k1"), row("k2", finished_at=NOON)])
    expected = look(connection.execute(statement, parameters) if parameters else connection.execute(statement))
    connection.commit()

    with direct.transaction(connection) as ours:
        first, second, third = (look(ours.execute(statement, parameters)) for _ in range(3))
    assert first == second == third == expected


def test_a_statement_takes_the_short_way_from_its_second_run_on_and_one_with_a_list_in_it_never(connection: Connection) -> None:
    plain, listed = select(inbox.c.id), select(inbox.c.id).where(inbox.c.key.in_(bindparam("keys", expanding=True)))
    with direct.transaction(connection) as ours:
        assert [isinstance(ours.execute(plain), Rows) for _ in range(3)] == [False, True, True]
        assert [isinstance(ours.execute(listed, {"keys": ["k"]}), Rows) for _ in range(3)] == [False, False, False]


def test_which_columns_an_insert_fills_is_up_to_its_parameters(connection: Connection) -> None:
    add = insert(inbox).returning(inbox.c.id)
    with direct.transaction(connection) as ours:
        for number in range(3):
            ours.execute(add, row(f"a{number}"))
            ours.execute(add, row(f"b{number}", finished_at=NOON))
        found = {each.key: each.finished_at for each in ours.execute(select(inbox))}
    assert found == {f"{letter}{number}": at for number in range(3) for letter, at in (("a", None), ("b", NOON))}


def test_one_statement_runs_many_times_in_one_transaction(connection: Connection) -> None:
    add = insert(inbox)
    with direct.transaction(connection) as ours:
        for letter in "abc":
            ours.execute(add, [row(f"{letter}{number}") for number in range(3)])
        assert ours.execute(select(func.count()).select_from(inbox)).scalar_one() == 9


@pytest.mark.parametrize("runs", [1, 3])
def test_what_leaves_with_an_exception_is_rolled_back_whichever_way_it_went(connection: Connection, runs: int) -> None:
    add = insert(inbox)

    def fail() -> None:
        with direct.transaction(connection) as ours:
            for number in range(runs):
                ours.execute(add, row(f"k{number}"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with direct.transaction(connection) as ours:
        assert ours.execute(select(func.count()).select_from(inbox)).scalar() == 0


def test_after_its_end_nothing_runs_on_it(connection: Connection) -> None:
    with direct.transaction(connection) as ours:
        pass
    with pytest.raises(ResourceClosedError):
        ours.execute(select(inbox.c.id))


def test_it_waits_for_another_process_or_need_not(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    engine = create_engine(f"sqlite:///{path}", connect_args={"isolation_level": None})
    with engine.connect() as ours:
        direct.driver_connection(ours).execute(direct.DOES_NOT_WAIT)
        with pytest.raises(Busy), direct.transaction(ours, waits=False):
            pass
        with monkeypatch.context() as patched:
            patched.setattr(direct, "BUSY_TIMEOUT_S", 0.05)
            with pytest.raises(sqlite3.OperationalError, match="locked"), direct.transaction(ours):
                pass
        ends = threading.Timer(0.1, lambda: other.execute("ROLLBACK"))
        ends.start()
        with direct.transaction(ours):
            ends.join()
        with direct.transaction(ours, waits=False):
            pass
    other.close()
    engine.dispose()


def synchronous(connection: Connection) -> int:
    """Return 2 for FULL: a commit waits for the disk; 1 for NORMAL, it does not. Source: https://sqlite.org/pragma.html#pragma_synchronous."""
    found: int = direct.driver_connection(connection).execute("PRAGMA synchronous").fetchone()[0]
    return found


def test_only_a_transaction_that_need_not_last_does_not_wait_for_the_disk(connection: Connection) -> None:
    with direct.transaction(connection):
        assert synchronous(connection) == 2
    with direct.transaction(connection, lasting=False) as ours:
        assert synchronous(connection) == 1
        ours.execute(insert(inbox), row("k1"))
    assert synchronous(connection) == 2
    with suppress(ZeroDivisionError), direct.transaction(connection, lasting=False):
        raise ZeroDivisionError
    assert synchronous(connection) == 2
    with direct.transaction(connection) as ours:
        assert ours.execute(select(func.count()).select_from(inbox)).scalar() == 1


def test_what_is_committed_is_no_failure_when_the_next_one_needs_a_new_connection(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "LASTING", "PRAGMA synchronous=FULL; what SQLite refuses")
    ours = direct.transaction(connection, lasting=False)
    with ours as rows:
        rows.execute(insert(inbox), row("k1"))
    assert ours.is_spent
    kept = direct.transaction(connection)
    with kept as rows:
        assert rows.execute(select(func.count()).select_from(inbox)).scalar() == 1
    assert not kept.is_spent


def test_reading_sees_one_moment_and_leaves_no_transaction_open(connection: Connection) -> None:
    raw = direct.driver_connection(connection)
    with direct.reading(connection) as ours:
        assert raw.in_transaction
        assert ours.execute(select(func.count()).select_from(inbox)).scalar() == 0
    assert not raw.in_transaction
    with suppress(ZeroDivisionError), direct.reading(connection):
        raise ZeroDivisionError
    assert not raw.in_transaction
