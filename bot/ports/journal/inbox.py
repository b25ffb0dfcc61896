"""The inbox: every envelope that was written down before it was acked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.ports.events import Envelope


class InboxState(StrEnum):
    NEW = "new"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """An envelope that was written down. `lane`: entries of one lane are handled one after the other."""

    id: int
    lane: str
    state: InboxState
    envelope: Envelope


class Inbox(Protocol):
    def receive(self, envelope: Envelope, lane: str) -> InboxEntry | None:
        """Write an envelope down; None when its key was there already."""

    def begin(self, entry_id: int) -> None:
        """Note that its handler runs now."""

    def finish(self, entry_id: int, at: datetime, error: str = "", *, free_key: bool = False) -> None:
        """Note that its handler has ended, with the error that ended it or without.

        `free_key`: an envelope with the same key is no repetition. A form that was sent back with its mistakes comes again under its old key.
        """

    def get(self, entry_id: int) -> InboxEntry | None:
        """Return an entry, also one that has ended; None when it is not there any more."""

    def knows(self, key: str) -> bool:
        """Say whether an envelope with this key was written down, and its key not freed since."""

    def unfinished(self) -> list[InboxEntry]:
        """Return the entries that are new or were running, oldest first."""

    def prune(self, before: datetime) -> int:
        """Forget finished entries received before a time, and return how many."""
