"""Carries out one job: its condition, its environment's gate, its steps, its deployment record."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.github import effects, expressions, logs, records, shapes
from sandbox.github.contexts import of_run
from sandbox.github.plans import Target
from sandbox.github.state import Deployment, Hub, Job, Outcome, Repo, Run, Step
from sandbox.github.turns import Live, Turns
from sandbox.github.workflows import JobPlan, StepPlan

_SLOW, _TIMEOUT = 20.0, 5.0  # how many times longer a slow step, and one that times out, takes
_DEPLOYMENT_STATE = {"success": "success", "failure": "failure", "timed_out": "failure", "cancelled": "error", "skipped": "inactive"}
Contexts = dict[str, Any]


class JobRunner:
    """One job of one run."""

    def __init__(self, hub: Hub, repo: Repo, run: Run, live: Live, turns: Turns, publish: Callable[[], None]) -> None:
        self._hub, self._repo, self._run = hub, repo, run
        self._live, self._turns, self._publish = live, turns, publish

    async def carry_out(self, plan: JobPlan, others: Mapping[str, Job], target: Target | None) -> Job:
        """Run the job to its end and return it. It shows up in the run's jobs only now: GitHub lists none whose needs go on.

        Args:
            others: the jobs of this run that have ended, by key.
        """
        contexts = self._contexts(plan, others)
        job = Job(self._hub.new_id(), plan.key, plan.name, self._hub.now(), plan.runs_on, attempt=self._run.attempt)
        job.name = expressions.fill(plan.name, contexts)
        self._run.jobs.append(job)
        if self._live.cancelled.is_set():
            return self._end(job, "cancelled")
        if not expressions.holds(plan.condition or "success()", contexts):
            return self._end(job, "skipped")
        self._publish()
        if not await self._take_turn(plan, job, contexts):
            return self._end(job, "cancelled")
        deployment = self._deploy(plan, job, contexts)
        conclusion = await self._pass_gate(job, deployment) or await self._run_steps(plan, job, contexts, target)
        if deployment:
            url = expressions.fill(plan.environment_url, contexts) if plan.environment_url else ""
            self._state(deployment, _DEPLOYMENT_STATE[conclusion], job, environment_url=url)
        return self._end(job, conclusion)

    def _contexts(self, plan: JobPlan, others: Mapping[str, Job]) -> Contexts:
        needs = {key: others[key] for key in plan.needs if key in others}
        ends = [job.conclusion for job in needs.values()]
        known = of_run(self._hub, self._repo, self._run)
        known.update(
            needs={key: {"result": job.conclusion, "outputs": job.outputs} for key, job in needs.items()},
            steps={},
            success=lambda: all(end == "success" for end in ends),
            failure=lambda: any(end in ("failure", "timed_out") for end in ends),
            cancelled=self._live.cancelled.is_set,
            always=lambda: True,
        )
        return known

    async def _take_turn(self, plan: JobPlan, job: Job, contexts: Contexts) -> bool:
        if plan.concurrency is None:
            return True
        key = (self._repo.full_name, expressions.fill(plan.concurrency.group, contexts))
        if self._turns.must_wait(key, self._live):
            job.status = "pending"
            self._publish()
        cancels = expressions.fill(plan.concurrency.cancel_in_progress, contexts) == "true"
        return await self._turns.take(key, self._live, cancel_in_progress=cancels)

    def _deploy(self, plan: JobPlan, job: Job, contexts: Contexts) -> Deployment | None:
        job.environment = expressions.fill(plan.environment, contexts) if plan.environment else None
        if not job.environment:
            return None
        deployment = records.start_deployment(self._hub, self._repo, self._run, job.environment)
        job.deployment = deployment.id
        return deployment

    async def _pass_gate(self, job: Job, deployment: Deployment | None) -> str | None:
        """Wait for the environment's reviewers; return a conclusion when the job ends here."""
        if deployment is None or not self._run.plan or self._run.plan.outcome is not Outcome.WAITING:
            return None
        job.status = self._run.status = "waiting"
        self._run.waiting_since = self._hub.now()
        self._state(deployment, "pending", job)
        self._publish()
        while job.environment not in self._live.decisions:
            self._live.reviewed.clear()
            if not await self._live.wait(self._live.reviewed):
                return "cancelled"
        self._run.status = "in_progress"
        return "failure" if self._live.decisions[job.environment] == "rejected" else None

    async def _run_steps(self, plan: JobPlan, job: Job, contexts: Contexts, target: Target | None) -> str:
        job.status, job.started_at = "in_progress", self._hub.now()
        names = ["Set up job", *(expressions.fill(step.name, contexts) for step in plan.steps), "Complete job"]
        job.steps = [Step(number, name) for number, name in enumerate(names, 1)]
        if deployment := self._repo.deployment(job.deployment or 0):
            self._state(deployment, "in_progress", job)
        conclusion = "success"
        await self._tick(job, job.steps[0], "success", logs.set_up(self._run, job, self._repo.full_name))
        env = _filled({**self._run.workflow.env, **plan.env}, contexts)
        contexts.update(env=env, success=lambda: conclusion == "success", failure=lambda: conclusion in ("failure", "timed_out"))
        for step, shown in zip(plan.steps, job.steps[1:-1], strict=True):
            end = await self._step(step, shown, job, contexts, target, conclusion)
            if end not in ("success", "skipped") and conclusion == "success" and not step.continue_on_error:
                conclusion = end
        job.outputs = _filled(plan.outputs, contexts)
        await self._tick(job, job.steps[-1], "success", logs.clean_up(conclusion))
        return conclusion

    async def _step(self, step: StepPlan, shown: Step, job: Job, contexts: Contexts, target: Target | None, so_far: str) -> str:
        if self._live.cancelled.is_set() and so_far == "success":
            so_far = "cancelled"
        if so_far == "cancelled" or not expressions.holds(step.condition or "success()", contexts):
            end = "cancelled" if so_far == "cancelled" else "skipped"
            shown.status, shown.conclusion = "completed", "skipped"
            shown.started_at = shown.completed_at = self._hub.now()
            return end
        env = {**contexts["env"], **_filled(step.env, contexts)}
        shown.status, shown.started_at = "in_progress", self._hub.now()
        logs.write(job, self._hub.now(), logs.step_head(step, env))
        self._publish()
        planned = self._run.plan.outcome if self._run.plan and target and target.job == job.key and target.step is step else None
        end, lines, outputs = await self._outcome(planned, step, env)
        if step.id:
            contexts["steps"][step.id] = {"outputs": outputs, "outcome": end, "conclusion": end}
        self._finish(job, shown, end, lines)
        return end

    async def _outcome(self, planned: Outcome | None, step: StepPlan, env: Mapping[str, str]) -> tuple[str, list[str], Mapping[str, str]]:
        if planned is Outcome.CANCELLED:
            await self._pause(0.5)
            self._live.cancelled.set()
        slow = self._run.plan is not None and self._run.plan.outcome is Outcome.SLOW
        if not await self._pause(_TIMEOUT if planned is Outcome.TIMED_OUT else _SLOW if slow else 1.0):
            return "cancelled", [logs.CANCELLED], {}
        if planned is Outcome.TIMED_OUT:
            return "timed_out", [logs.TIMED_OUT], {}
        if planned is Outcome.FAILURE:
            return "failure", logs.failure(step), {}
        result = await effects.perform(self._hub, self._repo, self._run, step, env)
        lines = [*logs.echoed(step, env), *result.lines]
        if result.failed:
            return "failure", [*lines, "##[error]Process completed with exit code 1."], result.outputs
        return "success", lines, result.outputs

    async def _tick(self, job: Job, shown: Step, end: str, lines: list[str]) -> None:
        shown.status, shown.started_at = "in_progress", self._hub.now()
        self._publish()
        await self._pause(0.25)
        self._finish(job, shown, end, lines)

    def _finish(self, job: Job, shown: Step, end: str, lines: list[str]) -> None:
        now = self._hub.now()
        shown.status, shown.conclusion, shown.completed_at = "completed", end, now
        logs.write(job, now, lines)
        self._publish()

    async def _pause(self, factor: float) -> bool:
        """Let time pass; False when the run is cancelled meanwhile."""
        return await self._live.outlast(self._hub.step(factor))

    def _state(self, deployment: Deployment, state: str, job: Job, environment_url: str = "") -> None:
        log_url = shapes.job_html_url(self._hub, self._repo, self._run, job)
        records.set_state(
            self._hub, self._repo, deployment, state, creator=self._run.triggering_actor, log_url=log_url, environment_url=environment_url
        )

    def _end(self, job: Job, conclusion: str) -> Job:
        now = self._hub.now()
        job.status, job.conclusion, job.completed_at = "completed", conclusion, now
        job.started_at = job.started_at or now
        self._publish()
        return job


def _filled(texts: Mapping[str, str], contexts: Contexts) -> dict[str, str]:
    return {name: expressions.fill(text, contexts) for name, text in texts.items()}
