"""Chat, as the engine sees it: messages, views, people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.blocks import Block, Message
from bot.core.gates import Person


@dataclass(frozen=True, slots=True)
class Whisper:
    """Where a message for one person alone goes: by `response_url` while it lives, else into the channel unseen by others, else as a direct message."""

    user: str
    channel: str = ""
    thread_ts: str = ""
    response_url: str = ""
    replace: bool = False  # in the place of the message whose button was clicked, where `response_url` still works


@dataclass(frozen=True, slots=True)
class Attachment:
    """A text file that is shared. `name` is like no other file's, so that it is found again when the answer is lost."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ViewRef:
    """An open modal, as it was when we last drew it."""

    id: str
    hash: str = ""


class Chat(Protocol):
    """The workspace.

    Every call raises `Unavailable` (nothing happened; try again), `Rejected` (it never will; `code` is Slack's error), `NotFound`, or
    `OutcomeUnknown` (a write whose answer was lost).
    """

    def post(self, channel: str, message: Message, key: str, thread_ts: str = "") -> str:
        """Post a message marked with `key`, and return its `ts`."""

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Replace a message of ours."""

    def whisper(self, to: Whisper, message: Message) -> None:
        """Show a message to one person only."""

    def upload(self, name: str, content: bytes, title: str) -> str:
        """Upload a file that nobody sees yet, and return its id, for a message to show it."""

    def share(self, channel: str, file: Attachment, comment: str, thread_ts: str = "") -> None:
        """Share a text file, with a comment in markup."""

    def find_file(self, channel: str, name: str, since: datetime, thread_ts: str = "") -> bool:
        """Say whether a file of this name was shared there, not before `since`."""

    def find(self, channel: str, key: str, since: datetime, thread_ts: str = "") -> str | None:
        """Return the `ts` of our message marked with `key`, posted not before `since`; None when there is none."""

    def permalink(self, channel: str, ts: str) -> str:
        """Return the address of a message."""

    def open_view(self, trigger_id: str, view: Block) -> ViewRef:
        """Open a modal. It must happen within 3 s of the click or command."""

    def update_view(self, view: ViewRef, content: Block) -> ViewRef:
        """Replace an open modal. With a hash, only if nobody drew it anew meanwhile (`Rejected` with `hash_conflict` otherwise)."""

    def publish_home(self, user: str, view: Block) -> None:
        """Show `view` as the person's App Home."""

    def is_shared(self, channel: str) -> bool:
        """Say whether people of other companies read a channel, or are invited to."""

    def person(self, user: str) -> Person:
        """Look a person up."""

    def group_members(self, group: str) -> frozenset[str]:
        """Return the user ids in a user group."""

    def group_name(self, group: str) -> str:
        """Return a user group's handle, without the `@`."""
