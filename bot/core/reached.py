"""Whether a run that did not succeed came to its deployment: only then is there something to go back from."""

from collections.abc import Sequence

from bot.core.operations import JobProgress, Operation, Reached, StepState

DEPLOYS = "deploy"  # stands in the name of the job that deploys, as in the workflows that we ship


def reached_by(jobs: Sequence[JobProgress]) -> Reached:
    """Say whether the jobs of a run that has ended came to one that deploys.

    Nothing was deployed where nothing began. Where no job says of itself that it deploys, any of those that began may have.
    """
    begun = [job for job in jobs if job.has_begun and job.state is not StepState.SKIPPED]
    deploying = [job for job in jobs if DEPLOYS in job.name.lower()]
    if not begun or (deploying and not any(job in begun for job in deploying)):
        return Reached.NO
    return Reached.YES if deploying else Reached.UNKNOWN


def reached_at_last(operation: Operation) -> Reached:
    """Say whether any attempt of an operation's run, the last one included, came to its deployment."""
    now = reached_by(operation.jobs)
    is_first = operation.attempt <= 1
    if is_first or now is Reached.YES or operation.reached is now:
        return now
    return Reached.YES if operation.reached is Reached.YES else Reached.UNKNOWN
