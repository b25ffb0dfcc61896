"""The timeline, as plugins ask for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.timeline import TimelineEntry, TimelineQuery


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some lines of the timeline, newest first. `older` gets the next page, "" when this is the last one."""

    entries: tuple[TimelineEntry, ...]
    older: str = ""


class TimelineApi(Protocol):
    """The story of all operations, alerts and changes of the daemon itself, out of the audit."""

    def read(self, words: Sequence[str], actor: str) -> TimelineQuery:
        """Read what a person typed: `[service] [since TIME] [until TIME] [by @person]`, the times in their own zone.

        Raises:
            UserError: what is wrong, and what is expected.
        """

    def page(self, query: TimelineQuery, older: str = "") -> TimelinePage:
        """Return a page of the timeline, with the addresses of the messages that tell the whole stories."""

    def say(self, query: TimelineQuery, actor: str) -> str:
        """Say what is asked for, the times in a person's own zone."""

    def export(self, query: TimelineQuery, actor: str, channel: str, request_key: str) -> int:
        """Share a part of the timeline in a thread of a channel, as Markdown and as JSON lines, and return how many events it holds.

        Args:
            request_key: the same gives the same message, however often it is called.

        Raises:
            UserError: it holds nothing, or too much.
        """
