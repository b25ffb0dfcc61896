"""One Socket Mode connection, from its ticket to its end."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.payloads import table, text_at
from bot.adapters.slack.webapi import TIMEOUT_S, TOKEN_REFUSED, proxy_for, refusal, sdk_log
from bot.core.redaction import Secret
from bot.ports.errors import ConfigError, Unavailable

log = logging.getLogger(__name__)

PING_EVERY_S = 10
"""aiohttp gives a connection up when a ping is not answered within half of this: a stall of up to 5 s is no loss, a dead one is known in 15 s."""

OPEN_WITHIN_S = 10.0
SILENT_S = 30.0
"""Other official clients take a connection without a ping for this long as dead."""
_LOOK_EVERY_S = 5.0
"""For silence; every other end tells of itself."""
_OVER = frozenset({aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR})
_CLOSE_WITHIN_S = 1.0


class Ended(StrEnum):
    """Why a connection is over, or is about to be."""

    WARNING = "warning"
    REFRESH_REQUESTED = "refresh_requested"
    LINK_DISABLED = "link_disabled"
    TOO_MANY_WEBSOCKETS = "too_many_websockets"
    ASKED_TO_GO = "disconnect"  # for a reason that is newer than this list
    CLOSED = "closed"
    SILENT = "silent"

    @property
    def is_gentle(self) -> bool:
        """Tell whether the connection still works for a while: the next one can be opened before it is left."""
        return self in (Ended.WARNING, Ended.REFRESH_REQUESTED)


Serve = Callable[["Link", Mapping[str, Any]], None]


class Link(SocketModeClient):
    """The SDK's client, held to one connection: whoever holds it opens the next one.

    The SDK's own reconnecting closes the old connection before it opens the new one, and once a handshake failed it retries for ever with the ticket
    that was used up.

    Args:
        app_token: `xapp-…`.
        base_url: of the Web API.
        serve: takes each envelope, returns at once, and calls `settled` when it is over with it.
    """

    def __init__(self, app_token: Secret, base_url: str, serve: Serve) -> None:
        proxy = proxy_for(base_url)
        web = AsyncWebClient(base_url=base_url, timeout=TIMEOUT_S, retry_handlers=[], logger=sdk_log)
        super().__init__(app_token.value, sdk_log, web, auto_reconnect_enabled=False, ping_interval=PING_EVERY_S)
        web.proxy = self.proxy = proxy  # else the SDK's own reading of the environment, which does not know NO_PROXY
        self.number_of_connections = 0
        self._serve = serve
        self.in_flight = 0
        """How many envelopes are being served."""
        self._heard_at = time.monotonic()
        self._greeted = False
        self._reason: Ended | None = None
        self._changed = asyncio.Event()

    async def open(self) -> None:
        """Get a ticket, connect, and wait for the hello.

        Raises:
            ConfigError: Slack refuses SLACK_APP_TOKEN, or Socket Mode is switched off: no retry mends it.
            Unavailable: it did not work this time.
        """
        try:
            async with asyncio.timeout(OPEN_WITHIN_S):
                self.wss_uri = await self._ticket()
                await self.connect()
                await self._changed.wait()
        except TimeoutError as error:
            raise Unavailable(f"Slack did not say hello within {OPEN_WITHIN_S:.0f} s.") from error
        except (aiohttp.ClientError, OSError) as error:
            # The text of a failed handshake holds the address, and with it the ticket.
            raise Unavailable(f"Slack's Socket Mode can't be reached ({type(error).__name__}).") from None
        if self._reason is Ended.LINK_DISABLED:
            raise ConfigError("Socket Mode is switched off for the app: switch it on at api.slack.com/apps.")
        if not self._greeted:
            raise Unavailable(f"Slack ended the connection at once ({self._reason}).")

    async def _ticket(self) -> str:
        try:
            return await self._ask_for_ticket()
        except (
            AttributeError,
            ValueError,
        ):  # the SDK takes for granted that the answer is text, and JSON; what it says of it may hold the ticket
            raise Unavailable("Slack's answer to apps.connections.open can't be read.") from None

    async def _ask_for_ticket(self) -> str:
        try:
            answer = await self.web_client.apps_connections_open(app_token=self.app_token)
        except SlackApiError as error:
            code = text_at(error.response.data, "error")
            if code in TOKEN_REFUSED:
                raise ConfigError(f"Slack refuses SLACK_APP_TOKEN ({code}): {TOKEN_REFUSED[code]}.") from error
            failure = refusal("apps.connections.open", error.response, Unavailable)
            raise failure if isinstance(failure, Unavailable) else Unavailable(str(failure)) from error
        return text_at(answer.data, "url")

    async def connect(self) -> None:
        """Open the websocket, once."""
        self.current_session = await self.aiohttp_client_session.ws_connect(
            self.wss_uri or "", autoping=False, heartbeat=self.ping_interval, proxy=self.proxy
        )
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def receive_messages(self) -> None:
        """Take each frame as soon as it is read: through the SDK's queue a reason to go would come after the close that follows it.

        The SDK's own loop tells of a close alone; whatever else ends a connection it finds by looking. Pings are left to aiohttp, which sends its own.
        """
        session = self.current_session
        try:
            while session is not None:
                message = await session.receive()
                match message.type:
                    case aiohttp.WSMsgType.TEXT:
                        self._heard_at = time.monotonic()
                        self._read(message.data)
                    case aiohttp.WSMsgType.PING:
                        self._heard_at = time.monotonic()
                        await session.pong(message.data)
                    case aiohttp.WSMsgType.PONG:
                        self._heard_at = time.monotonic()
                    case _ if message.type in _OVER:
                        return
        except (aiohttp.ClientError, ConnectionError) as error:
            log.debug("slack.connection_lost", extra={"fields": {"why": type(error).__name__}})
        finally:
            self._end(Ended.CLOSED)

    def _read(self, message: str) -> None:
        try:
            self._hear(table(json.loads(message)))
        except ValueError:
            log.warning("slack.unreadable_frame", extra={"fields": {"characters": len(message)}})
        except Exception:  # a frame that we make a mistake with must not end the connection, and come again on the next one
            log.exception("slack.frame_crashed")

    def _hear(self, frame: Mapping[str, Any]) -> None:
        match frame.get("type"):
            case "hello":
                count = frame.get("num_connections")
                self.number_of_connections = count if isinstance(count, int) else 0
                self._greeted = True
                self._changed.set()
            case "disconnect":
                reason = text_at(frame, "reason")
                self._end(Ended(reason) if reason in list(Ended) else Ended.ASKED_TO_GO)
            case _ if text_at(frame, "envelope_id"):
                self.in_flight += 1
                self._serve(self, frame)

    def settled(self) -> None:
        """Note that an envelope is acked, or never will be."""
        self.in_flight -= 1

    def _end(self, reason: Ended) -> None:
        self._reason = self._reason or reason
        self._changed.set()

    async def ended(self) -> Ended:
        """Wait until the connection is over, or Slack asked us to go."""
        while True:
            if self._reason is None and not self.is_open:
                self._end(Ended.CLOSED)
            if self._reason is None and self.silent_for_s > SILENT_S:
                self._end(Ended.SILENT)
            if self._reason is not None:
                return self._reason
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self._changed.wait()

    @property
    def is_open(self) -> bool:
        """Tell whether envelopes can come in."""
        return self._greeted and self.current_session is not None and not self.current_session.closed

    @property
    def silent_for_s(self) -> float:
        """Return how long ago something was heard: a frame, or a pong."""
        return time.monotonic() - self._heard_at

    async def leave(self, within_s: float = 0.0) -> None:
        """Wait up to `within_s` seconds until all envelopes are acked, then close, in bounded time."""
        until = time.monotonic() + within_s
        while self.in_flight and self.is_open and time.monotonic() < until:
            await asyncio.sleep(0.01)
        self.closed = True
        for task in (self.message_processor, self.message_receiver):
            if task is not None:
                task.cancel()
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_CLOSE_WITHIN_S):
                if self.current_session is not None:
                    await self.current_session.close()
        await self.aiohttp_client_session.close()
