"""Of several daemons over one journal one works; the others stand by, and the first to see it gone takes over."""

import logging
import threading
from collections.abc import Callable

from bot.ports.errors import ConfigError, JournalError
from bot.ports.lease import Lease

log = logging.getLogger(__name__)

TRY_EVERY_S = 1.0
LOOK_EVERY_S = 2.0
# Until it is renewed nothing can be written. And who has worked so far goes on sooner than one that stands by takes over.
RENEW_EVERY_S = 0.25

LOST = "The journal is not ours any more: another daemon has taken it over, or its file was moved. Ending: a restart begins with what is there."

Pause = Callable[[float], bool]


class Standby:
    """Takes the lease before anything is done, and sees that it stays ours.

    Args:
        on_lost: called once, with a sentence, when the lease is not ours any more: another daemon may work by now, so this one must end.
    """

    def __init__(self, lease: Lease, on_lost: Callable[[str], None]) -> None:
        self._lease = lease
        self._on_lost = on_lost
        self._stopping = threading.Event()
        self._look = threading.Event()
        self.took_over = False
        """Whether another daemon worked until the moment when the lease became ours."""
        self._thread = threading.Thread(target=self._keep, name="standby", daemon=True)

    def wait(self, pause: Pause, on_waiting: Callable[[str], None]) -> bool:
        """Wait until the lease is ours; False when `pause` said to stop waiting.

        Args:
            pause: waits so many seconds, and returns True when the wait shall end for good.
            on_waiting: told before each pause, in a sentence, what is waited for.

        Raises:
            JournalError, ConfigError: at the first try, that the lease can't be asked for. Later tries wait for it to be possible again.
        """
        told = False
        while True:
            try:
                if self._lease.take():
                    if told:
                        log.info("standby.takes_over")
                    return True
                self.took_over = True
                why = "Another daemon works on this journal; standing by to take over."
            except (JournalError, ConfigError) as error:  # such as a disk that is full, or a server that is away
                if not told:
                    raise
                self.took_over = False  # who knows for how long nobody has worked
                why = f"Standing by. {error}"
            if not told:
                log.info("standby.waits")
            told = True
            on_waiting(why)
            if pause(TRY_EVERY_S):
                return False

    def start(self) -> None:
        """Look after the lease from now on."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Give the lease back. Nothing may be done any more."""
        self._stopping.set()
        self._look.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        self._lease.release()

    def look_soon(self) -> None:
        """See at once whether the lease is still ours: somebody has found that it is not."""
        self._look.set()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._look.wait(LOOK_EVERY_S)
            self._look.clear()
            if self._stopping.is_set():
                return
            if not self._lease.is_held() and not self._renew():
                log.error("standby.lost")
                self._on_lost(LOST)
                return

    def _renew(self) -> bool:
        """Take the lease anew; False when another daemon has it, or there is another journal.

        While a server is away nobody can write, so that it can be waited for.
        """
        log.warning("standby.renews")
        self._lease.release()
        while not self._stopping.is_set():
            try:
                return self._lease.take()
            except (JournalError, ConfigError) as error:  # the latter: its file can't be made, on a disk that is full
                log.warning("standby.unreachable", extra={"fields": {"error": str(error)}})
                self._stopping.wait(RENEW_EVERY_S)
        return True
