"""Acks on their way: all that are due on one connection leave in one task, each where its envelope came from."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import aiohttp

from bot.adapters.slack.link import Link

log = logging.getLogger(__name__)


class Acks:
    """Used in the loop's thread alone.

    Args:
        open_links: the connections that are open at this moment.
        acked: called with the seconds from each envelope's arrival to its ack.
    """

    def __init__(self, open_links: Callable[[], Iterable[Link]], acked: Callable[[float], None]) -> None:
        self._open_links = open_links
        self._acked = acked
        self._due: dict[Link, list[tuple[Mapping[str, Any], float]]] = {}
        self._sending: set[asyncio.Task[None]] = set()

    def send_soon(self, link: Link, ack: Mapping[str, Any], arrived_at: float) -> None:
        """Ack an envelope of `link`, and settle it.

        Args:
            arrived_at: on the monotonic clock.
        """
        due = self._due.setdefault(link, [])
        due.append((ack, arrived_at))
        if len(due) == 1:
            task = asyncio.create_task(self._send_due(link))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send_due(self, link: Link) -> None:
        for ack, arrived_at in self._due.pop(link):
            try:
                await self._send(link, ack)
                self._acked(time.monotonic() - arrived_at)
            except Exception:  # those behind it are due all the same
                log.exception("slack.ack_crashed")
            finally:
                link.settled()

    async def _send(self, link: Link, ack: Mapping[str, Any]) -> None:
        """Send an ack where its envelope came from; when that connection is gone, by another one."""
        frame = json.dumps(ack)
        for way in (link, *(other for other in self._open_links() if other is not link)):
            try:
                if way.current_session is not None and way.is_open:
                    await way.current_session.send_str(frame)
                    return
            except (aiohttp.ClientError, ConnectionError):
                continue
        log.warning("slack.ack_lost", extra={"fields": {"envelope": ack["envelope_id"]}})
