"""Operations, approvals and unknown outcomes, as plugins ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.gates import Verdict
from bot.core.operations import Operation
from bot.core.preview import Preview
from bot.core.requests import OperationRequest, Prepared
from bot.core.schemes import AnyVersion, Suggestion
from bot.handles.plugins import Stored
from bot.ports.github import Run


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a service's next version could be. `last` is None before the first version."""

    service: str
    last: AnyVersion | None
    suggestion: Suggestion
    commits: int


class OperationsApi(Protocol):
    """Operations, as plugins ask for them. Every gate is checked in here, never by a plugin."""

    def prepare(self, request: OperationRequest, actor: str) -> Prepared:
        """Check a request against the configuration, the gates and GitHub, and pin the commit. Nothing is changed.

        Raises:
            FieldErrors: what is wrong, by field: service, environment, version, ref.
            UserError: it can't be done, whatever the fields.
            Unavailable: GitHub or Slack could not be asked.
        """

    def preview(self, request: OperationRequest, actor: str) -> Preview:
        """Look at what a request would bring and at every gate, without refusing: what is wrong is in the preview's `problems`. Nothing is changed.

        Without a version it proposes one. Without an environment it takes the service's first.

        Raises:
            FieldErrors: there is no such service or environment.
            Unavailable: GitHub could not be asked.
            Rejected: GitHub refuses to tell about the repository.
        """

    def start(self, prepared: Prepared, actor: str, request_key: str, store: Stored | None = None) -> Operation:
        """Write the operation down and let it go. The same `request_key` gives the same operation, however often it is called.

        Args:
            store: what the plugin keeps of it (`ctx.storage.stored`), written in the same transaction.

        Raises:
            UserError: something else started there in the meantime.
        """

    def start_together(self, prepared: Sequence[Prepared], actor: str, request_key: str) -> list[Operation]:
        """Start several operations at once under one message: all of them or, when one can't begin, none. From then on each goes its own way.

        Raises:
            UserError: something else started there in the meantime.
        """

    def way_back(self, operation_id: str) -> list[OperationRequest]:
        """Return the rollbacks that undo what went out of a group of which some failed: each to what was live before it.

        What is not live any more is left out, and what had nothing before it.

        Raises:
            UserError: there is nothing to roll back.
        """

    def propose(self, service: str, ref: str = "") -> Proposal:
        """Propose the next version of a service from the commits since its last tag."""

    def past(self, service: str, environment: str = "") -> list[Operation]:
        """Return what succeeded in an environment before what is live there now, newest first, each version once.

        Raises:
            FieldErrors: there is no such service or environment.
        """

    def why_not(self, service: str, environment: str, version: str, actor: str) -> list[Verdict]:
        """Ask every gate at once whether a person could bring a version there now; "" leaves out what depends on the version.

        Raises:
            FieldErrors: there is no such service or environment.
        """

    def last_succeeded(self, service: str, environment: str) -> Operation | None:
        """Return what was last brought there with success."""

    def recent(self, limit: int = 10, service: str = "") -> list[Operation]:
        """Return the newest operations first."""

    def unfinished(self) -> list[Operation]:
        """Return the operations that are on their way, oldest first."""


class ApprovalsApi(Protocol):
    """Operations that wait for approval. Every decision is checked in here, and exactly one is taken.

    `digest` is the beginning of the digest that the button's message was drawn from: a button of another state of things decides nothing.
    Each raises `UserError` when the person may not decide, or it is decided already; its text says how things stand.
    """

    def approve(self, operation_id: str, digest: str, actor: str) -> Operation:
        """Add a person's approval; the last one that is needed lets the operation go."""

    def reject(self, operation_id: str, digest: str, actor: str, reason: str) -> Operation:
        """End the operation with a reason."""

    def withdraw(self, operation_id: str, digest: str, actor: str) -> Operation:
        """End the operation as who asked for it."""

    def mine(self, actor: str) -> list[Operation]:
        """Return what waits for this person's decision, oldest first: what they may approve, and have not yet."""

    def awaited(self, operation: Operation) -> str:
        """Return whose approval an operation waits for, by name: "@leads or ria". Nobody is mentioned."""

    def check_waiting(self, operation_id: str, digest: str, actor: str) -> Operation:
        """Return the operation if the person may decide on it now."""

    def look_at_clock(self) -> None:
        """Expire what nobody approved in time, and remind the approvers once at half time."""


class UnknownsApi(Protocol):
    """Operations whose outcome is unknown. Each call asks for the permission that the operation itself took.

    Each raises `UserError` when the person may not decide, or somebody else has.
    """

    def candidates(self, operation_id: str, actor: str) -> list[Run]:
        """Return the runs that could be the operation's, oldest first."""

    def adopt(self, operation_id: str, run_id: int, actor: str) -> Operation:
        """Say that it did run, and which run it is."""

    def dispatch_again(self, operation_id: str, actor: str) -> Operation:
        """Say that it did not run, and send it once more; a run that turned up after all is adopted instead."""

    def give_up(self, operation_id: str, actor: str) -> Operation:
        """End it without knowing."""
