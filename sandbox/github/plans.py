"""Where a planned outcome befalls a run: which job, and which of its steps."""

from dataclasses import dataclass

from sandbox.github.effects import has_effect
from sandbox.github.state import Outcome, Plan
from sandbox.github.workflows import JobPlan, StepPlan, Workflow


@dataclass(frozen=True, slots=True)
class Target:
    """The job and the step (None: no step, the whole run) that an outcome befalls."""

    job: str
    step: StepPlan


_AT_A_STEP = (Outcome.FAILURE, Outcome.CANCELLED, Outcome.TIMED_OUT)


def target_of(workflow: Workflow, plan: Plan) -> Target | None:
    """Return where the outcome happens; None for outcomes that do not happen at a step.

    Unless a job is named, it is the first one that neither cuts a tag or a release nor deploys: the build. Unless a step is
    named, it is the last script of the job.

    Raises:
        ValueError: the workflow has no job or step of that name.
    """
    if plan.outcome not in _AT_A_STEP and plan.job is None and plan.step is None:
        return None
    job = _job(workflow, plan)
    step = _step(job, plan)
    return Target(job.key, step) if plan.outcome in _AT_A_STEP else None


def _job(workflow: Workflow, plan: Plan) -> JobPlan:
    jobs = [job for job in workflow.jobs.values() if job.steps]
    if plan.job is not None:
        named = [job for job in jobs if plan.job in (job.key, job.name)]
    elif plan.step is not None:
        named = [job for job in jobs if any(plan.step in (step.name, step.id) for step in job.steps)]
    else:
        named = [job for job in jobs if job.environment is None and not any(map(has_effect, job.steps))] or jobs[-1:]
    if not named:
        raise ValueError(f"{workflow.path} has no job {plan.job or plan.step!r}; it has {', '.join(workflow.jobs)}")
    return named[0]


def _step(job: JobPlan, plan: Plan) -> StepPlan:
    if plan.step is None:
        return next((step for step in reversed(job.steps) if step.run), job.steps[-1])
    named = [step for step in job.steps if plan.step in (step.name, step.id)]
    if not named:
        raise ValueError(f"The job {job.key!r} has no step {plan.step!r}; it has {', '.join(step.name for step in job.steps)}")
    return named[0]
