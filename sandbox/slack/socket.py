"""Socket Mode: the tickets, the connections, and every way in which a connection can go bad."""

import asyncio
import json
import secrets
import socket as sockets
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.slack.errors import Refusal, SlackError
from sandbox.slack.state import APP
from sandbox.world import World

MOST_CONNECTIONS = 10
PING_EVERY_S = 10.0
LIFETIME_S = 18_060.0
WARNING_S = 10.0
"""How long before the end of its life a connection is warned, and how long it may stay after it was asked to go."""
GHOST_S = 30.0
"""How long a half-open connection stays registered after the app left it."""
TICKET_S = 30.0
GOODBYE_S = 10.0
CLOSE_FRAME = b"\x88\x02\x03\xe8"
"""FIN and CLOSE, two bytes: code 1000."""

REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")


class LinkState(StrEnum):
    OPEN = "open"
    LEAVING = "leaving"
    DEAF = "deaf"


@dataclass(slots=True, eq=False)
class Connection:
    """One websocket of the app."""

    id: str
    opened_at: float
    ws: web.WebSocketResponse
    transport: asyncio.Transport
    state: LinkState = LinkState.OPEN
    stall_s: float = 0.0
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, frame: str) -> None:
        """Write one text frame; a ghost swallows it, an ordered stall splits it."""
        if self.state is LinkState.DEAF:
            return
        if self.stall_s:
            seconds, self.stall_s = self.stall_s, 0.0
            # Whoever waits for the ack may give up; the second half is written all the same.
            await asyncio.shield(asyncio.create_task(self._send_split(frame, seconds)))
            return
        async with self.writing:
            await self.ws.send_str(frame)

    async def _send_split(self, frame: str, seconds: float) -> None:
        raw = _text_frame(frame)
        half = len(raw) // 2
        async with self.writing:
            self.transport.write(raw[:half])
            await asyncio.sleep(seconds)
            self.transport.write(raw[half:])

    async def pong(self, payload: bytes) -> None:
        if self.state is not LinkState.DEAF:
            async with self.writing:
                await self.ws.pong(payload)

    async def ping(self) -> None:
        if self.state is not LinkState.DEAF:
            async with self.writing:
                await self.ws.ping()

    async def say_goodbye(self) -> None:
        """Send a CLOSE frame and wait for the app's; cut the connection when none comes."""
        async with self.writing:
            # Not ws.close(): while another task reads, it closes TCP without waiting for the answer.
            self.transport.write(CLOSE_FRAME)
        try:
            await asyncio.wait_for(self.left.wait(), GOODBYE_S)
        except TimeoutError:
            self.cut(with_reset=False)

    def cut(self, with_reset: bool) -> None:
        """End the TCP connection without a CLOSE frame: by FIN, or by RST."""
        if not with_reset or self.transport.is_closing():
            self.transport.close()
            return
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "opened_at": self.opened_at, "state": self.state.value}


def _text_frame(text: str) -> bytes:
    payload = text.encode()
    if len(payload) < 126:
        return struct.pack("!BB", 0x81, len(payload)) + payload
    if len(payload) < 1 << 16:
        return struct.pack("!BBH", 0x81, 126, len(payload)) + payload
    return struct.pack("!BBQ", 0x81, 127, len(payload)) + payload


