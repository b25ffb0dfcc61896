"""Reading ahead changes no order and hides no failure."""

import threading
from collections.abc import Iterator

import pytest

from bot.adapters.reading_ahead import ahead


def test_all_items_come_in_order_with_what_was_made_of_them() -> None:
    assert list(ahead(iter(range(50)), lambda n: n * n)) == [(n, n * n) for n in range(50)]


def test_the_next_item_is_worked_on_while_the_one_before_is_used() -> None:
    begun = [threading.Event() for _ in range(3)]
    for number, _ in ahead(iter(range(3)), lambda n: begun[n].set()):
        if number < 2:
            assert begun[number + 1].wait(10)


def test_a_failure_comes_after_all_that_was_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    reading = ahead(broken(), str)
    assert next(reading) == (1, "1")
    with pytest.raises(OSError, match="gone"):
        next(reading)
