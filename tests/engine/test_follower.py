"""How a run is known to have done nothing, and how the follower keeps repositories apart."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.adapters.journal import SqlJournal, open_journal
from bot.core.operations import JobProgress, Operation, OperationKind, OperationState, StepState
from bot.engine.follower import Follower
from bot.engine.run_endings import RunEndings, did_nothing
from bot.ports.errors import NotFound, Unavailable
from bot.ports.github import FailedLog, Run
from tests.adapters.journal.values import operation
from tests.clocks import FakeClock

CLAIM = JobProgress("Claim the tag", StepState.SUCCEEDED)
BUILT = JobProgress("Build", StepState.SUCCEEDED)
SKIPPED = JobProgress("Deploy", StepState.SKIPPED)


def test_a_run_whose_jobs_were_all_skipped_behind_its_claim_did_nothing() -> None:
    assert did_nothing((CLAIM, SKIPPED, SKIPPED))


def test_a_run_that_did_anything_behind_its_first_job_did_something() -> None:
    assert not did_nothing((CLAIM, BUILT, SKIPPED))
    assert not did_nothing((CLAIM,))


def test_a_first_job_that_claims_nothing_may_be_all_of_the_work() -> None:
    clean_up = JobProgress("Roll back when it failed", StepState.SKIPPED)
    assert not did_nothing((JobProgress("Deploy", StepState.SUCCEEDED), clean_up))


def test_a_run_of_no_job_is_no_duplicate() -> None:
    assert not did_nothing(())


class Closed:
    """A GitHub that answers each question for runs with an error of its own."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked: list[str] = []

    def recent_runs(self, repo: str, _since: datetime) -> list[Run]:
        self.asked.append(repo)
        raise self.errors.pop(0)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(f"sqlite:///{tmp_path}/journal.db", FakeClock())
    with opened.begin() as tx:
        for repo in ("acme/one", "acme/two", "acme/three"):
            tx.operations.add(operation(repo, repo=repo, state=OperationState.RUNNING, run_id=7), repo)
    yield opened
    opened.close()


def follower(journal: SqlJournal, github: Closed) -> Follower:
    nothing = cast(Any, None)
    return Follower(
        journal, cast(Any, github), nothing, FakeClock(), lambda _id: False, threading.Event(), lambda _operation: None, nothing
    )


def test_a_repository_that_is_closed_to_us_hides_no_other(journal: SqlJournal) -> None:
    github = Closed(NotFound("Gone."), Unavailable("It breaks."), NotFound("Gone, too."))
    with pytest.raises(NotFound):
        follower(journal, github).look()
    assert github.asked == ["acme/one", "acme/two", "acme/three"]


def test_who_is_asked_to_wait_by_github_asks_for_no_other_repository_either(journal: SqlJournal) -> None:
    github = Closed(NotFound("Gone."), Unavailable("The limit is reached.", 1800.0))
    with pytest.raises(Unavailable) as told:
        follower(journal, github).look()
    assert told.value.retry_after_s == 1800.0, "so long it waits, although another repository failed before"
    assert github.asked == ["acme/one", "acme/two"]


class Told:
    """Takes the moves of operations down."""

    def __init__(self) -> None:
        self.moves: list[tuple[OperationState, str]] = []

    def move(self, _operation: Operation, to: OperationState, *, reason: str = "", **_changes: object) -> None:
        self.moves.append((to, reason))

    def cancelled_by(self, _operation: Operation) -> str:
        return ""


class Silent:
    """A GitHub without logs, tags and releases."""

    def failed_log(self, _repo: str, _run: int, _lines: int) -> FailedLog:
        return FailedLog("", "")

    def tag_sha(self, _repo: str, _tag: str) -> None:
        return None

    def release_url(self, _repo: str, _tag: str) -> str:
        return ""


