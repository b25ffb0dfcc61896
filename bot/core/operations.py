"""Operations (release, deploy, rollback, tag) and the only moves that they can make."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.core.approvals import Approval
from bot.core.gates import Check
from bot.core.reviews import PendingReview


class OperationKind(StrEnum):
    RELEASE = "release"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    TAG = "tag"


class OperationState(StrEnum):
    """Where an operation stands. "Dispatched" is not "succeeded"."""

    REQUESTED = "requested"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    DISPATCHING = "dispatching"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether it has ended. Only a run that somebody runs again on GitHub takes an end back."""
        return self in _ENDS

    @property
    def words(self) -> str:
        """The state as a person reads it: `awaiting approval`."""
        return self.value.replace("_", " ")


_S = OperationState
MOVES: dict[OperationState, frozenset[OperationState]] = {
    # It waits for its turn.
    _S.REQUESTED: frozenset({_S.AWAITING_APPROVAL, _S.APPROVED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED}),
    _S.AWAITING_APPROVAL: frozenset({_S.APPROVED, _S.REJECTED, _S.EXPIRED, _S.CANCELLED}),
    _S.APPROVED: frozenset({_S.DISPATCHING, _S.REJECTED, _S.CANCELLED, _S.EXPIRED}),
    _S.DISPATCHING: frozenset({_S.RUNNING, _S.FAILED, _S.UNKNOWN}),
    _S.RUNNING: frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED, _S.UNKNOWN}),
    # A person looked and said what happened: it did run, or it did not (dispatch again, or give up).
    _S.UNKNOWN: frozenset({_S.RUNNING, _S.DISPATCHING, _S.CANCELLED}),
    _S.SUCCEEDED: frozenset(),
    # The same run was run again by hand on GitHub: its new attempt decides.
    _S.FAILED: frozenset({_S.RUNNING}),
    _S.CANCELLED: frozenset({_S.RUNNING}),
    _S.REJECTED: frozenset(),
    _S.EXPIRED: frozenset(),
}


_ENDS = frozenset({_S.SUCCEEDED, _S.FAILED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED})
UNFINISHED = tuple(state for state in OperationState if not state.is_final)


class IllegalMove(Exception):
    """The operation can't go there from where it stands."""


class StepState(StrEnum):
    """How a job or a step stands, in one word for people."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        return self not in (StepState.WAITING, StepState.RUNNING)


class Reached(StrEnum):
    """Whether a run came to its deployment."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JobProgress:
    """One job of the run: its name, its state, how long it took so far, and the step it is at or failed in."""

    name: str
    state: StepState
    seconds: float = 0.0
    step: str = ""
    url: str = ""
    has_begun: bool = True  # False: it ended before its first step


class RunDeed(StrEnum):
    """What a person can ask of a run on GitHub."""

    CANCEL = "cancel"
    RERUN = "rerun"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Something that was asked of a run: written before it is sent, and gone once it is known what came of it."""

    deed: RunDeed
    by: str  # the Slack user id of who asked
    at: datetime
    attempt: int  # of the run, when it was asked
    taken: bool = False  # GitHub said yes
    back_to: str = ""  # the version that is gone back to once the run has ended; "" for none


@dataclass(frozen=True, slots=True)
class Operation:
    """One release, deploy, rollback or tag, from the request to its end."""

    id: str
    kind: OperationKind
    state: OperationState
    service: str
    repo: str
    workflow: str
    ref: str  # the branch or tag that the workflow runs on
    sha: str  # the commit that is released, pinned when it was asked for
    version: str  # the tag
    environment: str
    actor: str  # the Slack user id of who asked
    requested_at: datetime
    updated_at: datetime
    dispatch_id: str  # passed to the workflow, shown in its run name: finds the run again
    channel: str  # where its story is told: the timeline
    echo: str = ""  # the service's own channel, where one line tells it; "" for none
    previous: str = ""  # the tag before, "" when there was none
    inputs: dict[str, str] = field(default_factory=dict)  # the workflow's own words
    given: tuple[str, ...] = ()  # the names of those inputs that the person gave
    group: str = ""  # what was started together, under one message; "" for one by itself
    members: tuple[str, ...] = ()  # the ids of all of the group, itself included
    commits: int = 0  # between previous and sha
    compare_url: str = ""
    dispatched_at: datetime | None = None  # GitHub's clock, when the dispatch was tried
    run_id: int | None = None
    run_url: str = ""
    run_number: int = 0
    attempt: int = 1  # GitHub's count of how often the run was started
    started_at: datetime | None = None
    finished_at: datetime | None = None
    jobs: tuple[JobProgress, ...] = ()
    reached: Reached = Reached.UNKNOWN  # whether its run, which did not succeed, came to its deployment
    approvals_needed: int = 0
    approvals: tuple[Approval, ...] = ()
    brings: tuple[str, ...] = ()  # what whoever approves is shown: the newest commits, a line each
    checks: tuple[Check, ...] | None = None  # and how the commit's checks stood; None: not looked up
    live: str = ""  # and the version that was live there
    approvers: str = ""  # the role whose holders may approve
    expires_at: datetime | None = None  # when nobody can approve any more, or its turn must have come
    approvals_channel: str = ""  # where they are asked for, too; "" for the timeline only
    override: str = ""  # why it goes past gates: a break-glass; "" when it does not
    overridden: tuple[str, ...] = ()  # the gates that it goes past
    reviews: tuple[PendingReview, ...] = ()  # what its run waits for on GitHub
    digest: str = ""  # of what is approved: see core.approvals
    reminded: bool = False
    reason: str = ""  # why it ended as it did, or what it waits for; plain text
    log_tail: str = ""  # the last lines of the failing job's log
    release_url: str = ""
    log_url: str = ""  # the line of the failing job's log on GitHub, as near as it can be known
    looked_at: datetime | None = None  # when its progress was shown last
    usual_s: float = 0.0  # how long such operations took, the median of the last ones; 0 when there were none
    live_before: str = ""  # the version that was live there when it was dispatched
    next_environments: tuple[str, ...] = ()  # where it may go on to
    locked: bool = False  # its end locked the environment: a rollback's, until the cause is addressed
    asked: RunRequest | None = None  # what is asked of its run now
    rerun_by: str = ""  # who had its failed jobs run again, for this attempt of its run; "" for nobody

    @property
    def story(self) -> str:
        """The key of the one message that tells this operation."""
        return f"operation:{self.id}"

    def move(self, to: OperationState, at: datetime, **changes: object) -> "Operation":
        """Return the operation in its next state.

        Raises:
            IllegalMove: there is no such move (`MOVES`).
        """
        if to not in MOVES[self.state]:
            raise IllegalMove(f"Operation {self.id} is {self.state}; it can't become {to}.")
        finished = at if to.is_final else None
        return replace(self, state=to, updated_at=at, finished_at=finished, **changes)  # type: ignore[arg-type]
