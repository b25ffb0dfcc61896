"""The schedule loop thread: it only writes down that a job is due; a worker runs it."""

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta

import schedule

from bot.api import Registered
from bot.core.configuration import Watch
from bot.engine.inbox import Inbox, tick_lane
from bot.engine.lanes import Job, Lanes
from bot.ports.clock import Clock
from bot.ports.events import Envelope, EnvelopeKind

log = logging.getLogger(__name__)

LONGEST_SLEEP_S = 1.0
CHORES_EVERY_S = 6 * 3600


class ScheduleLoop:
    """Ticks for every scheduled job of every plugin; hands the engine's own chores to a worker."""

    def __init__(
        self, jobs: dict[str, Registered], watches: tuple[Watch, ...], inbox: Inbox, lanes: Lanes, clock: Clock, chores: Mapping[str, Job]
    ) -> None:
        self._inbox = inbox
        self._lanes = lanes
        self._clock = clock
        self._scheduler = schedule.Scheduler()
        self._longest_s = 0.0
        self._first: list[tuple[str, str]] = []
        for name, job in jobs.items():
            if job.each_watch:
                for watch in watches:
                    self._add(name, watch.name, watch.every)
            elif job.every:
                self._add(name, "", job.every)
        for name, chore in chores.items():
            self._scheduler.every(CHORES_EVERY_S).seconds.do(lanes.submit, f"chore:{name}", chore)
            self._longest_s = max(self._longest_s, CHORES_EVERY_S + LONGEST_SLEEP_S)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)

    def _add(self, job: str, watch: str, every: timedelta) -> None:
        seconds = max(1, int(every.total_seconds()))
        self._longest_s = max(self._longest_s, seconds + LONGEST_SLEEP_S)
        self._scheduler.every(seconds).seconds.do(self.tick, job, watch)
        if watch:  # a watch looks at once: what it reads from then on is new
            self._first.append((job, watch))

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        for job, watch in self._first:
            self.tick(job, watch)
        while not self._stopping.is_set():
            self._scheduler.run_pending()
            idle = self._scheduler.idle_seconds
            if idle is not None and idle > self._longest_s:
                # The wall clock was set back, or left summer time, and `schedule` goes by it: what is due is due now.
                log.warning("schedule.clock_went_back", extra={"fields": {"seconds": idle}})
                self._scheduler.run_all()
                continue
            self._stopping.wait(min(LONGEST_SLEEP_S, max(0.05, idle if idle is not None else LONGEST_SLEEP_S)))

    def tick(self, job: str, watch: str = "") -> None:
        """Write a tick into the inbox, unless the job's last one is still at work."""
        if self._lanes.is_busy(tick_lane(job, watch)):
            log.warning("job.still_running", extra={"fields": {"job": job, "watch": watch}})
            return
        now = self._clock.now()
        envelope = Envelope(EnvelopeKind.TICK, f"tick:{job}:{watch}:{now.isoformat()}", now, name=job, value=watch)
        try:
            self._inbox.receive(envelope)
        except Exception:
            # Around a scheduled job, as around a handler: one tick that is lost must not take the loop with it.
            log.exception("tick.lost", extra={"fields": {"job": job, "watch": watch}})
