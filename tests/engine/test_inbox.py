"""What is handled in order, and what side by side."""

import queue
import threading
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from bot.engine.inbox import Inbox, Reply, lane_of
from bot.engine.lanes import Lanes
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import InboxEntry, InboxState
from tests.clocks import FakeClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def came(kind: EnvelopeKind, key: str, **more: str) -> Envelope:
    return Envelope(kind, key, NOON, **more)  # type: ignore[arg-type]  # only its fields of text


CARD = {"channel": "C0OPS", "message_ts": "1.0"}
REPLY = {"channel": "C0OPS", "message_ts": "2.0", "thread_ts": "1.0"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            came(EnvelopeKind.CLICK, "k1", name="approve", user="U0ANN", **CARD),
            came(EnvelopeKind.CLICK, "k2", name="reject", user="U0BOB", **CARD),
        ),
        (came(EnvelopeKind.CLICK, "k1", **CARD), came(EnvelopeKind.REACTION, "k2", **CARD)),
        (came(EnvelopeKind.CLICK, "k1", **CARD), came(EnvelopeKind.REPLY, "k2", **REPLY)),
        (came(EnvelopeKind.CLICK, "k1", view_id="V1"), came(EnvelopeKind.SUBMISSION, "k2", view_id="V1")),
        (
            came(EnvelopeKind.TICK, "k1", name="logwatch.scan", value="api"),
            came(EnvelopeKind.TICK, "k2", name="logwatch.scan", value="api"),
        ),
        (came(EnvelopeKind.HOME, "k1", user="U0ANN"), came(EnvelopeKind.HOME, "k2", user="U0ANN")),
    ],
)
def test_what_touches_one_message_view_or_job_is_handled_in_order(one: Envelope, other: Envelope) -> None:
    assert lane_of(one) == lane_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (came(EnvelopeKind.COMMAND, "k1", user="U0ANN", channel="C0OPS"), came(EnvelopeKind.COMMAND, "k2", user="U0ANN", channel="C0OPS")),
        (came(EnvelopeKind.MENTION, "k1", **CARD), came(EnvelopeKind.CLICK, "k2", **CARD)),
        (came(EnvelopeKind.CLICK, "k1", **CARD), came(EnvelopeKind.CLICK, "k2", channel="C0ALERTS", message_ts="1.0")),
        (came(EnvelopeKind.SUBMISSION, "k1", view_id="V1"), came(EnvelopeKind.SUBMISSION, "k2", view_id="V2")),
        (
            came(EnvelopeKind.TICK, "k1", name="logwatch.scan", value="api"),
            came(EnvelopeKind.TICK, "k2", name="logwatch.scan", value="web"),
        ),
        (came(EnvelopeKind.HOME, "k1", user="U0ANN"), came(EnvelopeKind.HOME, "k2", user="U0BOB")),
    ],
)
def test_everything_else_waits_for_nobody(one: Envelope, other: Envelope) -> None:
    assert lane_of(one) != lane_of(other)


def test_a_job_that_escalates_does_not_wait_for_watches_whose_sources_hang() -> None:
    ran: queue.SimpleQueue[str] = queue.SimpleQueue()
    lanes, release = Lanes(2, patient=1), threading.Event()

    def handle(entry: InboxEntry, _reply: Reply | None) -> None:
        ran.put(entry.envelope.value or entry.envelope.name)
        if entry.envelope.value:
            release.wait(15)

    inbox = Inbox(cast(Any, None), lanes, lambda _: True, handle, FakeClock())
    lanes.start()
    ticks = [("logwatch.scan", "api"), ("logwatch.scan", "web"), ("snooze.look", "")]
    for number, (name, watch) in enumerate(ticks):
        envelope = came(EnvelopeKind.TICK, f"k{number}", name=name, value=watch)
        inbox.take_up(InboxEntry(number, lane_of(envelope), InboxState.NEW, envelope))
    assert {ran.get(timeout=15), ran.get(timeout=15)} == {"api", "snooze.look"}
    release.set()
    assert ran.get(timeout=15) == "web"
    assert lanes.stop(15)
