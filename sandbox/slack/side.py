"""The Slack side as the rest of the sandbox sees it."""

from typing import Any

from aiohttp import web

from sandbox.feed import Change
from sandbox.slack.deeds import Deeds
from sandbox.slack.errors import Refusal
from sandbox.slack.parts import Parts
from sandbox.slack.people import Seen
from sandbox.slack.snapshot import snapshot
from sandbox.slack.state import BOT_USER, Channel, Command
from sandbox.slack.webapi import WebApi
from sandbox.world import World


class SlackSide:
    """A workspace with its Web API, its Socket Mode and its people."""

    def __init__(self, world: World) -> None:
        self._parts = Parts(world)
        self._api = WebApi(self._parts)
        self._deeds = Deeds(self._parts)

    def add_routes(self, app: web.Application) -> None:
        """Serve what the app talks to."""
        self._api.add_routes(app)
        app.router.add_get("/link/", self._parts.sockets.serve)

    async def stop(self) -> None:
        """Close the connections and give up what is under way."""
        await self._parts.delivery.stop()
        await self._parts.sockets.stop()

    async def do(self, user: str, deed: str, body: dict[str, Any]) -> dict[str, Any]:
        """Carry out a deed of a person.

        Raises:
            Refusal: this person can't do that.
        """
        return await self._deeds.do(user, deed, body)

    def snapshot(self, user: str | None) -> dict[str, Any]:
        """Return the workspace as a person sees it; None: all of it."""
        return snapshot(self._parts, user)

    def person_id(self, user: str) -> str:
        """Return the id of a person named by id or name."""
        return Seen.by(self._parts, user).person.id

    def shows(self, change: Change, user: str | None) -> bool:
        """Say whether a person may see a change; what happens in a channel is for its members."""
        if user is None:
            return True
        if change.only_for not in (None, user):
            return False
        channel = self._parts.workspace.channels.get(str(change.fields.get("channel")))
        return channel is None or user in channel.members

    def sockets(self) -> list[dict[str, Any]]:
        return self._parts.sockets.as_json()

    async def order_sockets(self, body: dict[str, Any]) -> None:
        """Do to the connections what a test asks for."""
        await self._parts.sockets.order(body)

    def enforce_limits(self, on: bool) -> None:
        self._parts.limits.enforce(on)

    def forget_blocks(self, kinds: list[str]) -> None:
        """Let the workspace know no blocks of these kinds."""
        self._parts.workspace.unknown_blocks = frozenset(kinds)

    def change_token(self, body: dict[str, Any]) -> None:
        """Revoke a token or change its scopes."""
        self._parts.tokens.change(body["token"], body.get("revoke"), body.get("scopes"))

    def change_commands(self, body: dict[str, Any]) -> None:
        """Replace the slash commands of the app's manifest."""
        commands = [Command(c["name"], c.get("hint", ""), c.get("description", "")) for c in body["commands"]]
        self._parts.workspace.commands = {command.name: command for command in commands}
        self._parts.world.feed.publish("command_list", commands=self.commands())

    def commands(self) -> list[dict[str, str]]:
        return [{"name": c.name, "hint": c.hint, "description": c.description} for c in self._parts.workspace.commands.values()]

    def change_channel(self, body: dict[str, Any]) -> None:
        """Change a channel's properties and members; an unknown id with a name makes a new channel.

        Raises:
            Refusal: no such channel, property or person.
        """
        workspace = self._parts.workspace
        wanted = dict(body.get("set") or {})
        channel = workspace.channels.get(body["id"])
        if channel is None:
            if "name" not in wanted:
                raise Refusal(f"There is no channel {body['id']}; with a name a new one is made.")
            channel = workspace.channels[body["id"]] = Channel(body["id"], wanted["name"], {})
        for name, value in wanted.items():
            if name not in ("name", "topic", "is_archived", "is_private", "is_ext_shared", "is_pending_ext_shared"):
                raise Refusal(f"A channel has no {name} to set.")
            setattr(channel, name, value)
        for user in [*(body.get("add") or []), *(body.get("remove") or [])]:
            if user not in workspace.people:
                raise Refusal(f"There is no person {user}.")
        self._change_members(channel, body.get("add") or [], body.get("remove") or [])

    def _change_members(self, channel: Channel, add: list[str], remove: list[str]) -> None:
        for user in remove:
            channel.members.pop(user, None)
        for user in add:
            if user not in channel.members:
                channel.members[user] = None
                self._parts.events.joined(channel, user)
        self._parts.world.feed.publish("channel", id=channel.id, is_member=BOT_USER in channel.members)
