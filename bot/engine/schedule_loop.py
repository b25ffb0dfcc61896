"""The schedule loop thread: it only writes down that a job is due; a worker runs it."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from math import ceil
from time import monotonic

import schedule

from bot.api import Registered
from bot.core.configuration import Watch
from bot.engine.inbox import Inbox, tick_lane
from bot.engine.lanes import Job, Lanes
from bot.ports.clock import Clock
from bot.ports.errors import JournalError
from bot.ports.events import Envelope, EnvelopeKind

log = logging.getLogger(__name__)

LONGEST_SLEEP_S = 1.0
CHORES_EVERY_S = 6 * 3600
OFTEN_S = 10
AGAIN_S = 10.0  # after a tick that could not be written down; with fifty watches as many waits for a journal that is locked would look as if the loop hung
SETTLES_S = 5  # what was written before a moment has been read by then, where it is written to be read at once

Due = tuple[str, str]  # a job, and the watch that it is for, or ""


class ScheduleLoop:
    """Ticks for every scheduled job of every plugin; hands the engine's own chores to a worker."""

    def __init__(
        self,
        jobs: Mapping[str, Registered],
        watches: tuple[Watch, ...],
        inbox: Inbox,
        lanes: Lanes,
        clock: Clock,
        chores: Mapping[str, Job],
        often: Mapping[str, Job],
    ) -> None:
        self._inbox = inbox
        self._lanes = lanes
        self._clock = clock
        self._scheduler = schedule.Scheduler()
        self._planned: dict[Due, tuple[int, schedule.Job]] = {}
        self._plans = deque([_plan(jobs, watches)])  # what is to be followed from the loop's next turn on
        self._signs: deque[Callable[[], None]] = deque()
        self._soon: deque[tuple[Watch, timedelta]] = deque()
        self._late: set[Due] = set()  # what was to look while it was at work, or could not be written down
        self._waits_until_s = 0.0  # nothing is written down before
        self._ticked_s: dict[Due, float] = {}  # when each ticked last
        self._overdue: set[Due] = set()  # those of which it was told that they miss ticks
        for seconds, those in ((CHORES_EVERY_S, chores), (OFTEN_S, often)):
            for name, chore in those.items():
                self._scheduler.every(seconds).seconds.do(self._chore, f"chore:{name}", chore)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def replace(self, jobs: Mapping[str, Registered], watches: tuple[Watch, ...]) -> None:
        """Tick for these from now on. What is due as often as before is due when it was."""
        self._plans.append(_plan(jobs, watches))

    def soon(self, watch: Watch, after: timedelta = timedelta()) -> None:
        """Have a watch look once as soon as all can be read that was written until now: what it reads from then on was written later.

        Args:
            after: so much later.
        """
        self._soon.append((watch, after))

    def prove(self, sign: Callable[[], None]) -> None:
        """Have the loop call `sign` at its next turn."""
        self._signs.append(sign)

    def _follow(self, wanted: Mapping[Due, int]) -> None:
        """Put in what is wanted and was not, take out what is not wanted any more."""
        for due, (seconds, job) in list(self._planned.items()):
            if wanted.get(due) != seconds:
                self._scheduler.cancel_job(job)
                del self._planned[due]
                self._overdue.discard(due)
        for due, seconds in wanted.items():
            if due not in self._planned:
                self._planned[due] = (seconds, self._scheduler.every(seconds).seconds.do(self.tick, *due))
                if due[1]:  # a watch looks at once: what it reads from then on is new
                    self.tick(*due)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            while self._signs:
                self._signs.popleft()()
            while self._plans:
                self._follow(self._plans.popleft())
            while self._soon:
                watch, after = self._soon.popleft()
                self._scheduler.every(SETTLES_S + ceil((watch.delay + after).total_seconds())).seconds.do(self._once, watch.name)
            self._scheduler.run_pending()
            self._catch_up()
            idle = self._scheduler.idle_seconds
            if idle is not None and idle > min(job.interval for job in self._scheduler.jobs) + LONGEST_SLEEP_S:
                # Even what is due most often is not due within its interval. The wall clock was set back, or left summer time, and `schedule` goes by
                # it: what is due is due now.
                log.warning("schedule.clock_went_back", extra={"fields": {"seconds": idle}})
                self._scheduler.run_all()
                continue
            self._stopping.wait(min(LONGEST_SLEEP_S, max(0.05, idle if idle is not None else LONGEST_SLEEP_S)))

    def _once(self, watch: str) -> type[schedule.CancelJob]:
        """Have a watch look, once it is not at work any more: what it reads now may end before the moment for which it is to look."""
        self._late |= {due for due in self._planned if due[1] == watch and not self._lanes.is_waiting(tick_lane(*due))}
        return schedule.CancelJob

    def _catch_up(self) -> None:
        if self._is_waiting:
            return
        for due in [due for due in list(self._late) if not self._lanes.is_busy(tick_lane(*due))]:
            self._late.discard(due)
            if due in self._planned:
                self.tick(*due)

    @property
    def _is_waiting(self) -> bool:
        return monotonic() < self._waits_until_s

    def _chore(self, lane: str, chore: Job) -> None:
        if not self._lanes.is_busy(lane):
            self._lanes.submit(lane, chore)

    def tick(self, job: str, watch: str = "") -> None:
        """Write a tick into the inbox, unless the job's last one is still at work. One that can't be written down is tried again soon."""
        due = job, watch
        if self._lanes.is_busy(tick_lane(*due)):
            self._tell_overdue(due)
            return
        if self._is_waiting:
            self._late.add(due)
            return
        self._ticked_s[due] = monotonic()
        self._late.discard(due)
        if due in self._overdue:
            self._overdue.discard(due)
            log.info("job.on_time_again", extra={"fields": {"job": job, "watch": watch}})
        now = self._clock.now()
        envelope = Envelope(EnvelopeKind.TICK, f"tick:{job}:{watch}:{now.isoformat()}", now, name=job, value=watch)
        try:
            self._inbox.receive(envelope)
        except JournalError as error:
            log.warning("tick.waits", extra={"fields": {"job": job, "watch": watch, "why": str(error)}})
            self._late.add(due)
            self._waits_until_s = monotonic() + AGAIN_S
        except Exception:
            # Around a scheduled job, as around a handler: one tick that is lost must not take the loop with it.
            log.exception("tick.lost", extra={"fields": {"job": job, "watch": watch}})

    def _tell_overdue(self, due: Due) -> None:
        """Tell once that a job takes longer than its pace: not of each tick that it misses, nor of one that comes soon after an early look."""
        now_s, (pace_s, _) = monotonic(), self._planned.get(due, (0, None))
        if due not in self._overdue and now_s - self._ticked_s.get(due, now_s) > pace_s / 2:
            self._overdue.add(due)
            log.warning("job.still_running", extra={"fields": {"job": due[0], "watch": due[1]}})


def _plan(jobs: Mapping[str, Registered], watches: tuple[Watch, ...]) -> dict[Due, int]:
    """Return what is due how often, in seconds."""
    plan: dict[Due, int] = {}
    for name, job in jobs.items():
        if job.each_watch:
            plan |= {(name, watch.name): max(1, int(watch.every.total_seconds())) for watch in watches}
        elif job.every:
            plan[name, ""] = max(1, int(job.every.total_seconds()))
    return plan
