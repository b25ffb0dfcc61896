from dataclasses import replace

import pytest

from bot.core.group_card import group_card
from bot.core.operation_card import operation_card
from bot.core.operation_words import headline, operation_line
from bot.core.operations import JobProgress, OperationKind, OperationState, Reached, StepState
from bot.core.reached import reached_at_last, reached_by
from tests.core.test_operations import operation

DONE, FAILED, CANCELLED, SKIPPED = StepState.SUCCEEDED, StepState.FAILED, StepState.CANCELLED, StepState.SKIPPED


def job(name: str, state: StepState, *, has_begun: bool = True) -> JobProgress:
    return JobProgress(name, state, has_begun=has_begun)


@pytest.mark.parametrize(
    ("jobs", "reached"),
    [
        ((), Reached.NO),
        ((job("Build", FAILED), job("Deploy", SKIPPED)), Reached.NO),
        ((job("Build", CANCELLED), job("Deploy", CANCELLED, has_begun=False)), Reached.NO),
        ((job("Build", DONE), job("Deploy", FAILED)), Reached.YES),
        ((job("Build", DONE), job("Deploy", CANCELLED)), Reached.YES),
        ((job("Build", DONE), job("deploy (eu)", DONE), job("deploy (us)", SKIPPED), job("Smoke", FAILED)), Reached.YES),
        ((job("Build", DONE), job("Roll out", SKIPPED)), Reached.UNKNOWN),
        ((job("Build", DONE), job("Roll out", FAILED), job("deploy-docs", SKIPPED)), Reached.UNKNOWN),
        ((job("Build", DONE), job("Roll out", SKIPPED), job("Deploy (docs)", DONE)), Reached.UNKNOWN),
        ((job("Pre-deploy checks", FAILED), job("Deploy", SKIPPED), job("Notify of deployment", DONE)), Reached.NO),
        ((job("Build", FAILED), job("Deploy, then check", SKIPPED)), Reached.NO),
        ((job("Build, check and deploy", FAILED),), Reached.YES),
        ((job("deploy / Build", FAILED), job("deploy / Deploy to eu", SKIPPED)), Reached.NO),
        ((job("deploy / Build", DONE), job("deploy / Roll out", FAILED)), Reached.UNKNOWN),
        ((job("Everything", FAILED),), Reached.UNKNOWN),
        ((job("Everything", CANCELLED, has_begun=False),), Reached.NO),
    ],
)
def test_a_run_came_to_its_deployment_when_a_job_that_deploys_began(jobs: tuple[JobProgress, ...], reached: Reached) -> None:
    assert reached_by(jobs) is reached


@pytest.mark.parametrize(
    ("before", "state", "reached"),
    [
        (Reached.NO, SKIPPED, Reached.NO),
        (Reached.NO, FAILED, Reached.YES),
        (Reached.YES, SKIPPED, Reached.YES),
        (Reached.UNKNOWN, SKIPPED, Reached.UNKNOWN),
    ],
)
def test_what_an_earlier_attempt_deployed_stays_deployed(before: Reached, state: StepState, reached: Reached) -> None:
    again = replace(operation(OperationState.RUNNING), jobs=(job("Build", FAILED), job("Deploy", state)), attempt=2, reached=before)
    assert reached_at_last(again) is reached
    assert reached_at_last(replace(again, attempt=1)) is (Reached.YES if state is FAILED else Reached.NO)


@pytest.mark.parametrize("state", [OperationState.FAILED, OperationState.CANCELLED])
@pytest.mark.parametrize("kind", [OperationKind.RELEASE, OperationKind.ROLLBACK])
def test_the_way_back_is_offered_where_there_is_something_to_go_back_from(kind: OperationKind, state: OperationState) -> None:
    ended = replace(operation(state), kind=kind, run_id=7, live_before="v1.4.2")
    drawn = {reached: str(operation_card(replace(ended, reached=reached), "ann")) for reached in Reached}
    assert {reached: "Roll back to v1.4.2" in text for reached, text in drawn.items()} == {
        Reached.YES: True,
        Reached.UNKNOWN: True,
        Reached.NO: False,
    }
    assert [reached for reached, text in drawn.items() if "I can't tell whether" in text] == [Reached.UNKNOWN]


def test_what_succeeded_can_be_rolled_back_whatever_its_jobs_are_called() -> None:
    card = str(operation_card(replace(operation(OperationState.SUCCEEDED), run_id=7, live_before="v1.4.2"), "ann"))
    assert "Roll back to v1.4.2" in card
    assert "I can't tell" not in card


def test_a_green_run_that_skipped_its_deployment_does_not_say_that_the_version_is_live() -> None:
    jobs = (job("Build", DONE), job("Deploy <prod>", SKIPPED))
    done = replace(operation(OperationState.SUCCEEDED), jobs=jobs)
    said = "⚠️ *checkout* `v1.5.0` → *production* · succeeded, but GitHub skipped Deploy &lt;prod&gt;"
    assert headline(done) == said
    assert "succeeded, but GitHub skipped" in operation_line(done, "ann")
    assert "⚠️" in group_card([done, replace(done, jobs=())], "ann").text
    assert "1 without a deployment" in group_card([done, replace(done, jobs=())], "ann").text
    assert "is tagged" in headline(replace(done, kind=OperationKind.TAG))


@pytest.mark.parametrize(
    "jobs",
    [
        (),
        (job("Build", DONE), job("Roll out", DONE), job("deploy-docs", SKIPPED)),
        (job("deploy (staging)", SKIPPED), job("deploy (production)", DONE)),
    ],
)
def test_a_green_run_that_skipped_something_else_says_that_the_version_is_live(jobs: tuple[JobProgress, ...]) -> None:
    assert headline(replace(operation(OperationState.SUCCEEDED), jobs=jobs)) == "✅ *checkout* `v1.5.0` is live in *production*"
