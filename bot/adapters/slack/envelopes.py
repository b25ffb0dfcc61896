"""Slack's payloads as envelopes: every payload is read once, here, and never crashes us.

Whose team? `Envelope.team` is the workspace of the PERSON, since buttons, mentions and reactions also come from outside, out of channels that are
shared with other companies:

| payload | taken from | because |
| --- | --- | --- |
| block_actions, view_submission, shortcuts | `user.team_id` | `team.id` is where it was clicked |
| slash command | `team_id` | only members of a workspace see its apps' commands |
| message, app_mention | `event.user_team`, else `source_team`, else `team` | the first two are set for outsiders; `team` is the author's |
| everything else, and messages without any of these | `authorizations[0].team_id`, but "" in a shared channel | there we can't tell who is whose |

`Envelope.enterprise` is the one that the payload names, which is ours: it is the person's only when their team is the payload's own, else "".
"" is never taken for ours: who decides looks the person up.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.adapters.slack.payloads import at, block_values, items, table, text_at, value_of
from bot.adapters.slack.plain import mentions, plain, without_mention
from bot.ports.events import Envelope, EnvelopeKind

_SLACKBOT = "USLACKBOT"


def envelope_of(payload: object, bot_user: str, received_at: datetime) -> Envelope:
    """Turn the payload of a Socket Mode envelope into ours.

    Args:
        payload: what Slack sent, whatever it is.
        bot_user: our own user id: what it did itself is nothing for us.

    Returns:
        An envelope of kind OTHER, with a key of its own, for what is nothing of ours, is of a newer kind, or lacks what its kind needs.
    """
    body = table(payload)
    read = _READERS.get(text_at(body, "type"), _command if "command" in body else _other)
    envelope = read(body, bot_user, received_at)
    missing = not envelope.key or (envelope.kind is not EnvelopeKind.OTHER and not (envelope.user and _is_named(envelope)))
    return _other(payload, bot_user, received_at) if missing else envelope


def _is_named(envelope: Envelope) -> bool:
    """Tell whether the name is there, for the kinds that are found by it."""
    nameless = (EnvelopeKind.MENTION, EnvelopeKind.REPLY, EnvelopeKind.HOME)
    return bool(envelope.name) or envelope.kind in nameless


def _other(payload: object, _bot_user: str, received_at: datetime) -> Envelope:
    body = table(payload)
    key = text_at(body, "event_id") or text_at(body, "trigger_id")
    return Envelope(EnvelopeKind.OTHER, key or _digest(payload), received_at)


def _digest(payload: object) -> str:
    text = json.dumps(payload, sort_keys=True, default=str, skipkeys=True)
    return "payload:" + hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _command(body: Mapping[str, Any], _bot_user: str, received_at: datetime) -> Envelope:
    return Envelope(
        EnvelopeKind.COMMAND,
        text_at(body, "trigger_id"),
        received_at,
        name=text_at(body, "command"),
        user=text_at(body, "user_id"),
        team=text_at(body, "team_id"),
        enterprise=text_at(body, "enterprise_id"),
        channel=text_at(body, "channel_id"),
        message_ts=text_at(body, "message_ts"),
        thread_ts=text_at(body, "thread_ts"),
        text=plain(text_at(body, "text")).strip(),
        trigger_id=text_at(body, "trigger_id"),
        response_url=text_at(body, "response_url"),
    )


def _click(body: Mapping[str, Any], _bot_user: str, received_at: datetime) -> Envelope:
    action = table(next(iter(items(body, "actions")), None))
    view = table(at(body, "view"))
    message_ts = text_at(body, "container", "message_ts") or text_at(body, "message", "ts")
    # The parent of a thread names itself as its thread: what is said to whoever clicks there in the channel must not be hidden in the thread.
    thread_ts = text_at(body, "container", "thread_ts") or text_at(body, "message", "thread_ts")
    # No redelivery is known; should one come, the trigger id is the same. It lacks only in payloads that no one can answer.
    spare_key = ":".join(part for part in (text_at(action, "action_ts"), text_at(body, "user", "id")) if part)
    return Envelope(
        EnvelopeKind.CLICK,
        text_at(body, "trigger_id") or spare_key,
        received_at,
        name=text_at(action, "action_id"),
        user=text_at(body, "user", "id"),
        team=text_at(body, "user", "team_id"),
        enterprise=_enterprise(body),
        channel=text_at(body, "container", "channel_id") or text_at(body, "channel", "id"),
        message_ts=message_ts,
        thread_ts="" if thread_ts == message_ts else thread_ts,
        value=_as_text(value_of(action)),
        values=block_values(at(view, "state", "values") if view else at(body, "state", "values")),
        trigger_id=text_at(body, "trigger_id"),
        response_url=text_at(body, "response_url"),
        view_id=text_at(view, "id") or text_at(body, "container", "view_id"),
        private_metadata=text_at(view, "private_metadata"),
    )


def _submission(body: Mapping[str, Any], _bot_user: str, received_at: datetime) -> Envelope:
    view = table(at(body, "view"))
    user = text_at(body, "user", "id")
    return Envelope(
        EnvelopeKind.SUBMISSION,
        f"{text_at(view, 'id')}:{text_at(view, 'hash')}:{user}" if text_at(view, "id") else "",
        received_at,
        name=text_at(view, "callback_id"),
        user=user,
        team=text_at(body, "user", "team_id"),
        enterprise=_enterprise(body),
        values=block_values(at(view, "state", "values")),
        trigger_id=text_at(body, "trigger_id"),
        response_url=text_at(table(next(iter(items(body, "response_urls")), None)), "response_url"),
        view_id=text_at(view, "id"),
        private_metadata=text_at(view, "private_metadata"),
    )


def _shortcut(body: Mapping[str, Any], _bot_user: str, received_at: datetime) -> Envelope:
    """Read a shortcut, global or on a message, whose text then comes along."""
    message = table(at(body, "message"))
    return Envelope(
        EnvelopeKind.SHORTCUT,
        text_at(body, "trigger_id"),
        received_at,
        name=text_at(body, "callback_id"),
        user=text_at(body, "user", "id"),
        team=text_at(body, "user", "team_id"),
        enterprise=_enterprise(body),
        channel=text_at(body, "channel", "id"),
        message_ts=text_at(body, "message_ts") or text_at(message, "ts"),
        thread_ts=text_at(message, "thread_ts"),
        text=plain(text_at(message, "text")),
        trigger_id=text_at(body, "trigger_id"),
        response_url=text_at(body, "response_url"),
    )


def _event(body: Mapping[str, Any], bot_user: str, received_at: datetime) -> Envelope:
    event = table(at(body, "event"))
    user = text_at(event, "user")
    if user in ("", bot_user, _SLACKBOT) or at(event, "bot_id"):
        return _other(body, bot_user, received_at)
    match text_at(event, "type"):
        case "app_mention":
            return _mention(body, event, bot_user, received_at)
        case "message":
            return _message(body, event, bot_user, received_at)
        case "reaction_added" | "reaction_removed" if text_at(event, "item", "type") == "message":
            return _reaction(body, event, received_at)
        case "app_home_opened" if text_at(event, "tab") == "home":
            return _of_event(EnvelopeKind.HOME, body, event, received_at, view_id=text_at(event, "view", "id"))
        case _:
            return _other(body, bot_user, received_at)


def _message(body: Mapping[str, Any], event: Mapping[str, Any], bot_user: str, received_at: datetime) -> Envelope:
    """Tell words to the bot, and words in a thread, from the rest of the talk. An edit is no new request."""
    if text_at(event, "subtype") not in ("", "thread_broadcast") or at(event, "edited"):
        return _other(body, bot_user, received_at)
    if text_at(event, "channel_type") == "im":
        return _mention(body, event, bot_user, received_at)
    in_thread = text_at(event, "thread_ts") not in ("", text_at(event, "ts"))
    text = text_at(event, "text")
    if not in_thread or mentions(text, bot_user):  # a mention comes again, as app_mention
        return _other(body, bot_user, received_at)
    return _of_event(EnvelopeKind.REPLY, body, event, received_at, text=plain(text).strip())


def _mention(body: Mapping[str, Any], event: Mapping[str, Any], bot_user: str, received_at: datetime) -> Envelope:
    if at(event, "edited"):  # Slack tells of a mention again when its message is edited: a typo put right must not release twice
        return _other(body, bot_user, received_at)
    return _of_event(EnvelopeKind.MENTION, body, event, received_at, text=without_mention(text_at(event, "text"), bot_user))


def _reaction(body: Mapping[str, Any], event: Mapping[str, Any], received_at: datetime) -> Envelope:
    """Read a reaction. Its name is without the skin tone, which stays in `value`."""
    return _of_event(
        EnvelopeKind.REACTION,
        body,
        event,
        received_at,
        name=text_at(event, "reaction").partition("::")[0],
        value=text_at(event, "reaction"),
        channel=text_at(event, "item", "channel"),
        message_ts=text_at(event, "item", "ts"),
        thread_ts="",
        removed=text_at(event, "type") == "reaction_removed",
    )


def _of_event(kind: EnvelopeKind, body: Mapping[str, Any], event: Mapping[str, Any], received_at: datetime, **more: Any) -> Envelope:
    team, enterprise = _author(body, event)
    common = {
        "user": text_at(event, "user"),
        "team": team,
        "enterprise": enterprise,
        "channel": text_at(event, "channel"),
        "message_ts": text_at(event, "ts"),
        "thread_ts": text_at(event, "thread_ts"),
    }
    return Envelope(kind, text_at(body, "event_id"), received_at, **{**common, **more})


def _author(body: Mapping[str, Any], event: Mapping[str, Any]) -> tuple[str, str]:
    """Return the team and the enterprise of who caused an event."""
    installation = table(next(iter(items(body, "authorizations")), None))
    ours = text_at(installation, "team_id") or text_at(body, "team_id")
    said = text_at(event, "user_team") or text_at(event, "source_team") or text_at(event, "team")
    team = said or ("" if at(body, "is_ext_shared_channel") else ours)
    enterprise = text_at(installation, "enterprise_id") or text_at(body, "enterprise_id")
    return team, enterprise if team and team == ours else ""


def _enterprise(body: Mapping[str, Any]) -> str:
    """Return the enterprise of who clicked."""
    team = text_at(body, "user", "team_id")
    return text_at(body, "enterprise", "id") if team and team == text_at(body, "team", "id") else ""


def _as_text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)


_READERS: Mapping[str, Callable[[Mapping[str, Any], str, datetime], Envelope]] = {
    "event_callback": _event,
    "block_actions": _click,
    "view_submission": _submission,
    "shortcut": _shortcut,
    "message_action": _shortcut,
}
