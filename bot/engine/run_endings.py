"""Says how a run that has completed ended, with what people need next: the failing step, the end of its log, the tag."""

from dataclasses import replace
from typing import Any

from bot.core.actors import GITHUB
from bot.core.operation_notes import failure_note
from bot.core.operations import JobProgress, Operation, OperationKind, OperationState, StepState
from bot.core.privacy import mask_secrets
from bot.core.reached import reached_at_last, skipped_deployment
from bot.engine.stories import Stories
from bot.ports.errors import ChatopsError
from bot.ports.github import FailedLog, GitHub, Run

LOG_LINES = 20
CLAIMS = "claim"  # stands in the name of the job that claims, as in the workflows that we ship

ENDS = {
    "success": OperationState.SUCCEEDED,
    "neutral": OperationState.SUCCEEDED,
    "cancelled": OperationState.CANCELLED,
}
REASONS = {
    "timed_out": "The run took longer than GitHub lets it.",
    "startup_failure": "GitHub could not start the run: the workflow file is wrong at this commit.",
    "action_required": "The run waits for somebody to approve it on GitHub, and has ended for now.",
    "skipped": "GitHub skipped the run: nothing was done.",
    "stale": "GitHub gave the run up after it had waited too long.",
}


class RunEndings:
    """Moves an operation to the end that its run came to."""

    def __init__(self, github: GitHub, stories: Stories) -> None:
        self._github = github
        self._stories = stories

    def end(self, progress: Operation, run: Run) -> Operation | None:
        """Move an operation whose run has completed; None when somebody else moved it meanwhile."""
        progress = replace(progress, reached=reached_at_last(progress))
        state = ENDS.get(run.conclusion, OperationState.FAILED)
        if state is OperationState.SUCCEEDED and did_nothing(progress.jobs):
            # The claim was another run's: this one ended green as a duplicate.
            why = (
                "The run ended green, and did nothing: all jobs behind its first one were skipped, since another run had claimed it before."
            )
            return self._move(progress, OperationState.FAILED, reason=why)
        if state is OperationState.FAILED:
            log, why = self._failed_log(progress), REASONS.get(run.conclusion, "")
            reason = " ".join(filter(None, (why, self._tag_left(progress))))
            note = failure_note(progress.jobs, log.tail, why, log.url)
            return self._move(progress, state, note=note, reason=reason, log_tail=log.tail, log_url=log.url)
        if state is OperationState.SUCCEEDED and progress.kind in (OperationKind.RELEASE, OperationKind.TAG):
            reason = " ".join(filter(None, (_undeployed(progress), self._doubt(progress))))
            return self._move(progress, state, reason=reason, release_url=self._release_url(progress))
        if state is OperationState.SUCCEEDED:
            return self._move(progress, state, reason=_undeployed(progress))
        by = (self._stories.cancelled_by(progress) or "Cancelled on GitHub.") if state is OperationState.CANCELLED else ""
        return self._move(progress, state, reason=" ".join(filter(None, (by, self._tag_left(progress)))))

    def _move(self, progress: Operation, state: OperationState, **changes: Any) -> Operation | None:
        return self._stories.move(progress, state, by=GITHUB, **changes)

    def _doubt(self, operation: Operation) -> str:
        """Compare the tag that is there with the commit that was asked for: a green run is not proof."""
        try:
            sha = self._github.tag_sha(operation.repo, operation.version)
        except ChatopsError as error:
            return f"I could not check the tag: {error}"
        if sha is None:
            return f"The run succeeded, but there is no tag {operation.version}."
        if operation.sha and sha != operation.sha:
            return f"The tag {operation.version} is at {sha[:7]}, not at {operation.sha[:7]}, which was asked for."
        return ""

    def _tag_left(self, operation: Operation) -> str:
        """Say what a run that did not succeed left behind: with the tag cut, the same version can't be asked for again."""
        if operation.kind is not OperationKind.RELEASE:
            return ""
        try:
            left = self._github.tag_sha(operation.repo, operation.version)
        except ChatopsError:
            return ""
        if left is None:
            return "No tag was cut: the same version can be released again."
        return f"The tag {operation.version} was cut before: re-run the failed jobs, or release the next version."

    def _failed_log(self, operation: Operation) -> FailedLog:
        try:
            log = self._github.failed_log(operation.repo, operation.run_id or 0, LOG_LINES)
        except ChatopsError as error:
            return FailedLog(f"(the log could not be read: {error})", "")
        return FailedLog(mask_secrets(log.tail), log.url)

    def _release_url(self, operation: Operation) -> str:
        try:
            return self._github.release_url(operation.repo, operation.version)
        except ChatopsError:
            return ""


def _undeployed(operation: Operation) -> str:
    """Say that a green run left its deployment out, if it did."""
    skipped = skipped_deployment(operation)
    return f"The run ended green, but GitHub skipped its job {skipped}: look whether {operation.version} is live." if skipped else ""


def did_nothing(jobs: tuple[JobProgress, ...]) -> bool:
    """Say whether a run ended as a duplicate: the job that claims found the work claimed, and everything behind it was skipped.

    A first job of another name may be the work itself, in front of one that only runs when it has failed.
    """
    return len(jobs) > 1 and CLAIMS in jobs[0].name.lower() and all(job.state is StepState.SKIPPED for job in jobs[1:])
