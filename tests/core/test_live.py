"""What is live, decided from GitHub's record and the journal."""

from dataclasses import replace
from datetime import timedelta

from bot.core.live import Live, Record, decide_live
from bot.core.operations import JobProgress, Operation, OperationState, StepState
from bot.core.rollbacks import past_deployments
from tests.core.test_operations import NOW, operation


def done(version: str, minutes: int, **changed: object) -> Operation:
    at = NOW + timedelta(minutes=minutes)
    return replace(
        operation(OperationState.SUCCEEDED),
        **{"id": version, "version": version, "started_at": at - timedelta(minutes=3), "finished_at": at, "run_id": minutes, **changed},  # type: ignore[arg-type]
    )


def record(minutes: int, named: str = "", made: Operation | None = None, run_id: int | None = None) -> Record:
    return Record("main", "b" * 40, "dana", NOW + timedelta(minutes=minutes), run_id, "https://github.example/run", made, named)


def decided(found: Record | None, last: Operation | None, trouble: str = "") -> Live:
    return decide_live("checkout", "production", found, last, trouble)


def test_both_agree_and_nothing_is_doubted() -> None:
    last = done("v1.5.0", 10)
    for found in (None, record(9, made=last, run_id=10), record(11, named="v1.5.0")):
        live = decided(found, last)
        assert (live.version, live.doubt) == ("v1.5.0", "")


def test_nothing_is_live_where_nothing_was_deployed() -> None:
    assert decided(None, None).shown == ""


def test_where_github_can_not_be_asked_only_what_was_brought_there_is_said_to_be_shown() -> None:
    assert decided(None, None, "It hangs.").doubt == "GitHub could not be asked what is live. It hangs."
    assert (
        decided(None, done("v1.5.0", 10), "It hangs.").doubt
        == "GitHub could not be asked what is live; this is what I brought there last. It hangs."
    )


def test_what_was_deployed_before_us_is_live() -> None:
    live = decided(record(0, named="v1.4.2"), None)
    assert (live.version, live.by, live.doubt) == ("v1.4.2", "dana", "")


def test_a_later_deployment_by_hand_is_live_and_doubted() -> None:
    live = decided(record(20, named="v1.4.1"), done("v1.5.0", 10))
    assert live.version == "v1.4.1"
    assert live.ours is None
    assert "dana" in live.doubt
    assert "v1.5.0" in live.doubt


def test_a_deployment_without_a_tag_is_shown_by_its_commit() -> None:
    live = decided(record(20), done("v1.5.0", 10))
    assert (live.version, live.shown) == ("", "bbbbbbb")


def test_a_run_of_ours_that_failed_behind_its_deploy_is_live_and_doubted() -> None:
    failed = done("v1.5.1", 20, state=OperationState.FAILED)
    live = decided(record(19, made=failed, run_id=20), done("v1.5.0", 10))
    assert live.version == "v1.5.1"
    assert "failed" in live.doubt


def test_an_older_record_does_not_beat_what_we_brought_since() -> None:
    live = decided(record(0, named="v1.4.2"), done("v1.5.0", 10))
    assert live.version == "v1.5.0"
    assert "makes no deployment record" in live.doubt


SKIPPED = (JobProgress("build", StepState.SUCCEEDED), JobProgress("deploy", StepState.SKIPPED))


def test_a_green_run_that_skipped_its_deployment_is_doubted() -> None:
    last = done("v1.5.0", 10, jobs=SKIPPED)
    said = "The release of v1.5.0 ended green, but GitHub skipped its job deploy: look whether it is live."
    for found in (None, record(0, named="v1.4.2")):
        live = decided(found, last)
        assert (live.version, live.doubt) == ("v1.5.0", said)
    assert decided(None, last, "It hangs.").doubt.endswith(f"It hangs. {said}")


def test_behind_a_green_run_that_skipped_its_deployment_the_one_before_is_live() -> None:
    before = done("v1.4.2", 0)
    live = decided(record(0, made=before, run_id=0), done("v1.5.0", 10, jobs=SKIPPED))
    assert live.version == "v1.4.2"
    assert "v1.5.0 ended green, but GitHub skipped its job deploy" in live.doubt


def test_a_run_that_made_a_record_has_deployed_whatever_its_jobs_are_called() -> None:
    last = done("v1.5.0", 10, jobs=SKIPPED)
    live = decided(record(9, made=last, run_id=10), last)
    assert (live.version, live.doubt) == ("v1.5.0", "")


def test_a_deployment_by_hand_between_the_end_of_our_run_and_our_notice_of_it_is_seen() -> None:
    assert decided(record(9, named="v1.4.1"), done("v1.5.0", 10)).version == "v1.4.1"


def test_a_look_up_that_failed_falls_back_to_the_journal_and_says_so() -> None:
    live = decided(None, done("v1.5.0", 10), "GitHub is down")
    assert live.version == "v1.5.0"
    assert "GitHub is down" in live.doubt


def test_what_was_never_deployed_is_nothing_to_go_back_to() -> None:
    past = past_deployments([done("v3", 50), done("v2", 40, jobs=SKIPPED), done("v1", 30)], "v3")
    assert [(each.version, each.lived) for each in past] == [("v1", timedelta(minutes=20))]


def test_the_past_has_each_version_once_with_its_last_stay() -> None:
    succeeded = [done("v3", 50), done("v2", 40), done("v1", 30), done("v2", 20), done("v1", 10, live_before="v0")]
    past = past_deployments(succeeded, "v3")
    assert [(each.version, each.lived) for each in past] == [
        ("v2", timedelta(minutes=10)),
        ("v1", timedelta(minutes=10)),
        ("v0", None),
    ]
    assert past_deployments([], "") == []


def test_what_was_deployed_by_hand_over_the_last_success_leaves_that_one_to_go_back_to() -> None:
    assert [each.version for each in past_deployments([done("v2", 20), done("v1", 10)], "v9")] == ["v2", "v1"]
