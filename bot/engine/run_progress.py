"""Follows the jobs of runs that go on: as closely as what that costs allows, and no message is edited more often than people can read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.operations import Operation, OperationState
from bot.core.pace import Allowance, clock_every_s, edit_every_s, steps_every_s
from bot.engine.apart import Apart
from bot.engine.reviews import RunReviews
from bot.engine.run_endings import RunEndings
from bot.engine.run_search import SEARCH_FOR
from bot.engine.stories import Stories
from bot.ports.clock import Clock
from bot.ports.errors import NotFound
from bot.ports.github import GitHub, Run


@dataclass(frozen=True, slots=True)
class Look:
    """How a run was when its jobs were last asked for."""

    status: str
    updated_at: datetime
    taken_at: datetime


class RunProgress:
    """Knows how each run was seen last, and what may still be asked."""

    def __init__(self, github: GitHub, stories: Stories, endings: RunEndings, clock: Clock, reviews: RunReviews) -> None:
        self._reviews = reviews
        self._github = github
        self._stories = stories
        self._endings = endings
        self._clock = clock
        self._looks: dict[str, Look] = {}
        self._lists: dict[str, list[Run]] = {}
        self._allowance = Allowance(Allowance.MOST, clock.now())
        self._asked = 0
        self._open = 1

    def begin(self, open_ones: Sequence[Operation]) -> None:
        """Begin a look over everything that is open: what is not any more is forgotten."""
        self._allowance = self._allowance.later(self._clock.now())
        self._asked = 0
        self._open = len(open_ones)
        known = {operation.id for operation in open_ones}
        self._looks = {operation: look for operation, look in self._looks.items() if operation in known}

    @property
    def asked(self) -> int:
        """How many requests this look has made so far."""
        return self._asked

    def listed(self, repo: str, runs: list[Run]) -> None:
        """Note that a repository's list of runs was asked for; one that is unchanged cost nothing."""
        self._asked += 1
        if self._lists.get(repo) != runs:
            self._allowance = self._allowance.without(1)
        self._lists[repo] = runs

    def follow(self, operations: Sequence[Operation], listed: dict[int, Run]) -> list[Operation]:
        """See how the runs of running operations stand, and return those that have ended.

        What has ended comes first, then what has changed, then what was not looked at for longest: it is these last ones that wait when much
        goes on at once.
        """
        found, ended, apart = list[tuple[Operation, Run]](), list[Operation](), Apart()
        for operation in operations:
            with apart:
                if run := self._run_of(operation, listed):
                    found.append((operation, run))
        for operation, run in found:
            with apart:
                if run.status == "completed" and (moved := self._endings.end(self._with_jobs(operation, run), run)):
                    self._reviews.tell(operation, moved)
                    ended.append(moved)
        for operation, run in sorted(found, key=lambda pair: self._urgency(*pair)):
            with apart:
                if run.status != "completed":
                    self._show(operation, run)
        apart.done()
        return ended

    def _run_of(self, operation: Operation, listed: dict[int, Run]) -> Run | None:
        """Return an operation's run; None when it is gone, or the answer is still that of an earlier attempt."""
        run = listed.get(operation.run_id or 0)
        if run is None:
            self._asked += 1
            try:
                run = self._github.run(operation.repo, operation.run_id or 0)
            except NotFound:
                if self._may_appear_yet(operation):
                    return None
                why = "The run is gone from GitHub, or my token may not see it any more."
                self._stories.move(operation, OperationState.UNKNOWN, reason=why)
                return None
        return run if run.attempt >= operation.attempt else None

    def _may_appear_yet(self, operation: Operation) -> bool:
        """Say whether a run that GitHub does not find was dispatched so shortly ago that absence is no proof."""
        tried_at = operation.dispatched_at or operation.requested_at
        return self._github.server_time() - tried_at <= SEARCH_FOR  # both by GitHub's clock: ours may be wrong

    def _urgency(self, operation: Operation, run: Run) -> tuple[bool, datetime]:
        look = self._looks.get(operation.id)
        return (not self._has_changed(operation, run), look.taken_at if look else operation.requested_at)

    def _has_changed(self, operation: Operation, run: Run) -> bool:
        look = self._looks.get(operation.id)
        return look is None or (look.status, look.updated_at) != (run.status, run.updated_at)

    def _show(self, operation: Operation, run: Run) -> None:
        """Show how far a run is, when there is news, or when the time that it took was shown too long ago."""
        now = self._clock.now()
        progress = replace(_with(operation, run), looked_at=now)
        if self._is_due(operation, run, now):
            progress = replace(self._with_jobs(operation, run), looked_at=now)
            self._looks[operation.id] = Look(run.status, run.updated_at, now)
        waited_s = (now - operation.looked_at).total_seconds() if operation.looked_at else float("inf")
        if shown(progress) != shown(operation) or waited_s >= clock_every_s(self._open):
            self._stories.redraw(progress)
            self._reviews.tell(operation, progress)

    def _is_due(self, operation: Operation, run: Run, now: datetime) -> bool:
        look = self._looks.get(operation.id)
        if look is None:
            return True
        passed_s = (now - look.taken_at).total_seconds()
        if self._has_changed(operation, run):
            return passed_s >= edit_every_s(self._open) and self._allowance.requests >= 1
        is_moving = run.status == "in_progress"  # a step that ends does not always change the run
        return is_moving and passed_s >= max(edit_every_s(self._open), steps_every_s(self._open)) and self._allowance.requests >= 1

    def _with_jobs(self, operation: Operation, run: Run) -> Operation:
        self._asked += 1
        jobs, reviews = tuple(self._github.jobs(operation.repo, run.id)), self._reviews.of(operation, run)
        progress = replace(_with(operation, run), jobs=jobs, reviews=reviews)
        if shown(progress) != shown(operation):
            self._allowance = self._allowance.without(1)
        return progress


def _with(operation: Operation, run: Run) -> Operation:
    return replace(
        operation, attempt=run.attempt, run_number=run.number, run_url=run.url, started_at=run.started_at or operation.started_at
    )


def shown(operation: Operation) -> object:
    """Return what people see of an operation's progress: seconds that merely pass are no news."""
    jobs = [(job.name, job.state, job.step) for job in operation.jobs]
    return (operation.run_url, operation.run_number, jobs, operation.reviews)
