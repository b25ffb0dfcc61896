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
    assert not did_nothing(())
