"""Follows the runs of all operations to their end, and looks for those whose dispatch got no answer."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.blocks import Message, preformatted, section
from bot.core.markup import code, link, md
from bot.core.operations import JobProgress, Operation, OperationKind, OperationState, StepState
from bot.core.pace import poll_interval_s
from bot.core.privacy import mask_secrets
from bot.engine.stories import Stories
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, NotFound, Unavailable
from bot.ports.github import GitHub, Run
from bot.ports.journal import Journal

log = logging.getLogger(__name__)

POLL_S = 2.0
IDLE_S = 30.0
# GitHub's list of runs lags, by up to minutes: absence is no proof before that.
SEARCH_FOR = timedelta(minutes=5)
# Our clock and GitHub's never quite agree.
SKEW = timedelta(minutes=2)
# A run that turns up after all ends the doubt by itself, this long.
SEARCH_ON_FOR = timedelta(hours=1)
# Whether an ended run was run again by hand is asked for at this pace, for so long, of the newest so many.
SLOWLY = timedelta(seconds=30)
RERUN_WITHIN = timedelta(hours=6)
RERUN_LAST = 20
LOG_LINES = 20

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


class Follower:
    """One thread that asks GitHub how the open runs stand: one list a repository, whatever their number."""

    def __init__(
        self, journal: Journal, github: GitHub, stories: Stories, clock: Clock, in_flight: Callable[[str], bool], launched: threading.Event
    ) -> None:
        self._journal = journal
        self._github = github
        self._stories = stories
        self._clock = clock
        self._in_flight = in_flight
        self._looked = threading.Condition()
        self._looks = 0
        self._repos = 0
        self._slow_at: datetime | None = None
        self._seen: dict[str, tuple[str, datetime]] = {}  # operation → the run's status and time of change, at the last look
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)
        self._launched = launched

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
            wanted = self._looks + 2  # the look under way may have begun before
            self._launched.set()
            return self._looked.wait_for(lambda: self._looks >= wanted or stopping.is_set(), timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self.look()
                wait_s = self._pace()
            except Unavailable as error:
                busy, wait_s = True, error.retry_after_s or 4 * POLL_S
                log.warning("follower.waits", extra={"fields": {"seconds": wait_s, "why": str(error)}})
            except ChatopsError as error:
                busy, wait_s = True, 4 * POLL_S
                log.warning("follower.failed", extra={"fields": {"error": str(error)}})
            except Exception:
                busy, wait_s = True, 4 * POLL_S
                log.exception("follower.crashed")
            if busy:
                self._clock.wait(self._stopping, wait_s)
            else:
                self._launched.wait(IDLE_S)
                self._launched.clear()

    def look(self) -> bool:
        """Look once at every open run. False when there is none to follow."""
        now = self._clock.now()
        with self._journal.read() as tx:
            open_ones = tx.operations.in_states(OperationState.DISPATCHING, OperationState.RUNNING)
            lost = [o for o in tx.operations.in_states(OperationState.UNKNOWN) if o.run_id is None and now - o.updated_at < SEARCH_ON_FOR]
            ended = [o for o in tx.operations.recent(RERUN_LAST) if _may_be_rerun(o, now)]
        followed = [operation for operation in open_ones if not self._in_flight(operation.id)]
        if self._slow_due(now):  # what changes rarely is not asked for at every look
            followed += [*lost, *ended]
        by_repo: dict[str, list[Operation]] = defaultdict(list)
        for operation in followed:
            by_repo[operation.repo].append(operation)
        self._repos = len(by_repo)
        self._look_at_all(by_repo)
        with self._looked:
            self._looks += 1
            self._looked.notify_all()
        return bool(open_ones)

    def _look_at_all(self, by_repo: Mapping[str, list[Operation]]) -> None:
        """Look at each repository; one that can't be read, gone or closed to our token, does not hide the others."""
        trouble: ChatopsError | None = None
        for repo, operations in by_repo.items():
            try:
                self._look_at(repo, operations)
            except ChatopsError as error:
                trouble = error
        if trouble:
            raise trouble

    def _look_at(self, repo: str, operations: list[Operation]) -> None:
        """Ask once for the runs of a repository, and see what became of each operation's."""
        since = min(operation.dispatched_at or operation.requested_at for operation in operations) - SKEW
        runs = self._github.recent_runs(repo, since)
        listed = {run.id: run for run in runs}
        for operation in operations:
            match operation.state:
                case OperationState.DISPATCHING | OperationState.UNKNOWN:
                    self._search(operation, runs)
                case OperationState.RUNNING:
                    self._follow(operation, listed)
                case _:
                    self._notice_rerun(operation, listed)

    def _pace(self) -> float:
        quota = self._github.quota()
        if quota is None:
            return POLL_S
        return poll_interval_s(POLL_S, max(1, 2 * self._repos), quota.limit, quota.remaining, quota.resets_at, self._clock.now())

    def _slow_due(self, now: datetime) -> bool:
        if self._slow_at is not None and now - self._slow_at < SLOWLY:
            return False
        self._slow_at = now
        return True

    def _notice_rerun(self, operation: Operation, listed: dict[int, Run]) -> None:
        """Follow a run again that somebody ran again on GitHub: its new attempt decides how the operation ends."""
        run = listed.get(operation.run_id or 0)
        if run is None or run.attempt <= operation.attempt:
            return
        text = md("🔁 Somebody ran it again on GitHub: attempt {}. {}", run.attempt, link(run.url, "open the run"))
        note = Message.of(text, section(text))
        self._stories.move(
            operation,
            OperationState.RUNNING,
            by="github",
            note=note,
            detail={"attempt": run.attempt},
            attempt=run.attempt,
            reason="",
            log_tail="",
        )

    def _search(self, operation: Operation, runs: list[Run]) -> None:
        """Find the run of a dispatch that got no answer, or no run id."""
        found = [run for run in runs if operation.dispatch_id in run.title or operation.dispatch_id in run.name]
        if found:
            run = min(found, key=lambda run: run.created_at)
            detail = {"found_by": operation.dispatch_id, "runs": [run.id for run in found]}
            self._stories.move(
                operation,
                OperationState.RUNNING,
                detail=detail,
                run_id=run.id,
                run_url=run.url,
                run_number=run.number,
                started_at=run.started_at,
            )
            return
        tried_at = operation.dispatched_at or operation.requested_at
        if operation.state is OperationState.UNKNOWN:
            return
        if self._github.server_time() - tried_at > SEARCH_FOR:  # both by GitHub's clock: ours may be wrong
            minutes = int(SEARCH_FOR.total_seconds() // 60)
            why = (
                f"GitHub did not say whether it took the dispatch at {tried_at:%H:%M:%S} UTC, and no run with {operation.dispatch_id} in its name"
                f" appeared within {minutes} minutes. It was not sent again. Look at the repository's Actions page before anybody does."
            )
            self._stories.move(operation, OperationState.UNKNOWN, reason=why)

    def _follow(self, operation: Operation, listed: dict[int, Run]) -> None:
        run_id = operation.run_id or 0
        try:
            run = listed.get(run_id) or self._github.run(operation.repo, run_id)
        except NotFound:
            self._stories.move(
                operation, OperationState.UNKNOWN, reason="The run is gone from GitHub, or my token may not see it any more."
            )
            return
        seen = (run.status, run.updated_at)
        if self._seen.get(operation.id) == seen and run.status != "in_progress":
            return
        jobs = tuple(self._github.jobs(operation.repo, run_id))
        progress = replace(
            operation,
            jobs=jobs,
            attempt=run.attempt,
            run_number=run.number,
            run_url=run.url,
            started_at=run.started_at or operation.started_at,
        )
        if run.status == "completed":
            self._end(progress, run)
            self._seen.pop(operation.id, None)
            return
        if shown(progress) != shown(operation):
            self._stories.redraw(progress)
        self._seen[operation.id] = seen

    def _end(self, progress: Operation, run: Run) -> None:
        state = ENDS.get(run.conclusion, OperationState.FAILED)
        if state is OperationState.SUCCEEDED and did_nothing(progress.jobs):
            # The claim was another run's: this one ended green as a duplicate.
            why = (
                "The run ended green, and did nothing: all jobs behind its first one were skipped, since another run had claimed it before."
            )
            self._stories.move(progress, OperationState.FAILED, by="github", reason=why)
            return
        if state is OperationState.FAILED:
            tail, why = self._failed_log(progress), REASONS.get(run.conclusion, "")
            reason = " ".join(filter(None, (why, self._tag_left(progress))))
            self._stories.move(progress, state, by="github", note=failure_note(progress.jobs, tail, why), reason=reason, log_tail=tail)
        elif state is OperationState.SUCCEEDED and progress.kind in (OperationKind.RELEASE, OperationKind.TAG):
            self._stories.move(progress, state, by="github", reason=self._doubt(progress), release_url=self._release_url(progress))
        else:
            self._stories.move(progress, state, by="github", reason=self._tag_left(progress))

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
        return f"The tag {operation.version} was cut before: re-run the failed jobs on GitHub, or release the next version."

    def _failed_log(self, operation: Operation) -> str:
        try:
            return mask_secrets(self._github.failed_log(operation.repo, operation.run_id or 0, LOG_LINES))
        except ChatopsError as error:
            return f"(the log could not be read: {error})"

    def _release_url(self, operation: Operation) -> str:
        try:
            return self._github.release_url(operation.repo, operation.version)
        except ChatopsError:
            return ""


def did_nothing(jobs: tuple[JobProgress, ...]) -> bool:
    """Say whether a run ended as a duplicate: its first job found the work claimed, and everything behind it was skipped."""
    return len(jobs) > 1 and all(job.state is StepState.SKIPPED for job in jobs[1:])


def _may_be_rerun(operation: Operation, now: datetime) -> bool:
    ended = operation.state in (OperationState.FAILED, OperationState.CANCELLED)
    return ended and operation.run_id is not None and now - operation.updated_at < RERUN_WITHIN


def shown(operation: Operation) -> object:
    """Return what people see of an operation's progress: seconds that merely pass are no news."""
    jobs = [(job.name, job.state, job.step) for job in operation.jobs]
    return (operation.run_url, operation.run_number, jobs)


def failure_note(jobs: tuple[JobProgress, ...], log_tail: str, why: str) -> Message:
    """Say in the thread which step failed, with the end of its log."""
    failed = next((job for job in jobs if job.state is StepState.FAILED), None)
    if failed:
        place = code(f"{failed.name} › {failed.step}" if failed.step else failed.name)
        headline = md("❌ {} failed · {}", place, link(failed.url, "open the job") if failed.url else "")
    else:
        headline = md("❌ {}", why or "The run failed before any job did.")
    blocks = [section(headline)]
    if log_tail:
        blocks.append(preformatted(log_tail))
    return Message.of(headline, *blocks)
