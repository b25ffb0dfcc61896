"""Carries out workflow runs in the world's time: their jobs, steps, waits and ends."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from sandbox.github import contexts, expressions, shapes
from sandbox.github.jobs import JobRunner
from sandbox.github.plans import Target, target_of
from sandbox.github.state import Hub, Job, Outcome, Repo, Review, Run
from sandbox.github.turns import Live, Turns
from sandbox.github.workflows import Concurrency, Workflow


class Runner:
    """All runs of all repositories."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._turns = Turns()
        self._live: dict[int, Live] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(
        self,
        repo: Repo,
        workflow: Workflow,
        *,
        ref: str,
        head_sha: str,
        inputs: Mapping[str, str],
        actor: str,
        event: str = "workflow_dispatch",
    ) -> Run:
        """Create a run and let it go its way."""
        now = self._hub.now()
        number = repo.run_numbers[workflow.path] = repo.run_numbers.get(workflow.path, 0) + 1
        visible = now + timedelta(seconds=self._hub.settings.list_delay_s)
        run = Run(
            self._hub.new_id(), number, workflow, event, ref, head_sha, actor, dict(inputs), workflow.name, now, now, now, visible,
            plan=self._hub.take_plan(repo, workflow), triggering_actor=actor,
        )  # fmt: skip
        title = workflow.run_name and expressions.fill(workflow.run_name, contexts.of_run(self._hub, repo, run))
        run.title = title or workflow.name
        repo.runs.append(run)
        self._go(repo, run, {})
        return run

    def cancel(self, run: Run) -> bool:
        """Tell a run to stop; False when it has ended."""
        live = self._live.get(run.id)
        if live is None:
            return False
        live.cancelled.set()
        return True

    def rerun(self, repo: Repo, run: Run, actor: str, *, only_failed: bool) -> bool:
        """Start another attempt; False while the run still goes on."""
        if run.id in self._live:
            return False
        run.earlier[run.attempt] = run.jobs
        kept = {job.key: job for job in run.jobs if only_failed and job.conclusion == "success"}
        run.attempt, run.triggering_actor = run.attempt + 1, actor
        run.plan, run.conclusion, run.status = self._hub.take_plan(repo, run.workflow), None, "queued"
        run.started_at = run.updated_at = self._hub.now()
        run.jobs, run.reviews, run.waiting_since = list(kept.values()), [], None
        self._go(repo, run, kept)
        return True

    def review(self, repo: Repo, run: Run, review: Review) -> bool:
        """Decide on environments that the run waits for; False when it waits for none of them."""
        live = self._live.get(run.id)
        waiting = {job.environment for job in run.jobs if job.status == "waiting"}
        if live is None or not waiting.intersection(review.environments):
            return False
        run.reviews.append(review)
        live.decisions.update(dict.fromkeys(review.environments, review.state))
        live.reviewed.set()
        self.publish(repo, run)
        return True

    def delete(self, repo: Repo, run: Run) -> None:
        """Remove a run from the world, as a person may; one that goes on is stopped."""
        self.cancel(run)
        repo.runs.remove(run)
        self._hub.world.feed.publish("run", repo=repo.full_name, run={"id": run.id, "deleted": True, "jobs": []})

    async def stop(self) -> None:
        """End every run at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def publish(self, repo: Repo, run: Run) -> None:
        """Tell the world that a run moved."""
        run.updated_at = self._hub.now()
        if run in repo.runs:
            self._hub.world.feed.publish("run", repo=repo.full_name, run=shapes.run_brief(self._hub, repo, run))

    def _go(self, repo: Repo, run: Run, kept: Mapping[str, Job]) -> None:
        live = self._live[run.id] = Live()
        self.publish(repo, run)
        task = asyncio.create_task(self._drive(repo, run, live, kept))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drive(self, repo: Repo, run: Run, live: Live, kept: Mapping[str, Job]) -> None:
        try:
            conclusion = await self._attempt(repo, run, live, kept)
        except expressions.ExpressionError:
            conclusion = "startup_failure"  # an invalid workflow file: GitHub starts none of its jobs
        finally:
            for key in list(live.taken):
                self._turns.give_back(key, live)
            self._live.pop(run.id, None)
        run.status, run.conclusion = "completed", conclusion
        self.publish(repo, run)

    async def _attempt(self, repo: Repo, run: Run, live: Live, kept: Mapping[str, Job]) -> str:
        if run.plan and run.plan.outcome is Outcome.STARTUP_FAILURE:
            return "startup_failure"
        if not await self._take_turn(repo, run, live, run.workflow.concurrency):
            return "cancelled"
        if not await live.outlast(self._hub.step(0.5)):
            return "cancelled"
        run.status = "in_progress"
        self.publish(repo, run)
        await self._jobs(repo, run, live, kept)
        return _conclusion(run, live)

    async def _take_turn(self, repo: Repo, run: Run, live: Live, concurrency: Concurrency | None) -> bool:
        if concurrency is None:
            return True
        known = contexts.of_run(self._hub, repo, run)
        key = (repo.full_name, expressions.fill(concurrency.group, known))
        if self._turns.must_wait(key, live):
            run.status = "pending"
            self.publish(repo, run)
        cancels = expressions.fill(concurrency.cancel_in_progress, known) == "true"
        return await self._turns.take(key, live, cancel_in_progress=cancels)

    async def _jobs(self, repo: Repo, run: Run, live: Live, kept: Mapping[str, Job]) -> None:
        ended = {key: asyncio.Event() for key in run.workflow.jobs}
        target = target_of(run.workflow, run.plan) if run.plan else None
        results: dict[str, Job] = dict(kept)
        async with asyncio.TaskGroup() as group:
            for key in run.workflow.jobs:
                if key in kept:
                    ended[key].set()
                else:
                    group.create_task(self._one_job(repo, run, live, key, target, results, ended))

    async def _one_job(
        self, repo: Repo, run: Run, live: Live, key: str, target: Target | None, results: dict[str, Job], ended: dict[str, asyncio.Event]
    ) -> None:
        plan = run.workflow.jobs[key]
        for need in plan.needs:
            if need in ended:
                await ended[need].wait()
        runner = JobRunner(self._hub, repo, run, live, self._turns, lambda: self.publish(repo, run))
        job = await runner.carry_out(plan, results, target)
        results[key] = job
        ended[key].set()


def _conclusion(run: Run, live: Live) -> str:
    ends = [job.conclusion for job in run.jobs]
    for conclusion in ("failure", "timed_out"):
        if conclusion in ends:
            return conclusion
    return "cancelled" if live.cancelled.is_set() or "cancelled" in ends else "success"
