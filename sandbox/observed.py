"""The door that every request to Slack or GitHub goes through: it is recorded, and breaks, or kills who sent it, when a test ordered that."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.faults import Fault, Order
from sandbox.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

WORLD = web.AppKey("world", World)


def call(side: str, name: str | None = None) -> Callable[[Handler], Handler]:
    """Mark a handler as a call of one side. Without a name the `{method}` of the route is the name."""

    def mark(handler: Handler) -> Handler:
        handler.sandbox_call = (side, name)  # type: ignore[attr-defined]
        return handler

    return mark


@web.middleware
async def observed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Record a marked call and its answer, and carry out the fault ordered for it."""
    marked = getattr(request.match_info.handler, "sandbox_call", None)
    if marked is None:
        return await handler(request)
    side, name = marked
    name = name or request.match_info["method"]
    world = request.app[WORLD]
    entry = world.record.add(
        world.clock.timestamp(),
        side,
        name,
        method=request.method,
        path=request.path,
        query=dict(request.query),
        body=await _body(request),
    )
    if world.kills.meets(entry):
        return _hang_up(request)
    order = world.faults.take(side, name, request.path)
    response = await (_broken(order, request, handler) if order else handler(request))
    if order:  # who answers badly knows what time it is all the same
        response.headers.setdefault("Date", world.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT"))
    entry.status = response.status
    if isinstance(response, web.Response) and response.content_type == "application/json" and response.text:
        entry.answer = _json_or_text(response.text)
    if world.kills.processed(entry):
        return _hang_up(request)
    if world.kills.awaits_answer(entry):
        await response.prepare(request)
        await response.write_eof()
        world.kills.answered(entry)
    return response


async def _body(request: web.Request) -> Any:
    if not request.can_read_body:
        return None
    if request.content_type.startswith("multipart/"):
        return None
    text = (await request.read()).decode("utf-8", "replace")
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(text, keep_blank_values=True))
    return _json_or_text(text)


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


async def _broken(order: Order, request: web.Request, handler: Handler) -> web.StreamResponse:
    match order.fault:
        case Fault.RATE_LIMITED:
            return rate_limited(order.side, order.retry_after)
        case Fault.ERROR:
            return web.json_response({"ok": False, "error": "internal_error", "message": "Server Error"}, status=order.status)
        case Fault.REDIRECT:
            return web.Response(status=301, headers={"Location": str(request.url.with_path("/moved" + request.path))})
        case Fault.REFUSE:
            return _hang_up(request)
        case Fault.SLOW:
            await asyncio.sleep(order.seconds)
            return await handler(request)
        case Fault.ERROR_AFTER:
            await handler(request)
            return web.json_response({"ok": False, "error": "internal_error", "message": "Bad Gateway"}, status=order.status)
        case Fault.LOST:
            await handler(request)
            return _hang_up(request)
        case Fault.BROKEN_JSON:
            await handler(request)
            return web.Response(text='{"ok": tr', content_type="application/json")


def rate_limited(side: str, retry_after: int) -> web.Response:
    """Answer as the side does when it was asked too often."""
    if side == "slack":
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(retry_after)})
    if side == "loki":
        return web.Response(status=429, text="too many outstanding requests\n", headers={"Retry-After": str(retry_after)})
    message = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
    return web.json_response(message, status=403, headers={"Retry-After": str(retry_after)})


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
