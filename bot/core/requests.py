"""What a person asks for, and what it becomes once it was checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core.operations import OperationKind
from bot.core.queueing import WhenBusy


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """A release, deploy, rollback or tag, as it was asked for: not checked yet. `ref` "" means the service's own.

    `sha` is the commit that the person was shown, "" when none was: it is what goes, or they are told why it can't. `inputs` are those that the workflow
    takes beside what we fill in, `notes` the release notes.
    """

    kind: OperationKind
    service: str
    version: str
    environment: str = ""
    ref: str = ""
    sha: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    override: str = ""  # why it goes past gates; "" when it does not


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that passed every check, with the commit pinned. `inputs` are in the workflow's own words, but for the dispatch id."""

    kind: OperationKind
    service: str
    repo: str
    workflow: str
    environment: str
    ref: str
    sha: str
    version: str
    previous: str
    channel: str
    echo: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    given: tuple[str, ...] = ()  # the names of those inputs that the person gave
    dispatch_id_input: str = ""
    workflow_blob: str = ""  # the id of the workflow file's content
    approvals_needed: int = 0
    approvers: str = ""
    approvals_channel: str = ""
    when_busy: WhenBusy = WhenBusy.REFUSE
    override: str = ""
    overridden: tuple[str, ...] = ()  # the gates that it goes past
