"""What the simulated GitHub remembers: repositories, runs, deployments, releases, and what tests have set."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox.github.repository import Repository
from sandbox.github.workflows import Workflow
from sandbox.world import World


class Outcome(StrEnum):
    """How a planned run goes."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    SLOW = "slow"
    WAITING = "waiting"
    STARTUP_FAILURE = "startup_failure"


@dataclass(slots=True)
class Settings:
    """What `POST /_sandbox/github/settings` changes. Seconds are the world's."""

    list_delay_s: float = 2.0
    return_run_details: bool = True
    speed: float = 1.0
    step_s: float = 1.0


@dataclass(slots=True)
class Plan:
    """How the next `times` runs of a workflow go."""

    repo: str
    workflow: str
    outcome: Outcome
    times: int = 1
    job: str | None = None
    step: str | None = None
    reviewers: tuple[str, ...] = ("bob",)


@dataclass(slots=True)
class Step:
    """One step of a job. Its number counts from 1, as the REST API does."""

    number: int
    name: str
    status: str = "queued"
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(slots=True)
class Job:
    """One job of one attempt of a run. `key` is its name in the YAML, `name` the one that people see."""

    id: int
    key: str
    name: str
    created_at: datetime
    label: str = "ubuntu-latest"
    environment: str | None = None
    status: str = "queued"
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    attempt: int = 1
    deployment: int | None = None


@dataclass(slots=True)
class Review:
    """A decision on the environments that a run waited for."""

    state: str
    user: str
    comment: str
    environments: tuple[str, ...]


@dataclass(slots=True)
class Run:
    """One workflow run. `earlier` holds the jobs of earlier attempts, by attempt."""

    id: int
    number: int
    workflow: Workflow
    event: str
    ref: str
    head_sha: str
    actor: str
    inputs: dict[str, str]
    title: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime
    visible_at: datetime
    plan: Plan | None = None
    attempt: int = 1
    triggering_actor: str = ""
    status: str = "queued"
    conclusion: str | None = None
    jobs: list[Job] = field(default_factory=list)
    earlier: dict[int, list[Job]] = field(default_factory=dict)
    group: str | None = None
    reviews: list[Review] = field(default_factory=list)
    waiting_since: datetime | None = None

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Who may approve its environments."""
        return self.plan.reviewers if self.plan else ()


@dataclass(slots=True)
class DeploymentStatus:
    """One state that a deployment went through."""

    id: int
    state: str
    creator: str
    created_at: datetime
    description: str = ""
    log_url: str = ""
    environment_url: str = ""


@dataclass(slots=True)
class Deployment:
    """One deployment record; its statuses are oldest first."""

    id: int
    ref: str
    sha: str
    environment: str
    creator: str
    created_at: datetime
    task: str = "deploy"
    description: str | None = None
    payload: Any = field(default_factory=dict)
    statuses: list[DeploymentStatus] = field(default_factory=list)
    run_id: int | None = None

    @property
    def updated_at(self) -> datetime:
        """When its last status came."""
        return self.statuses[-1].created_at if self.statuses else self.created_at


@dataclass(slots=True)
class Release:
    """One release record."""

    id: int
    tag: str
    target: str
    name: str
    body: str
    author: str
    created_at: datetime
    published_at: datetime | None
    draft: bool = False
    prerelease: bool = False


@dataclass(slots=True)
class Environment:
    """One environment of a repository."""

    id: int
    name: str
    created_at: datetime


@dataclass(slots=True)
class Repo:
    """One repository with everything around its git folder."""

    id: int
    full_name: str
    git: Repository
    created_at: datetime
    runs: list[Run] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    environments: list[Environment] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)
    workflow_ids: dict[str, int] = field(default_factory=dict)
    run_numbers: dict[str, int] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        return self.full_name.partition("/")[2]

    def run(self, run_id: int) -> Run | None:
        """Return a run by its id."""
        return next((run for run in self.runs if run.id == run_id), None)

    def job(self, job_id: int) -> tuple[Run, Job] | None:
        """Return a job of any attempt by its id, with its run."""
        for run in self.runs:
            for job in itertools.chain(run.jobs, *run.earlier.values()):
                if job.id == job_id:
                    return run, job
        return None

    def deployment(self, deployment_id: int) -> Deployment | None:
        """Return a deployment by its id."""
        return next((deployment for deployment in self.deployments if deployment.id == deployment_id), None)


class Hub:
    """All repositories, and the counters and settings that they share."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.folder: Path | None = None  # where the repositories are; made when the side starts
        self.settings = Settings()
        self.plans: list[Plan] = []
        self._repos: dict[str, Repo] = {}
        self._moved: dict[str, Repo] = {}
        # Run and job ids are above 2^31, as GitHub's are by now: whoever stores them in 32 bits finds out here.
        self._ids = itertools.count(19_846_849_654, 7)
        self._small_ids = itertools.count(204_118_301, 3)

    @property
    def repos(self) -> list[Repo]:
        """Every repository, in the order in which they were made."""
        return list(self._repos.values())

    def repo(self, full_name: str) -> Repo | None:
        """Return a repository by `owner/name`; GitHub ignores the case."""
        return self._repos.get(full_name.casefold())

    def add(self, repo: Repo) -> None:
        self._repos[repo.full_name.casefold()] = repo

    def rename(self, repo: Repo, full_name: str) -> None:
        """Give a repository another name; its old one leads to it from now on."""
        self._moved[repo.full_name.casefold()] = self._repos.pop(repo.full_name.casefold())
        repo.full_name = full_name
        self.add(repo)

    def moved(self, full_name: str) -> Repo | None:
        """Return the repository that had a name before."""
        return self._moved.get(full_name.casefold())

    def by_id(self, number: int) -> Repo | None:
        """Return a repository by its number, which it keeps."""
        return next((repo for repo in self.repos if repo.id == number), None)

    def new_id(self) -> int:
        """Return an id for a run, a job or a deployment."""
        return next(self._ids)

    def new_small_id(self) -> int:
        """Return an id for a workflow, a release, an environment or a repository."""
        return next(self._small_ids)

    def now(self) -> datetime:
        return self.world.clock.now()

    def workflow_id(self, repo: Repo, path: str) -> int:
        """Return the number of a workflow file: the same one for as long as the world lives."""
        if path not in repo.workflow_ids:
            repo.workflow_ids[path] = self.new_small_id()
        return repo.workflow_ids[path]

    def take_plan(self, repo: Repo, workflow: Workflow) -> Plan | None:
        """Return how the next run of a workflow is to go, and count it as spent."""
        for plan in self.plans:
            if plan.repo.casefold() == repo.full_name.casefold() and plan.workflow in (workflow.file, workflow.name, workflow.path):
                plan.times -= 1
                if plan.times <= 0:
                    self.plans.remove(plan)
                return plan
        return None

    def environment(self, repo: Repo, name: str) -> Environment:
        """Return an environment, made on first use as GitHub does."""
        for environment in repo.environments:
            if environment.name.casefold() == name.casefold():
                return environment
        environment = Environment(self.new_small_id(), name, self.now())
        repo.environments.append(environment)
        return environment

    async def step(self, factor: float = 1.0) -> None:
        """Let as much of the world's time pass as one step of a job takes."""
        speed = max(0.001, self.world.speed * self.settings.speed)
        await self.world.clock.sleep(self.settings.step_s * factor / speed)
