"""Finds out what is live: asks GitHub for its newest deployment, not more often than each minute, and holds it against the journal."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.configuration import Configuration, Service
from bot.core.live import Live, Record, decide_live
from bot.core.operations import Operation
from bot.core.reached import skipped_deployment
from bot.engine.side_by_side import LATE, side_by_side
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError
from bot.ports.github import Deployed, GitHub
from bot.ports.journal import Journal

log = logging.getLogger(__name__)

FRESH_FOR = timedelta(seconds=60)
KNOWN = 300  # so many operations are looked through for the one that made a deployment


@dataclass(frozen=True, slots=True)
class Looked:
    """What GitHub said, and what was last brought there by us when it did: another success makes it old at once."""

    at: datetime
    last: str
    record: Record | None
    trouble: str


@dataclass(frozen=True, slots=True)
class PastUs:
    """The version that GitHub alone says is live, "" for none; and whether it could be asked."""

    version: str
    is_known: bool


class LiveEngine:
    """See `bot.api.LiveApi` for what each member promises."""

    def __init__(self, configuration: Configuration, journal: Journal, github: GitHub, clock: Clock) -> None:
        self._configuration = configuration
        self._journal = journal
        self._github = github
        self._clock = clock
        self._looked: dict[tuple[str, str], Looked] = {}
        self._lock = threading.Lock()

    def of(self, service: str, environment: str) -> Live:
        with self._journal.read() as tx:
            last = tx.operations.last_succeeded(service, environment)
        configured = self._configuration.services.get(service)
        if configured is None:
            return decide_live(service, environment, None, last)
        looked = self._look(configured, environment, last)
        return decide_live(service, environment, looked.record, last, looked.trouble)

    def past_us(self, service: Service, environment: str) -> PastUs:
        """Return what somebody else made live, or a run of ours that skipped its deployment, by its jobs, and made a record of one.

        Where services of one repository share an environment, GitHub's record does not say whose it is: nothing.
        """
        sharing = [
            other for other in self._configuration.services.values() if other.repo == service.repo and environment in other.environments
        ]
        if len(sharing) > 1:
            return PastUs("", is_known=True)
        live = self.of(service.name, environment)
        knows_alone = live.ours is None or (skipped_deployment(live.ours) and not live.doubt)
        return PastUs(live.version if knows_alone else "", is_known=not live.is_unasked)

    def everywhere(self) -> Sequence[Live]:
        places = [(service.name, name) for service in self._configuration.services.values() for name in service.environments]
        found = side_by_side(lambda place: self.of(*place), places, "live")
        return [found.get(number) or self._unasked(*place) for number, place in enumerate(places)]

    def _unasked(self, service: str, environment: str) -> Live:
        """Return what the journal knows alone."""
        with self._journal.read() as tx:
            last = tx.operations.last_succeeded(service, environment)
        return decide_live(service, environment, None, last, LATE)

    def _look(self, service: Service, environment: str, last: Operation | None) -> Looked:
        key, now, last_id = (service.name, environment), self._clock.now(), last.id if last else ""
        with self._lock:
            known = self._looked.get(key)
        if known and known.last == last_id and timedelta() <= now - known.at < FRESH_FOR:
            return known
        try:
            deployed = self._github.deployed(service.repo, environment)
            looked = Looked(now, last_id, self._record(service, deployed) if deployed else None, "")
        except ChatopsError as error:
            log.warning("live.unknown", extra={"fields": {"service": service.name, "environment": environment, "error": str(error)}})
            looked = Looked(now, last_id, None, str(error))
        with self._lock:
            self._looked[key] = looked
        return looked

    def _record(self, service: Service, deployed: Deployed) -> Record:
        made = None
        if deployed.run_id is not None:
            with self._journal.read() as tx:
                made = next((o for o in tx.operations.recent(KNOWN, service.name) if o.run_id == deployed.run_id), None)
        named = "" if made else self._named(service.repo, deployed)
        return Record(deployed.ref, deployed.sha, deployed.by, deployed.at, deployed.run_id, deployed.url, made, named)

    def _named(self, repo: str, deployed: Deployed) -> str:
        """Return the tag that somebody else's deployment stands for: its ref, or a word in the title of the run that made it."""
        tags = set(self._github.tags(repo))
        if deployed.ref in tags:
            return deployed.ref
        if deployed.run_id is None:
            return ""
        words = self._github.run(repo, deployed.run_id).title.split()
        return next((word for word in words if word in tags), "")
