from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.pace import RESERVED, poll_interval_s

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


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
