"""Writes down in the audit when the daemon started and stopped, and what of its configuration changed while it was stopped."""

import logging
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256

from bot.core.actors import DAEMON
from bot.core.configuration import Configuration
from bot.engine.live import snapshot
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError
from bot.ports.journal import AuditEvent, Journal, Json, Transaction

log = logging.getLogger(__name__)

KEPT = "configuration"


class Chronicle:
    """Remembers of each thing in the configuration a digest, never its content: what stands in a plugin's settings is nobody else's."""

    def __init__(self, journal: Journal, clock: Clock, configuration: Configuration, version: str) -> None:
        self._journal = journal
        self._clock = clock
        self._configuration = configuration
        self._version = version

    def started(self) -> None:
        """Note the start, and what differs from what held when the daemon ran last."""
        now = self._clock.now()
        seen = _digests(snapshot(self._configuration))
        with self._journal.begin() as tx:
            before = tx.plugins.get(DAEMON, KEPT)
            changed = _changes(before, seen) if isinstance(before, dict) else []
            tx.audit.add(AuditEvent(now, DAEMON, "daemon.started", "daemon", {"version": self._version}))
            if changed:
                tx.audit.add(AuditEvent(now, DAEMON, "configuration.changed", self._configuration.channel, {"changes": changed}))
            self._keep(tx, seen)

    def remember(self) -> None:
        """Take the configuration as it is now for known: somebody else has told what changed."""
        try:
            with self._journal.begin() as tx:
                self._keep(tx, _digests(snapshot(self._configuration)))
        except ChatopsError as error:
            log.warning("configuration.not_kept", extra={"fields": {"error": str(error)}})

    def stopped(self, why: str) -> None:
        """Note that the daemon stops; `why` is "" when it was asked to."""
        with self._journal.begin() as tx:
            tx.audit.add(AuditEvent(self._clock.now(), DAEMON, "daemon.stopped", "daemon", {"cause": why} if why else {}))

    def _keep(self, tx: Transaction, seen: Mapping[str, str]) -> None:
        kept: dict[str, Json] = dict(seen)
        tx.plugins.put(DAEMON, KEPT, kept, self._clock.now())


def _digests(configuration: Configuration) -> dict[str, str]:
    """Return each named thing of a configuration with a digest of what it holds."""
    things: dict[str, object] = {}
    for field in fields(Configuration):
        value = getattr(configuration, field.name)
        match field.name:
            case "services" | "roles":
                things |= {f"{field.name.removesuffix('s')} {name}": each for name, each in value.items()}
            case "watches":
                things |= {f"watch {watch.name}": watch for watch in value}
            case "plugins":
                things |= {f"plugin {name}": name for name in value}
            case "plugin_settings":
                things |= {f"settings of plugin {name}": each for name, each in value.items()}
            case _:
                things[field.name] = value
    return {name: sha256(repr(value).encode("utf-8", "backslashreplace")).hexdigest()[:16] for name, value in things.items()}


def _changes(before: Mapping[str, Json], after: Mapping[str, str]) -> list[str]:
    # What a newer program adds to the configuration with its default is no change that anybody made: single settings count only when both knew them.
    added = [f"{name} added" for name in after if name not in before and " " in name]
    removed = [f"{name} removed" for name in before if name not in after and " " in name]
    return added + removed + [f"{name} changed" for name in after if name in before and before[name] != after[name]]
