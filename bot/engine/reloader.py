"""Reads the settings again while the daemon runs: all of them are taken, or none; what came of it is logged, and told in the timeline."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.actors import DAEMON
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.configuration_changes import changes, refused_card, reloaded_card
from bot.engine.live import LiveConfiguration
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, ConfigError
from bot.ports.journal import AuditEvent, Journal, OutboxRow
from bot.ports.logs import LogSource

log = logging.getLogger(__name__)

KEPT = "The old configuration stays in force."


@dataclass(frozen=True, slots=True)
class Fresh:
    """What was read again, checked, and not taken yet.

    `take`: makes whatever depends on it, but for the configuration itself, go by it. It must not fail: all that may fail was done when this was made.
    `also_changed`: what changed besides the configuration, a sentence each.
    """

    configuration: Configuration
    sources: Mapping[str, LogSource]
    take: Callable[[], None]
    also_changed: tuple[str, ...] = ()


class Reloader:
    """Replaces the configuration by what is on the disk, if that is sound.

    Args:
        read: reads everything again and builds what is built from it.
    """

    def __init__(self, live: LiveConfiguration, journal: Journal, clock: Clock, read: Callable[[], Fresh]) -> None:
        self._live = live
        self._journal = journal
        self._clock = clock
        self._read = read
        self.complaint = ""  # why the file on the disk is not what holds, "" when it is

    def reload(self) -> str:
        """Take the new configuration, or keep the old one; return how it went, in a sentence."""
        try:
            fresh = self._read()
        except ConfigError as error:
            return self._refuse(str(error))
        self.complaint = ""
        changed = [*changes(self._live.now, fresh.configuration), *fresh.also_changed]
        self._live.replace(fresh.configuration)
        fresh.take()
        if not changed:
            log.info("configuration.unchanged")
            return "Configuration reloaded: nothing changed."
        log.info("configuration.reloaded", extra={"fields": {"changes": "; ".join(changed)}})
        self._tell("reloaded", {"changes": changed}, reloaded_card(changed))
        return f"Configuration reloaded: {'; '.join(changed)}."

    def _refuse(self, mistakes: str) -> str:
        log.error("configuration.refused", extra={"fields": {"why": mistakes}})
        self._tell("refused", {"mistakes": mistakes.splitlines()}, refused_card(mistakes, KEPT))
        self.complaint = f"The configuration was not reloaded: {' '.join(mistakes.split())} {KEPT}"
        return self.complaint

    def _tell(self, outcome: str, detail: Mapping[str, object], message: Message) -> None:
        now, timeline = self._clock.now(), self._live.channel
        try:
            with self._journal.begin() as tx:
                tx.audit.add(AuditEvent(now, DAEMON, f"configuration.{outcome}", timeline, detail))
                tx.outbox.put(OutboxRow(timeline, message), now)
        except ChatopsError as error:
            # It holds all the same: what the file says is what the operator asked for.
            log.warning("configuration.untold", extra={"fields": {"error": str(error)}})
