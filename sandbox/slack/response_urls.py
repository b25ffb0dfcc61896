"""`response_url`: five answers within half an hour to what a person did."""

import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.message_content import check_content, check_metadata
from sandbox.slack.posts import Posts
from sandbox.slack.state import Channel, Message
from sandbox.slack.workspace import Workspace

USES = 5
LASTS_S = 30 * 60.0


@dataclass(slots=True)
class ResponseUrl:
    """Where an app may answer one act. `message` is what the person clicked on."""

    channel: Channel
    user: str
    made_at: float
    message: Message | None
    thread_ts: str | None
    uses_left: int = USES


class ResponseUrls:
    """All response_urls that were given out, and the answers to acts that come with the ack."""

    def __init__(self, workspace: Workspace, posts: Posts) -> None:
        self._workspace = workspace
        self._posts = posts
        self._urls: dict[str, ResponseUrl] = {}

    def give(self, channel: Channel, user: str, message: Message | None = None, thread_ts: str | None = None) -> str:
        """Make a response_url."""
        key = secrets.token_urlsafe(16)
        self._urls[key] = ResponseUrl(channel, user, self._workspace.world.clock.timestamp(), message, thread_ts)
        return f"{self._workspace.world.url}/response/{key}"

    def use(self, key: str, body: dict[str, Any]) -> None:
        """Carry out what the app posted to a response_url.

        Raises:
            SlackError: it is unknown, expired or used up, or the message is not as Slack wants it.
        """
        url = self._urls.get(key)
        if url is None:
            raise SlackError("invalid_url")
        if self._workspace.world.clock.timestamp() - url.made_at > LASTS_S:
            raise SlackError("expired_url")
        if url.uses_left <= 0:
            raise SlackError("used_url")
        url.uses_left -= 1
        self.answer(url, body)

    def answer(self, url: ResponseUrl, body: dict[str, Any]) -> None:
        """Post, replace or delete as the app's answer says; by default only the person sees it.

        Raises:
            SlackError: the message is not as Slack wants it.
        """
        original = url.message
        if body.get("delete_original"):
            if original is not None and original.ts in url.channel.messages:
                self._posts.delete(url.channel, original)
            return
        check_content(body)
        if body.get("metadata") is not None:
            check_metadata(body["metadata"])
        fields: dict[str, Any] = {name: body[name] for name in ("text", "blocks", "attachments", "metadata") if name in body}
        if body.get("replace_original") and original is not None and original.ts in url.channel.messages:
            self._posts.edit(url.channel, original, {"blocks": [], "attachments": [], **fields})
            return
        everybody = body.get("response_type") == "in_channel"
        thread_ts = str(body.get("thread_ts") or "") or url.thread_ts
        self._posts.by_bot(url.channel, {**fields, "thread_ts": thread_ts}, ephemeral_to=None if everybody else url.user)

    def answer_command(self, channel: Channel, user: str, payload: dict[str, Any]) -> None:
        """Show what came with the ack of a slash command.

        Raises:
            SlackError: the message is not as Slack wants it.
        """
        self.answer(ResponseUrl(channel, user, 0.0, None, None), payload)