class Sockets:
    """All connections of the app. `on_ack` is told of each ack that comes in, with its size in bytes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tickets: dict[str, float] = {}
        self._connections: dict[str, Connection] = {}
        self._opened = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusals: list[str] = []
        self._lives: dict[str, asyncio.Task[None]] = {}
        self.lifetime_s = LIFETIME_S
        self.enabled = True
        self.duplicates = 0
        self.on_ack: Callable[[dict[str, Any], int], None] = lambda _ack, _size: None

    def open_url(self) -> str:
        """Return the address of `apps.connections.open`: a ticket that opens one connection.

        Raises:
            SlackError: a test ordered the refusal, or Socket Mode is switched off.
        """
        if self._refusals:
            raise SlackError(self._refusals.pop(0))
        if not self.enabled:
            raise SlackError("socket_mode_disabled")
        ticket = secrets.token_hex(16)
        self._tickets[ticket] = self._world.clock.timestamp() + TICKET_S
        return f"{self._world.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection until it ends."""
        good_until = self._tickets.pop(request.query.get("ticket", ""), None)
        if good_until is None or good_until < self._world.clock.timestamp():
            return web.Response(status=408, text="ticket expired or used")
        ws = web.WebSocketResponse(autoping=False, autoclose=False, compress=False, max_msg_size=0)
        await ws.prepare(request)
        if request.transport is None:
            return ws
        self._opened += 1
        connection = Connection(f"W{self._opened}", self._world.clock.timestamp(), ws, request.transport)
        if len(self._connections) >= MOST_CONNECTIONS:
            await self._frame(connection, self._disconnect("too_many_websockets"))
            await ws.close()
            return ws
        self._connections[connection.id] = connection
        await self._hello(connection)
        pinging = self._spawn(self._keep_pinging(connection))
        self._live(connection)
        try:
            await self._listen(connection)
        finally:
            pinging.cancel()
            connection.left.set()
            self._forget(connection)
        return ws

    async def _hello(self, connection: Connection) -> None:
        hello = {
            "type": "hello",
            "num_connections": len(self._connections),
            "debug_info": {
                "host": f"applink-sandbox-{connection.id.lower()}",
                "build_number": 10,
                "approximate_connection_time": int(self.lifetime_s),
            },
            "connection_info": {"app_id": APP},
        }
        await self._frame(connection, hello)
        self._world.feed.publish("connection", connection=connection.as_json(), open=True)

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.ws:
            if message.type == WSMsgType.PING:
                await connection.pong(message.data)
            elif message.type == WSMsgType.TEXT:
                self._received(connection, message.data)
        if connection.state is LinkState.DEAF:
            await self._world.clock.sleep(GHOST_S)  # a ghost: the app is gone, and envelopes still come here
        elif not connection.ws.closed:
            await connection.ws.close()

    def _received(self, connection: Connection, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            frame = {"type": "unreadable", "text": text}
        is_ack = isinstance(frame, dict) and "envelope_id" in frame
        name = "ack" if is_ack else str(frame.get("type", "unknown")) if isinstance(frame, dict) else "unknown"
        entry = self._world.record.add(self._world.clock.timestamp(), "socket", name, method="in", path=connection.id, body=frame)
        if self._world.kills.meets(entry):
            return
        if is_ack and connection.state is not LinkState.DEAF:
            self.on_ack(frame, len(text.encode()))
        self._world.kills.passed(entry)

    def _forget(self, connection: Connection) -> None:
        if self._connections.pop(connection.id, None):
            self._world.feed.publish("connection", connection=connection.as_json(), open=False)
        life = self._lives.pop(connection.id, None)
        if life:
            life.cancel()

    async def _keep_pinging(self, connection: Connection) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            try:
                await connection.ping()
            except ConnectionError:
                return

    def _live(self, connection: Connection) -> None:
        old = self._lives.pop(connection.id, None)
        if old:
            old.cancel()
        self._lives[connection.id] = self._spawn(self._end_life(connection))

    async def _end_life(self, connection: Connection) -> None:
        left = connection.opened_at + self.lifetime_s - self._world.clock.timestamp()
        if left > WARNING_S:
            await self._world.clock.sleep(left - WARNING_S)
            await self._frame(connection, self._disconnect("warning"))
            left = WARNING_S
        await self._world.clock.sleep(left)
        await self._ask_to_go(connection, "refresh_requested")

    async def _ask_to_go(self, connection: Connection, reason: str) -> None:
        """Send `disconnect`, and close the connection ourselves when the app does not."""
        if connection.state is LinkState.OPEN:
            connection.state = LinkState.LEAVING
        await self._frame(connection, self._disconnect(reason))
        if reason in ("refresh_requested", "warning"):
            await self._world.clock.sleep(WARNING_S)
        if not connection.left.is_set():
            await connection.say_goodbye()

    def _disconnect(self, reason: str) -> dict[str, Any]:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}

    async def _frame(self, connection: Connection, frame: dict[str, Any]) -> bool:
        """Send a frame and say whether the connection took it."""
        entry = self._world.record.add(
            self._world.clock.timestamp(), "socket", str(frame["type"]), method="out", path=connection.id, body=frame
        )
        if self._world.kills.meets(entry):
            return False
        try:
            await connection.send(json.dumps(frame))
        except ConnectionError:
            return False
        self._world.kills.passed(entry)
        return True

    async def deliver(self, envelope: dict[str, Any]) -> bool:
        """Send an envelope to any one connection. False: nobody is connected."""
        choices = [c for c in self._connections.values() if c.state is not LinkState.LEAVING] or list(self._connections.values())
        while choices:
            connection = secrets.choice(choices)
            if await self._frame(connection, envelope):
                await self._duplicate(connection, choices, envelope)
                return True
            choices.remove(connection)
        return False

    async def _duplicate(self, first: Connection, choices: list[Connection], envelope: dict[str, Any]) -> None:
        if self.duplicates <= 0:
            return
        self.duplicates -= 1
        others = [connection for connection in choices if connection is not first]
        await self._frame(secrets.choice(others or [first]), envelope)

    def as_json(self) -> list[dict[str, Any]]:
        return [connection.as_json() for connection in self._connections.values()]

    async def order(self, body: dict[str, Any]) -> None:
        """Do to the connections what a test asks for.

        Raises:
            Refusal: no such order, reason or connection.
        """
        what = body.get("do")
        if what == "duplicate":
            self.duplicates = int(body.get("times", 1))
        elif what == "refuse_open":
            self._refusals = [str(body.get("error", "internal_error"))] * int(body.get("times", 1))
        elif what == "lifetime":
            self.lifetime_s = float(body.get("seconds", LIFETIME_S))
            for connection in self._connections.values():
                self._live(connection)
        elif what in ("disconnect", "close", "fin", "reset", "deaf", "stall"):
            if what == "disconnect" and body.get("reason", "refresh_requested") not in REASONS:
                raise Refusal(f"No such reason: {body['reason']}; there are {', '.join(REASONS)}.")
            for connection in self._meant(str(body.get("connection", "any"))):
                await self._harm(connection, what, body)
        elif what == "enable":
            self.enabled = True
        elif what == "redeliver":
            await self._redeliver(int(body["since"]))
        else:
            raise Refusal(f"No such order for sockets: {what!r}.")

    async def _redeliver(self, since: int) -> None:
        """Deliver once more every envelope that the record holds after number `since`."""
        for entry in self._world.record.select("socket", since=since):
            if entry["method"] == "out" and "envelope_id" in entry["body"]:
                await self.deliver({**entry["body"], "envelope_id": secrets.token_hex(16)})

    def _meant(self, which: str) -> list[Connection]:
        if which == "all":
            return list(self._connections.values())
        if which == "any":
            healthy = [c for c in self._connections.values() if c.state is LinkState.OPEN] or list(self._connections.values())
            if not healthy:
                raise Refusal("No connection is open.")
            return [secrets.choice(healthy)]
        if which not in self._connections:
            raise Refusal(f"No such connection: {which}.")
        return [self._connections[which]]

    async def _harm(self, connection: Connection, what: str, body: dict[str, Any]) -> None:
        match what:
            case "disconnect":
                reason = str(body.get("reason", "refresh_requested"))
                if reason == "link_disabled":
                    self.enabled = False
                self._spawn(self._ask_to_go(connection, reason))
            case "close":
                self._spawn(connection.say_goodbye())
            case "fin" | "reset":
                connection.cut(with_reset=what == "reset")
            case "deaf":
                connection.state = LinkState.DEAF
                self._world.feed.publish("connection", connection=connection.as_json(), open=True)
            case "stall":
                connection.stall_s = float(body.get("seconds", 4.0))

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def stop(self) -> None:
        """Close every connection as Slack does when it goes away."""
        for connection in list(self._connections.values()):
            connection.cut(with_reset=False)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
