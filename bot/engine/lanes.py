"""The worker pool: jobs of one lane run one after the other, lanes side by side."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

log = logging.getLogger(__name__)

Job = Callable[[], None]


class Lanes:
    """A fixed number of worker threads over any number of ordered lanes."""

    def __init__(self, workers: int, name: str = "worker") -> None:
        self._lanes: dict[str, deque[Job]] = {}  # a lane exists while it has a job waiting or running
        self._ready: deque[str] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._threads = [threading.Thread(target=self._work, name=f"{name}-{n}", daemon=True) for n in range(1, workers + 1)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def submit(self, lane: str, job: Job) -> bool:
        """Run `job` after all that its lane holds. False when the pool is stopping: it will not run."""
        with self._changed:
            if self._stopping:
                return False
            if lane in self._lanes:
                self._lanes[lane].append(job)
            else:
                self._lanes[lane] = deque([job])
                self._ready.append(lane)
                self._changed.notify()
            return True

    def prove(self, sign: Job) -> None:
        """Have a worker call `sign` as soon as one is free."""
        self.submit(f"sign:{id(sign)}", sign)

    def is_busy(self, lane: str) -> bool:
        """Say whether a lane has a job waiting or running."""
        with self._changed:
            return lane in self._lanes

    def stop(self, timeout_s: float) -> bool:
        """Take no more jobs, drop those that wait, and give the running ones `timeout_s` seconds. True when all of them ended."""
        with self._changed:
            self._stopping = True
            self._ready.clear()
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
            while not self._ready and not self._stopping:
                self._changed.wait()
            if self._stopping:
                return None
            lane = self._ready.popleft()
            return lane, self._lanes[lane].popleft()

    def _put_back(self, lane: str) -> None:
        with self._changed:
            if self._lanes[lane]:
                self._ready.append(lane)
                self._changed.notify()
            else:
                del self._lanes[lane]
