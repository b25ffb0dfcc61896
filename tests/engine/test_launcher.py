"""What becomes of an approved operation that can't be sent at once."""

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.core.configuration import Configuration
from bot.core.operations import Operation, OperationState
from bot.engine.launcher import Launcher
from bot.ports.errors import JournalError, Rejected
from tests.adapters.journal.values import operation
from tests.clocks import FakeClock

NOTHING = cast(Any, None)


class Moves:
    """Takes the moves of operations down; the first one meets an error."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.tried: list[tuple[OperationState, str]] = []

    def move(self, _operation: Operation, to: OperationState, *, reason: str = "", **_changes: object) -> None:
        self.tried.append((to, reason))
        error, self.error = self.error, None
        if error:
            raise error


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (JournalError("Its server undid the transaction."), []),
        (ZeroDivisionError(), ["Something broke in me (ZeroDivisionError). Nothing was started."]),
    ],
)
def test_a_journal_that_fails_for_a_moment_leaves_an_operation_approved_and_a_mistake_of_ours_ends_it(
    error: Exception, told: list[str]
) -> None:
    clock, moves = FakeClock(), Moves(error)
    configuration = Configuration("C0OPS", (), {}, {})
    github = SimpleNamespace(server_time=clock.now)
    launcher = Launcher(configuration, NOTHING, cast(Any, moves), cast(Any, github), NOTHING, NOTHING, NOTHING, clock, threading.Event())
    approved = operation("OP1", state=OperationState.APPROVED, updated_at=clock.now())
    launcher.dispatch(approved)
    assert [reason for _, reason in moves.tried[1:]] == told
    assert not launcher.is_in_flight(approved.id)


class Hurried(FakeClock):
    """A clock on which a wait is over at once."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.advance(timeout_s)
        return event.is_set()


def test_what_github_refused_is_told_as_refused_when_the_journal_failed_to_note_it_at_first() -> None:
    clock = Hurried()
    tried: list[tuple[OperationState, str]] = []
    intent = operation("OP1", state=OperationState.DISPATCHING, updated_at=clock.now())

    def move(_operation: Operation, to: OperationState, *, reason: str = "", **_changes: object) -> Operation:
        tried.append((to, reason))
        if to is OperationState.FAILED and len(tried) < 4:
            raise JournalError("The disk is full.")
        return intent

    def refuse(*_arguments: object) -> None:
        raise Rejected("Workflow does not have 'workflow_dispatch' trigger.", "422")

    github = SimpleNamespace(server_time=clock.now, dispatch=refuse)
    stories, lanes = SimpleNamespace(move=move), SimpleNamespace(submit=lambda _lane, job: job() is None)
    configuration = Configuration("C0OPS", (), {}, {})
    launcher = Launcher(
        configuration, cast(Any, lanes), cast(Any, stories), cast(Any, github), NOTHING, NOTHING, NOTHING, clock, threading.Event()
    )
    launcher.send_again(intent)
    reason = "GitHub refused the dispatch: Workflow does not have 'workflow_dispatch' trigger. Nothing was started."
    assert tried == [(OperationState.FAILED, reason)] * 4
    assert not launcher.is_in_flight(intent.id)
