"""Every way that an alert can go: whatever is done to it in whatever order, it keeps to its moves, and has one owner or none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.core.alerts import MOVES, Alert, AlertState
from bot.core.windows import Window

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRING = Alert("A1", "api", "checkout", "C1", AlertState.FIRING, NOW, Window("api", NOW - HOUR, NOW, errors=30))
people = st.sampled_from(["U0ANN", "U0BOB", "U0RIA"])


class Life(RuleBasedStateMachine):
    """An alert's life, and what was promised to whom."""

    def __init__(self) -> None:
        super().__init__()
        self.alert = FIRING
        self.now = NOW

    def become(self, after: Alert) -> None:
        before, self.alert = self.alert, after
        assert after.state is before.state or after.state in MOVES[before.state]
        assert after.state in MOVES[before.state] or after.acknowledged_by == before.acknowledged_by
        assert (after.id, after.story, after.opened_at, after.channel) == (before.id, before.story, before.opened_at, before.channel)
        if not before.is_open:
            assert after == before

    def twice(self, move: Callable[[Alert], Alert]) -> None:
        after = move(self.alert)
        assert move(after) == after, "a move that is made twice is made once"
        self.become(after)

    @rule(minutes=st.integers(0, 180))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(by=people, take_over=st.booleans(), note=st.sampled_from(["", "disk"]))
    def acknowledge(self, by: str, take_over: bool, note: str) -> None:
        before = self.alert
        self.twice(lambda alert: alert.acknowledge(by, self.now, note, by, take_over=take_over))
        if before.state is AlertState.ACKNOWLEDGED and not take_over:
            assert self.alert.acknowledged_by == before.acknowledged_by
        elif before.is_open:
            assert self.alert.acknowledged_by == by

    @rule()
    def give_back(self) -> None:
        self.twice(lambda alert: alert.give_back(self.now))
        assert self.alert.state is not AlertState.ACKNOWLEDGED

    @rule(by=people, hours=st.integers(1, 5))
    def snooze(self, by: str, hours: int) -> None:
        self.twice(lambda alert: alert.snooze(by, self.now + hours * HOUR))

    @rule()
    def wake(self) -> None:
        before = self.alert
        self.twice(lambda alert: alert.wake(self.now))
        if before.state is AlertState.SNOOZED:
            assert before.snoozed_until
            assert (self.alert.state is AlertState.FIRING) == (self.now >= before.snoozed_until)

    @rule()
    def unsnooze(self) -> None:
        self.twice(lambda alert: alert.unsnooze(self.now))
        assert self.alert.state is not AlertState.SNOOZED

    @precondition(lambda self: self.now - NOW > 12 * HOUR)
    @rule(by=st.sampled_from(["", "U0ANN"]))
    def resolve(self, by: str) -> None:
        self.twice(lambda alert: alert.resolve(self.now, by, "gone"))
        assert not self.alert.is_open

    @rule()
    def ask_the_owner(self) -> None:
        self.twice(lambda alert: alert.remind(self.now))

    @rule(by=people)
    def confirm(self, by: str) -> None:
        before = self.alert
        asked = before.reminded_at is not None and before.acknowledged_by == by
        self.twice(lambda alert: alert.confirm(by, self.now))
        assert self.alert == (replace(before, confirmed_at=self.now, reminded_at=None) if asked else before)

    @rule()
    def escalate(self) -> None:
        before = self.alert
        self.become(self.alert.escalate(self.now))
        taken_or_firing = before.state in (AlertState.FIRING, AlertState.ACKNOWLEDGED)
        assert self.alert.escalated == before.escalated + taken_or_firing
        assert self.alert.state is AlertState.FIRING or not taken_or_firing

    @invariant()
    def has_an_owner_exactly_while_it_is_taken(self) -> None:
        alert = self.alert
        if alert.is_open:
            assert bool(alert.acknowledged_by) == (alert.state is AlertState.ACKNOWLEDGED)
            assert (alert.acknowledged_at is not None) == (alert.state is AlertState.ACKNOWLEDGED)
        assert (alert.snoozed_until is not None) == (alert.state is AlertState.SNOOZED)
        assert alert.reminded_at is None or alert.state is AlertState.ACKNOWLEDGED
        assert not alert.worse or alert.state is AlertState.ACKNOWLEDGED

    @invariant()
    def is_asked_or_followed_up_never_both(self) -> None:
        due = [self.alert.is_reminder_due(self.now, HOUR), self.alert.is_unanswered(self.now, HOUR), self.alert.is_unheard(self.now, HOUR)]
        assert sum(due) <= 1


TestLife = Life.TestCase


def test_the_owner_is_asked_after_a_time_and_again_after_each_answer() -> None:
    taken = FIRING.acknowledge("U0ANN", NOW)
    assert not taken.is_reminder_due(NOW + HOUR - timedelta(seconds=1), HOUR)
    assert taken.is_reminder_due(NOW + HOUR, HOUR)

    asked = taken.remind(NOW + HOUR)
    assert not asked.is_reminder_due(NOW + 9 * HOUR, HOUR)
    assert asked.is_unanswered(NOW + 2 * HOUR, HOUR)

    answered = asked.confirm("U0ANN", NOW + HOUR)
    assert not answered.is_unanswered(NOW + 9 * HOUR, HOUR)
    assert answered.is_reminder_due(NOW + 2 * HOUR, HOUR)


def test_what_nobody_takes_is_unheard_from_the_last_one_told() -> None:
    assert FIRING.is_unheard(NOW + HOUR, HOUR)
    told = FIRING.escalate(NOW + HOUR)
    assert not told.is_unheard(NOW + HOUR + timedelta(minutes=59), HOUR)
    assert told.is_unheard(NOW + 2 * HOUR, HOUR)


def test_a_problem_is_named_by_its_origin() -> None:
    assert FIRING.problem == ""
    named = replace(FIRING, origin=replace(FIRING.origin, kind="watch", key="api"))
    assert named.problem == "watch:api"


def test_every_state_has_its_moves_and_none_leads_out_of_the_end() -> None:
    assert set(MOVES) == set(AlertState)
    assert MOVES[AlertState.RESOLVED] == frozenset()


@pytest.mark.parametrize("state", [state for state in AlertState if state is not AlertState.RESOLVED])
def test_every_open_state_can_end(state: AlertState) -> None:
    assert not replace(FIRING, state=state).resolve(NOW).is_open
