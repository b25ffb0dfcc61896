"""How the run of a dispatch without an answer is looked for, and whose a run is."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.adapters.journal import SqlJournal, open_journal
from bot.core.configuration import Configuration
from bot.core.gates import Gate, Verdict
from bot.core.operations import Operation, OperationState
from bot.core.pace import LOOK_S
from bot.engine.follower import Follower
from bot.engine.permissions import Permissions
from bot.engine.run_search import SEARCH_FOR, is_run_of
from bot.engine.stories import Stories
from bot.engine.unknowns import UnknownEngine
from bot.ports.errors import UserError
from bot.ports.github import Run
from tests.adapters.journal.values import operation
from tests.clocks import FakeClock

LOST = operation("OP1", state=OperationState.DISPATCHING, dispatch_id="chatopsd-1a2b3c4d", run_id=None)
# GitHub's clock, by which a dispatch is timed, need not be ours.
AHEAD = timedelta(minutes=7)


def run(number: int, title: str = "Release v1.2.3", name: str = "release") -> Run:
    now = FakeClock().now()
    return Run(number, number, name, title, "queued", "", f"https://github.com/{number}", "a" * 40, 1, now, None, now)


@pytest.mark.parametrize(
    ("found", "is_ours"),
    [
        (run(1, title="Release v1.2.3 chatopsd-1a2b3c4d"), True),
        (run(1, name="release chatopsd-1a2b3c4d"), True),  # a server that shows `run-name` there, and a commit's subject as the title
        (run(1, title="Release v1.2.3 chatopsd-ffffffff", name="release chatopsd-ffffffff"), False),
        (run(1), False),
    ],
)
def test_a_run_is_known_by_the_dispatch_id_in_its_title_or_in_its_name(found: Run, is_ours: bool) -> None:
    assert is_run_of(LOST, found) is is_ours


class Lagging:
    """A GitHub whose list of runs is as the test says, and whose clock is ahead of ours."""

    def __init__(self, clock: FakeClock, *runs: Run) -> None:
        self.clock = clock
        self.runs = list(runs)
        self.asked_at: list[datetime] = []

    def recent_runs(self, _repo: str, _since: datetime) -> list[Run]:
        self.asked_at.append(self.clock.now())
        return self.runs

    def server_time(self) -> datetime:
        return self.clock.now() + AHEAD

    def run(self, _repo: str, number: int) -> Run:
        return next(run for run in self.runs if run.id == number)

    def jobs(self, _repo: str, _run: int) -> list[object]:
        return []


class Told:
    """Takes the moves of operations down."""

    def __init__(self) -> None:
        self.moves: list[tuple[str, OperationState, object]] = []

    def move(self, operation: Operation, to: OperationState, **changes: object) -> None:
        self.moves.append((operation.id, to, changes.get("run_id")))

    def redraw(self, _operation: Operation) -> bool:
        return True


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def journal(tmp_path: Path, clock: FakeClock) -> Iterator[SqlJournal]:
    opened = open_journal(f"sqlite:///{tmp_path}/journal.db", clock)
    with opened.begin() as tx:
        tx.operations.add(replace(LOST, dispatched_at=clock.now() + AHEAD), "asked")
    yield opened
    opened.close()


def follower(journal: SqlJournal, clock: FakeClock, github: Lagging, told: Told) -> Follower:
    reviews = SimpleNamespace(of=lambda *_: (), tell=lambda *_: None)
    return Follower(
        journal, cast(Any, github), cast(Any, told), clock, lambda _: False, threading.Event(), lambda _: None, cast(Any, reviews)
    )


def test_a_run_that_does_not_show_up_is_looked_for_less_and_less_often_and_given_up_after_five_minutes(
    journal: SqlJournal, clock: FakeClock
) -> None:
    github, told = Lagging(clock), Told()
    follows = follower(journal, clock, github, told)
    began = clock.now()
    while not told.moves:
        assert follows.look(), "there is something to look after"
        clock.advance(LOOK_S)

    assert told.moves == [("OP1", OperationState.UNKNOWN, None)]
    assert SEARCH_FOR < github.asked_at[-1] - began <= SEARCH_FOR + timedelta(seconds=LOOK_S), "by GitHub's clock, and no later"
    waits = [(later - earlier).total_seconds() for earlier, later in zip(github.asked_at, github.asked_at[1:-1], strict=False)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (LOOK_S, 30.0)
    assert len(github.asked_at) < 30


def test_what_is_listed_for_other_runs_anyway_is_searched_at_every_look(journal: SqlJournal, clock: FakeClock) -> None:
    with journal.begin() as tx:
        tx.operations.add(operation("OP2", state=OperationState.RUNNING, run_id=7), "another")
    github, told = Lagging(clock, run(7)), Told()
    follows = follower(journal, clock, github, told)
    for _ in range(50):
        follows.look()
        clock.advance(LOOK_S)
    assert len(github.asked_at) == 50
    github.runs.append(run(8, name="release chatopsd-1a2b3c4d"))
    follows.look()
    assert told.moves == [("OP1", OperationState.RUNNING, 8)]


def test_a_clock_that_is_set_back_does_not_keep_a_run_from_being_looked_for(journal: SqlJournal, clock: FakeClock) -> None:
    github = Lagging(clock)
    follows = follower(journal, clock, github, Told())
    follows.look()
    clock.advance(timedelta(hours=-1))
    follows.look()
    assert len(github.asked_at) == 2


class Deciding:
    """Permissions of a workspace in which everybody may do everything; `meanwhile` is done while a name is looked up, just before a move is written."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = lambda: None
        self.logins: dict[str, str] = {}

    def name_of(self, user: str) -> str:
        now, self.meanwhile = self.meanwhile, lambda: None
        now()
        return user

    def role(self, _user: str, _role: str) -> Verdict:
        return Verdict(Gate.ROLE, True, "", "")

    def member(self, _user: str) -> Verdict:
        return Verdict(Gate.ROLE, True, "", "")


