"""What needs no answer is written down in the loop's own thread: together, without waiting, and never at the cost of an ack."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bot.adapters.slack.arrivals import Arrivals, Taken
from bot.ports.errors import JournalError
from bot.ports.events import Envelope, EnvelopeKind
from tests.adapters.slack.conftest import Wired
from tests.adapters.slack.payloads import click_in_message, command, submission, suggestion

Together = Callable[[Sequence[Envelope]], Callable[[], None] | None]


def enveloped(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"envelope_id": f"E-{kind}", "type": kind, "payload": payload, "accepts_response_payload": True}


async def taken(arrivals: Arrivals, envelope: dict[str, Any]) -> Taken:
    settled: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
    arrivals.take(envelope, settled.set_result)
    return await settled


def take(wired: Wired, receive_together: Together, *envelopes: dict[str, Any]) -> list[Taken]:
    async def at_once() -> list[Taken]:
        arrivals = Arrivals(wired.read, receive_together)
        return await asyncio.gather(*(taken(arrivals, envelope) for envelope in envelopes))

    return asyncio.run(at_once())


def test_what_came_together_is_written_down_together_and_handled_after_the_acks(wired: Wired) -> None:
    story: list[str] = []

    def receive(envelopes: Sequence[Envelope]) -> Callable[[], None]:
        story.append(" ".join(envelope.kind for envelope in envelopes))
        return lambda: story.append("handled")

    async def at_once() -> None:
        arrivals = Arrivals(wired.read, receive)

        async def acked(envelope: dict[str, Any]) -> None:
            story.append(str(await taken(arrivals, envelope)))

        await asyncio.gather(acked(enveloped("slash_commands", command())), acked(enveloped("interactive", click_in_message())))
        await asyncio.sleep(0)

    asyncio.run(at_once())
    assert story == ["command click", "Taken.ACK", "Taken.ACK", "handled"]


def test_a_form_is_left_to_a_worker_and_holds_up_nobody(wired: Wired) -> None:
    received: list[EnvelopeKind] = []

    def receive(envelopes: Sequence[Envelope]) -> Callable[[], None]:
        received.extend(envelope.kind for envelope in envelopes)
        return lambda: None

    verdicts = take(wired, receive, enveloped("interactive", submission()), enveloped("slash_commands", command()))
    assert verdicts == [Taken.LATER, Taken.ACK]
    assert received == [EnvelopeKind.COMMAND]


def test_when_the_journal_is_busy_all_are_left_to_the_workers(wired: Wired) -> None:
    assert take(wired, lambda _envelopes: None, enveloped("slash_commands", command())) == [Taken.LATER]


def test_what_could_not_be_written_down_is_not_acked(wired: Wired, caplog: pytest.LogCaptureFixture) -> None:
    def receive(_envelopes: Sequence[Envelope]) -> Callable[[], None]:
        raise JournalError("The disk is full.")

    assert take(wired, receive, enveloped("slash_commands", command())) == [Taken.NO_ACK]
    assert "slack.not_written" in caplog.messages


def test_a_crash_on_the_way_leaves_it_to_a_worker_that_meets_it_again(wired: Wired) -> None:
    def receive(_envelopes: Sequence[Envelope]) -> Callable[[], None]:
        raise ValueError("odd")

    assert take(wired, receive, enveloped("slash_commands", command())) == [Taken.LATER]


def test_after_a_slow_commit_the_workers_wait_for_the_disk_and_not_the_loop(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapters.slack.arrivals._SLOW_S", -1.0)

    async def two() -> list[Taken]:
        arrivals = Arrivals(wired.read, lambda _envelopes: lambda: None)
        return [await taken(arrivals, enveloped("slash_commands", command())) for _ in range(2)]

    assert asyncio.run(two()) == [Taken.ACK, Taken.LATER]


def test_an_ack_that_carries_something_is_a_workers(wired: Wired) -> None:
    assert take(wired, lambda _envelopes: lambda: None, enveloped("interactive", suggestion())) == [Taken.LATER]


def test_over_the_wire_a_command_is_acked_without_a_worker(running: Wired, sandbox: Any) -> None:
    sandbox.ann.types("/release checkout")
    running.receiver.wait_for(EnvelopeKind.COMMAND)
    assert running.receiver.together == [1]
