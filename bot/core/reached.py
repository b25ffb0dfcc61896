"""Whether a run came to its deployment: only then is there something to go back from, and only then is a version live."""

import re
from collections.abc import Sequence

from bot.core.operations import JobProgress, Operation, OperationKind, Reached, StepState

DEPLOYS = "deploy"  # stands in the name of the job that deploys, as in the workflows that we ship
# With these words it deploys something else (deploy-docs), or stands before or behind the one that does (pre-deploy checks): unless it does both.
_ASIDE = re.compile(
    r"\b(?:docs?|documentation|storybook|previews?|pages|website|blog|changelog|pre|before|post|after|checks?|verify|validate|prepare|plan|dry|gate"
    r"|approv\w*|notif\w*|announce|undeploy\w*)\b|\bpredeploy|\bpostdeploy"
)
_BOTH = re.compile(r"\band\b|[&+,]")


def reached_by(jobs: Sequence[JobProgress]) -> Reached:
    """Say whether the jobs of a run that has ended came to one that deploys.

    Nothing was deployed where nothing began. Where no job says of itself that it deploys, any of those that began may have.
    """
    begun = [job for job in jobs if job.has_begun and job.state is not StepState.SKIPPED]
    deploying = _deploying(jobs)
    if not begun or (deploying and not any(job in begun for job in deploying)):
        return Reached.NO
    return Reached.YES if deploying else Reached.UNKNOWN


def skipped_deployment(operation: Operation) -> str:
    """Return the name of the job that deploys where GitHub skipped all that do, else ""; however well such a run ended, nobody knows what is live.

    A tag has nothing to deploy.
    """
    deploying = _deploying(operation.jobs) if operation.kind is not OperationKind.TAG else []
    return deploying[0].name if deploying and all(job.state is StepState.SKIPPED for job in deploying) else ""


def was_deployed(successes: Sequence[Operation]) -> bool:
    """Say whether any of the runs that ended green can have deployed what it was asked to."""
    return any(not skipped_deployment(operation) for operation in successes)


def _deploying(jobs: Sequence[JobProgress]) -> list[JobProgress]:
    """Return the jobs that say of themselves that they deploy; of one that another workflow calls, its own name counts."""
    return [job for job in jobs if _deploys(job.name.lower().rpartition(" / ")[2])]


def _deploys(name: str) -> bool:
    return DEPLOYS in name and (not _ASIDE.search(name) or bool(_BOTH.search(name)))


def reached_at_last(operation: Operation) -> Reached:
    """Say whether any attempt of an operation's run, the last one included, came to its deployment."""
    now = reached_by(operation.jobs)
    is_first = operation.attempt <= 1
    if is_first or now is Reached.YES or operation.reached is now:
        return now
    return Reached.YES if operation.reached is Reached.YES else Reached.UNKNOWN
