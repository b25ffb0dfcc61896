from bot.core.operations import JobProgress, StepState
from bot.engine.run_endings import did_nothing

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
