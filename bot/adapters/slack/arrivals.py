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

from bot.adapters.slack.payloads import at
from bot.ports.errors import JournalError
from bot.ports.events import Envelope, EnvelopeKind

log = logging.getLogger(__name__)

Read = Callable[[object], Envelope | None]
ReceiveTogether = Callable[[Sequence[Envelope]], Callable[[], None] | None]
Settle = Callable[["Taken"], None]

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
        read: makes an envelope of a payload, None of one whose ack needs an answer: see `bot.adapters.slack.edge.reader`.
        receive_together: see `bot.ports.events.Receiver`.
    """

    def __init__(self, read: Read, receive_together: ReceiveTogether) -> None:
        self._read = read
        self._receive_together = receive_together
        self._waiting: list[tuple[Mapping[str, Any], Settle]] = []
        self._slow_until = 0.0

    def take(self, envelope: Mapping[str, Any], settle: Settle) -> None:
        """Have an envelope written down together with all that are here already, as soon as the loop has a moment.

        Args:
            settle: told in the loop's thread what becomes of it. What it starts with `call_soon`, or as a task, comes before the handling.
        """
        self._waiting.append((envelope, settle))
        if len(self._waiting) == 1:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._take_all, loop)

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
        for (_, settle), verdict in zip(waiting, verdicts, strict=True):
            settle(verdict)
        if start:
            loop.call_soon(start)  # behind the acks, whose turn comes first

    def _settle(self, envelopes: Sequence[Mapping[str, Any]]) -> tuple[list[Taken], Callable[[], None] | None]:
        """Return what becomes of each envelope, and what starts the handling of those that were written down."""
        gathered: list[Envelope] = []
        verdicts = [self._gather(envelope, gathered) for envelope in envelopes]
        try:
            start = self._receive_together(gathered) if gathered else None
            written = Taken.ACK if start else Taken.LATER
        except JournalError as error:
            log.error("slack.not_written", extra={"fields": {"why": str(error)}})  # noqa: TRY400 - it says itself what is wrong
            start, written = None, Taken.NO_ACK
        return [verdict or written for verdict in verdicts], start

    def _gather(self, envelope: Mapping[str, Any], gathered: list[Envelope]) -> Taken | None:
        """Add an envelope to those that are written down together, or say what becomes of it otherwise."""
        read = self._read(at(envelope, "payload"))
        if read is None:
            return Taken.LATER
        if read.kind is EnvelopeKind.OTHER:
            return Taken.ACK
        gathered.append(read)
        return None
