"""The journal: everything that must survive, read and written in transactions.

One transaction holds whatever belongs together: an operation's move, its audit event and its outbox rows; a window's counts and its checkpoints.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.core.alerts import Alert, Window
from bot.core.blocks import Message
from bot.core.operations import Operation, OperationState
from bot.ports.chat import Whisper
from bot.ports.events import Envelope
from bot.ports.logs import Checkpoint


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

    def unfinished(self) -> list[InboxEntry]:
        """Return the entries that are new or were running, oldest first."""

    def prune(self, before: datetime) -> int:
        """Forget finished entries received before a time, and return how many."""


class Operations(Protocol):
    def add(self, operation: Operation, request_key: str) -> bool:
        """Write a new operation. False when one with the same `request_key` (the envelope that asked for it) exists: nothing is written then."""

    def get(self, operation_id: str) -> Operation | None: ...

    def by_request(self, request_key: str) -> Operation | None:
        """Return the operation that an envelope asked for."""

    def save(self, operation: Operation, expected: OperationState) -> bool:
        """Write an operation that was in state `expected`. False when it is elsewhere by now: nothing is written then."""

    def in_states(self, *states: OperationState) -> list[Operation]:
        """Return the operations in these states, oldest first."""

    def last_succeeded(self, service: str, environment: str) -> Operation | None:
        """Return the newest release, deploy or rollback that succeeded there."""

    def has_succeeded(self, service: str, environment: str, version: str) -> bool:
        """Say whether a release, deploy or rollback of this version ever succeeded there."""

    def recent(self, limit: int, service: str = "") -> list[Operation]:
        """Return the newest operations first."""


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who did what to what, and what came of it. `detail` is plain JSON without secrets. `seq` and `hash` are set by the journal.

    `hash` is the SHA-256 of the canonical JSON of all other fields and `prev_hash`: a chain that shows where it was changed.
    """

    at: datetime
    actor: str  # a Slack user id, or "chatopsd"
    action: str  # "operation.requested", "alert.acknowledged", …
    subject: str  # a story key, "operation:…" or "alert:…", or another thing's name
    detail: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    prev_hash: str = ""
    hash: str = ""


class ChainFault(StrEnum):
    """What is wrong where the chain breaks."""

    CHANGED = "changed"  # the event's hash is not that of its content
    GAP = "gap"  # what stood before the event is not there any more, and no checkpoint says that it was pruned
    CUT_OFF = "cut off"  # the chain ends before the event whose hash somebody kept


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """Where the chain breaks first."""

    seq: int  # the event's number; for a chain that was cut off, the first number that it lacks
    fault: ChainFault


class Audit(Protocol):
    def add(self, event: AuditEvent) -> AuditEvent:
        """Append an event to the chain and return it as written."""

    def recent(self, limit: int, subject: str = "") -> list[AuditEvent]:
        """Return the newest events first."""

    def verify(self, against: str = "") -> ChainBreak | None:
        """Return where the chain breaks first, None when it holds.

        `against`: the hash of an event that must be in it, such as the head's when somebody looked last. Without one, that the last events were cut
        off can't be seen. The hash of an event that was pruned since counts as cut off, but for the last one pruned.
        """

    def prune(self, before: datetime, by: str, most: int = 10_000) -> AuditEvent | None:
        """Replace the oldest events, up to the first that is not from before a time, by one checkpoint event; return it, None when there are none.

        `by`: who signs it off. `most`: how many go at once: other writers wait meanwhile.

        Raises:
            JournalError: the chain is broken in what would go: nothing is pruned.
            ValueError: the time has not come yet.
        """


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

    @property
    def lane(self) -> str:
        """Return whose sender takes it: the channel's, or its person's own for a whisper without a channel."""
        if self.whisper is None:
            return self.channel
        return self.whisper.channel or f"@{self.whisper.user}"


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """Where a story's message stands in Slack."""

    story: str
    channel: str
    ts: str


class Outbox(Protocol):
    def put(self, row: OutboxRow, at: datetime) -> None:
        """Add a row. One whose story has a row still pending replaces that row's message: only the last state is shown."""

    def pending_channels(self) -> list[str]:
        """Return the channels that have rows to send."""

    def next(self, channel: str) -> OutboxRow | None:
        """Return the oldest row of a channel that is to be sent: one that was being sent when the daemon died comes first."""

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

    def prune(self, before: datetime) -> int:
        """Forget rows that ended before a time (never where the stories stand), and return how many."""


class Watches(Protocol):
    def checkpoints(self, watch: str) -> dict[str, Checkpoint]:
        """Return where each stream of a watch goes on: stream → checkpoint."""

    def save_checkpoint(self, watch: str, checkpoint: Checkpoint) -> None: ...

    def add_window(self, window: Window) -> None: ...

    def last_window(self, watch: str) -> Window | None: ...

    def see_fingerprint(self, watch: str, fingerprint: str, template: str, count: int, at: datetime) -> bool:
        """Count a fingerprint; True when this watch saw it for the first time."""


class Alerts(Protocol):
    def add(self, alert: Alert) -> None: ...

    def save(self, alert: Alert) -> None: ...

    def get(self, alert_id: str) -> Alert | None: ...

    def next_id(self) -> str:
        """Return the id for a new alert: "A1", "A2", …"""

    def open(self, channel: str = "") -> list[Alert]:
        """Return the alerts that are not resolved, newest first, of one channel or of all."""


class Transaction(Protocol):
    """One transaction: all of it is written, or nothing."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def operations(self) -> Operations: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def watches(self) -> Watches: ...
    @property
    def alerts(self) -> Alerts: ...


class Journal(Protocol):
    """The database. Every method may raise `JournalError`."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that may write: committed at the end of the `with`, rolled back when an exception leaves it. Writers come one after the other."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that only reads."""

    def close(self) -> None: ...
