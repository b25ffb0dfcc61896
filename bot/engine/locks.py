"""Takes, releases and hands over locks: each is written down before GitHub is asked, and what came of it after.

| what was left | what `look` does |
| --- | --- |
| taking | looks for our claim on GitHub: held if it is there, else it is tried again; a ref can be created only once |
| held | ends it when it has expired, or when its ref is gone; reminds its owner |
| held in the journal only, since GitHub could not be reached | brings it there |
| releasing | removes the ref if it is still ours, then ends it |
"""

import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.actors import DAEMON, GITHUB
from bot.core.configuration import Configuration, Environment, Service
from bot.core.hints import no_environment, no_service
from bot.core.locks import (
    MOST_REASON,
    Lock,
    LockEnd,
    LockState,
    is_same_claim,
    lock_branches,
    taken_over,
)
from bot.core.markup import code, md
from bot.engine.lock_claims import LockClaims
from bot.engine.lock_stories import LockStories
from bot.engine.permissions import Permissions, let_through
from bot.engine.side_by_side import LATE, side_by_side
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, FieldErrors, UserError
from bot.ports.journal import Journal, Transaction
from bot.ports.locks import LockHeld, LockRefs

log = logging.getLogger(__name__)

# What was begun is left to whoever began it, this long.
IN_FLIGHT = timedelta(seconds=20)
LONGEST = timedelta(days=90)


