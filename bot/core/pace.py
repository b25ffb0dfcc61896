"""How often GitHub may be asked: quickly while there is plenty left, slower as its limit comes near, never past it."""

from datetime import datetime

# What is kept back for people: dispatches and forms must work while runs are followed.
RESERVED = 0.2
SLOWEST_S = 60.0


def poll_interval_s(base_s: float, requests: int, limit: int, remaining: int, resets_at: datetime, now: datetime) -> float:
    """Return how many seconds to wait before the next look.

    Args:
        base_s: the wait while there is plenty left.
        requests: how many requests one look takes.
        limit, remaining, resets_at: what GitHub said of its limit.
    """
    left_s = (resets_at - now).total_seconds()
    if left_s <= 0 or limit <= 0:
        return base_s
    ours = remaining - RESERVED * limit
    if ours <= 0:
        return max(base_s, SLOWEST_S)
    return min(SLOWEST_S, max(base_s, left_s * requests / ours))
