"""A bot that does what a test tells it, through the real slack_sdk clients."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

Payload = dict[str, Any]
Answer = Callable[[Payload], Mapping[str, Any] | None]


class ScriptedBot:
    """Acks everything. What it answers, and does then, is set by `when`."""

    def __init__(self, url: str) -> None:
        api = f"{url}/api/"
        self.client = WebClient("xoxb-sandbox-bot", base_url=api, retry_handlers=[])
        self._opener = WebClient("xapp-sandbox-app", base_url=api)
        self._socket: SocketModeClient | None = None
        self._answers: dict[str, Answer] = {}
        self._seen: dict[str, queue.Queue[Payload]] = {}

    def connect(self) -> None:
        """Hold a socket, if there is none yet, and return when its thread has read Slack's hello."""
        if self._socket is None:
            self._socket = SocketModeClient("xapp-sandbox-app", web_client=self._opener, trace_enabled=False)
            self._socket.socket_mode_request_listeners.append(self._take)
            greeted = threading.Event()
            self._socket.on_message_listeners.append(lambda _message: greeted.set())
            self._socket.connect()
            assert greeted.wait(10), "no hello came"

    def disconnect(self) -> None:
        """Let the socket go.

        The SDK's `close` says once that the session has ended, and its thread forgets that where it is just taking the session up (at the start, and after
        each connection that it made anew); then `close` waits forever. So it is said until that thread has ended.
        """
        client, self._socket = self._socket, None
        if client is None:
            return
        closing = threading.Thread(target=client.close, daemon=True)
        closing.start()
        until = time.monotonic() + 10
        while closing.is_alive():
            assert time.monotonic() < until, "the SDK's client does not end"
            client.current_session_state.terminated = True
            client.disconnect()
            closing.join(0.05)

    def forget(self) -> None:
        """Forget what was answered and seen."""
        self._answers.clear()
        self._seen.clear()

    def when(self, kind: str, answer: Answer) -> None:
        """Answer the payloads of a kind (`slash_commands`, `block_actions`, `view_submission`, `app_home_opened`, …).

        What `answer` returns goes out with the ack.
        """
        self._answers[kind] = answer

    def gets(self, kind: str) -> Payload:
        """Wait for the next payload of a kind."""
        return self._queue(kind).get(timeout=10)

    def post(self, channel: str, text: str, **more: Any) -> str:
        """Post a message and return its `ts`."""
        return str(self.client.chat_postMessage(channel=channel, text=text, **more)["ts"])

    def _queue(self, kind: str) -> queue.Queue[Payload]:
        return self._seen.setdefault(kind, queue.Queue())

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        payload = request.payload
        kind = {"events_api": lambda: payload["event"]["type"], "interactive": lambda: payload["type"]}.get(
            request.type, lambda: request.type
        )()
        answer = self._answers.get(kind)
        body = answer(payload) if answer else None
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=dict(body) if body else None))
        self._queue(kind).put(payload)
