"""Let one writer in at a time, in the order in which they came.

A database's own lock lets waiting writers race: under load one of them can lose until its patience is over. Here nobody is overtaken.
"""

import threading
from collections import deque


class Turnstile:
    """A lock that is handed on to who has waited longest."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._holder: int | None = None  # the thread that is inside
        self._queue: deque[tuple[int, threading.Lock]] = deque()

    @property
    def waiting(self) -> int:
        """Return how many wait for their turn."""
        return len(self._queue)

    def enter(self, patience_s: float) -> bool:
        """Wait for one's turn; False when it did not come within `patience_s` seconds.

        Raises:
            RuntimeError: this thread is inside already, and would wait for itself.
        """
        me = threading.get_ident()
        gate = threading.Lock()
        with self._guard:
            if self._holder is None:
                self._holder = me
                return True
            if self._holder == me:
                raise RuntimeError("This thread has a writing transaction open already; pass that one on.")
            gate.acquire()
            self._queue.append((me, gate))
        admitted = False
        try:
            admitted = gate.acquire(timeout=patience_s)
        finally:
            # Also when an exception (Ctrl-C) ended the wait: a place in the queue that nobody stands in would stop everybody behind it.
            if not admitted:
                admitted = not self._withdraw(me, gate)
        return admitted

    def try_enter(self) -> bool:
        """Take one's turn if nobody is inside; False, without waiting, when somebody is."""
        with self._guard:
            if self._holder is not None:
                return False
            self._holder = threading.get_ident()
            return True

    def leave(self) -> None:
        """Let the next one in."""
        with self._guard:
            if not self._queue:
                self._holder = None
                return
            self._holder, gate = self._queue.popleft()
            gate.release()

    def _withdraw(self, me: int, gate: threading.Lock) -> bool:
        """Leave the queue; False when the turn came in the same moment."""
        with self._guard:
            try:
                self._queue.remove((me, gate))
            except ValueError:
                return False
            return True
