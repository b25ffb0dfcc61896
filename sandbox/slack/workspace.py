"""The workspace as a whole: who and what exists, and how a message comes, changes and goes."""

from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.state import BOT_USER, Channel, Command, Group, Message, Person, SharedFile
from sandbox.slack.world_start import channels, commands, groups, people
from sandbox.world import World


class Workspace:
    """Everything that Slack knows, by id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[str, Person] = {person.id: person for person in people()}
        self.groups: dict[str, Group] = {group.id: group for group in groups()}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in channels()}
        self.commands: dict[str, Command] = {command.name: command for command in commands()}
        self.files: dict[str, SharedFile] = {}
        self.unknown_blocks: frozenset[str] = frozenset()
        """Kinds of blocks that were not rolled out to this workspace."""
        self._notices: list[dict[str, str]] = []
        self._last_us = 0

    def check_known(self, blocks: list[dict[str, Any]]) -> None:
        """Refuse blocks that this workspace does not know.

        Raises:
            SlackError: `invalid_blocks`.
        """
        for n, block in enumerate(blocks):
            if block["type"] in self.unknown_blocks:
                raise SlackError("invalid_blocks", [f"unsupported type: {block['type']} [json-pointer:/blocks/{n}/type]"])

    def new_ts(self) -> str:
        """Return a time stamp that is later than every one before."""
        self._last_us = max(self._last_us + 1, int(self.world.clock.timestamp() * 1_000_000))
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    def direct_channel(self, user: str) -> Channel:
        """Return the direct messages of a person with the bot, opening them at need."""
        channel_id = "D0" + user.removeprefix("U0")
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(channel_id, self.people[user].name, {user: None, BOT_USER: None}, is_im=True)
        return self.channels[channel_id]

    def put(self, channel: Channel, message: Message) -> None:
        """Add a message to its channel and its thread, and tell the world."""
        channel.messages[message.ts] = message
        parent = channel.messages.get(message.thread_ts or "")
        if message.is_reply and message.ephemeral_to is None and parent is not None:
            parent.content["thread_ts"] = parent.ts
            parent.replies[message.ts] = message
        kind = "ephemeral" if message.ephemeral_to else "message"
        self.world.feed.publish(kind, only_for=message.ephemeral_to, channel=channel.id, message=message.shown())

    def changed(self, message: Message) -> None:
        """Tell the world that a message is another now."""
        self.world.feed.publish("message_changed", only_for=message.ephemeral_to, channel=message.channel, message=message.shown())

    def remove(self, channel: Channel, message: Message) -> None:
        """Take a message away; one with replies leaves a tombstone."""
        if message.replies:
            message.content = {
                "type": "message",
                "subtype": "tombstone",
                "user": "USLACKBOT",
                "text": "This message was deleted.",
                "hidden": True,
                "thread_ts": message.ts,
            }
            message.reactions.clear()
        else:
            del channel.messages[message.ts]
            parent = channel.messages.get(message.thread_ts or "")
            if parent is not None:
                parent.replies.pop(message.ts, None)
        self.world.feed.publish(
            "message_deleted", only_for=message.ephemeral_to, channel=channel.id, ts=message.ts, message=message.shown()
        )

    def notice(self, user: str, error: str, text: str) -> None:
        """Show an error to a person, as Slack's client does in a toast."""
        notice = {"user": user, "error": error, "text": text, "ts": self.new_ts()}
        self._notices.append(notice)
        self.world.feed.publish("notice", only_for=user, **notice)

    def notices_of(self, user: str | None) -> list[dict[str, str]]:
        """Return the errors that a person was shown, oldest first; None: everybody's."""
        return [notice for notice in self._notices if user in (None, notice["user"])]
