"""What can be gone back to, and what going back takes away."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.gates import Verdict
from bot.core.operations import Operation
from bot.core.reached import skipped_deployment


@dataclass(frozen=True, slots=True)
class PastDeployment:
    """A version that was live in an environment. Of what was there before us only the version is known."""

    version: str
    by: str = ""  # the Slack user id of who brought it
    since: datetime | None = None
    lived: timedelta | None = None  # how long it stayed


@dataclass(frozen=True, slots=True)
class RollbackPreview:
    """What a rollback takes away. `migrations` are the files among those that changed which the service's patterns name."""

    service: str
    environment: str
    version: str  # its tag, where it has one
    current: str  # "" when it is not known what is live
    commits: int
    subjects: tuple[tuple[str, str], ...]  # (first line of the message, author), newest first
    compare_url: str
    migrations: tuple[str, ...]
    files_unknown: bool  # more files changed than GitHub tells: a migration may be among them
    doubt: str  # where GitHub and the journal differ on what is live, or why nothing could be compared
    verdicts: tuple[Verdict, ...] = ()  # of the gates that are asked of whoever looks; none: nobody asked
    approvals: int = 0  # that it asks for
    is_there: bool = True  # the version has a tag, or it is not known that it has none


def past_deployments(succeeded: list[Operation], current: str) -> list[PastDeployment]:
    """Return what was live before what is live now, newest first, each version once, by its last stay; no run whose deployment GitHub skipped.

    Args:
        succeeded: what succeeded there, the last that ended first.
        current: the version that is live now.
    """
    found: list[PastDeployment] = []
    seen = {current, ""}
    until: datetime | None = None
    for operation in succeeded:
        if skipped_deployment(operation):
            continue
        since = operation.finished_at or operation.updated_at
        if operation.version not in seen:
            seen.add(operation.version)
            found.append(PastDeployment(operation.version, operation.actor, since, until - since if until else None))
        until = since
    if succeeded and succeeded[-1].live_before not in seen:
        found.append(PastDeployment(succeeded[-1].live_before))
    return found
