"""What a workspace is made of: people, groups, channels, messages, views."""

import secrets
from dataclasses import dataclass, field
from typing import Any

TEAM = "T0ACME"
TEAM_NAME = "Acme"
TEAM_DOMAIN = "acme"
PARTNER_TEAM = "T0PARTNER"
APP = "A0CHATOPS"
APP_NAME = "chatops"
BOT_USER = "U0CHATOPS"
BOT = "B0CHATOPS"
VERIFICATION_TOKEN = "sandbox-verification"  # noqa: S105 - the legacy field of every payload, a secret to nobody


@dataclass(slots=True)
class Person:
    """Somebody who can be a member of a channel; the bot is one too."""

    id: str
    name: str
    real_name: str
    title: str = ""
    team_id: str = TEAM
    is_stranger: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    deleted: bool = False
    tz: str = "Europe/Berlin"

    def as_slack(self) -> dict[str, Any]:
        """Return the user object of `users.info`."""
        profile = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "title": self.title,
            "email": f"{self.name}@{'partner' if self.is_stranger else TEAM_DOMAIN}.example",
            "team": self.team_id,
        }
        if self.is_bot:
            profile |= {"api_app_id": APP, "bot_id": BOT}
        user: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_offset": 3600,
            "profile": profile,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 1764000000,
        }
        if self.is_stranger:
            user["is_stranger"] = True
        return user


@dataclass(slots=True)
class Group:
    """A user group, such as @releasers."""

    id: str
    handle: str
    name: str
    users: list[str]

    def as_slack(self, with_users: bool) -> dict[str, Any]:
        """Return the user group object of `usergroups.list`."""
        group: dict[str, Any] = {
            "id": self.id,
            "team_id": TEAM,
            "is_usergroup": True,
            "name": self.name,
            "description": "",
            "handle": self.handle,
            "is_external": False,
            "date_create": 1764000000,
            "date_update": 1764000000,
            "date_delete": 0,
            "auto_type": None,
            "created_by": "U0ANN",
            "updated_by": "U0ANN",
            "deleted_by": None,
            "prefs": {"channels": [], "groups": []},
            "user_count": len(self.users),
        }
        return group | ({"users": list(self.users)} if with_users else {})


@dataclass(slots=True)
class Message:
    """One message. `content` is Slack's own form without what is counted (reactions, replies)."""

    channel: str
    ts: str
    content: dict[str, Any]
    ephemeral_to: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: dict[str, "Message"] = field(default_factory=dict)
    chosen: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    """What people chose in its selects: (user, block_id, action_id) → state value."""
    drawn_before: list[list[dict[str, Any]]] = field(default_factory=list)
    """The blocks that edits replaced, newest first: who has not seen an edit yet clicks on those."""

    @property
    def thread_ts(self) -> str | None:
        return self.content.get("thread_ts")

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Return the blocks that are drawn, those of its attachments included."""
        attached = [block for attachment in self.content.get("attachments") or [] for block in attachment.get("blocks") or []]
        return [*(self.content.get("blocks") or []), *attached]

    @property
    def is_reply(self) -> bool:
        return self.thread_ts not in (None, self.ts)

    def as_slack(self, with_metadata: bool = True) -> dict[str, Any]:
        """Return the message as `conversations.history` does."""
        body = {**self.content, "ts": self.ts}
        if not with_metadata:
            body.pop("metadata", None)
        if self.reactions:
            body["reactions"] = [{"name": name, "users": list(users), "count": len(users)} for name, users in self.reactions.items()]
        if self.replies:
            users = list(dict.fromkeys(str(reply.content.get("user")) for reply in self.replies.values()))
            body |= {
                "thread_ts": self.ts,
                "reply_count": len(self.replies),
                "reply_users_count": len(users),
                "reply_users": users[:5],
                "latest_reply": next(reversed(self.replies)),
                "is_locked": False,
                "subscribed": False,
            }
        return body

    def shown(self) -> dict[str, Any]:
        """Return the message as the page and the tests see it."""
        return {**self.as_slack(), "channel": self.channel, "ephemeral_to": self.ephemeral_to, "reply_count": len(self.replies)}


@dataclass(slots=True)
class Channel:
    """A conversation: public, private, or the direct messages of one person with the bot."""

    id: str
    name: str
    members: dict[str, None]
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    topic: str = ""
    messages: dict[str, Message] = field(default_factory=dict)
    """Everything in it, replies and ephemeral ones included, oldest first (time stamps only ever grow)."""

    @property
    def kind(self) -> str:
        """Return the `channel_type` of events."""
        return "im" if self.is_im else "group" if self.is_private else "channel"

    @property
    def person(self) -> str:
        """Return who talks with the bot here, for direct messages."""
        return next(user for user in self.members if user != BOT_USER)

    def as_slack(self, is_member: bool = True) -> dict[str, Any]:
        """Return the conversation object of `conversations.info`."""
        if self.is_im:
            return {
                "id": self.id,
                "created": 1764000000,
                "is_archived": False,
                "is_im": True,
                "is_org_shared": False,
                "context_team_id": TEAM,
                "user": self.person,
                "is_user_deleted": False,
                "is_open": True,
                "priority": 0,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "created": 1764000000,
            "creator": "U0ANN",
            "is_archived": self.is_archived,
            "is_general": False,
            "is_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_ext_shared": self.is_ext_shared,
            "is_pending_ext_shared": self.is_pending_ext_shared,
            "pending_shared": [],
            "pending_connected_team_ids": [],
            "shared_team_ids": [TEAM, PARTNER_TEAM] if self.is_ext_shared else [TEAM],
            "context_team_id": TEAM,
            "is_member": is_member,
            "updated": 1764000000000,
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "previous_names": [],
        }


@dataclass(slots=True)
class View:
    """A modal or an App Home that one person looks at."""

    id: str
    user: str
    body: dict[str, Any]
    """type, title, blocks, …: what the app sent, with the ids that Slack adds."""
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    chosen: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What the person entered: (block_id, action_id) → state value."""


@dataclass(slots=True)
class SharedFile:
    """An uploaded file."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    content_type: str = "application/octet-stream"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command that the app's manifest declares."""

    name: str
    hint: str
    description: str


def new_id(prefix: str) -> str:
    """Make an id that looks like Slack's."""
    return prefix + secrets.token_hex(5).upper()
