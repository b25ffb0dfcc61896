"""Whose turn it is: what is on its way goes first, then who came earlier; nobody waits for themselves or in a circle."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.queueing import say_turn, waits_for

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
UNFINISHED = [state for state in OperationState if not state.is_final]


def operation(name: str, state: OperationState = OperationState.REQUESTED, minute: int = 0, environment: str = "production") -> Operation:
    at = NOON + timedelta(minutes=minute)
    return Operation(
        name, OperationKind.DEPLOY, state, "checkout", "acme/checkout", "deploy.yml", "main", "a" * 40, f"v1.{name}", environment, "U1", at, at,
        f"d-{name}", "C1",
    )  # fmt: skip


operations = st.lists(
    st.builds(
        operation,
        st.integers(0, 99).map(str),
        st.sampled_from(UNFINISHED),
        st.integers(0, 3),
        st.sampled_from(["production", "staging"]),
    ),
    max_size=8,
    unique_by=lambda made: made.id,
)


@given(operations)
def test_of_those_that_wait_for_one_place_at_most_one_is_next_and_somebody_is_unless_it_is_busy(made: list[Operation]) -> None:
    for environment in ("production", "staging"):
        there = [each for each in made if each.environment == environment]
        queued = [each for each in there if each.state is OperationState.REQUESTED]
        free = [each for each in queued if not waits_for(each, made)]
        is_busy = len(queued) < len(there)
        assert len(free) == (0 if is_busy or not queued else 1)
        assert not free or free[0].requested_at == min(each.requested_at for each in queued)


@given(operations)
def test_nobody_waits_for_another_place_or_for_who_came_later(made: list[Operation]) -> None:
    for each in made:
        for other in waits_for(each, made):
            assert other.environment == each.environment
            assert other.id != each.id
            assert other.state is not OperationState.REQUESTED or other.requested_at <= each.requested_at


def test_it_says_what_it_waits_for() -> None:
    running = operation("0", OperationState.RUNNING)
    assert say_turn([running]) == "Waits for the deploy v1.0 to end. It is next."
    assert say_turn([running, operation("1")]) == "Waits for the deploy v1.0 and 1 more to end. It is number 2 in the queue."
    assert "somebody decides" in say_turn([replace(running, state=OperationState.UNKNOWN)])
    assert say_turn([]) == "Its turn has come."
