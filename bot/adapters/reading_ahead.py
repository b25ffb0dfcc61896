"""Reading ahead: the next block is read and looked through by a thread of its own while the one before is counted, in a process that only scans."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(items: Iterator[T], work: Callable[[T], R]) -> Iterator[tuple[T, R]]:
    """Yield each item with what `work` makes of it, in order; the next one is fetched and worked on meanwhile.

    What `items` or `work` raise is raised here, after all that came before.
    """

    def fetch() -> tuple[T, R] | None:
        for item in items:
            return item, work(item)
        return None

    with ThreadPoolExecutor(1, "reading-ahead") as pool:
        coming = pool.submit(fetch)
        while (found := coming.result()) is not None:
            coming = pool.submit(fetch)
            yield found
