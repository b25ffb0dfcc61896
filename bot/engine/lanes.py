"""The worker pool: jobs of one lane run one after the other, lanes side by side."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

Job = Callable[[], None]


@dataclass(slots=True)
class _Lane:
    """What waits in a lane: the job that runs is not in it."""

    is_patient: bool
    jobs: deque[Job] = field(default_factory=deque)


class Lanes:
    """A fixed number of worker threads over any number of ordered lanes.

    Args:
        patient: so many of them at most run lanes that can wait; None for all. What these do, such as to ask a log server that hangs, may take minutes.
    """

    def __init__(self, workers: int, name: str = "worker", patient: int | None = None) -> None:
        self._lanes: dict[str, _Lane] = {}  # a lane exists while it has a job waiting or running
        self._ready: deque[str] = deque()
        self._patient: deque[str] = deque()  # ready, too, but can wait
        self._free = workers if patient is None else patient  # for those
        self._changed = threading.Condition()
        self._stopping = False
        self._threads = [threading.Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(1, workers + 1)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def submit(self, lane: str, job: Job, *, patient: bool = False) -> bool:
        """Run `job` after all that its lane holds. False when the pool is stopping: it will not run.

        Args:
            patient: this lane can wait; the same for all of its jobs.
        """
        with self._changed:
            if self._stopping:
                return False
            found = self._lanes.get(lane)
            if found is None:
                found = self._lanes[lane] = _Lane(patient)
                self._make_ready(lane, found)
            found.jobs.append(job)
            return True

    def prove(self, sign: Job) -> None:
        """Have a worker call `sign` as soon as one is free."""
        self.submit(f"sign:{id(sign)}", sign)

    def is_busy(self, lane: str) -> bool:
        """Say whether a lane has a job waiting or running."""
        with self._changed:
            return lane in self._lanes

    def is_waiting(self, lane: str) -> bool:
        """Say whether a lane has a job that has not begun."""
        with self._changed:
            found = self._lanes.get(lane)
            return found is not None and bool(found.jobs)

    def stop(self, timeout_s: float) -> bool:
        """Take no more jobs, drop those that wait, and give the running ones `timeout_s` seconds. True when all of them ended."""
        with self._changed:
            self._stopping = True
            self._ready.clear()
            self._patient.clear()
            self._changed.notify_all()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            lane, job = taken
            try:
                job()
            except BaseException:  # one broken job, or one that calls sys.exit, must not take its worker, and with it its lane, down
                log.exception("job.crashed", extra={"fields": {"lane": lane}})
            self._put_back(lane)

    def _take(self) -> tuple[str, Job] | None:
        with self._changed:
            while not self._stopping:
                if self._ready:
                    lane = self._ready.popleft()
                elif self._patient and self._free:
                    lane = self._patient.popleft()
                    self._free -= 1
                else:
                    self._changed.wait()
                    continue
                return lane, self._lanes[lane].jobs.popleft()
            return None

    def _put_back(self, lane: str) -> None:
        with self._changed:
            found = self._lanes[lane]
            if found.is_patient:
                self._free += 1
                self._changed.notify()  # this worker may be taken by what can not wait
            if found.jobs:
                self._make_ready(lane, found)
            else:
                del self._lanes[lane]

    def _make_ready(self, lane: str, found: _Lane) -> None:
        (self._patient if found.is_patient else self._ready).append(lane)
        self._changed.notify()
