"""REST: workflows, their runs and jobs, logs, and the reviews that runs wait for."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from aiohttp import web

from sandbox.github import dispatching, logs, shapes
from sandbox.github.answers import Answer, Refusal, json_body, not_found, page
from sandbox.github.call import Call, Route
from sandbox.github.repository import GitError
from sandbox.github.runner import Runner
from sandbox.github.shapes import Json
from sandbox.github.state import Hub, Job, Repo, Review, Run
from sandbox.github.workflows import Workflow, WorkflowError


class ActionsApi:
    """The `actions/…` operations."""

    def __init__(self, hub: Hub, runner: Runner) -> None:
        self._hub, self._runner = hub, runner

    def routes(self) -> list[Route]:
        actions = "/repos/{owner}/{repo}/actions"
        run = actions + r"/runs/{run_id:\d+}"
        job = actions + r"/jobs/{job_id:\d+}"
        workflow = actions + "/workflows/{workflow_id}"
        return [
            Route("POST", workflow + "/dispatches", "actions/create-workflow-dispatch", "actions:write", self.dispatch),
            Route("GET", workflow + "/runs", "actions/list-workflow-runs", "actions:read", self.list_of_workflow),
            Route("GET", workflow, "actions/get-workflow", "actions:read", self.get_workflow),
            Route("GET", actions + "/workflows", "actions/list-repo-workflows", "actions:read", self.list_workflows),
            Route("GET", actions + "/runs", "actions/list-workflow-runs-for-repo", "actions:read", self.list_of_repo),
            Route("GET", run, "actions/get-workflow-run", "actions:read", self.get_run),
            Route("DELETE", run, "actions/delete-workflow-run", "actions:write", self.delete_run),
            Route("GET", run + "/jobs", "actions/list-jobs-for-workflow-run", "actions:read", self.list_jobs),
            Route(
                "GET",
                run + r"/attempts/{attempt:\d+}/jobs",
                "actions/list-jobs-for-workflow-run-attempt",
                "actions:read",
                self.list_attempt,
            ),
            Route("POST", run + "/cancel", "actions/cancel-workflow-run", "actions:write", self.cancel),
            Route("POST", run + "/force-cancel", "actions/force-cancel-workflow-run", "actions:write", self.cancel),
            Route("POST", run + "/rerun", "actions/re-run-workflow", "actions:write", self.rerun),
            Route("POST", run + "/rerun-failed-jobs", "actions/re-run-workflow-failed-jobs", "actions:write", self.rerun_failed),
            Route("GET", run + "/pending_deployments", "actions/get-pending-deployments-for-run", "actions:read", self.pending),
            Route("POST", run + "/pending_deployments", "actions/review-pending-deployments-for-run", "deployments:write", self.review),
            Route("GET", run + "/approvals", "actions/get-reviews-for-run", "actions:read", self.reviews),
            Route("GET", job, "actions/get-job-for-workflow-run", "actions:read", self.get_job),
            Route("GET", job + "/logs", "actions/download-job-logs-for-workflow-run", "actions:read", self.job_logs),
        ]

    async def dispatch(self, call: Call) -> Answer:
        body = await json_body(call.request)
        details = dispatching.with_details(self._hub, body, call.api_version)
        workflow, ref, sha = await dispatching.resolve(self._hub, call.repo, call.request.match_info["workflow_id"], body)
        inputs = dispatching.checked_inputs(call.repo, workflow, body)
        run = await self._runner.start(call.repo, workflow, ref=ref, head_sha=sha, inputs=inputs, actor=call.token.login)
        if not details:
            return Answer(status=204)
        shown = shapes.run_brief(self._hub, call.repo, run)
        return Answer({"workflow_run_id": run.id, "run_url": shown["url"], "html_url": shown["html_url"]})

    async def get_workflow(self, call: Call) -> Answer:
        path = await dispatching.find_path(self._hub, call.repo, call.request.match_info["workflow_id"])
        return Answer(shapes.workflow(self._hub, call.repo, await self._workflow(call.repo, path)))

    async def list_workflows(self, call: Call) -> Answer:
        found = [await self._workflow(call.repo, path) for path in await dispatching.workflow_paths(call.repo, "refs/heads/main")]
        rows, links = page(call.request, [shapes.workflow(self._hub, call.repo, each) for each in found], self._hub.world.url)
        return Answer({"total_count": len(found), "workflows": rows}, headers=links)

    async def _workflow(self, repo: Repo, path: str) -> Workflow:
        try:
            workflow = await dispatching.workflow_at(repo, "refs/heads/main", path)
        except WorkflowError:
            workflow = None
        # GitHub names a workflow that it cannot read by its path.
        return workflow or Workflow(path, path, None, frozenset(), {}, {}, None)

    async def list_of_repo(self, call: Call) -> Answer:
        return await self._list(call, call.repo.runs)

    async def list_of_workflow(self, call: Call) -> Answer:
        path = await dispatching.find_path(self._hub, call.repo, call.request.match_info["workflow_id"])
        return await self._list(call, [run for run in call.repo.runs if run.workflow.path == path])

    async def _list(self, call: Call, runs: Sequence[Run]) -> Answer:
        now = self._hub.now()
        wanted = _filter(call.request)
        # The list lags behind: a run is known by its id at once, but listed only after a while.
        found = [run for run in reversed(runs) if run.visible_at <= now and wanted(run)]
        rows, links = page(call.request, found, self._hub.world.url)
        return Answer({"total_count": len(found), "workflow_runs": [await self._shown(call.repo, run) for run in rows]}, headers=links)

    async def _shown(self, repo: Repo, run: Run) -> Json:
        try:
            head = await repo.git.commit(run.head_sha)
        except GitError:
            head = None
        return shapes.run(self._hub, repo, run, head)

    async def get_run(self, call: Call) -> Answer:
        return Answer(await self._shown(call.repo, _run(call)))

    async def delete_run(self, call: Call) -> Answer:
        run = _run(call)
        if run.status != "completed":
            raise Refusal(403, "Could not delete the workflow run, because it is still running.")
        self._runner.delete(call.repo, run)
        return Answer(status=204)

    async def list_jobs(self, call: Call) -> Answer:
        run = _run(call)
        jobs = run.jobs
        if call.request.query.get("filter") == "all":
            jobs = [*(job for attempt in run.earlier.values() for job in attempt if job not in run.jobs), *run.jobs]
        return self._jobs(call, run, jobs)

    async def list_attempt(self, call: Call) -> Answer:
        run, attempt = _run(call), int(call.request.match_info["attempt"])
        if attempt != run.attempt and attempt not in run.earlier:
            raise not_found()
        return self._jobs(call, run, run.jobs if attempt == run.attempt else run.earlier[attempt])

    def _jobs(self, call: Call, run: Run, jobs: Sequence[Job]) -> Answer:
        rows, links = page(call.request, jobs, self._hub.world.url)
        return Answer({"total_count": len(jobs), "jobs": [shapes.job(self._hub, call.repo, run, job) for job in rows]}, headers=links)

    async def get_job(self, call: Call) -> Answer:
        run, job = _job(call)
        return Answer(shapes.job(self._hub, call.repo, run, job))

    async def job_logs(self, call: Call) -> Answer:
        _, job = _job(call)
        if not job.log:
            raise not_found()
        place = f"{self._hub.world.url}/_sandbox/github/logs/{call.repo.full_name}/{job.id}"
        return Answer(status=302, headers={"Location": place})

    async def log_text(self, request: web.Request) -> web.Response:
        """Serve the address that a job's log redirects to; like GitHub's, it needs no token."""
        repo = self._hub.repo(f"{request.match_info['owner']}/{request.match_info['repo']}")
        found = repo.job(int(request.match_info["job_id"])) if repo else None
        if found is None:
            raise web.HTTPNotFound
        return web.Response(text=logs.text(found[1]), content_type="text/plain", charset="utf-8")

    async def cancel(self, call: Call) -> Answer:
        if not self._runner.cancel(_run(call)):
            raise Refusal(409, "Cannot cancel a workflow run that is completed.")
        return Answer({}, 202)

    async def rerun(self, call: Call) -> Answer:
        return self._rerun(call, only_failed=False)

    async def rerun_failed(self, call: Call) -> Answer:
        return self._rerun(call, only_failed=True)

    def _rerun(self, call: Call, *, only_failed: bool) -> Answer:
        run = _run(call)
        if only_failed and run.conclusion == "success":
            raise Refusal(403, "The workflow run containing these jobs has no failed jobs.")
        if not self._runner.rerun(call.repo, run, call.token.login, only_failed=only_failed):
            raise Refusal(403, "This workflow is already running")
        return Answer({}, 201)

    async def pending(self, call: Call) -> Answer:
        run = _run(call)
        names = sorted({job.environment for job in run.jobs if job.status == "waiting" and job.environment})
        environments = [self._hub.environment(call.repo, name) for name in names]
        return Answer([shapes.pending_deployment(self._hub, call.repo, run, each, call.token.login) for each in environments])

    async def review(self, call: Call) -> Answer:
        run, body = _run(call), await json_body(call.request)
        state, wanted = body.get("state"), body.get("environment_ids")
        if state not in ("approved", "rejected") or not isinstance(wanted, list) or not isinstance(body.get("comment"), str):
            raise Refusal(422, "Invalid request.\n\nenvironment_ids, state (approved or rejected) and comment are required.")
        waiting = {job.environment for job in run.jobs if job.status == "waiting"}
        chosen = [each for each in call.repo.environments if each.id in wanted and each.name in waiting]
        if len(chosen) != len(set(wanted)):
            raise Refusal(422, "No pending deployment requests to approve or reject")
        if call.token.login not in run.reviewers:
            raise Refusal(422, f"There is no pending review for {call.token.login} in this run")
        names = tuple(each.name for each in chosen)
        held = [job.deployment for job in run.jobs if job.status == "waiting" and job.environment in names]
        self._runner.review(call.repo, run, Review(state, call.token.login, body["comment"], names))
        deployments = [call.repo.deployment(each) for each in held if each]
        return Answer([shapes.deployment(self._hub, call.repo, each) for each in deployments if each])

    async def reviews(self, call: Call) -> Answer:
        run, rows = _run(call), []
        for each in reversed(run.reviews):
            environments = [self._hub.environment(call.repo, name) for name in each.environments]
            rows.append(shapes.review(self._hub, call.repo, each.state, each.user, each.comment, environments))
        return Answer(rows)


def _run(call: Call) -> Run:
    run = call.repo.run(int(call.request.match_info["run_id"]))
    if run is None:
        raise not_found()
    return run


def _job(call: Call) -> tuple[Run, Job]:
    found = call.repo.job(int(call.request.match_info["job_id"]))
    if found is None:
        raise not_found()
    return found


def _filter(request: web.Request) -> Callable[[Run], bool]:
    query = request.query
    created = _created(query["created"]) if query.get("created") else lambda _: True
    status, branch, event = query.get("status"), query.get("branch"), query.get("event")
    sha, actor = query.get("head_sha"), query.get("actor")

    def wanted(run: Run) -> bool:
        return (
            (not status or status in (run.status, run.conclusion))
            and branch in (None, "", run.ref)
            and event in (None, "", run.event)
            and sha in (None, "", run.head_sha)
            and actor in (None, "", run.actor)
            and created(run.created_at.replace(microsecond=0))
        )

    return wanted


def _created(text: str) -> Callable[[datetime], bool]:
    """Read GitHub's date search: `>=T`, `>T`, `<=T`, `<T`, `A..B` (either may be `*`), or a day."""
    try:
        if ".." in text:
            low, high = text.split("..", 1)
            earliest, latest = None if low == "*" else _span(low)[0], None if high == "*" else _span(high)[1]
            return lambda at: (earliest is None or at >= earliest) and (latest is None or at < latest)
        operator = text[: len(text) - len(text.lstrip("<>="))]
        start, end = _span(text[len(operator) :])
    except ValueError as error:
        raise Refusal(422, f"Invalid value for parameter 'created': {text}") from error
    match operator:
        case ">=":
            return lambda at: at >= start
        case ">":
            return lambda at: at >= end
        case "<=":
            return lambda at: at < end
        case "<":
            return lambda at: at < start
        case _:
            return lambda at: start <= at < end


def _span(text: str) -> tuple[datetime, datetime]:
    """Return the moment that a date search names and the moment after it: a second later, or a day."""
    at = datetime.fromisoformat(text.strip())
    if len(text.strip()) == len("2026-11-23"):
        at = at.replace(tzinfo=UTC)
        return at, at + timedelta(days=1)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at, at + timedelta(seconds=1)
