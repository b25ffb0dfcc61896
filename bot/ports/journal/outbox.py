"""The outbox: messages are rows first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.core.blocks import Message
from bot.ports.chat import Attachment, Whisper


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message that is to be seen in Slack.

    `story`: the message that it is (posted once, then edited); "" for one that is posted and forgotten. `thread_of`: the story whose thread it goes into;
    `thread_ts`: a thread that is not of our making. `whisper`: for one person only.
    """

    channel: str
    message: Message
    story: str = ""
    thread_of: str = ""
    thread_ts: str = ""
    whisper: Whisper | None = None
    key: str = ""  # marks the message in Slack; set by the journal
    id: int = 0
    state: OutboxState = OutboxState.PENDING
    attempts: int = 0
    created_at: datetime | None = None
    attachment: Attachment | None = None  # a file that is shared; the message's text is its comment

    @property
    def lane(self) -> str:
        """Return whose sender takes it: the channel's; for a whisper its person's own there, so that neither waits for the pace of the other."""
        if self.whisper is None:
            return self.channel
        return f"@{self.whisper.user} {self.whisper.channel}".rstrip()


@dataclass(frozen=True, slots=True)
class Patience:
    """When a row that Slack answers with errors of its own steps aside, so that the others of its lane pass, and how often it is tried from then on."""

    attempts: int = 20  # some eight minutes
    again_every: timedelta = timedelta(minutes=2)


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """Where a story's message stands in Slack."""

    story: str
    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to be sent: how many rows, and since when the oldest of them waits."""

    rows: int
    since: datetime | None


class Outbox(Protocol):
    def put(self, row: OutboxRow, at: datetime) -> OutboxRow | None:
        """Add a row, and return it as it is in the outbox.

        One whose story has a row still pending replaces that row's message, since only the last state is shown: None.
        """

    def pending_channels(self) -> list[str]:
        """Return the channels that have rows to send."""

    def backlog(self) -> Backlog:
        """Return how much is still to be sent."""

    def next(self, channel: str, patience: Patience = PATIENCE) -> OutboxRow | None:
        """Return the oldest row of a channel that is to be sent: one that was being sent when the daemon died comes first.

        One that has stepped aside comes when its time has come, with the newest state of its story; until then nothing of its story or into its thread.
        """

    def sending(self, row_id: int) -> None:
        """Note that it is being tried now; one more attempt."""

    def sent(self, row: OutboxRow, ts: str, at: datetime) -> None:
        """Note that it is in Slack at `ts` ("" for a whisper), and where its story's message stands."""

    def retry(self, row_id: int) -> None:
        """Put it back: it provably was not sent."""

    def failed(self, row_id: int, error: str, at: datetime) -> None:
        """Note that it will never be sent."""

    def posted(self, story: str) -> PostedMessage | None:
        """Return where a story's message stands, None while it was not posted."""

    def story_at(self, channel: str, ts: str) -> str:
        """Return the story whose message stands there, "" when it is not one of ours."""

    def is_posting(self, channel: str) -> bool:
        """Say whether a story's first message is on its way to a channel: Slack may show it already, and people answer to it."""

    def prune(self, before: datetime) -> int:
        """Forget rows that ended before a time (never where the stories stand), and return how many."""
