"""One of several daemons works; the others wait, and the one that lost its place ends."""

import threading

import pytest

from bot.engine import standby as module
from bot.engine.standby import Standby
from bot.ports.errors import ConfigError, JournalError


class Answers:
    """A lease that answers as it is told to."""

    def __init__(self, *takes: bool | JournalError | ConfigError, held: bool = True) -> None:
        self.takes = list(takes)
        self.held = held
        self.released = 0

    def take(self) -> bool:
        answer = self.takes.pop(0)
        if isinstance(answer, JournalError | ConfigError):
            raise answer
        return answer

    def is_held(self) -> bool:
        return self.held

    def release(self) -> None:
        self.released += 1


def nobody(_why: str) -> None:
    pytest.fail("nothing was to be told")


def test_who_finds_it_free_works_at_once() -> None:
    assert Standby(Answers(True), nobody).wait(lambda _s: pytest.fail("no pause"), nobody)


def test_who_finds_it_taken_says_so_and_waits_through_whatever_happens() -> None:
    told: list[str] = []
    lease = Answers(False, JournalError("The server is away."), False, ConfigError("The disk is full."), True)

    assert Standby(lease, nobody).wait(lambda _s: False, told.append)

    assert told == [
        "Another daemon works on this journal; standing by to take over.",
        "Standing by. The server is away.",
        "Another daemon works on this journal; standing by to take over.",
        "Standing by. The disk is full.",
    ]


@pytest.mark.parametrize(
    ("answers", "took_over"),
    [
        ((True,), False),
        ((False, True), True),
        ((False, JournalError("away"), True), False),
        ((False, JournalError("away"), False, True), True),
    ],
)
def test_it_is_known_whether_another_one_worked_until_now(answers: tuple[bool | JournalError, ...], took_over: bool) -> None:
    standby = Standby(Answers(*answers), nobody)
    assert standby.wait(lambda _s: False, lambda _why: None)
    assert standby.took_over is took_over


def test_a_journal_that_can_not_be_asked_at_first_is_an_error_and_not_a_wait() -> None:
    with pytest.raises(JournalError, match="away"):
        Standby(Answers(JournalError("away")), nobody).wait(lambda _s: False, nobody)


def test_the_word_to_stop_ends_the_wait() -> None:
    assert not Standby(Answers(False), nobody).wait(lambda _s: True, lambda _why: None)


@pytest.mark.parametrize(
    ("answers", "is_lost"),
    [
        ((True,), False),
        ((JournalError("away"), True), False),
        ((ConfigError("no space for its file"), False), True),
        ((False,), True),
    ],
)
def test_a_lease_that_is_gone_is_taken_anew_unless_another_one_has_it(
    answers: tuple[bool | JournalError | ConfigError, ...], is_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(module, "RENEW_EVERY_S", 0.001)
    lost, asked = threading.Event(), threading.Event()
    lease = Answers(*answers, held=False)
    take = lease.take

    def last_take() -> bool:
        try:
            taken = take()
        finally:
            if not lease.takes:
                asked.set()
        lease.held = taken
        return taken

    lease.take = last_take  # type: ignore[method-assign]
    standby = Standby(lease, lambda _why: lost.set())
    standby.start()
    assert asked.wait(20)
    if is_lost:
        assert lost.wait(20)
    standby.stop(20)
    assert lost.is_set() is is_lost
    assert lease.released == 2


def test_whoever_finds_that_it_is_lost_has_it_looked_at_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY_S", 600.0)
    lost = threading.Event()
    lease = Answers(False, held=False)
    standby = Standby(lease, lambda _why: lost.set())
    standby.start()
    standby.look_soon()
    assert lost.wait(20)
    standby.stop(20)