@pytest.mark.parametrize(
    ("conclusion", "state", "why"),
    [
        ("success", OperationState.SUCCEEDED, ""),
        ("neutral", OperationState.SUCCEEDED, ""),
        ("cancelled", OperationState.CANCELLED, ""),
        ("failure", OperationState.FAILED, ""),
        ("timed_out", OperationState.FAILED, "took longer than GitHub lets it"),
        ("startup_failure", OperationState.FAILED, "the workflow file is wrong"),
        ("action_required", OperationState.FAILED, "waits for somebody to approve it on GitHub"),
        ("skipped", OperationState.FAILED, "nothing was done"),
        ("stale", OperationState.FAILED, "gave the run up"),
        ("", OperationState.FAILED, ""),
        ("a word of later years", OperationState.FAILED, ""),
    ],
)
def test_every_conclusion_that_github_knows_is_an_end(conclusion: str, state: OperationState, why: str) -> None:
    told = Told()
    now = FakeClock().now()
    run = Run(1, 1, "release", "v1.2.3", "completed", conclusion, "", "a" * 40, 1, now, now, now)
    RunEndings(cast(Any, Silent()), cast(Any, told)).end(operation("OP1", kind=OperationKind.DEPLOY, jobs=()), run)
    [(moved, reason)] = told.moves
    assert moved is state
    assert why in reason


@pytest.mark.parametrize(
    ("kind", "why"), [(OperationKind.DEPLOY, "skipped its job Deploy: look whether v1.2.3 is live"), (OperationKind.TAG, "no tag")]
)
def test_a_green_run_that_skipped_its_deployment_says_so_where_it_was_to_deploy(kind: OperationKind, why: str) -> None:
    told, now = Told(), FakeClock().now()
    run = Run(1, 1, "release", "v1.2.3", "completed", "success", "", "a" * 40, 1, now, now, now)
    asked = operation("OP1", kind=kind, version="v1.2.3", jobs=(BUILT, SKIPPED))
    RunEndings(cast(Any, Silent()), cast(Any, told)).end(asked, run)
    [(moved, reason)] = told.moves
    assert moved is OperationState.SUCCEEDED
    assert why in reason
    assert ("skipped" in reason) is (kind is OperationKind.DEPLOY)


class Repository:
    """A GitHub with one repository whose runs are as the test says; it counts what it is asked."""

    def __init__(self, *runs: Run) -> None:
        self.runs = list(runs)
        self.asked: list[object] = []

    def recent_runs(self, repo: str, _since: datetime) -> list[Run]:
        self.asked.append(repo)
        return self.runs

    def jobs(self, _repo: str, run: int) -> list[JobProgress]:
        self.asked.append(run)
        return [CLAIM]


def test_one_list_follows_all_runs_of_a_repository_and_jobs_are_asked_for_only_where_something_changed(tmp_path: Path) -> None:
    clock = FakeClock()
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", clock)
    with journal.begin() as tx:
        for number in (1, 2, 3):
            tx.operations.add(operation(f"OP{number}", state=OperationState.RUNNING, run_id=number), str(number))

    def run(number: int, updated_at: datetime) -> Run:
        return Run(number, number, "release", "v1.2.3", "queued", "", "", "a" * 40, 1, clock.now(), None, updated_at)

    began = clock.now()
    github = Repository(*(run(number, began) for number in (1, 2, 3)))
    reviews = SimpleNamespace(of=lambda *_: (), tell=lambda *_: None)
    nothing = SimpleNamespace(redraw=lambda _operation: True)
    follower = Follower(
        journal, cast(Any, github), cast(Any, nothing), clock, lambda _: False, threading.Event(), lambda _: None, cast(Any, reviews)
    )
    for moved, expected in ((0, [1, 2, 3]), (0, []), (2, [2]), (0, [])):
        clock.advance(timedelta(minutes=1))
        if moved:
            github.runs[moved - 1] = run(moved, clock.now())
        github.asked.clear()
        assert follower.look()
        assert github.asked == ["acme/checkout", *expected]
    journal.close()
