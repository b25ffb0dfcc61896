"""What is still said, and where, when Slack refuses a message: a shorter text, plain text, a new message, another channel."""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.blocks import Message, cut_markup, section
from bot.core.markup import Mrkdwn, code, md


class Fallback(StrEnum):
    """How a refused message is tried again."""

    OLDER_BLOCKS = "older blocks"  # the workspace does not know the newer ones
    TEXT_ONLY = "text only"  # Slack does not take the blocks
    SHORTER = "shorter"
    ANEW = "posted anew"  # the message that was to be edited is gone
    OUT_OF_THREAD = "out of its thread"  # the thread is gone
    ELSEWHERE = "in the timeline"  # the channel takes nothing from us
    LATER = "kept until it is mended"  # the token is dead, or the timeline is closed to us: nothing may be lost until somebody mends it
    NONE = "given up"


SHORT_TEXT = 3000
_BY_CODE = {
    "invalid_blocks": Fallback.TEXT_ONLY,
    "invalid_blocks_format": Fallback.TEXT_ONLY,
    "msg_blocks_too_long": Fallback.TEXT_ONLY,
    "block_mismatch": Fallback.TEXT_ONLY,
    "msg_too_long": Fallback.SHORTER,
    "message_not_found": Fallback.ANEW,
    "cant_update_message": Fallback.ANEW,
    "edit_window_closed": Fallback.ANEW,
    "thread_not_found": Fallback.OUT_OF_THREAD,
    "cannot_reply_to_message": Fallback.OUT_OF_THREAD,
    "channel_not_found": Fallback.ELSEWHERE,
    "not_in_channel": Fallback.ELSEWHERE,
    "is_archived": Fallback.ELSEWHERE,
    "restricted_action": Fallback.ELSEWHERE,
    "restricted_action_read_only_channel": Fallback.ELSEWHERE,
    "restricted_action_thread_only_channel": Fallback.ELSEWHERE,
    "account_inactive": Fallback.LATER,
    "invalid_auth": Fallback.LATER,
    "not_authed": Fallback.LATER,
    "team_disabled": Fallback.LATER,
    "token_expired": Fallback.LATER,
    "token_revoked": Fallback.LATER,
    "user_removed_from_team": Fallback.LATER,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that Slack refused, as far as a fallback needs to know it."""

    code: str
    channel: str
    timeline: str
    has_blocks: bool
    is_edit: bool
    is_reply: bool
    is_whisper: bool
    has_newer_blocks: bool = False


def choose_fallback(refused: Refused) -> Fallback:
    """Return how a refused message is tried once more; NONE when nothing sensible is left.

    What was meant for one person alone never goes where others read it.
    """
    chosen = _BY_CODE.get(refused.code, Fallback.NONE)
    if chosen is Fallback.TEXT_ONLY and refused.has_newer_blocks:
        return Fallback.OLDER_BLOCKS
    fits = {
        Fallback.OLDER_BLOCKS: refused.has_newer_blocks,
        Fallback.TEXT_ONLY: refused.has_blocks,
        Fallback.SHORTER: True,
        Fallback.ANEW: refused.is_edit,
        Fallback.OUT_OF_THREAD: refused.is_reply,
        Fallback.ELSEWHERE: refused.channel != refused.timeline and not refused.is_whisper,
        Fallback.LATER: True,
        Fallback.NONE: False,
    }
    if chosen is Fallback.ELSEWHERE and refused.channel == refused.timeline and not refused.is_whisper:
        return Fallback.LATER
    return chosen if fits[chosen] else Fallback.NONE


def shortened(message: Message) -> Message:
    """Return the message as one text that fits; the cut is visible."""
    return Message(Mrkdwn(cut_markup(message.text, SHORT_TEXT)))


def redirected(message: Message, channel: str, why: str) -> Message:
    """Return the message for the timeline, with a line that says where it could not go, and why."""
    note = md(
        "⚠️ I could not post this in <#{}> ({}). Invite me there, or change the channel in {}.", channel, code(why), code("chatops.toml")
    )
    return Message.of(message.text, section(note), *(message.blocks or (section(message.text),)))
