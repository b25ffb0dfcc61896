"""The control API: look at the world, act as its people, break it. The web page and the tests use nothing else."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiohttp import web

from sandbox.faults import Order
from sandbox.kills import KillOrder
from sandbox.slack.errors import Refusal
from sandbox.slack.side import SlackSide
from sandbox.world import World

LONGEST_POLL_S = 60.0
KEEP_ALIVE_S = 15.0

Body = dict[str, Any]
Answer = Callable[[Body], Awaitable[Any]]


class GitHub(Protocol):
    """What the control API needs of the GitHub side."""

    def add_control_routes(self, app: web.Application) -> None: ...

    def snapshot(self) -> dict[str, Any]: ...

    def set_limits(self, remaining: int | None = None, *, secondary: bool | None = None) -> None: ...


def add_routes(app: web.Application, world: World, slack: SlackSide, github: GitHub) -> None:
    """Serve `/_sandbox/…`."""
    looking = Looking(world, slack, github)
    app.router.add_get("/_sandbox/state", looking.state)
    app.router.add_get("/_sandbox/changes", looking.changes)
    app.router.add_get("/_sandbox/events", looking.events)
    app.router.add_get("/_sandbox/record", looking.record)
    app.router.add_get("/_sandbox/sockets", looking.sockets)
    app.router.add_get("/_sandbox/slack/commands", looking.commands)

    changing = Changing(world, slack, github)
    app.router.add_post("/_sandbox/people/{user}/{deed}", _people(slack))
    app.router.add_post("/_sandbox/faults", _json(changing.fault))
    app.router.add_delete("/_sandbox/faults", _json(changing.no_faults))
    app.router.add_get("/_sandbox/kill", _json(changing.killed))
    app.router.add_post("/_sandbox/kill", changing.kill)
    app.router.add_delete("/_sandbox/kill", _json(changing.no_kill))
    app.router.add_post("/_sandbox/sockets", _json(changing.sockets))
    app.router.add_post("/_sandbox/limits", _json(changing.limits))
    app.router.add_post("/_sandbox/clock", _json(changing.clock))
    app.router.add_post("/_sandbox/slack/channel", _json(changing.channel))
    app.router.add_post("/_sandbox/slack/token", _json(changing.token))
    app.router.add_post("/_sandbox/slack/commands", _json(changing.commands))
    github.add_control_routes(app)


def refused(error: Exception) -> web.Response:
    """Answer 400 with a sentence."""
    sentence = f"{error.args[0]} is missing." if isinstance(error, KeyError) and error.args else str(error)
    return web.json_response({"error": sentence}, status=400)


async def _body(request: web.Request) -> Body:
    text = await request.text()
    body = json.loads(text) if text.strip() else {}
    if not isinstance(body, dict):
        raise Refusal("The body must be a JSON object.")
    return body


def _json(answer: Answer) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make a handler of a function from a JSON object to a JSON value; a ValueError or a missing key is a refusal."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await answer(await _body(request)))
        except (ValueError, KeyError, TypeError) as error:
            return refused(error)

    return handle


def _people(slack: SlackSide) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            body = await _body(request)
            return web.json_response(await slack.do(request.match_info["user"], request.match_info["deed"], body))
        except ValueError as error:
            return refused(error)

    return handle


class Looking:
    """What can be looked at. `as` names the person with whose eyes; without it everything is seen."""

    def __init__(self, world: World, slack: SlackSide, github: GitHub) -> None:
        self._world = world
        self._slack = slack
        self._github = github

    def _as(self, request: web.Request) -> str | None:
        user = request.query.get("as")
        return self._slack.person_id(user) if user else None

    async def state(self, request: web.Request) -> web.StreamResponse:
        try:
            workspace = self._slack.snapshot(self._as(request))
        except Refusal as error:
            return refused(error)
        world = {"now": self._world.clock.timestamp(), "version": self._world.feed.version}
        # The refs are read from git each time; whoever polls for messages can do without.
        github = {} if request.query.get("github") == "0" else {"github": self._github.snapshot()}
        return web.json_response({**workspace, "commands": self._slack.commands(), **github, **world})

    def _changes(self, since: int, user: str | None) -> list[dict[str, Any]]:
        return [change.as_json() for change in self._world.feed.since(since) if self._slack.shows(change, user)]

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Answer as soon as something happened that the person may see."""
        try:
            user = self._as(request)
            since = int(request.query.get("since", 0))
            timeout_s = min(float(request.query.get("timeout", 5)), LONGEST_POLL_S)
        except ValueError as error:
            return refused(error)
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        version = self._world.feed.version
        changes = self._changes(since, user)
        while not changes and await self._world.feed.wait(version, until - loop.time()):
            changes = self._changes(version, user)
            version = self._world.feed.version
        return web.json_response({"version": version, "changes": changes})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream the changes as server-sent events, from now on or from where the browser lost them."""
        try:
            user = self._as(request)
            asked = request.headers.get("Last-Event-ID") or request.query.get("since")
            version = int(asked) if asked else self._world.feed.version
        except ValueError as error:
            return refused(error)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        await stream.write(b": hello\n\n")
        while True:
            changes = self._changes(version, user)
            version = self._world.feed.version
            events = [f"id: {change['n']}\ndata: {json.dumps(change)}\n\n" for change in changes]
            try:
                await stream.write("".join(events or [": still here\n\n"]).encode())
            except ConnectionError:
                return stream
            await self._world.feed.wait(version, KEEP_ALIVE_S)

    async def record(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        try:
            since = int(query.get("since", 0))
        except ValueError as error:
            return refused(error)
        return web.json_response(self._world.record.select(query.get("side"), query.get("call"), since))

    async def sockets(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self._slack.sockets())

    async def commands(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"commands": self._slack.commands()})


class Changing:
    """What a test changes."""

    def __init__(self, world: World, slack: SlackSide, github: GitHub) -> None:
        self._world = world
        self._slack = slack
        self._github = github

    async def fault(self, body: Body) -> Any:
        self._world.faults.order(Order.parse(body))
        return {"ok": True}

    async def no_faults(self, body: Body) -> Any:
        self._world.faults.clear()
        return {"ok": True}

    async def kill(self, request: web.Request) -> web.StreamResponse:
        """Order a kill. No web page but ours may: another one can't send JSON here without being asked for leave first."""
        if request.content_type != "application/json":
            return refused(Refusal("A kill must be ordered as application/json."))
        return await _json(self._kill)(request)

    async def _kill(self, body: Body) -> Any:
        self._world.kills.order(KillOrder.parse(body))
        return self._world.kills.as_json()

    async def no_kill(self, body: Body) -> Any:
        self._world.kills.order(None)
        return {"ok": True}

    async def killed(self, body: Body) -> Any:
        return self._world.kills.as_json()

    async def sockets(self, body: Body) -> Any:
        await self._slack.order_sockets(body)
        return {"ok": True, "sockets": self._slack.sockets()}

    async def limits(self, body: Body) -> Any:
        unknown = set(body) - {"slack", "slack_unknown_blocks", "github_remaining", "github_secondary"}
        if unknown:
            raise Refusal(f"There are no limits called {', '.join(sorted(unknown))}.")
        if "slack" in body:
            self._slack.enforce_limits(bool(body["slack"]))
        if "slack_unknown_blocks" in body:
            self._slack.forget_blocks(list(body["slack_unknown_blocks"]))
        if "github_remaining" in body or "github_secondary" in body:
            self._github.set_limits(body.get("github_remaining"), secondary=body.get("github_secondary"))
        return {"ok": True}

    async def clock(self, body: Body) -> Any:
        seconds = float(body.get("advance_s", 0))
        if seconds < 0:
            raise Refusal("The clock only goes forward.")
        return {"now": self._world.clock.advance(seconds).isoformat()}

    async def channel(self, body: Body) -> Any:
        self._slack.change_channel(body)
        return {"ok": True}

    async def token(self, body: Body) -> Any:
        self._slack.change_token(body)
        return {"ok": True}

    async def commands(self, body: Body) -> Any:
        self._slack.change_commands(body)
        return {"ok": True, "commands": self._slack.commands()}
