"""`chat.*` and `reactions.*`."""

import re
from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.message_content import LONGEST_TEXT, LONGEST_UPDATE, check_content, check_metadata
from sandbox.slack.methods import Call, method
from sandbox.slack.state import BOT_USER, TEAM_DOMAIN, Channel

EMOJI = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def _content(call: Call, longest: int = LONGEST_TEXT) -> dict[str, Any]:
    fields = {
        "text": call.args.text("text") if call.args.has("text") else None,
        "blocks": call.args.structure("blocks", "invalid_blocks_format"),
        "attachments": call.args.structure("attachments", "invalid_attachments"),
        "metadata": call.args.structure("metadata", "invalid_metadata_format"),
    }
    if fields["metadata"] is not None:
        check_metadata(fields["metadata"])
    check_content(fields, longest)
    call.slack.workspace.check_known(fields["blocks"] or [])
    return fields


def _writable(call: Call) -> Channel:
    channel = call.channel()
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def _thread(call: Call, channel: Channel) -> str | None:
    ts = call.args.text("thread_ts") or None
    if ts is None:
        return None
    parent = channel.messages.get(ts)
    if parent is None or parent.ephemeral_to:
        raise SlackError("thread_not_found")
    if parent.is_reply:
        raise SlackError("cannot_reply_to_message")
    return ts


@method("chat.postMessage", "chat:write", required=("channel",))
def post_message(call: Call) -> dict[str, Any]:
    channel = _writable(call)
    fields = _content(call)
    thread_ts = _thread(call, channel)
    if thread_ts and call.args.flag("reply_broadcast"):
        fields["subtype"] = "thread_broadcast"
    if call.args.has("mrkdwn") and not call.args.flag("mrkdwn"):
        fields["mrkdwn"] = False
    message = call.slack.posts.by_bot(channel, {**fields, "thread_ts": thread_ts})
    return {"channel": channel.id, "ts": message.ts, "message": message.as_slack()}


@method("chat.postEphemeral", "chat:write", required=("channel", "user"))
def post_ephemeral(call: Call) -> dict[str, Any]:
    channel = _writable(call)
    user = call.args.text("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel" if user in call.slack.workspace.people else "user_not_found")
    fields = _content(call)
    fields.pop("metadata")
    message = call.slack.posts.by_bot(channel, {**fields, "thread_ts": call.args.text("thread_ts")}, ephemeral_to=user)
    return {"message_ts": message.ts}


@method("chat.update", "chat:write", required=("channel", "ts"))
def update(call: Call) -> dict[str, Any]:
    channel = call.channel()
    message = call.message(channel, call.args.text("ts"))
    if message.content.get("user") != BOT_USER:
        raise SlackError("cant_update_message")
    if channel.is_archived:
        raise SlackError("is_archived")
    fields = _content(call, LONGEST_UPDATE)
    call.slack.posts.edit(channel, message, fields)
    return {"channel": channel.id, "ts": message.ts, "text": message.content["text"], "message": message.as_slack()}


@method("chat.delete", "chat:write", required=("channel", "ts"))
def delete(call: Call) -> dict[str, Any]:
    channel = call.channel()
    message = call.message(channel, call.args.text("ts"))
    if message.content.get("user") != BOT_USER:
        raise SlackError("cant_delete_message")
    call.slack.posts.delete(channel, message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink", required=("channel", "message_ts"))
def get_permalink(call: Call) -> dict[str, Any]:
    channel = call.channel()
    message = call.message(channel, call.args.text("message_ts"))
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _reaction(call: Call) -> tuple[Channel, str, str]:
    name = call.args.text("name").strip(":")
    if not EMOJI.fullmatch(name):
        raise SlackError("invalid_name")
    if not call.args.has("channel") or not call.args.has("timestamp"):
        raise SlackError("no_item_specified")
    channel = call.channel()
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel, name, call.args.text("timestamp")


@method("reactions.add", "reactions:write", required=("name",))
def add_reaction(call: Call) -> dict[str, Any]:
    channel, name, ts = _reaction(call)
    message = call.message(channel, ts)
    if channel.is_archived:
        raise SlackError("is_archived")
    if not call.slack.posts.react(channel, message, BOT_USER, name):
        raise SlackError("already_reacted")
    return {}


@method("reactions.remove", "reactions:write", required=("name",))
def remove_reaction(call: Call) -> dict[str, Any]:
    channel, name, ts = _reaction(call)
    if not call.slack.posts.unreact(channel, call.message(channel, ts), BOT_USER, name):
        raise SlackError("no_reaction")
    return {}
