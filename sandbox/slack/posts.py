"""Messages come, change and go: in the channel, on the feed, and as events to the app."""

import copy
import secrets
from typing import Any

from sandbox.slack import mrkdwn, walk
from sandbox.slack.events import Events
from sandbox.slack.state import APP, APP_NAME, BOT, BOT_USER, TEAM, Channel, Message, Person
from sandbox.slack.workspace import Workspace

REPLACEABLE = ("text", "blocks", "attachments", "metadata")
DRAWN_KEPT = 20  # of so many edits somebody's page may be behind


class Posts:
    """The one place where messages are made."""

    def __init__(self, workspace: Workspace, events: Events) -> None:
        self._workspace = workspace
        self._events = events

    def by_bot(self, channel: Channel, fields: dict[str, Any], ephemeral_to: str | None = None) -> Message:
        """Post a message of the bot. `fields` are text, blocks, attachments, metadata, thread_ts, …"""
        content = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT,
            "app_id": APP,
            "team": TEAM,
            "bot_profile": bot_profile(),
            **{name: value for name, value in fields.items() if value not in (None, [], {})},
        }
        content.setdefault("text", "")
        if content.get("blocks"):
            content["blocks"] = walk.with_ids(content["blocks"])
        if ephemeral_to:
            content["is_ephemeral"] = True
        return self._put(channel, content, ephemeral_to)

    def by_person(self, person: Person, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Post what a person typed; `text` is in Slack's form."""
        content = {
            "type": "message",
            "user": person.id,
            "text": text,
            "client_msg_id": "-".join(secrets.token_hex(n) for n in (4, 2, 2, 2, 6)),
            "team": person.team_id,
            "blocks": mrkdwn.rich_text(text, secrets.token_urlsafe(4)),
        }
        if person.is_stranger:
            content |= {"user_team": person.team_id, "source_team": person.team_id}
        if thread_ts:
            content["thread_ts"] = thread_ts
        return self._put(channel, content)

    def _put(self, channel: Channel, content: dict[str, Any], ephemeral_to: str | None = None) -> Message:
        message = Message(channel.id, self._workspace.new_ts(), content, ephemeral_to)
        self._workspace.put(channel, message)
        self._events.posted(channel, message)
        return message

    def edit(self, channel: Channel, message: Message, fields: dict[str, Any], by: str = BOT_USER) -> None:
        """Change a message; what `fields` leaves out stays, an empty list or object takes it away."""
        previous = copy.copy(message.as_slack(with_metadata=False))
        content = dict(message.content)
        for name in REPLACEABLE:
            if fields.get(name) is None:
                continue
            content[name] = walk.with_ids(fields[name]) if name == "blocks" else fields[name]
            if content[name] in ([], {}):
                del content[name]
        content.setdefault("text", "")
        if not message.ephemeral_to:
            content["edited"] = {"user": by, "ts": self._workspace.new_ts()}
        message.drawn_before.insert(0, message.blocks)
        del message.drawn_before[DRAWN_KEPT:]
        message.content = content
        message.chosen.clear()
        self._workspace.changed(message)
        self._events.edited(channel, message, previous)

    def rewrite(self, channel: Channel, message: Message, text: str) -> None:
        """Change what a person wrote."""
        fields = {"text": text, "blocks": mrkdwn.rich_text(text, secrets.token_urlsafe(4))}
        self.edit(channel, message, fields, by=message.content["user"])

    def delete(self, channel: Channel, message: Message) -> None:
        """Delete a message."""
        previous = message.as_slack(with_metadata=False)
        self._workspace.remove(channel, message)
        self._events.deleted(channel, message, previous)

    def react(self, channel: Channel, message: Message, user: str, name: str) -> bool:
        """Add a reaction; False: the person had reacted so already."""
        users = message.reactions.setdefault(name, [])
        if user in users:
            return False
        users.append(user)
        self._reacted(channel, message, user, name, added=True)
        return True

    def unreact(self, channel: Channel, message: Message, user: str, name: str) -> bool:
        """Take a reaction away; False: there was none."""
        users = message.reactions.get(name, [])
        if user not in users:
            return False
        users.remove(user)
        if not users:
            del message.reactions[name]
        self._reacted(channel, message, user, name, added=False)
        return True

    def _reacted(self, channel: Channel, message: Message, user: str, name: str, added: bool) -> None:
        self._workspace.world.feed.publish(
            "reaction", channel=channel.id, ts=message.ts, user=user, name=name, added=added, message=message.shown()
        )
        self._events.reacted(channel, message, user, name, added)


def bot_profile() -> dict[str, Any]:
    """Return what messages say of the bot that wrote them."""
    return {
        "id": BOT,
        "app_id": APP,
        "name": APP_NAME,
        "icons": {},
        "deleted": False,
        "updated": 1764000000,
        "team_id": TEAM,
    }
