"""The daemon: starts and stops all that runs, in order and in bounded time."""

import gc
import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue

from bot.adapters.clock import SystemClock
from bot.adapters.journal.lease import open_lease
from bot.adapters.systemd import Systemd
from bot.assembly import Parts, World, assemble
from bot.engine.standby import Standby
from bot.ports.clock import Clock
from bot.ports.errors import JournalError
from bot.ports.lease import Fence
from bot.ports.manager import ServiceManager
from bot.settings import Settings

log = logging.getLogger(__name__)

STOP, RELOAD = "stop", "reload"
STANDBY_SAYS_MORE_S = 30.0  # while it stands by, the start takes as long as it takes
# Together they stay under the 10 s in which a stop must be done.
SOCKETS_STOP_S = 3.0
WORK_STOP_S = 4.0
REST_STOP_S = 1.0


class Daemon:
    """The daemon, made, started and stopped apart.

    Args:
        reread: reads the settings anew for `reload`; None when they can't change.
        manager: who is told how the daemon is; None when nobody asks.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        reread: Callable[[], Settings] | None = None,
        manager: ServiceManager | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._reread = reread or (lambda: settings)
        self._manager = manager or Systemd({})
        # Its `put` may be called in a signal handler, whatever the thread was doing; the lock of an Event can't.
        self._asked: SimpleQueue[str] = SimpleQueue()
        self._fatal = ""
        self._lost = ""
        self._parts: Parts | None = None

    def run(self) -> str:
        """Start, serve until `stop` is called or Slack shuts us out for good, and stop. Return why it ended, "" when it was asked to.

        Raises:
            ConfigError: a setting is wrong: a restart would not help.
            JournalError: the journal can't be opened.
            Unavailable: Slack can't be reached.
        """
        lease = open_lease(self._settings.database_url)
        standby = Standby(lease, self._on_lost)
        try:
            if not standby.wait(self._stopped_within, lambda why: self._manager.starting(why, STANDBY_SAYS_MORE_S)):
                return ""
            standby.start()
            fence = None if lease.token is None else Fence(lease.token, standby.look_soon)
            return self._serve(World(self._settings, self._clock, self._manager, self._reread, self._on_fatal, fence, standby.took_over))
        finally:
            standby.stop(REST_STOP_S)

    def _serve(self, world: World) -> str:
        parts = self._parts = assemble(world)
        try:
            self._manager.status("Connecting to Slack.")
            self._start(parts)
            # What the start made is there to stay: without this each collection of garbage looks through all of it, a third of the work under load.
            gc.collect()
            gc.freeze()
            log.info("daemon.ready", extra={"fields": {"connections": parts.sockets.connected}})
            self._manager.ready(parts.standing())
            while self._asked.get() != STOP:
                self._manager.reloading()
                self._manager.ready(parts.reloader.reload())
        finally:
            self._manager.stopping()
            self._shut_down(parts)
        if self._lost:
            raise JournalError(self._lost)
        return self._fatal

    def stop(self) -> None:
        """Ask `run` to end. Safe in a signal handler."""
        self._asked.put(STOP)

    def tick(self, job: str, watch: str = "") -> None:
        """Let a scheduled job be due now, of a daemon that runs."""
        if self._parts:
            self._parts.schedule.tick(job, watch)

    def chore(self, name: str) -> None:
        """Do a chore of the schedule now, of a daemon that runs, in the caller's thread."""
        if self._parts:
            {"audit head": self._parts.witness.look}[name]()

    def reload(self) -> None:
        """Ask `run` to read the settings again. Safe in a signal handler."""
        self._asked.put(RELOAD)

    def _stopped_within(self, seconds: float) -> bool:
        """Wait so long for the word to stop; True when it came. A reload has nothing to do yet."""
        try:
            return self._asked.get(timeout=seconds) == STOP
        except Empty:
            return False

    def _on_lost(self, why: str) -> None:
        self._lost = why
        self._asked.put(STOP)

    def _on_fatal(self, why: str) -> None:
        self._fatal = why
        self._asked.put(STOP)

    def _start(self, parts: Parts) -> None:
        parts.figures.start()
        parts.chronicle.started()
        parts.overseer.start()
        parts.lanes.start()
        parts.recovery.run()
        parts.sockets.start()
        # From here on there are effects. Before it, an upgrade that does not come up can go back to the journal as it was: nothing was done since.
        parts.dispatchers.start()
        parts.outbox.start()
        parts.follower.start()
        parts.presence.start()
        parts.schedule.start()
        parts.lanes.submit("chore:audit head", parts.witness.look)  # a daemon that is started anew each morning must tell it, too
        parts.supervisor.start()
        parts.gauges.refresh()

    def _shut_down(self, parts: Parts) -> None:
        """Stop taking work in, let what runs come to its end, then close. What has no time left is in the journal."""
        log.info("daemon.stopping")
        steps: list[tuple[str, Callable[[], object]]] = [
            ("supervisor", lambda: parts.supervisor.stop(REST_STOP_S)),
            ("presence", lambda: parts.presence.stop(REST_STOP_S)),
            ("schedule", lambda: parts.schedule.stop(REST_STOP_S)),
            ("sockets", lambda: parts.sockets.stop(SOCKETS_STOP_S)),
            ("launcher", parts.launcher.stop),
            ("lanes", lambda: parts.lanes.stop(WORK_STOP_S)),
            ("dispatchers", lambda: parts.dispatchers.stop(REST_STOP_S)),
            ("overseer", lambda: parts.overseer.stop(REST_STOP_S)),
            ("follower", lambda: parts.follower.stop(REST_STOP_S)),
            ("outbox", lambda: parts.outbox.stop(REST_STOP_S)),
            ("figures", lambda: parts.figures.stop(REST_STOP_S)),
            ("chronicle", lambda: parts.chronicle.stopped(self._fatal)),
            ("github", parts.github.close),
            ("journal", parts.journal.close),
        ]
        for name, step in steps:
            try:
                step()
            except Exception:
                log.exception("stop.failed", extra={"fields": {"part": name}})
        log.info("daemon.stopped")
