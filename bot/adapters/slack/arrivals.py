"""Envelopes that arrive together are written down together and acked from the loop's own thread, without a detour through a worker.

Only what needs no answer goes this way, and only while the journal can be written without waiting: for a form, another writer or a slow disk the
worker's way is there.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from slack_bolt import App, BoltRequest

from bot.adapters.slack.edge import GATHERED, LATER
from bot.adapters.slack.payloads import at, table, text_at
from bot.ports.errors import JournalError
from bot.ports.events import Envelope

log = logging.getLogger(__name__)

ReceiveTogether = Callable[[Sequence[Envelope]], Callable[[], None] | None]

_SLOW_S = 0.1
"""A commit that took longer kept the loop from everything else, pings included: the disk has a bad time, and the workers may wait for it."""
_SLOW_FOR_S = 10.0


class Taken(Enum):
    """What becomes of an envelope."""

    ACK = "ack"
    NO_ACK = "no ack"
    LATER = "by a worker"


class Arrivals:
    """What came since the loop looked last. Used in the loop's thread alone.

    Args:
        app: its intake gathers envelopes where a request's context says so.
        receive_together: see `bot.ports.events.Receiver`.
    """

    def __init__(self, app: App, receive_together: ReceiveTogether) -> None:
        self._app = app
        self._receive_together = receive_together
        self._waiting: list[tuple[Mapping[str, Any], asyncio.Future[Taken]]] = []
        self._slow_until = 0.0

    async def take(self, envelope: Mapping[str, Any]) -> Taken:
        """Have an envelope written down together with all that are here already."""
        loop = asyncio.get_running_loop()
        taken: asyncio.Future[Taken] = loop.create_future()
        self._waiting.append((envelope, taken))
        if len(self._waiting) == 1:
            loop.call_soon(self._take_all, loop)
        return await taken

    def _take_all(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting, self._waiting = self._waiting, []
        began_at = time.monotonic()
        if began_at < self._slow_until:
            verdicts, start = [Taken.LATER] * len(waiting), None
        else:
            try:
                verdicts, start = self._settle([envelope for envelope, _ in waiting])
            except Exception:  # whatever Bolt or an odd payload does, nobody may wait for ever: a worker meets it again, and says so
                log.exception("slack.arrivals_crashed")
                verdicts, start = [Taken.LATER] * len(waiting), None
            took_s = time.monotonic() - began_at
            if took_s > _SLOW_S + 0.001 * len(waiting):
                log.warning("slack.slow_journal", extra={"fields": {"seconds": round(took_s, 2), "envelopes": len(waiting)}})
                self._slow_until = time.monotonic() + _SLOW_FOR_S
        for (_, taken), verdict in zip(waiting, verdicts, strict=True):
            if not taken.done():  # its connection's tasks may have been cancelled
                taken.set_result(verdict)
        if start:
            loop.call_soon(start)  # behind the acks, which wake up first

    def _settle(self, envelopes: Sequence[Mapping[str, Any]]) -> tuple[list[Taken], Callable[[], None] | None]:
        """Return what becomes of each envelope, and what starts the handling of those that were written down."""
        gathered: list[Envelope] = []
        verdicts = [self._read(envelope, gathered) for envelope in envelopes]
        try:
            start = self._receive_together(gathered) if gathered else None
            written = Taken.ACK if start else Taken.LATER
        except JournalError as error:
            log.error("slack.not_written", extra={"fields": {"why": str(error)}})  # noqa: TRY400 - it says itself what is wrong
            start, written = None, Taken.NO_ACK
        return [verdict or written for verdict in verdicts], start

    def _read(self, envelope: Mapping[str, Any], gathered: list[Envelope]) -> Taken | None:
        """Add an envelope to those that are written down together, or say what becomes of it otherwise."""
        request = request_of(envelope, {GATHERED: gathered})
        if request is None:
            return Taken.ACK
        before = len(gathered)
        response = self._app.dispatch(request)
        if len(gathered) > before:
            return None
        if response.status == LATER or response.body:  # its ack carries something, which a worker sends along
            return Taken.LATER
        return Taken.ACK if response.status == 200 else Taken.NO_ACK


def request_of(envelope: Mapping[str, Any], context: dict[str, Any] | None = None) -> BoltRequest | None:
    """Return the request for Bolt; None when the payload is so odd that Bolt can't read it, so that it is nothing of ours."""
    headers: dict[str, Any] = {}
    if at(envelope, "retry_attempt") is not None:
        headers["x-slack-retry-num"] = str(at(envelope, "retry_attempt"))
    if text_at(envelope, "retry_reason"):
        headers["x-slack-retry-reason"] = text_at(envelope, "retry_reason")
    try:
        return BoltRequest(mode="socket_mode", body=dict(table(at(envelope, "payload"))), headers=headers, context=context)
    except (AttributeError, KeyError, TypeError, IndexError):
        log.warning("slack.unreadable_payload", extra={"fields": {"type": text_at(envelope, "type")}})
        return None