class LockEngine:
    """See `bot.api.LocksApi` for what each member promises."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        github: LockRefs,
        permissions: Permissions,
        clock: Clock,
        slash: Callable[[str], str],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._permissions = permissions
        self._clock = clock
        self._slash = slash
        self._stories = LockStories(configuration, journal, permissions, clock)
        self._claims = LockClaims(configuration, github, clock, self._stories, self.unlock_command)

    # What people do

    def take(self, service: str, environment: str, reason: str, actor: str, lasting: timedelta | None = None) -> Lock:
        there, place = self._allowed(service, environment, actor)
        asked = self._new(there, place, _reason(reason), actor, lasting)
        known = self._write_down(asked)
        if known is None:
            return self._claims.claim(asked)
        if (known.owner, known.reason) != (actor, asked.reason):
            raise self._claims.held_by(known)
        # The same command again: after a crash in the middle of it, or typed twice.
        return self._claims.claim(known) if known.state is LockState.TAKING else known

    def release(self, service: str, environment: str, actor: str) -> Lock:
        there, place = self._place(service, environment)
        lock = self.standing(there, place)
        if lock is None:
            raise UserError(md("*{}* of {} is not locked.", environment, service))
        return self._release(lock, actor, place)

    def take_over(self, service: str, environment: str, actor: str, reason: str = "", lasting: timedelta | None = None) -> Lock:
        there, place = self._allowed(service, environment, actor)
        lock = self.standing(there, place)
        if lock is None:
            raise UserError(md("*{}* of {} is not locked: there is nothing to take over.", environment, service))
        return self._take_over(lock, there, actor, reason, lasting)

    def release_as_shown(self, lock_id: str, owner: str, actor: str) -> Lock:
        lock = self._as_shown(lock_id, owner)
        return self._release(lock, actor, self._environment_of(lock))

    def take_over_as_shown(self, lock_id: str, owner: str, actor: str) -> Lock:
        lock = self._as_shown(lock_id, owner)
        there, _ = self._allowed(lock.service, lock.environment, actor)
        return self._take_over(lock, there, actor, "", None)

    # What others ask

    def at(self, service: str, environment: str) -> Lock | None:
        return self.standing(*self._place(service, environment))

    def standing(self, service: Service, environment: Environment) -> Lock | None:
        """Return the lock that stops operations there now: ours, or one that somebody else made on GitHub.

        Raises:
            Unavailable, Rejected: GitHub could not be asked, and we have none ourselves.
        """
        now = self._clock.now()
        with self._journal.read() as tx:
            lock = tx.locks.at(service.repo, environment.name)
        if lock is not None and lock.state is LockState.HELD and lock.has_expired(now):
            self._claims.finish(lock, LockEnd.EXPIRED, DAEMON)
            lock = None
        if lock is not None and not (lock.state is LockState.HELD and lock.branch and not lock.apart):
            return lock
        try:
            seen = self._claims.seen(service.repo, environment.name)
        except ChatopsError:
            if lock is not None:
                return lock  # what we know of stands until GitHub says otherwise
            raise
        if lock is not None and (seen is None or not is_same_claim(lock, seen)):
            self._stories.end(lock, LockEnd.VANISHED, GITHUB)
        return lock if lock is not None and seen is not None and is_same_claim(lock, seen) else seen

    def all(self) -> tuple[list[Lock], list[str]]:
        places: dict[tuple[str, str], tuple[Service, Environment]] = {}
        for service in self._configuration.services.values():
            for environment in service.environments.values():
                places.setdefault((service.repo, environment.name), (service, environment))
        asked = [*places.values()]
        in_time = side_by_side(lambda place: self._look_up(*place), asked, "locks")
        looked = [in_time[number] if number in in_time else self._unasked(*place) for number, place in enumerate(asked)]
        found = [lock for lock in looked if isinstance(lock, Lock)]
        return sorted(found, key=lambda lock: lock.since), [why for why in looked if isinstance(why, str)]

    def _look_up(self, service: Service, environment: Environment) -> Lock | str | None:
        """Return the lock that stands, None when there is none, or in words why that could not be found out."""
        try:
            return self.standing(service, environment)
        except ChatopsError as error:
            return f"{service.name} · {environment.name}: {error}"

    def _unasked(self, service: Service, environment: Environment) -> Lock | str:
        """Return the lock that the journal knows, else that nobody knows."""
        with self._journal.read() as tx:
            lock = tx.locks.at(service.repo, environment.name)
        if lock is None or (lock.state is LockState.HELD and lock.has_expired(self._clock.now())):
            return f"{service.name} · {environment.name}: {LATE}"
        return lock

    def owner_of(self, lock: Lock) -> str:
        return self._stories.owner_of(lock)

    def unlock_command(self, service: str, environment: str) -> str:
        """Return what people type to unlock an environment."""
        return f"{self._slash('unlock')} {service} {environment}"

    def intend(self, tx: Transaction, service: str, environment: str, reason: str) -> Lock | None:
        """Write down, within a transaction, that the daemon itself locks an environment; `look` carries it out. None when it is locked already."""
        there, place = self._place(service, environment)
        asked = self._new(there, place, _reason(reason), DAEMON, None)
        return asked if self._stories.add(tx, asked) else None

    # What time brings

    def look(self) -> None:
        with self._journal.read() as tx:
            locks = tx.locks.open()
        for lock in locks:
            try:
                self._look_at(lock)
            except ChatopsError as error:
                log.warning("lock.waits", extra={"fields": {"lock": lock.id, "state": lock.state, "error": str(error)}})

    def carry_out(self, lock: Lock) -> Lock:
        """Bring a lock that `intend` wrote down to GitHub."""
        return self._claims.claim(lock)

    def _look_at(self, lock: Lock) -> None:
        now = self._clock.now()
        is_settled = now - lock.changed_at >= IN_FLIGHT or (lock.owner == DAEMON and lock.state is LockState.TAKING)
        match lock.state:
            case LockState.TAKING if is_settled:
                with suppress(LockHeld):  # its message says so
                    self._claims.claim(lock)
            case LockState.RELEASING if is_settled:
                self._claims.let_go(lock)
            case LockState.HELD if lock.has_expired(now):
                self._claims.finish(lock, LockEnd.EXPIRED, DAEMON)
            case LockState.HELD:
                self._look_at_held(lock, now)

    def _look_at_held(self, lock: Lock, now: datetime) -> None:
        if lock.tries_again:
            self._claims.claim(lock)
        elif lock.branch and not lock.apart:
            seen = self._claims.seen(lock.repo, lock.environment)
            if seen is None or not is_same_claim(lock, seen):
                self._stories.end(lock, LockEnd.VANISHED, GITHUB)
                return
        if now >= lock.since + self._configuration.locks.nag_after * (2**lock.nags):
            self._stories.nag(lock, now)

    # How it is done

    def _write_down(self, lock: Lock) -> Lock | None:
        """Write a new lock's intent; return the one that stands there already, None when there was none."""
        with self._journal.begin() as tx:
            if self._stories.add(tx, lock):
                return None
            return tx.locks.at(lock.repo, lock.environment)

    def _release(self, lock: Lock, actor: str, environment: Environment) -> Lock:
        if actor != lock.owner or not lock.owner:
            self._let_through(actor, environment)
        else:
            self._let_through(actor, None)
        if lock.state is LockState.TAKING:
            raise UserError(md("*{}* is being locked this moment. Please try again in a few seconds.", lock.environment))
        return self._claims.finish(lock, LockEnd.UNLOCKED, actor)

    def _take_over(self, lock: Lock, service: Service, actor: str, reason: str, lasting: timedelta | None) -> Lock:
        if lock.owner == actor:
            raise UserError(md("The lock of *{}* is yours already.", lock.environment))
        own = lock_branches(self._configuration.locks.layout, lock.environment)[:1]
        if lock.branch and lock.branch not in own:
            raise UserError(
                md("{} locked all environments of {}, by {}: unlock it there.", self.owner_of(lock), lock.repo, code(lock.branch))
            )
        if lock.state is not LockState.HELD:
            raise UserError(md("The lock of *{}* is changing this moment. Please try again in a few seconds.", lock.environment))
        now = self._clock.now()
        name = self._permissions.name_of(actor)
        wanted = taken_over(lock, actor, name, _reason(reason) if reason else "", now, now + lasting if lasting else lock.expires_at)
        claimed = self._stories.begin_takeover(lock, replace(wanted, service=lock.service or service.name), actor)
        if claimed is None:
            raise UserError(md("Somebody else changed the lock of *{}* a moment ago. Please look again.", lock.environment))
        held = self._claims.claim(claimed)
        self._stories.tell_former(held)
        return held

    def _as_shown(self, lock_id: str, owner: str) -> Lock:
        with self._journal.read() as tx:
            lock = tx.locks.get(lock_id)
        if lock is None or lock.state is LockState.ENDED:
            raise UserError("Nothing was changed: this lock has ended.")
        if lock.owner != owner:
            raise UserError(md("Nothing was changed: it is the lock of {} by now.", self.owner_of(lock)))
        return lock

    def _new(self, service: Service, environment: Environment, reason: str, actor: str, lasting: timedelta | None) -> Lock:
        now = self._clock.now()
        if lasting is not None and lasting > LONGEST:
            raise UserError(f"A lock lasts at most {LONGEST.days} days; leave the time out for one that lasts until it is unlocked.")
        return Lock(
            id=secrets.token_hex(4),
            state=LockState.TAKING,
            repo=service.repo,
            environment=environment.name,
            service=service.name,
            owner=actor,
            owner_name=self._configuration.people.get(actor) or self._stories.name_of(actor),
            reason=reason,
            since=now,
            changed_at=now,
            channel=self._configuration.channel,
            expires_at=now + lasting if lasting else None,
        )

    def _allowed(self, service: str, environment: str, actor: str) -> tuple[Service, Environment]:
        there, place = self._place(service, environment)
        self._let_through(actor, place)
        return there, place

    def _let_through(self, actor: str, environment: Environment | None) -> None:
        verdicts = [self._permissions.member(actor)]
        if environment:
            verdicts.append(self._permissions.role(actor, environment.releasers))
        let_through(*verdicts)

    def _environment_of(self, lock: Lock) -> Environment:
        """Return the environment that a lock closes. For one that is not configured any more, whoever may release anywhere decides."""
        services = self._configuration.services.values()
        for service in services:
            if service.repo == lock.repo and lock.environment in service.environments:
                return service.environments[lock.environment]
        roles = {environment.releasers for service in services for environment in service.environments.values() if environment.releasers}
        return Environment(lock.environment, releasers=min(roles, default=""))

    def _place(self, service: str, environment: str) -> tuple[Service, Environment]:
        there = self._configuration.services.get(service)
        if there is None:
            raise FieldErrors({"service": no_service(service, list(self._configuration.services))})
        place = there.environments.get(environment)
        if place is None:
            raise FieldErrors({"environment": no_environment(environment, there.name, list(there.environments))})
        return there, place


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise UserError("Say why, so that whoever is stopped by it knows what to wait for.")
    if len(reason) > MOST_REASON:
        raise UserError(f"The reason is {len(reason)} characters long; at most {MOST_REASON} fit.")
    return reason
