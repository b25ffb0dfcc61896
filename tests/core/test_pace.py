from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.pace import RESERVED, Allowance, clock_every_s, edit_every_s, look_every_s, poll_interval_s, steps_every_s

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
runs = st.integers(0, 500)


def test_with_plenty_left_github_is_asked_quickly() -> None:
    assert poll_interval_s(2.0, 2, 5000, 4990, NOW + timedelta(hours=1), NOW) == 2.0


def test_with_little_left_it_is_asked_rarely() -> None:
    assert poll_interval_s(2.0, 2, 5000, 1100, NOW + timedelta(hours=1), NOW) == 60.0
    assert poll_interval_s(2.0, 2, 5000, 900, NOW + timedelta(hours=1), NOW) == 60.0


def test_a_limit_that_was_reset_no_longer_counts() -> None:
    assert poll_interval_s(2.0, 2, 5000, 0, NOW - timedelta(seconds=1), NOW) == 2.0


@given(st.integers(1, 6), st.integers(1001, 5000), st.integers(60, 3600))
def test_at_this_pace_what_is_reserved_for_people_is_never_used(requests: int, remaining: int, left_s: int) -> None:
    interval = poll_interval_s(2.0, requests, 5000, remaining, NOW + timedelta(seconds=left_s), NOW)
    if interval < 60.0:
        assert left_s / interval * requests <= remaining - RESERVED * 5000 + 0.001


def test_a_few_runs_are_followed_closely() -> None:
    for few in (1, 5):
        assert look_every_s(few) == steps_every_s(few) == 2.0
    assert edit_every_s(1) == 3.0


@given(runs, runs)
def test_more_runs_are_never_followed_more_closely(one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    for every in (look_every_s, edit_every_s, steps_every_s, clock_every_s):
        assert every(fewer) <= every(more)


@given(runs)
def test_all_messages_together_are_edited_within_what_slack_takes(count: int) -> None:
    assert count * 60 / edit_every_s(count) <= 50


def test_an_hour_costs_less_than_a_fifth_of_githubs_limit_however_much_changes() -> None:
    allowance, spent, now = Allowance(Allowance.MOST, NOW), 0, NOW
    while now < NOW + timedelta(hours=1):
        now += timedelta(seconds=look_every_s(50))
        allowance = allowance.later(now).without(1)  # the list
        spent += 1
        while allowance.requests >= 1:
            allowance = allowance.without(1)  # a run's jobs
            spent += 1
    assert 700 < spent < 1000


def test_an_allowance_fills_to_its_brim_and_not_by_a_clock_that_is_set_back() -> None:
    assert Allowance(0.0, NOW).later(NOW + timedelta(days=1)).requests == Allowance.MOST
    assert Allowance(5.0, NOW).later(NOW - timedelta(days=1)).requests == 5.0
