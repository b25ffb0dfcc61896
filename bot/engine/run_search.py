"""Finds the runs of dispatches that got no answer, and notices runs that are run again."""

from datetime import datetime, timedelta

from bot.core.actors import GITHUB
from bot.core.blocks import Message, section
from bot.core.markup import link, md
from bot.core.operations import Operation, OperationState
from bot.core.pace import search_again_s
from bot.engine.stories import Stories
from bot.ports.github import GitHub, Run

# GitHub's list of runs lags, by up to minutes: absence is no proof before that.
SEARCH_FOR = timedelta(minutes=5)


class RunSearch:
    """Looks through a repository's runs for what an operation lacks."""

    def __init__(self, github: GitHub, stories: Stories) -> None:
        self._github = github
        self._stories = stories
        self._now: datetime | None = None  # of the look under way
        self._looked_at: dict[str, datetime] = {}  # when a run was looked for last, by operation

    def begin(self, open_ones: list[Operation], now: datetime) -> None:
        """Take down when this look begins, and forget the searches that are over."""
        searched = {operation.id for operation in open_ones if operation.state is OperationState.DISPATCHING}
        self._looked_at = {name: at for name, at in self._looked_at.items() if name in searched}
        self._now = now

    def is_due(self, operation: Operation) -> bool:
        """Say whether an operation needs its repository's runs in this look. A search backs off: a list that lags is no quicker for being asked."""
        looked_at = self._looked_at.get(operation.id)
        if operation.state is not OperationState.DISPATCHING or looked_at is None or self._now is None:
            return True
        searching = self._searching(operation)
        wait = timedelta(seconds=search_again_s(searching.total_seconds()))
        return searching > SEARCH_FOR or not timedelta(0) <= self._now - looked_at < wait

    def _searching(self, operation: Operation) -> timedelta:
        tried_at = operation.dispatched_at or operation.requested_at
        return self._github.server_time() - tried_at  # both by GitHub's clock: ours may be wrong

    def search(self, operation: Operation, runs: list[Run]) -> None:
        """Find the run of a dispatch that got no answer, or no run id."""
        if self._now is not None:
            self._looked_at[operation.id] = self._now
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
        if self._searching(operation) > SEARCH_FOR:
            tried_at = operation.dispatched_at or operation.requested_at
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
            by=GITHUB,
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
    return run.id == operation.run_id or (bool(operation.dispatch_id) and operation.dispatch_id in f"{run.title} {run.name}")
