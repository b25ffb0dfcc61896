"""Looking at many places at once: whoever asks is answered in time, with what is known by then."""

import threading

import pytest

from bot.engine import side_by_side as module
from bot.engine.side_by_side import AT_ONCE, side_by_side


def test_every_place_is_looked_at() -> None:
    assert side_by_side(lambda place: place * 2, range(50), "probe") == {n: n * 2 for n in range(50)}
    assert side_by_side(str, [], "probe") == {}


def test_what_takes_too_long_is_left_out_and_no_further_place_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WITHIN_S", 0.2)
    answer, began = threading.Event(), list[int]()

    def look(place: int) -> int:
        began.append(place)
        if place:
            answer.wait(20)
        return place

    assert side_by_side(look, range(50), "probe") == {0: 0}
    answer.set()
    for thread in threading.enumerate():
        if thread.name.startswith("probe-"):
            thread.join(20)
    assert sorted(began) == [*range(AT_ONCE + 1)]


def test_what_breaks_a_look_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda place: 1 // place, [1, 0], "probe")
