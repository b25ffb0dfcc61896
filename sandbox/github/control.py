"""The control API's calls about GitHub: what tests and the page's people do to it."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.github import dispatching, examples, history, records
from sandbox.github.access import Access, Token
from sandbox.github.accounts import NAMES
from sandbox.github.history import History
from sandbox.github.plans import target_of
from sandbox.github.repository import GitError, Person
from sandbox.github.runner import Runner
from sandbox.github.state import Deployment, Hub, Outcome, Plan, Repo, Review, Run, Settings
from sandbox.github.workflows import WorkflowError

Json = dict[str, Any]
Call = Callable[[Json], Awaitable[Json]]
_PERSON = "bob"  # who acts on GitHub when the call names nobody


class GitHubControl:
    """`/_sandbox/github` and what is below it."""

    def __init__(self, hub: Hub, runner: Runner, access: Access, look: Callable[[], Json]) -> None:
        self._hub, self._runner, self._access, self._look = hub, runner, access, look

    def add_routes(self, app: web.Application) -> None:
        """Add the calls."""
        app.router.add_get("/_sandbox/github", self._snapshot)
        calls = (
            self.plan,
            self.settings,
            self.review,
            self.commit,
            self.compare,
            self.repository,
            self.rename,
            self.rerun,
            self.cancel,
            self.delete_run,
            self.token,
            self.deployment,
        )
        for call in calls:
            app.router.add_post(f"/_sandbox/github/{call.__name__}", _answering(call))

    async def _snapshot(self, _: web.Request) -> web.Response:
        return web.json_response(self._look())

    async def plan(self, body: Json) -> Json:
        """Say how the next runs of a workflow go."""
        repo = self._repo(body)
        reviewers = tuple(body.get("reviewers", (_PERSON,)))
        plan = Plan(
            repo.full_name,
            body["workflow"],
            Outcome(body["outcome"]),
            int(body.get("times", 1)),
            body.get("job"),
            body.get("step"),
            reviewers,
        )
        for path in await dispatching.workflow_paths(repo, "refs/heads/main"):
            workflow = await dispatching.workflow_at(repo, "refs/heads/main", path)
            if workflow and plan.workflow in (workflow.file, workflow.name, path):
                target_of(workflow, plan)
                break
        else:
            raise ValueError(f"{repo.full_name} has no workflow {plan.workflow!r} on main.")
        self._hub.plans.append(plan)
        return {"ok": True}

    async def settings(self, body: Json) -> Json:
        """Change how fast and how late things happen."""
        known = Settings.__dataclass_fields__
        for name, value in body.items():
            if name not in known:
                raise ValueError(f"There is no setting {name!r}; there are {', '.join(known)}.")
            setattr(self._hub.settings, name, bool(value) if name == "return_run_details" else float(value))
        return {name: getattr(self._hub.settings, name) for name in known}

    async def review(self, body: Json) -> Json:
        """Approve or reject the environments that a run waits for, as a reviewer on GitHub."""
        repo = self._repo(body)
        run = self._run(repo, body)
        if body["state"] not in ("approved", "rejected"):
            raise ValueError(f"state is {body['state']!r}; expected approved or rejected.")
        waiting = tuple(sorted({job.environment for job in run.jobs if job.status == "waiting" and job.environment}))
        review = Review(body["state"], body.get("user", _PERSON), body.get("comment", ""), waiting)
        if not self._runner.review(repo, run, review):
            raise ValueError(f"Run {run.id} waits for no review.")
        return {"ok": True}

    async def commit(self, body: Json) -> Json:
        """Commit files onto a branch; `checks` says how CI ends for the commit (success, failure, pending, none)."""
        repo = self._repo(body)
        login = str(body.get("author") or "dana")
        author = Person(NAMES.get(login, login), f"{login}@acme.example", self._hub.now())
        files = body.get("files") or {"CHANGES.txt": f"{body['message']}\n"}
        sha = await repo.git.make_commit(body.get("branch", "main"), body["message"], files, author)
        repo.checks[sha] = body.get("checks", "success")
        return {"sha": sha}

    async def compare(self, body: Json) -> Json:
        """Return the commits that `head` has and `base` has not, newest first."""
        repo = self._repo(body)
        ends = [await repo.git.commit_sha(body[name]) for name in ("base", "head")]
        if None in ends:
            raise ValueError(f"{repo.full_name} has no {body['base'] if ends[0] is None else body['head']}.")
        commits = await repo.git.commits(f"{ends[0]}..{ends[1]}")
        return {"commits": [{"sha": one.sha, "subject": one.message.partition("\n")[0], "author": one.author.name} for one in commits]}

    async def repository(self, body: Json) -> Json:
        """Make another repository; its files are the workflows, by default the shipped ones."""
        name = body["full_name"]
        if self._hub.repo(name):
            raise ValueError(f"{name} exists already.")
        commits = body.get("commits", 20)
        messages = history.made_up(name, commits) if isinstance(commits, int) else list(commits)
        tags = {tag: int(index) for tag, index in (body.get("tags") or {}).items()}
        if bad := [tag for tag, index in tags.items() if not -len(messages) <= index < len(messages)]:
            raise ValueError(f"{name} has {len(messages)} commits; the index of {', '.join(bad)} is beyond them.")
        files = examples.files_of(body.get("workflows") or examples.shipped_workflows())
        repo = await examples.make(self._hub, name, History(messages, tags, files))
        return {"path": str(repo.git.path), "sha": await repo.git.commit_sha("main")}

    async def rename(self, body: Json) -> Json:
        """Rename a repository: calls by its old name are redirected to its number."""
        repo, name = self._repo(body), body["full_name"]
        if self._hub.repo(name):
            raise ValueError(f"{name} exists already.")
        self._hub.rename(repo, name)
        return {"id": repo.id}

    async def rerun(self, body: Json) -> Json:
        """Re-run a run, or (`only_failed`) its failed jobs."""
        repo = self._repo(body)
        run = self._run(repo, body)
        if not self._runner.rerun(repo, run, body.get("user", _PERSON), only_failed=bool(body.get("only_failed"))):
            raise ValueError(f"Run {run.id} is still running.")
        return {"ok": True}

    async def cancel(self, body: Json) -> Json:
        """Cancel a run."""
        run = self._run(self._repo(body), body)
        if not self._runner.cancel(run):
            raise ValueError(f"Run {run.id} has ended.")
        return {"ok": True}

    async def delete_run(self, body: Json) -> Json:
        """Delete a run."""
        repo = self._repo(body)
        self._runner.delete(repo, self._run(repo, body))
        return {"ok": True}

    async def deployment(self, body: Json) -> Json:
        """Record that somebody deployed a ref by hand, with a state."""
        repo = self._repo(body)
        sha = await repo.git.commit_sha(body["ref"])
        if sha is None:
            raise ValueError(f"There is no {body['ref']} in {repo.full_name}.")
        environment = self._hub.environment(repo, body["environment"]).name
        user = body.get("user", _PERSON)
        made = Deployment(self._hub.new_id(), body["ref"], sha, environment, user, self._hub.now())
        repo.deployments.append(made)
        records.set_state(self._hub, repo, made, body.get("state", "success"), creator=user)
        return {"id": made.id}

    async def token(self, body: Json) -> Json:
        """Make a token that may do only some things in some repositories, or revoke one."""
        if body.get("revoke"):
            self._access.revoke(body["token"])
            return {"ok": True}
        token = Token(body["token"], body.get("login", "acme-chatops"))
        if "permissions" in body:
            token.permissions = {"metadata": "read", **body["permissions"]}
        if "repos" in body:
            token.repos = frozenset(name.casefold() for name in body["repos"])
        self._access.add(token)
        return {"ok": True}

    def _repo(self, body: Json) -> Repo:
        repo = self._hub.repo(body["repo"])
        if repo is None:
            raise ValueError(f"There is no repository {body['repo']!r}.")
        return repo

    def _run(self, repo: Repo, body: Json) -> Run:
        run = repo.run(int(body["run_id"]))
        if run is None:
            raise ValueError(f"{repo.full_name} has no run {body['run_id']}.")
        return run


def _answering(call: Call) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            return web.json_response(await call(await request.json()))
        except KeyError as error:
            return web.json_response({"error": f"{call.__name__} needs {error.args[0]}."}, status=400)
        except (ValueError, TypeError, WorkflowError, GitError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return handle