@pytest.fixture
def unknown(journal: SqlJournal) -> Operation:
    with journal.begin() as tx:
        lost = tx.operations.get("OP1")
        assert lost is not None
        moved = replace(lost, state=OperationState.UNKNOWN)
        tx.operations.save(moved, OperationState.DISPATCHING)
    return moved


def engine(journal: SqlJournal, clock: FakeClock, github: Lagging, deciding: Deciding) -> UnknownEngine:
    environment = SimpleNamespace(releasers="releaser")
    configuration = SimpleNamespace(services={"checkout": SimpleNamespace(environments={"production": environment})})
    permissions = cast(Permissions, deciding)
    return UnknownEngine(
        cast(Configuration, configuration),
        journal,
        cast(Any, github),
        permissions,
        Stories(journal, clock, permissions),
        lambda _operation: "",
        lambda _operation: None,
        lambda: None,
    )


def test_a_run_that_another_operation_takes_in_the_last_moment_is_not_taken_a_second_time(
    journal: SqlJournal, clock: FakeClock, unknown: Operation
) -> None:
    deciding = Deciding()
    unknowns = engine(journal, clock, Lagging(clock, run(7)), deciding)

    def take() -> None:
        with journal.begin() as tx:
            tx.operations.add(operation("OP2", state=OperationState.RUNNING, run_id=7, version="v2.0.0"), "another")

    deciding.meanwhile = take
    with pytest.raises(UserError, match=r"Run 7 is that of checkout `v2\.0\.0`"):
        unknowns.adopt(unknown.id, 7, "U0BOB")
    with journal.read() as tx:
        left = tx.operations.get(unknown.id)
        assert left == unknown
        assert tx.audit.recent(10) == []


def test_a_run_of_another_operation_is_neither_offered_nor_taken(journal: SqlJournal, clock: FakeClock, unknown: Operation) -> None:
    ended_at = clock.now() + timedelta(minutes=1)
    with journal.begin() as tx:
        ended = operation(
            "OP2", state=OperationState.SUCCEEDED, run_id=7, finished_at=ended_at, requested_at=clock.now() - timedelta(days=2)
        )
        tx.operations.add(ended, "ended")
        tx.operations.add(operation("OP3", state=OperationState.UNKNOWN, dispatch_id="chatopsd-99999999", run_id=None), "looked for")
        for number in range(300):  # and many were asked for since
            tx.operations.add(operation(f"N{number}", state=OperationState.REJECTED, requested_at=clock.now()), f"newer {number}")
    github = Lagging(clock, run(7), run(8, name="release chatopsd-99999999"), run(9))
    unknowns = engine(journal, clock, github, Deciding())
    assert [each.id for each in unknowns.candidates(unknown.id, "U0BOB")] == [9]
    for number in (7, 8):
        with pytest.raises(UserError, match=f"Run {number} is that of checkout"):
            unknowns.adopt(unknown.id, number, "U0BOB")
    taken = unknowns.adopt(unknown.id, 9, "U0BOB")
    assert (taken.state, taken.run_id) == (OperationState.RUNNING, 9)


def test_a_run_of_an_operation_that_ended_long_before_is_not_taken(journal: SqlJournal, clock: FakeClock, unknown: Operation) -> None:
    made_at = clock.now() - timedelta(days=3)
    with journal.begin() as tx:
        ended = operation(
            "OP2",
            state=OperationState.SUCCEEDED,
            run_id=7,
            requested_at=made_at,
            dispatched_at=made_at,
            finished_at=made_at + timedelta(minutes=5),
        )
        tx.operations.add(ended, "ended")
    unknowns = engine(journal, clock, Lagging(clock, replace(run(7), created_at=made_at)), Deciding())
    with pytest.raises(UserError, match="Run 7 is that of checkout"):
        unknowns.adopt(unknown.id, 7, "U0BOB")
