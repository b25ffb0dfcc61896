"""`conversations.*`."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Call, method, need_scope
from sandbox.slack.paging import decode, encode, page
from sandbox.slack.state import BOT_USER, Channel, Message

READS = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORIES = ("channels:history", "groups:history", "im:history", "mpim:history")
KIND_OF = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
SCOPE_OF = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}


@method("conversations.info", *READS, required=("channel",))
def info(call: Call) -> dict[str, Any]:
    channel = call.channel()
    call.need_scope_for(channel, "read")
    body = channel.as_slack(BOT_USER in channel.members)
    if call.args.flag("include_num_members"):
        body["num_members"] = len(channel.members)
    return {"channel": body}


@method("conversations.list", *READS)
def list_conversations(call: Call) -> dict[str, Any]:
    types = call.args.names("types") or ["public_channel"]
    for name in types:
        if name not in KIND_OF:
            raise SlackError("invalid_types")
        need_scope(call.token, SCOPE_OF[name])
    kinds = {KIND_OF[name] for name in types}
    without_archived = call.args.flag("exclude_archived")
    seen = [
        channel
        for channel in call.slack.workspace.channels.values()
        if channel.kind in kinds
        and not (without_archived and channel.is_archived)
        and (channel.kind == "channel" or BOT_USER in channel.members)
    ]
    channels, metadata = page(call.args, seen)
    bodies = [{**channel.as_slack(BOT_USER in channel.members), "num_members": len(channel.members)} for channel in channels]
    return {"channels": bodies, **metadata}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.need_scope_for(channel, "history")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel


@method("conversations.history", *HISTORIES, required=("channel",))
def history(call: Call) -> dict[str, Any]:
    channel = _readable(call)
    shown: Iterator[Message] = (
        message
        for message in reversed(channel.messages.values())
        if message.ephemeral_to is None and (not message.is_reply or message.content.get("subtype") == "thread_broadcast")
    )
    if call.args.has("cursor"):
        before = decode(call.args.text("cursor"), "next_ts:")
        shown = (message for message in shown if message.ts <= before)
    oldest = _moment(call, "oldest")
    shown = takewhile(lambda message: float(message.ts) >= oldest, shown)  # newest first: no need to look further back
    limit = call.args.number("limit", 100, at_least=1, at_most=999)
    messages, next_ts = _window(call, shown, limit)
    metadata = {"response_metadata": {"next_cursor": encode(f"next_ts:{next_ts}")}} if next_ts else {}
    return {
        "messages": messages,
        "has_more": next_ts is not None,
        "pin_count": 0,
        "channel_actions_ts": None,
        "channel_actions_count": 0,
        **metadata,
    }


@method("conversations.replies", *HISTORIES, required=("channel", "ts"))
def replies(call: Call) -> dict[str, Any]:
    channel = _readable(call)
    parent = channel.messages.get(call.args.text("ts"))
    if parent is None or parent.ephemeral_to:
        raise SlackError("thread_not_found")
    if parent.is_reply:
        messages, next_ts = _window(call, [parent], 1)
        return {"messages": messages, "has_more": False}
    thread: Iterable[Message] = parent.replies.values()
    if call.args.has("cursor"):
        after = decode(call.args.text("cursor"), "next_ts:")
        thread = (message for message in thread if message.ts >= after)
    limit = call.args.number("limit", 1000, at_least=1, at_most=1000)
    messages, next_ts = _window(call, thread, limit)
    metadata = {"response_metadata": {"next_cursor": encode(f"next_ts:{next_ts}")}} if next_ts else {}
    with_metadata = call.args.flag("include_all_metadata")
    return {"messages": [parent.as_slack(with_metadata), *messages], "has_more": next_ts is not None, **metadata}


def _window(call: Call, messages: Iterable[Message], limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return the messages between `oldest` and `latest`, and the time stamp at which the next page begins."""
    oldest, latest = _moment(call, "oldest"), _moment(call, "latest") or float("inf")
    inclusive = call.args.flag("inclusive")
    with_metadata = call.args.flag("include_all_metadata")
    page_of: list[dict[str, Any]] = []
    for message in messages:
        if not _between(message.ts, oldest, latest, inclusive):
            continue
        if len(page_of) == limit:
            return page_of, message.ts
        page_of.append(message.as_slack(with_metadata))
    return page_of, None


def _between(ts: str, oldest: float, latest: float, inclusive: bool) -> bool:
    at = float(ts)
    return oldest <= at <= latest if inclusive else oldest < at < latest


def _moment(call: Call, name: str) -> float:
    try:
        return float(call.args.text(name) or 0)
    except ValueError as error:
        raise SlackError(f"invalid_ts_{name}") from error


@method("conversations.members", *READS, required=("channel",))
def members(call: Call) -> dict[str, Any]:
    channel = call.channel()
    call.need_scope_for(channel, "read")
    ids, metadata = page(call.args, list(channel.members))
    return {"members": ids, **metadata}


@method("conversations.open", "im:write", "mpim:write", "channels:manage", "groups:write")
def open_conversation(call: Call) -> dict[str, Any]:
    channel = call.channel() if call.args.has("channel") else _direct(call)
    body = channel.as_slack() if call.args.flag("return_im") else {"id": channel.id}
    return {"no_op": True, "already_open": True, "channel": body}


def _direct(call: Call) -> Channel:
    users = call.args.names("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    people = call.slack.workspace.people
    if any(user not in people for user in users):
        raise SlackError("user_not_found")
    if len(users) > 1:
        raise SlackError("missing_scope", needed="mpim:write", provided=",".join(call.token.scopes))
    if people[users[0]].is_bot:
        raise SlackError("cannot_dm_bot")
    return call.slack.workspace.direct_channel(users[0])
