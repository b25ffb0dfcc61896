from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.blocks import Message
from bot.core.older_blocks import newer_kinds, with_older_blocks
from bot.core.operation_card import operation_card
from bot.core.operation_progress import elapsed, plan
from bot.core.operations import JobProgress, Operation, OperationState, StepState
from tests.core.test_operations import NOW, operation

JOBS = (
    JobProgress("Build", StepState.SUCCEEDED, 75.0, "", "https://github.example/job/1"),
    JobProgress("Deploy <!here>", StepState.RUNNING, 3.0, "Restart", "https://github.example/job/2"),
    JobProgress("Tell", StepState.WAITING),
)


def running(**changed: object) -> Operation:
    return replace(operation(OperationState.RUNNING), **{"started_at": NOW, "jobs": JOBS, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("usual_s", "after", "said"),
    [
        (0.0, timedelta(seconds=65), "⏱️ 1 min 5 s so far"),
        (240.0, timedelta(seconds=120), "▰▰▰▰▰▱▱▱▱▱ 2 min of usually 4 min"),
        (240.0, timedelta(seconds=0), "▱▱▱▱▱▱▱▱▱▱ 0 s of usually 4 min"),
        (240.0, timedelta(seconds=240), "▰▰▰▰▰▰▰▰▰▰ 4 min of usually 4 min"),
        (240.0, timedelta(seconds=360), "⏱️ 6 min so far, *longer than usual* (4 min)"),
        (240.0, timedelta(seconds=-3), "▱▱▱▱▱▱▱▱▱▱ 0 s of usually 4 min"),
    ],
)
def test_the_time_so_far_is_shown_beside_the_usual(usual_s: float, after: timedelta, said: str) -> None:
    assert elapsed(running(usual_s=usual_s, looked_at=NOW + after)) == said


def test_what_does_not_run_has_no_clock() -> None:
    assert elapsed(replace(running(looked_at=NOW), state=OperationState.FAILED)) == ""
    assert elapsed(running()) == ""


def test_the_jobs_are_a_plan_of_tasks() -> None:
    drawn = plan(running())
    assert drawn["title"] == "1 of 3 jobs done"
    tasks = drawn["tasks"]
    assert isinstance(tasks, list)
    assert [task["status"] for task in tasks] == ["complete", "in_progress", "pending"]
    assert "Restart" in str(tasks[1]["details"])
    assert "sources" not in tasks[2]


def test_of_a_run_that_has_ended_what_succeeded_is_counted() -> None:
    jobs = (JobProgress("Build", StepState.SUCCEEDED), JobProgress("Deploy", StepState.CANCELLED))
    assert plan(replace(running(jobs=jobs), state=OperationState.CANCELLED))["title"] == "1 of 2 jobs succeeded"
    jobs = (
        *jobs[:1],
        JobProgress("Test", StepState.FAILED),
        JobProgress("Tag", StepState.SKIPPED),
        JobProgress("Deploy", StepState.SKIPPED),
    )
    assert plan(replace(running(jobs=jobs), state=OperationState.FAILED))["title"] == "1 of 4 jobs succeeded, 2 skipped"


def test_a_job_that_was_skipped_has_no_sign_of_success() -> None:
    jobs = (JobProgress("Build", StepState.SUCCEEDED), JobProgress("Deploy", StepState.SKIPPED))
    drawn = plan(replace(running(jobs=jobs), state=OperationState.SUCCEEDED))

    tasks = drawn["tasks"]
    assert isinstance(tasks, list)
    assert [task["status"] for task in tasks] == ["complete", "pending"]
    assert "skipped" in str(tasks[1]["details"])
    older = with_older_blocks(Message.of("", drawn), frozenset({"plan"}))
    assert "▫️ Deploy · skipped" in str(older.blocks)


def test_more_jobs_than_are_shown_are_counted() -> None:
    drawn = plan(running(jobs=tuple(JobProgress(f"job {n}", StepState.WAITING) for n in range(20))))
    assert drawn["title"] == "0 of 20 jobs done, 8 more not shown"


def test_a_plan_is_said_as_a_list_where_the_workspace_knows_none() -> None:
    card = operation_card(running(), "Ann")
    assert newer_kinds(card) == {"plan"}
    older = with_older_blocks(card, frozenset({"plan"}))
    assert newer_kinds(older) == frozenset()
    listed = next(str(block["text"]) for block in older.blocks if "Build" in str(block))
    assert "✅ <https://github.example/job/1|Build> · 1 min 15 s" in listed
    assert "⏳" in listed
    assert "<!here>" not in listed
    assert with_older_blocks(card, frozenset({"table"})) is card
