"""Finds the runs of dispatches that got no answer, and notices runs that are run again."""

from datetime import timedelta

from bot.core.blocks import Message, section
from bot.core.markup import link, md
from bot.core.operations import Operation, OperationState
from bot.engine.stories import Stories
from bot.ports.github import GitHub, Run

# GitHub's list of runs lags, by up to minutes: absence is no proof before that.
SEARCH_FOR = timedelta(minutes=5)


class RunSearch:
    """Looks through a repository's runs for what an operation lacks."""

    def __init__(self, github: GitHub, stories: Stories) -> None:
        self._github = github
        self._stories = stories

    def search(self, operation: Operation, runs: list[Run]) -> None:
        """Find the run of a dispatch that got no answer, or no run id."""
        found = [run for run in runs if is_run_of(operation, run)]
        if found:
            run = min(found, key=lambda run: run.created_at)
            self._stories.move(
                operation,
                OperationState.RUNNING,
                detail={"found_by": operation.dispatch_id, "runs": [run.id for run in found]},
                run_id=run.id,
                run_url=run.url,
                run_number=run.number,
                started_at=run.started_at,
            )
            return
        if operation.state is OperationState.UNKNOWN:
            return
        tried_at = operation.dispatched_at or operation.requested_at
        if self._github.server_time() - tried_at > SEARCH_FOR:  # both by GitHub's clock: ours may be wrong
            minutes = int(SEARCH_FOR.total_seconds() // 60)
            why = (
                f"GitHub did not say whether it took the dispatch at {tried_at:%H:%M:%S} UTC, and no run with {operation.dispatch_id} in its name"
                f" appeared within {minutes} minutes. It was not sent again. Look at the repository's Actions page before anybody does."
            )
            self._stories.move(operation, OperationState.UNKNOWN, reason=why)

    def notice_rerun(self, operation: Operation, listed: dict[int, Run]) -> None:
        """Follow a run again that somebody ran again on GitHub: its new attempt decides how the operation ends."""
        run = listed.get(operation.run_id or 0)
        if run is None or run.attempt <= operation.attempt:
            return
        text = md("🔁 It runs again: attempt {}. {}", run.attempt, link(run.url, "open the run"))
        self._stories.move(
            operation,
            OperationState.RUNNING,
            by="github",
            note=Message.of(text, section(text)),
            detail={"attempt": run.attempt},
            attempt=run.attempt,
            started_at=run.started_at or operation.started_at,
            reason="",
            log_tail="",
            log_url="",
            asked=None,
        )


def is_run_of(operation: Operation, run: Run) -> bool:
    """Say whether a run is an operation's: the one that GitHub named when it took the dispatch, or one that carries the dispatch id."""
    return run.id == operation.run_id or operation.dispatch_id in f"{run.title} {run.name}"
