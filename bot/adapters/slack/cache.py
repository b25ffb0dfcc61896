"""A look-up that is remembered for a while: Slack allows few of them a minute, and a decision needs them fresh."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

_SWEEP_AT = 1000


class Remembered(Generic[K, V]):
    """Values by key, each asked for again when it is older than `for_s` seconds. What raises is not remembered. Safe between threads.

    Args:
        monotonic: the clock, in seconds.
    """

    def __init__(self, ask: Callable[[K], V], for_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._for_s = for_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: dict[K, tuple[float, V]] = {}

    def __call__(self, key: K) -> V:
        """Return the value, asking when it is not known or too old. Two threads may ask at the same time; neither waits for the other."""
        asked_at = self._monotonic()
        with self._lock:
            known = self._known.get(key)
        if known and known[0] > asked_at:
            return known[1]
        value = self._ask(key)
        with self._lock:
            if len(self._known) >= _SWEEP_AT:
                self._known = {k: entry for k, entry in self._known.items() if entry[0] > asked_at}
            self._known[key] = (asked_at + self._for_s, value)
        return value
