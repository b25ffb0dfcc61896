"""Brings envelopes to the app and waits for the ack: three seconds, and for events three more tries."""

import asyncio
import json
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from sandbox.slack.socket import Sockets
from sandbox.slack.state import APP, BOT_USER, TEAM, VERIFICATION_TOKEN, new_id
from sandbox.world import World

ACK_WITHIN_S = 3.0
RETRY_AFTER_S = (0.0, 60.0, 300.0)
LARGEST_ACK_PAYLOAD = 20_480
"""An ack payload of this many bytes or more is dropped in silence."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back for an envelope: the ack's payload, or why there was none."""

    payload: Any = None
    error: str | None = None


class Delivery:
    """Envelopes on their way, by envelope id."""

    def __init__(self, world: World, links: Sockets) -> None:
        self._world = world
        self._sockets = links
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        links.on_ack = self._acked

    async def ask(self, kind: str, payload: dict[str, Any], accepts_response: bool = True) -> Outcome:
        """Deliver a command or an interaction, once.

        Returns:
            The ack's payload; `dispatch_failed` when nobody is connected, `operation_timeout` when no ack came in time.
        """
        envelope = {"type": kind, "payload": payload, "accepts_response_payload": accepts_response}
        return await self._attempt(envelope)

    def tell(self, event: dict[str, Any], context_team: str = TEAM, is_ext_shared: bool = False) -> None:
        """Deliver an event in the background, again and again until it is acked or Slack gives up."""
        payload = {
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM,
            "context_team_id": context_team,
            "context_enterprise_id": None,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(self._world.clock.timestamp()),
            "authorizations": [
                {"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}
            ],
            "is_ext_shared_channel": is_ext_shared,
            "event_context": f"4-{secrets.token_hex(12)}",
        }
        self._spawn(self._insist(payload))

    async def _insist(self, payload: dict[str, Any]) -> None:
        envelope = {"type": "events_api", "payload": payload, "accepts_response_payload": False}
        outcome = await self._attempt({**envelope, "retry_attempt": 0, "retry_reason": ""})
        for attempt, pause_s in enumerate(RETRY_AFTER_S, start=1):
            if outcome.error is None:
                return
            if pause_s:
                await self._world.clock.sleep(pause_s)
            outcome = await self._attempt({**envelope, "retry_attempt": attempt, "retry_reason": "timeout"})

    async def _attempt(self, envelope: dict[str, Any]) -> Outcome:
        envelope_id = "-".join(secrets.token_hex(n) for n in (4, 2, 2, 2, 6))
        answer = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answer
        try:
            async with asyncio.timeout(ACK_WITHIN_S):
                if not await self._sockets.deliver({"envelope_id": envelope_id, **envelope}):
                    return Outcome(error="dispatch_failed")
                return Outcome(payload=await answer)
        except TimeoutError:
            return Outcome(error="operation_timeout")
        finally:
            del self._waiting[envelope_id]

    def _acked(self, ack: dict[str, Any], size: int) -> None:
        payload = ack.get("payload")
        if payload is not None and size >= LARGEST_ACK_PAYLOAD and len(json.dumps(payload).encode()) >= LARGEST_ACK_PAYLOAD:
            return
        answer = self._waiting.get(str(ack["envelope_id"]))
        if answer is not None and not answer.done():
            answer.set_result(payload)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Give up what is still under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
