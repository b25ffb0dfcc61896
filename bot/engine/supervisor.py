"""Says that the daemon lives as long as each of its parts proves it, and how things stand in words."""

import logging
import threading
from collections.abc import Callable, Mapping

from bot.ports.manager import ServiceManager

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
# A part that is slow once must not cost the daemon its life: it is asked four times before the watchdog's time is over.
LOOKS_PER_WATCHDOG = 4

Sign = Callable[[], None]
Prove = Callable[[Sign], None]


class Supervisor:
    """One thread that asks every part for a sign of life, and passes on "alive" when all of the last signs came.

    It never says so by itself: a thread that only pings outlives a loop that hangs.

    Args:
        proofs: each part's way to call a sign from where it works: the socket's loop, a worker, the schedule loop.
        say: returns how things stand, in a sentence. It must return at once.
        also: called every time all parts live; it must return at once.
    """

    def __init__(self, manager: ServiceManager, proofs: Mapping[str, Prove], say: Callable[[], str], also: Sign = lambda: None) -> None:
        self._manager = manager
        self._proofs = proofs
        self._say = say
        self._also = also
        self._every_s = min(LOOK_EVERY_S, (manager.watchdog_s or LOOK_EVERY_S * LOOKS_PER_WATCHDOG) / LOOKS_PER_WATCHDOG)
        self._waited_for: set[str] = set()
        self._missing: frozenset[str] = frozenset()
        self._said = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    @property
    def missing(self) -> frozenset[str]:
        """The parts that gave no sign when they were asked last."""
        return self._missing

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        self._ask()
        while not self._stopping.wait(self._every_s):
            try:
                self.look()
            except Exception:  # without this loop the watchdog would end a daemon that works
                log.exception("supervisor.failed")

    def look(self) -> None:
        """See which signs came since the last look, pass on what they mean, and ask for new ones."""
        missing = frozenset(self._waited_for)
        if missing != self._missing:
            log.log(
                logging.ERROR if missing else logging.INFO, "liveness", extra={"fields": {"missing": ", ".join(sorted(missing)) or "none"}}
            )
        self._missing = missing
        if not missing:
            self._manager.alive()
            self._also()
        self._ask()
        said = f"Hung: no sign of life from {' and '.join(sorted(missing))}." if missing else self._say()
        if said != self._said:
            self._said = said
            self._manager.status(said)

    def _ask(self) -> None:
        for name, prove in self._proofs.items():
            if name not in self._waited_for:
                self._waited_for.add(name)
                prove(lambda name=name: self._waited_for.discard(name))  # type: ignore[misc]  # a lambda's default has no type
