from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.operations import MOVES, IllegalMove, Operation, OperationKind, OperationState

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
states = st.sampled_from(list(OperationState))


def operation(state: OperationState = OperationState.REQUESTED) -> Operation:
    return Operation(
        id="a1b2c3d4",
        kind=OperationKind.RELEASE,
        state=state,
        service="checkout",
        repo="acme/checkout",
        workflow="release.yml",
        ref="main",
        sha="a" * 40,
        version="v1.5.0",
        environment="production",
        actor="U0ANN",
        requested_at=NOW,
        updated_at=NOW,
        dispatch_id="chatopsd-a1b2c3d4",
        channel="C0OPS",
    )


def test_every_state_says_where_it_leads() -> None:
    assert set(MOVES) == set(OperationState)


def test_an_end_is_an_end() -> None:
    assert {state for state in OperationState if state.is_final} == {
        OperationState.SUCCEEDED,
        OperationState.FAILED,
        OperationState.CANCELLED,
        OperationState.REJECTED,
        OperationState.EXPIRED,
    }


def test_every_state_that_is_no_end_can_reach_one() -> None:
    ends = {state for state in OperationState if state.is_final}
    for _ in OperationState:
        ends |= {state for state, following in MOVES.items() if following & ends}
    assert ends == set(OperationState)


def test_only_a_run_that_is_run_again_takes_an_end_back() -> None:
    left = {state: following for state, following in MOVES.items() if state.is_final and following}
    assert left == {
        OperationState.FAILED: frozenset({OperationState.RUNNING}),
        OperationState.CANCELLED: frozenset({OperationState.RUNNING}),
    }


@given(st.lists(states, max_size=30))
def test_no_sequence_of_moves_leads_anywhere_illegal(asked: list[OperationState]) -> None:
    current = operation()
    for to in asked:
        before = current.state
        try:
            current = current.move(to, NOW)
        except IllegalMove:
            assert to not in MOVES[before]
            assert current.state is before
        else:
            assert to in MOVES[before]
    assert current.state.is_final == (current.finished_at is not None)


@given(st.lists(states, max_size=60))
def test_an_operation_is_dispatched_again_only_after_its_outcome_was_unknown(asked: list[OperationState]) -> None:
    current, path = operation(), [OperationState.REQUESTED]
    for to in asked:
        if to in MOVES[current.state]:
            current = current.move(to, NOW)
            path.append(to)
    for before, after in pairwise(path):
        if after is OperationState.DISPATCHING:
            assert before in (OperationState.APPROVED, OperationState.UNKNOWN)


def test_an_illegal_move_names_both_states() -> None:
    with pytest.raises(IllegalMove, match=r"succeeded; it can't become running"):
        operation(OperationState.SUCCEEDED).move(OperationState.RUNNING, NOW)
