"""What Slack refuses is said in another way, once, and the audit says so; where nothing sensible is left, it is given up and never tried for ever."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.adapters.journal import SqlJournal, open_journal
from bot.core.blocks import Message, section
from bot.core.configuration import Configuration
from bot.core.fallbacks import SHORT_TEXT
from bot.engine.delivery import REPLACING_TRIED, Delivery, subject_of
from bot.engine.outbox import Outbox
from bot.engine.pictures import Pictures
from bot.engine.waking import WakingJournal
from bot.ports.chat import Chat, Whisper
from bot.ports.errors import OutcomeUnknown, Rejected, Unavailable
from bot.ports.journal import OutboxRow
from tests.clocks import FakeClock

TIMELINE, ALERTS = "C0OPS", "C0ALERTS"
CONFIGURATION = Configuration(TIMELINE, (), {}, {})
LONG = Message.of("41 errors " * 2000, section("41 errors"))


class Strict:
    """A Slack that refuses each message whose channel, length or blocks it does not like, with the code that it is told to."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.tries = 0
        self.said: list[tuple[str, Message, str]] = []

    def post(self, channel: str, message: Message, _key: str, thread_ts: str = "") -> str:
        self.tries += 1
        is_fine = {
            "msg_too_long": len(message.text) <= SHORT_TEXT,
            "invalid_blocks": not message.blocks,
            "thread_not_found": not thread_ts,
        }.get(self.code, channel == TIMELINE)
        if not is_fine:
            raise Rejected(f"Slack refuses chat.postMessage: {self.code}.", self.code)
        self.said.append((channel, message, thread_ts))
        return f"{len(self.said)}.0"

    def update(self, channel: str, ts: str, message: Message) -> None:
        self.tries += 1
        raise Rejected(f"Slack refuses chat.update: {self.code}.", self.code)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(f"sqlite:///{tmp_path}/journal.db", FakeClock())
    yield opened
    opened.close()


def deliver(journal: SqlJournal, chat: Strict, row: OutboxRow, ts: str = "", thread_ts: str = "") -> tuple[str, str]:
    strict = cast(Chat, chat)
    return Delivery(journal, strict, FakeClock(), CONFIGURATION, Pictures(strict, lambda _chart: None)).deliver(row, ts, thread_ts)


def audited(journal: SqlJournal, action: str) -> list[dict[str, Any]]:
    with journal.read() as tx:
        return [dict(event.detail) for event in tx.audit.recent(10) if event.action == action]


@pytest.mark.parametrize(
    ("code", "channel", "fallback"),
    [
        ("channel_not_found", TIMELINE, "in the timeline"),
        ("not_in_channel", TIMELINE, "in the timeline"),
        ("is_archived", TIMELINE, "in the timeline"),
        ("msg_too_long", ALERTS, "shorter"),
        ("invalid_blocks", ALERTS, "text only"),
        ("thread_not_found", ALERTS, "out of its thread"),
    ],
)
def test_what_slack_refuses_is_said_once_more_in_another_way(journal: SqlJournal, code: str, channel: str, fallback: str) -> None:
    chat = Strict(code)
    place = deliver(journal, chat, OutboxRow(ALERTS, LONG, story="alert:A1", key="k"), thread_ts="9.0")
    [(said_in, message, _)] = chat.said
    assert (place, said_in, chat.tries) == ((channel, "1.0"), channel, 2)
    assert "41 errors" in message.text
    assert (f"I could not post this in <#{ALERTS}>" in str(message.blocks)) is (channel == TIMELINE)
    [detail] = audited(journal, "message.fallback")
    assert (detail["fallback"], detail["channel"]) == (fallback, ALERTS)
    assert code in detail["error"]


@pytest.mark.parametrize(("minutes", "replaces", "url"), [(1, False, "https://x"), (3, False, ""), (3, True, "https://x"), (31, True, "")])
def test_an_address_of_an_answer_that_breaks_for_long_is_not_tried_for_ever(
    journal: SqlJournal, minutes: int, replaces: bool, url: str
) -> None:
    whispered: list[Whisper] = []
    chat = Strict("")
    chat.whisper = lambda to, _message: whispered.append(to)  # type: ignore[attr-defined]
    since = FakeClock().now() - timedelta(minutes=minutes)
    to = Whisper("U0ANN", ALERTS, response_url="https://x", replace=replaces)
    deliver(journal, chat, OutboxRow(ALERTS, LONG, whisper=to, created_at=since))
    assert [each.response_url for each in whispered] == [url]


