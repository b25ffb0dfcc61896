"""What reaches the bot: one flat value for every kind of envelope, so that it can be written down before it is acked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class EnvelopeKind(StrEnum):
    COMMAND = "command"  # a slash command
    MENTION = "mention"  # @bot …, or words in a direct message
    CLICK = "click"  # a button, a choice in a menu, in a message or a view
    SUBMISSION = "submission"  # a modal was sent
    REACTION = "reaction"  # an emoji was put on a message, or taken off
    REPLY = "reply"  # somebody wrote in a thread
    HOME = "home"  # App Home was opened
    SHORTCUT = "shortcut"  # a global or message shortcut
    TICK = "tick"  # a scheduled job is due
    OTHER = "other"  # nothing of ours; acked, and that is all


@dataclass(frozen=True, slots=True)
class Envelope:
    """One thing that reached the bot. What a kind does not have is ""."""

    kind: EnvelopeKind
    key: str  # the same for a second delivery: event id, trigger id, or view id + hash + user
    received_at: datetime
    name: str = ""  # command ("/release"), action id, callback id, emoji or job
    user: str = ""
    team: str = ""  # the user's own workspace, not the channel's
    enterprise: str = ""
    channel: str = ""
    message_ts: str = ""  # the message clicked, reacted to, replied with, or mentioned in
    thread_ts: str = ""  # the thread that it is in
    text: str = ""  # what was typed, without the command or the mention
    value: str = ""  # a button's value, a menu's choice
    values: Mapping[str, Any] = field(default_factory=dict)  # a modal's fields: block id → text, choice, or list of choices
    removed: bool = False  # a reaction that was taken off
    trigger_id: str = ""  # opens a modal, once, within 3 s
    response_url: str = ""
    view_id: str = ""
    private_metadata: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {**asdict(self), "kind": self.kind.value, "received_at": self.received_at.isoformat(), "values": dict(self.values)}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "Envelope":
        """Read what `as_json` wrote. Fields of a newer version are left out."""
        known = {name: body[name] for name in cls.__dataclass_fields__ if name in body}
        known["kind"] = EnvelopeKind(known["kind"])
        known["received_at"] = datetime.fromisoformat(known["received_at"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a modal's submission is answered with: mistakes at their fields, or nothing, which closes it.

    `refusal`: why it was not taken at all; nothing of it was begun, and it may be sent again as it is.
    """

    errors: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


class Receiver(Protocol):
    """The engine's front door, as the edge of Slack sees it."""

    def receive(self, envelope: Envelope, waited_s: float = 0.0) -> Answer | None:
        """Write the envelope down, start its handling, and return what the ack carries.

        For a submission it waits for the form's mistakes until 2.5 s after it arrived; one whose handler was not begun by then is refused, and not begun
        any more. For everything else it returns at once.

        Args:
            waited_s: how long ago it arrived.

        Raises:
            JournalError: it could not be written down: do not ack.
        """

    def receive_together(self, envelopes: Sequence[Envelope]) -> Callable[[], None] | None:
        """Write envelopes that need no answer down in one commit, without waiting for anybody.

        Returns what starts their handling, to be called when their acks are out; None, with nothing written, when it would have to wait: hand each of
        them to `receive`, in a thread that may.

        Raises:
            JournalError: they could not be written down: do not ack.
        """
