"""The events that the app subscribed to, in Slack's words, sent wherever the bot is a member."""

from typing import Any

from sandbox.slack.delivery import Delivery
from sandbox.slack.state import BOT_USER, TEAM, Channel, Message
from sandbox.slack.workspace import Workspace


class Events:
    """Tells the app what happened."""

    def __init__(self, workspace: Workspace, delivery: Delivery) -> None:
        self._workspace = workspace
        self._delivery = delivery

    def posted(self, channel: Channel, message: Message) -> None:
        """Tell of a new message, and when it names the bot, of the mention too."""
        if message.ephemeral_to or BOT_USER not in channel.members:
            return
        body = message.as_slack(with_metadata=False)
        parent = channel.messages.get(message.thread_ts or "") if message.is_reply else None
        if parent is not None:
            body["parent_user_id"] = parent.content.get("user")
        event = {**body, "channel": channel.id, "event_ts": message.ts}
        self._send(channel, {**event, "type": "message", "channel_type": channel.kind})
        mentioned = f"<@{BOT_USER}" in str(message.content.get("text"))
        if mentioned and not channel.is_im and not message.content.get("bot_id"):
            self._send(channel, {**event, "type": "app_mention"})

    def edited(self, channel: Channel, message: Message, previous: dict[str, Any]) -> None:
        """Tell that a message was changed."""
        changed = {"message": message.as_slack(with_metadata=False), "previous_message": previous}
        self._hidden(channel, message, "message_changed", changed)

    def deleted(self, channel: Channel, message: Message, previous: dict[str, Any]) -> None:
        """Tell that a message was deleted."""
        self._hidden(channel, message, "message_deleted", {"deleted_ts": message.ts, "previous_message": previous})

    def _hidden(self, channel: Channel, message: Message, subtype: str, fields: dict[str, Any]) -> None:
        if message.ephemeral_to or BOT_USER not in channel.members:
            return
        ts = self._workspace.new_ts()
        event = {"type": "message", "subtype": subtype, **fields, "channel": channel.id, "hidden": True, "ts": ts, "event_ts": ts}
        self._send(channel, {**event, "channel_type": channel.kind})

    def reacted(self, channel: Channel, message: Message, user: str, name: str, added: bool) -> None:
        """Tell of a reaction that came or went."""
        if BOT_USER not in channel.members:
            return
        event = {
            "type": "reaction_added" if added else "reaction_removed",
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
            "item_user": message.content.get("user"),
            "event_ts": self._workspace.new_ts(),
        }
        self._send(channel, event)

    def joined(self, channel: Channel, user: str) -> None:
        """Tell that somebody came into a channel."""
        if BOT_USER not in channel.members:
            return
        team = self._workspace.people[user].team_id
        event = {"type": "member_joined_channel", "user": user, "channel": channel.id, "team": team, "inviter": "U0ANN"}
        channel_type = "G" if channel.is_private else "C"
        self._send(channel, {**event, "channel_type": channel_type, "event_ts": self._workspace.new_ts()})

    def home_opened(self, channel: Channel, user: str, view: dict[str, Any] | None) -> None:
        """Tell that somebody looks at the App Home."""
        event = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": "home"}
        self._delivery.tell({**event, **({"view": view} if view else {}), "event_ts": self._workspace.new_ts()})

    def _send(self, channel: Channel, event: dict[str, Any]) -> None:
        author = self._workspace.people.get(str(event.get("user")))
        context_team = author.team_id if author else TEAM
        self._delivery.tell(event, context_team, channel.is_ext_shared)
