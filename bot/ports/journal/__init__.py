"""The journal: everything that must survive, read and written in transactions.

One transaction holds whatever belongs together: an operation's move, its audit event and its outbox rows; a window's counts and its checkpoints.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from bot.ports.events import Envelope
from bot.ports.journal.audit import Audit as Audit
from bot.ports.journal.audit import AuditEvent as AuditEvent
from bot.ports.journal.audit import ChainBreak as ChainBreak
from bot.ports.journal.audit import ChainFault as ChainFault
from bot.ports.journal.inbox import Inbox as Inbox
from bot.ports.journal.inbox import InboxEntry as InboxEntry
from bot.ports.journal.inbox import InboxState as InboxState
from bot.ports.journal.locks import Locks as Locks
from bot.ports.journal.operations import Operations as Operations
from bot.ports.journal.outbox import PATIENCE as PATIENCE
from bot.ports.journal.outbox import Backlog as Backlog
from bot.ports.journal.outbox import Outbox as Outbox
from bot.ports.journal.outbox import OutboxRow as OutboxRow
from bot.ports.journal.outbox import OutboxState as OutboxState
from bot.ports.journal.outbox import Patience as Patience
from bot.ports.journal.outbox import PostedMessage as PostedMessage
from bot.ports.journal.plugins import Json as Json
from bot.ports.journal.plugins import Plugins as Plugins
from bot.ports.journal.plugins import PluginSwitch as PluginSwitch
from bot.ports.journal.silences import Silences as Silences
from bot.ports.journal.watches import Alerts as Alerts
from bot.ports.journal.watches import Watches as Watches


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
    @property
    def silences(self) -> Silences: ...
    @property
    def plugins(self) -> Plugins: ...
    @property
    def locks(self) -> Locks: ...


class Journal(Protocol):
    """The database. Every method may raise `JournalError`."""

    def begin(self, *, lasting: bool = True) -> AbstractContextManager[Transaction]:
        """Open a transaction that may write: committed at the end of the `with`, rolled back when an exception leaves it. Writers come one after the other.

        Args:
            lasting: once committed, nothing takes it back. Without that a power cut may, until the next one that lasts; not so the end of the program.
        """

    def receive_at_once(self, arrivals: Sequence[tuple[Envelope, str]]) -> list[InboxEntry | None] | None:
        """Write envelopes and their lanes into the inbox in one commit, without waiting for anybody.

        Returns an entry each, None for one whose key was there already; or None in place of the list, with nothing written, where it would have to wait.
        """

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a transaction that only reads."""

    def close(self) -> None: ...
