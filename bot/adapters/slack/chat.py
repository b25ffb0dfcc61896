"""The workspace over Slack's Web API: messages, views, people."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.web import SlackResponse

from bot.adapters.slack.cache import Remembered
from bot.adapters.slack.identity import Identity
from bot.adapters.slack.payloads import at, items, text_at
from bot.adapters.slack.webapi import TOKEN_REFUSED, OnceClient, losing, read, retry_after_s, write
from bot.core.blocks import Block, Message, cut_markup
from bot.core.gates import Person
from bot.core.markup import Mrkdwn
from bot.ports.chat import Attachment, ViewRef, Whisper
from bot.ports.errors import ConfigError, NotFound, OutcomeUnknown, Rejected, Unavailable

# https://docs.slack.dev/reference/methods/chat.postMessage and chat.update ("msg_too_long").
POST_TEXT = 40_000
UPDATE_TEXT = 4_000

EVENT_TYPE = "chatopsd_message"
"""The type of the metadata that marks a message of ours."""

LOOKED_UP_FOR_S = 60.0
_PAGE = 200
_PAGES = 50
# Our clock and Slack's may differ; a key is used once, so looking too far back finds nothing false.
_CLOCK_SKEW = timedelta(minutes=5)
# Why an ephemeral message can't be shown in a channel, where a direct message still can.
_NOT_IN_CHANNEL = frozenset({"user_not_in_channel", "not_in_channel", "is_archived", "restricted_action", "messages_tab_disabled"})


class SlackChat:
    """`bot.ports.chat.Chat` over one `OnceClient`. Every method may be called from any thread.

    Args:
        monotonic: the clock of the look-ups' time limit, in seconds.
    """

    def __init__(self, client: OnceClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._identity: Identity | None = None
        self._people = Remembered(self._ask_person, LOOKED_UP_FOR_S, monotonic)
        self._shared = Remembered(self._ask_shared, LOOKED_UP_FOR_S, monotonic)
        self._members = Remembered(self._ask_members, LOOKED_UP_FOR_S, monotonic)
        self._groups = Remembered(self._ask_groups, LOOKED_UP_FOR_S, monotonic)

    def identity(self) -> Identity:
        """Return who we are; asked once.

        Raises:
            ConfigError: Slack refuses SLACK_BOT_TOKEN.
            Unavailable: no usable answer came.
        """
        if self._identity is None:
            self._identity = self._ask_identity()
        return self._identity

    def _ask_identity(self) -> Identity:
        try:
            answer = read(self._client.auth_test).data
        except Rejected as error:
            why = TOKEN_REFUSED.get(error.code, "")
            raise ConfigError(f"Slack refuses SLACK_BOT_TOKEN ({error.code}){': ' if why else ''}{why}.") from error
        identity = Identity(
            text_at(answer, "team_id"), text_at(answer, "enterprise_id"), text_at(answer, "user_id"), text_at(answer, "bot_id")
        )
        if not identity.bot:
            raise ConfigError("SLACK_BOT_TOKEN is not the token of a bot; expected xoxb-….")
        return identity

    def post(self, channel: str, message: Message, key: str, thread_ts: str = "") -> str:
        """Post a message marked with `key`, and return its `ts`."""
        answer = write(
            self._client.chat_postMessage,
            channel=channel,
            **_content(message, POST_TEXT),
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            **_only(thread_ts=thread_ts),
            **_QUIET,
        )
        return text_at(answer.data, "ts")

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Replace a message of ours; its mark stays, since Slack keeps metadata that an update does not name."""
        write(self._client.chat_update, channel=channel, ts=ts, **_content(message, UPDATE_TEXT), link_names=False)

    def whisper(self, to: Whisper, message: Message) -> None:
        """Show a message to one person only: by `response_url`, else in the channel, else as a direct message."""
        if to.response_url and self._respond(to, message):
            return
        if to.channel and self._post_ephemeral(to, message):
            return
        opened = write(self._client.conversations_open, users=to.user)
        channel = text_at(opened.data, "channel", "id")
        write(self._client.chat_postMessage, channel=channel, **_content(message, POST_TEXT), **_QUIET)

    def _respond(self, to: Whisper, message: Message) -> bool:
        """Use the response_url; False when it does not work any more (30 minutes, five uses), or can't be reached: its host is another one.

        Raises:
            Unavailable: Slack asks to wait; or it can't be reached now, and only by it could the message be replaced.
            OutcomeUnknown: it broke.
        """
        body = {
            **_content(message, POST_TEXT),
            **_only(thread_ts=to.thread_ts),
            "response_type": "ephemeral",
            "replace_original": to.replace,
        }
        try:
            with losing("a response_url", OutcomeUnknown):
                answered = self._client.respond(to.response_url, body)
        except (Rejected, ValueError):  # it is no address at all
            return False
        except Unavailable:
            if to.replace:
                raise
            return False
        if 200 <= answered.status < 300:
            return not _refused(answered.text)
        if answered.status == 429:
            raise Unavailable("Slack asks to wait before a response_url.", retry_after_s({"Retry-After": answered.retry_after}))
        if answered.status >= 500:
            raise OutcomeUnknown(f"Slack broke on a response_url (HTTP status {answered.status}).")
        return False

    def _post_ephemeral(self, to: Whisper, message: Message) -> bool:
        """Post into the channel, unseen by others; False when they or we are not in it."""
        content = {**_content(message, POST_TEXT), **_only(thread_ts=to.thread_ts)}
        try:
            write(self._client.chat_postEphemeral, channel=to.channel, user=to.user, **content, link_names=False)
        except NotFound:
            return False
        except Rejected as error:
            if error.code not in _NOT_IN_CHANNEL:
                raise
            return False
        return True

    def upload(self, name: str, content: bytes, title: str) -> str:
        """Upload a file that nobody sees yet, and return its id; a lost answer leaves at worst a file that nobody ever sees."""
        place = write(self._client.files_getUploadURLExternal, filename=name, length=len(content)).data
        file = text_at(place, "file_id")
        with losing("a file's upload", OutcomeUnknown):
            status = self._client.send_file(text_at(place, "upload_url"), content)
        if status != 200:
            raise Unavailable(f"Slack did not take a file (HTTP status {status}).")
        write(self._client.files_completeUploadExternal, files=[{"id": file, "title": title}])
        return file

    def share(self, channel: str, file: Attachment, comment: str, thread_ts: str = "") -> None:
        """Share a text file: ask for a place, put it there, then show it. What was put there and is never shown, Slack forgets."""
        content = file.text.encode()
        place = write(self._client.files_getUploadURLExternal, filename=file.name, length=len(content)).data
        with losing("an upload", Unavailable):  # nobody has seen it yet: to do it again harms nothing
            status = self._client.send_file(text_at(place, "upload_url"), content)
        if status >= 300:
            raise Unavailable(f"Slack did not take a file (HTTP status {status}).")
        files = [{"id": text_at(place, "file_id"), "title": file.title}]
        write(
            self._client.files_completeUploadExternal,
            files=files,
            channel_id=channel,
            initial_comment=cut_markup(Mrkdwn(comment), UPDATE_TEXT),
            **_only(thread_ts=thread_ts),
        )

    def find_file(self, channel: str, name: str, since: datetime, thread_ts: str = "") -> bool:
        """Say whether a file of this name was shared there, not before `since`."""
        oldest = f"{(since.astimezone(UTC) - _CLOCK_SKEW).timestamp():.6f}"
        where = {"channel": channel, "oldest": oldest, "limit": _PAGE, **_only(ts=thread_ts)}
        method = self._client.conversations_replies if thread_ts else self._client.conversations_history
        page = read(method, **where).data
        return any(text_at(file, "name") == name for message in items(page, "messages") for file in items(message, "files"))

    def find(self, channel: str, key: str, since: datetime, thread_ts: str = "") -> str | None:
        """Return the `ts` of our message marked with `key`, posted not before `since`; None when there is none.

        Raises:
            OutcomeUnknown: there are more messages than can be looked through.
        """
        oldest = f"{(since.astimezone(UTC) - _CLOCK_SKEW).timestamp():.6f}"
        where = {"channel": channel, "oldest": oldest, "limit": _PAGE, "include_all_metadata": True}
        if thread_ts:
            return self._look_through(self._client.conversations_replies, {**where, "ts": thread_ts}, key)
        return self._look_through(self._client.conversations_history, where, key)

    def _look_through(self, method: Callable[..., Any], where: Mapping[str, object], key: str) -> str | None:
        cursor = ""
        for _page in range(_PAGES):
            page = read(method, **where, **_only(cursor=cursor)).data
            for message in items(page, "messages"):
                if self._is_marked(message, key):
                    return text_at(message, "ts")
            cursor = text_at(page, "response_metadata", "next_cursor")
            if not cursor:
                return None
        raise OutcomeUnknown(f"More than {_PAGE * _PAGES} messages came since; ours was not among the newest.")

    def _is_marked(self, message: object, key: str) -> bool:
        if text_at(message, "metadata", "event_type") != EVENT_TYPE or at(message, "metadata", "event_payload", "key") != key:
            return False
        return text_at(message, "user") == self.identity().bot_user  # any app may use our event type

    def permalink(self, channel: str, ts: str) -> str:
        """Return the address of a message."""
        return text_at(read(self._client.chat_getPermalink, channel=channel, message_ts=ts).data, "permalink")

    def open_view(self, trigger_id: str, view: Block) -> ViewRef:
        """Open a modal."""
        return _view_ref(write(self._client.views_open, trigger_id=trigger_id, view=view))

    def update_view(self, view: ViewRef, content: Block) -> ViewRef:
        """Replace an open modal; with a hash, only if it is still as it was then."""
        return _view_ref(write(self._client.views_update, view_id=view.id, view=content, **_only(hash=view.hash)))

    def publish_home(self, user: str, view: Block) -> None:
        """Show `view` as the person's App Home."""
        write(self._client.views_publish, user_id=user, view=view)

    def person(self, user: str) -> Person:
        """Look a person up; remembered for a minute."""
        return self._people(user)

    def _ask_person(self, user: str) -> Person:
        found = at(read(self._client.users_info, user=user).data, "user")
        return Person(
            id=user,
            team=text_at(found, "team_id"),
            name=_first(text_at(found, "profile", "display_name"), text_at(found, "real_name"), text_at(found, "name"), user),
            # Slackbot's is_bot is false; workflows and other products' connectors have words of their own.
            is_bot=user == "USLACKBOT" or any(at(found, word) for word in ("is_bot", "is_workflow_bot", "is_connector_bot")),
            is_guest=bool(at(found, "is_restricted") or at(found, "is_ultra_restricted")),
            is_stranger=bool(at(found, "is_stranger")),
            is_deleted=bool(at(found, "deleted")),
            enterprise=text_at(found, "enterprise_user", "enterprise_id"),
            zone=text_at(found, "tz"),
        )

    def is_shared(self, channel: str) -> bool:
        """Say whether people of other companies read a channel, or are invited to; remembered for a minute."""
        return self._shared(channel)

    def _ask_shared(self, channel: str) -> bool:
        found = at(read(self._client.conversations_info, channel=channel).data, "channel")
        flags = [at(found, word) for word in ("is_ext_shared", "is_pending_ext_shared")]
        # An answer that does not say is none: what is not known to be ours alone is not.
        return any(flag is not False for flag in flags if flag is not None) or flags[0] is None

    def group_members(self, group: str) -> frozenset[str]:
        """Return the user ids in a user group; remembered for a minute."""
        return self._members(group)

    def _ask_members(self, group: str) -> frozenset[str]:
        answer = read(self._client.usergroups_users_list, usergroup=group)
        return frozenset(user for user in items(answer.data, "users") if isinstance(user, str))

    def group_name(self, group: str) -> str:
        """Return a user group's handle, without the `@`; remembered for a minute.

        Raises:
            NotFound: there is no such group, or it is disabled.
        """
        try:
            return self._groups("")[group]
        except KeyError:
            raise NotFound(f"There is no user group {group}.", "no_such_subteam") from None

    def _ask_groups(self, _all: str) -> dict[str, str]:
        answer = read(self._client.usergroups_list)
        return {text_at(group, "id"): text_at(group, "handle") for group in items(answer.data, "usergroups")}


_QUIET: Mapping[str, Any] = {"unfurl_links": False, "unfurl_media": False, "link_names": False}


def _content(message: Message, limit: int) -> dict[str, Any]:
    """Return text and blocks; an empty list of blocks takes away those that an updated message had."""
    return {"text": cut_markup(message.text, limit), "blocks": list(message.blocks)}


def _view_ref(answer: SlackResponse) -> ViewRef:
    return ViewRef(text_at(answer.data, "view", "id"), text_at(answer.data, "view", "hash"))


def _only(**arguments: str) -> dict[str, Any]:
    """Return the arguments that are not empty."""
    return {name: value for name, value in arguments.items() if value}


def _first(*names: str) -> str:
    return next((name for name in names if name), "")


def _refused(answer: str) -> bool:
    """Tell whether a response_url answered `{"ok": false}`; its usual answer is the word ok."""
    try:
        return bool(at(json.loads(answer), "ok") is False)
    except ValueError:
        return False
