"""Looks after the handlers that run: counts their crashes, and reports who runs too long."""

import itertools
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.api import Registered
from bot.core.actors import DAEMON
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.durations import say_duration
from bot.core.markup import code, md
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, JournalError
from bot.ports.journal import AuditEvent, Journal, OutboxRow

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0

Ran = Callable[[Registered, str, float], None]  # a handler, how it ended (ok, refused, crashed), and after how many seconds


@dataclass(slots=True)
class _Run:
    """One run of a handler."""

    handler: Registered
    began_at: datetime
    thread: int = field(default_factory=threading.get_ident)
    reported: bool = False


class Overseer:
    """One thread that looks at every handler that runs. Nobody is stopped: a thread can't be, and what it is at may be half done."""

    def __init__(
        self, configuration: Configuration, journal: Journal, clock: Clock, crashed: Callable[[str, str], None], ran: Ran = lambda *_: None
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._clock = clock
        self._crashed = crashed
        self._ran = ran
        self._runs: dict[int, _Run] = {}
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="overseer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    @contextmanager
    def running(self, handler: Registered) -> Iterator[None]:
        """Have a handler looked after while it runs in this thread; whatever it raises goes on its way."""
        number = next(self._numbers)
        self._runs[number] = _Run(handler, self._clock.now())
        outcome, began_s = "ok", time.perf_counter()
        try:
            yield
        except ChatopsError:
            outcome = "refused"
            raise
        except BaseException as crash:  # sys.exit in a handler, too, such as argparse's
            outcome = "crashed"
            self._crashed(handler.plugin, f"{type(crash).__name__}: {crash}")
            raise
        finally:
            run = self._runs.pop(number)
            self._ran(handler, outcome, time.perf_counter() - began_s)
            if run.reported:
                seconds = (self._clock.now() - run.began_at).total_seconds()
                log.warning("handler.slow_ended", extra={"fields": {"plugin": handler.plugin, "name": handler.name, "seconds": seconds}})

    def look(self) -> None:
        """Report who runs for longer than `slow_after`, each run once: to the log with where it stands, and in the timeline, there not for each of many runs
        of one handler, such as looks of many watches at a log server that hangs."""
        now, runs = self._clock.now(), list(self._runs.values())
        told = {_name_of(run) for run in runs if run.reported}
        for run in runs:
            if not run.reported and now - run.began_at > self._configuration.slow_after:
                run.reported = True
                self._log(run, now)
                if _name_of(run) not in told:
                    told.add(_name_of(run))
                    self._tell(run, now)

    @staticmethod
    def _log(run: _Run, now: datetime) -> None:
        took = now - run.began_at
        frame = sys._current_frames().get(run.thread)
        stack = "".join(traceback.format_stack(frame)) if frame else ""
        fields = {"plugin": run.handler.plugin, "name": run.handler.name, "seconds": took.total_seconds(), "stack": stack}
        log.warning("handler.slow", extra={"fields": fields})

    def _tell(self, run: _Run, now: datetime) -> None:
        took = now - run.began_at
        said = md(
            "🐢 {} of the plugin *{}* has been running for {}, and still is. Nothing was stopped; where it stands is in my log.",
            code(run.handler.name),
            run.handler.plugin,
            say_duration(took),
        )
        detail = {"handler": run.handler.name, "seconds": int(took.total_seconds())}
        with self._journal.begin() as tx:
            tx.audit.add(AuditEvent(now, DAEMON, "plugin.slow", f"plugin:{run.handler.plugin}", detail))
            tx.outbox.put(OutboxRow(self._configuration.channel, Message.of(said)), now)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except JournalError as error:
                log.warning("overseer.journal", extra={"fields": {"error": str(error)}})
            self._clock.wait(self._stopping, LOOK_EVERY_S)


def _name_of(run: _Run) -> tuple[str, str]:
    return run.handler.plugin, run.handler.name
