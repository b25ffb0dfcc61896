"""Contract of the operations."""

from contextlib import suppress

import pytest

from bot.adapters.journal import SqlJournal
from bot.core.operations import JobProgress, OperationKind, OperationState, StepState
from bot.ports.errors import JournalError

from .values import NOON, after, operation, succeeded


def test_an_operation_comes_back_whole_by_its_id_and_by_its_request(journal: SqlJournal) -> None:
    asked = operation("1", run_id=2**40, reason="Waits for <@U2> & co.", log_tail="\udcff\0\n")
    with journal.begin() as tx:
        assert tx.operations.add(asked, request_key="k1")

    with journal.read() as tx:
        assert tx.operations.get("1") == asked
        assert tx.operations.by_request("k1") == asked
        assert tx.operations.get("2") is None
        assert tx.operations.by_request("k2") is None


def test_one_request_makes_one_operation(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("1"), request_key="k1")
    with journal.begin() as tx:
        assert not tx.operations.add(operation("2"), request_key="k1")

    with journal.read() as tx:
        assert [each.id for each in tx.operations.recent(10)] == ["1"]


def test_an_id_that_is_taken_is_an_error_and_nothing_is_written(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("1"), request_key="k1")
    with suppress(JournalError), journal.begin() as tx:
        tx.operations.add(operation("2"), request_key="k2")
        tx.operations.add(operation("1"), request_key="k3")
        pytest.fail("The id was taken.")

    with journal.read() as tx:
        assert tx.operations.get("2") is None


def test_a_move_is_written_with_everything_that_came_with_it(journal: SqlJournal) -> None:
    asked = operation("1", state=OperationState.DISPATCHING)
    with journal.begin() as tx:
        tx.operations.add(asked, request_key="k1")
    running = asked.move(OperationState.RUNNING, after(1), run_id=7, jobs=(JobProgress("build", StepState.FAILED, 3.0),))
    with journal.begin() as tx:
        assert tx.operations.save(running, expected=OperationState.DISPATCHING)

    with journal.read() as tx:
        assert tx.operations.get("1") == running
        assert tx.operations.by_request("k1") == running
        assert tx.operations.in_states(OperationState.RUNNING) == [running]
        assert tx.operations.in_states(OperationState.DISPATCHING) == []


def test_a_move_from_a_state_that_it_left_writes_nothing(journal: SqlJournal) -> None:
    asked = operation("1", state=OperationState.AWAITING_APPROVAL)
    with journal.begin() as tx:
        tx.operations.add(asked, request_key="k1")
        tx.operations.save(asked.move(OperationState.CANCELLED, after(1)), expected=OperationState.AWAITING_APPROVAL)

    approved = asked.move(OperationState.APPROVED, after(2))
    with journal.begin() as tx:
        assert not tx.operations.save(approved, expected=OperationState.AWAITING_APPROVAL)

    with journal.read() as tx:
        assert tx.operations.get("1") == asked.move(OperationState.CANCELLED, after(1))


def test_an_operation_that_was_never_added_is_not_saved(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        assert not tx.operations.save(operation("1"), expected=OperationState.REQUESTED)
    with journal.read() as tx:
        assert tx.operations.get("1") is None


def test_operations_in_some_states_come_oldest_first(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("late", requested_at=after(5), state=OperationState.RUNNING), "k1")
        tx.operations.add(operation("early", state=OperationState.UNKNOWN), "k2")
        tx.operations.add(operation("same moment", state=OperationState.RUNNING), "k3")
        tx.operations.add(operation("elsewhere", state=OperationState.FAILED), "k4")

    with journal.read() as tx:
        found = tx.operations.in_states(OperationState.RUNNING, OperationState.UNKNOWN)
        assert [each.id for each in found] == ["early", "same moment", "late"]
        assert tx.operations.in_states() == []


def test_what_succeeded_last_is_the_one_that_ended_last_not_the_one_asked_for_last(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(succeeded("waited for approval", after(90), requested_at=NOON), "k1")
        tx.operations.add(succeeded("hotfix", after(20), requested_at=after(10)), "k2")

    with journal.read() as tx:
        found = tx.operations.last_succeeded("checkout", "production")
        assert found is not None
        assert found.id == "waited for approval"


def test_a_tag_a_failure_and_another_environment_are_not_what_is_live(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(succeeded("rollback", after(1), kind=OperationKind.ROLLBACK), "k1")
        tx.operations.add(succeeded("tag", after(2), kind=OperationKind.TAG), "k2")
        tx.operations.add(operation("failure", state=OperationState.FAILED, finished_at=after(3)), "k3")
        tx.operations.add(succeeded("staging", after(4), environment="staging"), "k4")
        tx.operations.add(succeeded("other service", after(5), service="search"), "k5")

    with journal.read() as tx:
        found = tx.operations.last_succeeded("checkout", "production")
        assert found is not None
        assert found.id == "rollback"
        assert tx.operations.last_succeeded("checkout", "moon") is None


def test_recent_operations_come_newest_first_of_all_services_or_of_one(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("1"), "k1")
        tx.operations.add(operation("2"), "k2")
        tx.operations.add(operation("3", service="search", requested_at=after(1)), "k3")
        tx.operations.add(operation("4", requested_at=after(-1)), "k4")

    with journal.read() as tx:
        assert [each.id for each in tx.operations.recent(3)] == ["3", "2", "1"]
        assert [each.id for each in tx.operations.recent(2, service="checkout")] == ["2", "1"]
        assert tx.operations.recent(10, service="nothing") == []


def test_what_succeeded_there_comes_by_its_end_of_all_kinds_or_of_one(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        for minute, kind in enumerate((OperationKind.RELEASE, OperationKind.ROLLBACK, OperationKind.RELEASE, OperationKind.TAG)):
            tx.operations.add(succeeded(f"{minute}", after(minute), kind=kind), f"k{minute}")
        tx.operations.add(succeeded("elsewhere", after(9), environment="staging"), "k9")

    with journal.read() as tx:
        assert [each.id for each in tx.operations.succeeded("checkout", "production", 10)] == ["2", "1", "0"]
        assert [each.id for each in tx.operations.succeeded("checkout", "production", 2)] == ["2", "1"]
        assert [each.id for each in tx.operations.succeeded("checkout", "production", 10, OperationKind.RELEASE)] == ["2", "0"]
        assert tx.operations.succeeded("checkout", "moon", 10) == []


def test_the_successes_of_a_version_are_found_behind_those_of_versions_that_begin_alike(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.operations.add(succeeded("old", after(0), version="v1.4.1"), "k")
        for n in range(12):
            tx.operations.add(succeeded(f"new {n}", after(n + 1), version=f"v1.4.1{n}", live_before="v1.4.1"), f"k{n}")

    with journal.read() as tx:
        assert [each.id for each in tx.operations.successes_of("checkout", "production", "v1.4.1")] == ["old"]
        assert tx.operations.successes_of("checkout", "production", "v1.4") == []
        assert tx.operations.successes_of("checkout", "staging", "v1.4.1") == []
