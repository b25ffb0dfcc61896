"""The senders of the outbox: what was handed to them is sent in its order, and nothing that fails beside it silences a lane."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from bot.adapters.clock import SystemClock
from bot.adapters.journal import open_journal
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.engine import outbox as outbox_module
from bot.engine.outbox import BURST, Outbox
from bot.engine.waking import WakingJournal
from bot.ports.chat import Chat, Whisper
from bot.ports.errors import JournalError, Unavailable
from bot.ports.journal import OutboxRow, Transaction

CONFIGURATION = Configuration("C0OPS", (), {}, {})
WITHIN_S = 20.0


class Slack:
    """Takes down what is said; `before` may hold it up, or fail."""

    def __init__(self) -> None:
        self.before: Callable[[str], None] = lambda _text: None
        self.said: list[str] = []
        self._news = threading.Condition()

    def whisper(self, _to: Whisper, message: Message) -> None:
        self.post("", message, "")

    def post(self, _channel: str, message: Message, _key: str, _thread_ts: str = "") -> str:
        self.before(message.text)
        with self._news:
            self.said.append(message.text)
            self._news.notify_all()
        return f"{len(self.said)}.0"

    def heard(self, *texts: str) -> bool:
        """Wait until this, and nothing else, was said."""
        with self._news:
            self._news.wait_for(lambda: len(self.said) >= len(texts), WITHIN_S)
            return self.said == list(texts)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[WakingJournal]:
    opened = WakingJournal(open_journal(f"sqlite:///{tmp_path}/journal.db", SystemClock()))
    yield opened
    opened.close()


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
def outbox(journal: WakingJournal, slack: Slack) -> Iterator[Outbox]:
    made = Outbox(journal, cast(Chat, slack), SystemClock(), CONFIGURATION)
    made.start()
    yield made
    made.stop(WITHIN_S)


def whisper(journal: WakingJournal, *texts: str, to: str = "U0ANN", response_url: str = "") -> None:
    with journal.begin() as tx:
        for text in texts:
            tx.outbox.put(OutboxRow("C0OPS", Message.of(text), whisper=Whisper(to, "C0OPS", "", response_url)), SystemClock().now())


def pending(journal: WakingJournal) -> int:
    with journal.read() as tx:
        return tx.outbox.backlog().rows


def until(is_so: Callable[[], bool]) -> bool:
    """Wait until something is so."""
    deadline, moment = time.monotonic() + WITHIN_S, threading.Event()
    while not is_so() and time.monotonic() < deadline:
        moment.wait(0.005)
    return is_so()


def say_and_note(journal: WakingJournal, slack: Slack, text: str) -> None:
    """Whisper the first thing of all, so that its lane has a sender, which has nothing to do."""
    whisper(journal, text)
    assert slack.heard(text)
    assert until(lambda: not pending(journal))


def test_who_commits_does_not_fail_when_no_thread_can_be_had_and_it_is_sent_later(
    journal: WakingJournal, slack: Slack, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Thread, "start", refuse)
        whisper(journal, "hello")
    assert "outbox.no_sender" in caplog.messages
    assert slack.heard("hello")


def test_a_stop_takes_no_longer_for_many_lanes_that_wait_for_slack(journal: WakingJournal, slack: Slack) -> None:
    go, waiting = threading.Event(), threading.Semaphore(0)

    def hang(_text: str) -> None:
        waiting.release()
        go.wait(WITHIN_S)

    slack.before = hang
    made = Outbox(journal, cast(Chat, slack), SystemClock(), CONFIGURATION)
    made.start()
    try:
        for number in range(16):
            whisper(journal, "hello", to=f"U{number}")
        for _ in range(16):
            assert waiting.acquire(timeout=WITHIN_S)
        began_at = time.monotonic()
        made.stop(0.2)
        assert time.monotonic() - began_at < 2.5, "not 16 × 0.2 s"
    finally:
        go.set()


def test_a_note_that_fails_is_dropped_and_fails_one_transaction_not_all(journal: WakingJournal) -> None:
    def broken(_tx: Transaction) -> None:
        raise ZeroDivisionError

    journal.note(broken)
    with pytest.raises(ZeroDivisionError), journal.begin():
        pass
    with journal.begin():
        pass


def test_what_was_whispered_is_noted_once_and_said_once_when_its_note_was_lost(
    journal: WakingJournal, slack: Slack, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_and_note(journal, slack, "first")

    def lost(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(outbox_module, "_note_whispered", lost)
    with suppress(ZeroDivisionError):  # whoever comes while it waits to be noted carries it along
        whisper(journal, "second")
    assert slack.heard("first", "second")
    assert until(lambda: not pending(journal)), "the look finds it, and does not say it again"
    assert slack.said == ["first", "second"]


def test_what_could_not_be_put_back_comes_before_what_is_handed_over_meanwhile(
    journal: WakingJournal, slack: Slack, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    say_and_note(journal, slack, "zero")
    monkeypatch.setattr(outbox_module, "LOOK_EVERY_S", 0.2)
    failed: list[str] = []

    def fail(text: str) -> None:
        if text == "first" and not failed:
            failed.append(text)
            whisper(journal, "second")
            raise Unavailable("Slack can't be reached.")

    put_back = outbox_module.Sender._put_back

    def break_down(sender: Any, row: OutboxRow, error: Unavailable) -> None:
        monkeypatch.setattr(outbox_module.Sender, "_put_back", put_back)
        raise JournalError("The disk is full.")

    monkeypatch.setattr(outbox_module.Sender, "_put_back", break_down)
    slack.before = fail
    whisper(journal, "first")
    assert slack.heard("zero", "first", "second")


class Standing(SystemClock):
    """A clock that stands: what waits for Slack's pace waits until `go`, and is counted."""

    def __init__(self) -> None:
        self.waits = 0
        self.go = threading.Event()

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.waits += 1
        self.go.wait(WITHIN_S)
        return event.is_set()


def test_answers_to_requests_do_not_wait_for_the_pace_of_posts_but_the_sixth_to_one_of_them(journal: WakingJournal, slack: Slack) -> None:
    clock = Standing()
    made = Outbox(journal, cast(Chat, slack), clock, CONFIGURATION)
    made.start()
    try:
        answers = [f"answer {number}" for number in range(10)]
        for answer in answers:
            whisper(journal, answer, response_url=f"https://hooks.slack.example/{answer}")
        assert slack.heard(*answers)

        more = [f"more {number}" for number in range(5 + BURST + 1)]
        whisper(journal, *more, response_url="https://hooks.slack.example/one")
        assert until(lambda: clock.waits > 0)
        assert slack.said == [*answers, *more[: len(slack.said) - len(answers)]]
        assert len(slack.said) < len(answers) + len(more)
    finally:
        clock.go.set()
        made.stop(WITHIN_S)