@pytest.mark.parametrize(("seconds", "urls"), [(119, ["https://x"]), (121, ["https://x", ""])])
def test_where_an_address_breaks_for_long_a_message_is_said_anew_instead_of_replaced(
    journal: SqlJournal, seconds: int, urls: list[str]
) -> None:
    whispered: list[str] = []

    def whisper(to: Whisper, _message: Message) -> None:
        whispered.append(to.response_url)
        if to.response_url:
            raise OutcomeUnknown("Slack broke on a response_url (HTTP status 502).")

    chat = Strict("")
    chat.whisper = whisper  # type: ignore[attr-defined]
    to = Whisper("U0ANN", ALERTS, response_url="https://x", replace=True)
    with suppress(OutcomeUnknown):
        deliver(journal, chat, OutboxRow(ALERTS, LONG, whisper=to, created_at=FakeClock().now() - timedelta(seconds=seconds)))
    assert whispered == urls


def test_a_message_is_replaced_when_its_address_can_be_reached_again_or_after_a_while_said_anew(journal: SqlJournal) -> None:
    clock, whispered = FakeClock(), []

    def whisper(to: Whisper, message: Message) -> None:
        whispered.append((message.text, to.response_url))
        if message.text == "busy":
            raise Unavailable("Slack asks to wait.", 30.0)
        if to.response_url and message.text != "reached":
            raise Unavailable("Slack can't be reached for a response_url.")

    chat = Strict("")
    chat.whisper = whisper  # type: ignore[attr-defined]
    delivery = Delivery(journal, cast(Chat, chat), clock, CONFIGURATION, Pictures(cast(Chat, chat), lambda _chart: None))
    asked_at = clock.now() - timedelta(seconds=80)  # as after a restart

    def deliver(text: str) -> None:
        to = Whisper("U0ANN", ALERTS, response_url="https://x", replace=True)
        with suppress(Unavailable):
            delivery.deliver(OutboxRow(ALERTS, Message.of(text), whisper=to, created_at=asked_at), "", "")

    deliver("first")
    clock.advance(REPLACING_TRIED)
    deliver("first")
    assert whispered == [("first", "https://x")] * 2, "neither is given up at the first connection that fails"
    clock.advance(1)
    deliver("busy")
    deliver("first")
    deliver("second")
    assert whispered[2:] == [("busy", "https://x"), ("first", "https://x"), ("first", ""), ("second", "https://x"), ("second", "")]
    deliver("reached")
    deliver("third")
    assert whispered[7:] == [("reached", "https://x"), ("third", "https://x")]


def test_a_message_that_is_gone_is_posted_anew(journal: SqlJournal) -> None:
    chat = Strict("message_not_found")
    assert deliver(journal, chat, OutboxRow(TIMELINE, LONG, story="operation:OP1", key="k"), ts="7.0") == (TIMELINE, "1.0")
    assert chat.tries == 2


def test_what_came_of_a_question_is_said_in_its_place_or_nowhere(journal: SqlJournal) -> None:
    chat = Strict("edit_window_closed")
    row = OutboxRow(ALERTS, Message.of("Told <!subteam^S0ONCALL> …"), story="question:A1:1", thread_of="alert:A1", key="k")

    with pytest.raises(Rejected):
        deliver(journal, chat, row, ts="7.0", thread_ts="6.0")

    assert (chat.tries, chat.said) == (1, [])
    assert subject_of(row) == "alert:A1", "where the audit of the alert has it"


def test_what_slack_refuses_whatever_is_done_is_given_up_and_lets_the_next_pass(journal: SqlJournal) -> None:
    chat, waking = Strict("restricted_by_a_rule_of_later_years"), WakingJournal(journal)
    outbox = Outbox(waking, cast(Chat, chat), FakeClock(), CONFIGURATION)
    with waking.begin() as tx:
        for number in (1, 2):
            tx.outbox.put(OutboxRow(ALERTS, Message.of(f"message {number}")), FakeClock().now())
    outbox.start()
    try:
        while len(audited(journal, "message.rejected")) < 2:
            outbox._stopping.wait(0.01)
    finally:
        outbox.stop(10)
    assert chat.tries == 2
    assert [detail["text"] for detail in audited(journal, "message.rejected")] == ["message 2", "message 1"]
    with journal.begin() as tx:
        assert tx.outbox.next(ALERTS) is None
        assert tx.outbox.prune(FakeClock().now() + timedelta(days=1)) == 2
