"""Follows the runs of all operations to their end, and looks for those whose dispatch got no answer."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.core.operations import Operation, OperationState
from bot.core.pace import look_every_s, poll_interval_s
from bot.engine.apart import Apart
from bot.engine.reviews import RunReviews
from bot.engine.run_endings import RunEndings
from bot.engine.run_progress import RunProgress
from bot.engine.run_search import RunSearch
from bot.engine.stories import Stories
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, Unavailable
from bot.ports.github import GitHub
from bot.ports.journal import Journal

log = logging.getLogger(__name__)

IDLE_S = 30.0
AFTER_TROUBLE_S = 8.0
# Our clock and GitHub's never quite agree.
SKEW = timedelta(minutes=2)
# A run that turns up after all ends the doubt by itself, this long.
SEARCH_ON_FOR = timedelta(hours=1)
# Whether an ended run was run again by hand is asked for at this pace, for so long, of the newest so many.
SLOWLY = timedelta(seconds=30)
RERUN_WITHIN = timedelta(hours=6)
RERUN_LAST = 20


class Follower:
    """One thread that asks GitHub how the open runs stand: one list a repository, whatever their number."""

    def __init__(
        self,
        journal: Journal,
        github: GitHub,
        stories: Stories,
        clock: Clock,
        in_flight: Callable[[str], bool],
        launched: threading.Event,
        settle: Callable[[Operation], None],
        reviews: RunReviews,
    ) -> None:
        self._journal = journal
        self._github = github
        self._stories = stories
        self._clock = clock
        self._in_flight = in_flight
        self._looked = threading.Condition()
        self._looks = 0
        self._looking = False
        self._open = 0
        self._slow_at: datetime | None = None
        self._search = RunSearch(github, stories)
        self._progress = RunProgress(github, stories, RunEndings(github, stories), clock, reviews)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._launched = launched
        self._settle = settle

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        self._launched.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def looked_again(self, stopping: threading.Event, timeout_s: float) -> bool:
        """Wait until a whole look was taken that began after this call. False when it took longer than `timeout_s`."""
        with self._looked:
            wanted = self._looks + (2 if self._looking else 1)  # the look under way began before
            self._launched.set()
            return self._looked.wait_for(lambda: self._looks >= wanted or stopping.is_set(), timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self._look()
                wait_s = self._pace()
            except Unavailable as error:
                busy, wait_s = True, error.retry_after_s or AFTER_TROUBLE_S
                log.warning("follower.waits", extra={"fields": {"seconds": wait_s, "why": str(error)}})
            except ChatopsError as error:
                busy, wait_s = True, AFTER_TROUBLE_S
                log.warning("follower.failed", extra={"fields": {"error": str(error)}})
            except Exception:
                busy, wait_s = True, AFTER_TROUBLE_S
                log.exception("follower.crashed")
            if busy:
                self._clock.wait(self._stopping, wait_s)
            else:
                self._launched.wait(IDLE_S)
                self._launched.clear()

    def _look(self) -> bool:
        """Look, and let those know who wait for a whole look."""
        with self._looked:
            self._looking = True
        whole = 0
        try:
            busy = self.look()
            whole = 1
        finally:
            with self._looked:
                self._looking = False
                self._looks += whole
                self._looked.notify_all()
        return busy

    def look(self) -> bool:
        """Look once at every open run. False when there is none to follow."""
        now = self._clock.now()
        with self._journal.read() as tx:
            open_ones = tx.operations.in_states(OperationState.DISPATCHING, OperationState.RUNNING)
            lost = [o for o in tx.operations.in_states(OperationState.UNKNOWN) if now - o.updated_at < SEARCH_ON_FOR]
            newest = tx.operations.recent(RERUN_LAST)
        ended = [operation for operation in newest if _may_be_rerun(operation, now)]
        asked = [operation for operation in (*open_ones, *newest) if operation.asked]
        followed = [operation for operation in open_ones if not self._in_flight(operation.id)]
        if self._slow_due(now):  # what changes rarely is not asked for at every look
            followed += [*lost, *ended]
        followed += [operation for operation in asked if operation.state.is_final and operation not in followed]
        by_repo: dict[str, list[Operation]] = defaultdict(list)
        for operation in followed:
            by_repo[operation.repo].append(operation)
        self._open = len(open_ones)
        self._progress.begin(open_ones)
        self._search.begin(open_ones, now)
        apart = Apart()
        unseen = self._look_at_all(by_repo, apart)
        for operation in {operation.id: operation for operation in asked}.values():
            if operation.repo not in unseen or operation.state.is_final:  # of a run that can't be seen nothing is said
                self._settle(operation)
        apart.done()
        return bool(open_ones or asked)

    def _look_at_all(self, by_repo: Mapping[str, list[Operation]], apart: Apart) -> frozenset[str]:
        """Look at each repository; return those that can't be read: gone, or closed to our token, they do not hide the others."""
        seen: set[str] = set()
        for repo, operations in by_repo.items():
            with apart:
                if any(self._search.is_due(operation) for operation in operations):
                    self._look_at(repo, operations)
                seen.add(repo)
        return frozenset(by_repo.keys() - seen)

    def _look_at(self, repo: str, operations: list[Operation]) -> None:
        """Ask once for the runs of a repository, and see what became of each operation's."""
        since = min(operation.dispatched_at or operation.requested_at for operation in operations) - SKEW
        runs = self._github.recent_runs(repo, since)
        self._progress.listed(repo, runs)
        listed = {run.id: run for run in runs}
        for operation in operations:
            match operation.state:
                case OperationState.DISPATCHING | OperationState.UNKNOWN:
                    self._search.search(operation, runs)
                case OperationState.RUNNING:
                    pass  # together, below: what has ended comes first
                case _:
                    self._search.notice_rerun(operation, listed)
        self._progress.follow([operation for operation in operations if operation.state is OperationState.RUNNING], listed)

    def _pace(self) -> float:
        base_s, quota = look_every_s(self._open), self._github.quota()
        if quota is None:
            return base_s
        return poll_interval_s(base_s, max(1, self._progress.asked), quota.limit, quota.remaining, quota.resets_at, self._clock.now())

    def _slow_due(self, now: datetime) -> bool:
        if self._slow_at is not None and now - self._slow_at < SLOWLY:
            return False
        self._slow_at = now
        return True


def _may_be_rerun(operation: Operation, now: datetime) -> bool:
    ended = operation.state in (OperationState.FAILED, OperationState.CANCELLED)
    return ended and operation.run_id is not None and now - operation.updated_at < RERUN_WITHIN
