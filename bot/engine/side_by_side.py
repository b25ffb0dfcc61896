"""Looks at many places of GitHub side by side, for somebody who waits: what is not known in time is left out, since the rest is known without it."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

AT_ONCE = 6
WITHIN_S = 8.0  # a request may take 30 s, and forty environments six minutes
LATE = "GitHub takes too long to answer."

P = TypeVar("P")
R = TypeVar("R")


def side_by_side(look: Callable[[P], R], places: Sequence[P], name: str) -> dict[int, R]:
    """Return what was found in time, by the number of its place. A look that takes longer comes to its end by itself, and what it finds is of no use here.

    Args:
        name: of the threads.

    Raises:
        Exception: what a look raised first.
    """
    found: dict[int, R] = {}
    broken: list[Exception] = []
    left = deque(enumerate(places))

    def work() -> None:
        while True:
            try:
                number, place = left.popleft()
            except IndexError:
                return
            try:
                found[number] = look(place)
            except Exception as error:  # noqa: BLE001 - it is raised where somebody waits for it
                broken.append(error)
                return

    threads = [threading.Thread(target=work, name=f"{name}-{n}", daemon=True) for n in range(1, min(AT_ONCE, len(places)) + 1)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + WITHIN_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    left.clear()
    if broken:
        raise broken[0]
    return dict(found)
