"""Moves locks: each move is one transaction with its audit event and the message that shows it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bot.core.actors import DAEMON
from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.lock_card import lock_card, nag_note, taken_over_note, unlocked_note
from bot.core.locks import Lock, LockEnd, LockState
from bot.engine.permissions import Permissions
from bot.ports.clock import Clock
from bot.ports.journal import AuditEvent, Journal, OutboxRow, Transaction

log = logging.getLogger(__name__)


class LockStories:
    """The one place where a lock changes."""

    def __init__(self, configuration: Configuration, journal: Journal, permissions: Permissions, clock: Clock) -> None:
        self._configuration = configuration
        self._journal = journal
        self._permissions = permissions
        self._clock = clock

    def services_of(self, lock: Lock) -> list[str]:
        """Return the services that a lock closes: all that live in its repository and have the environment."""
        services = self._configuration.services.values()
        return [service.name for service in services if service.repo == lock.repo and lock.environment in service.environments]

    def name_of(self, who: str) -> str:
        """Return the name of whoever is behind an id or a name."""
        return self._permissions.name_of(who) if who[:1] in ("U", "W") and who.isalnum() and who.isupper() else who

    def owner_of(self, lock: Lock) -> str:
        """Return the name of whoever has a lock."""
        return self.name_of(lock.owner or lock.owner_name)

    def add(self, tx: Transaction, lock: Lock) -> bool:
        """Write down the intent of a new lock. False when one stands there."""
        if not tx.locks.add(lock):
            return False
        detail = {"environment": lock.environment, "repo": lock.repo, "reason": lock.reason, **_until(lock)}
        tx.audit.add(AuditEvent(lock.since, lock.owner, "lock.asked", lock.story, detail))
        return True

    def hold(self, lock: Lock, *, branch: str, sha: str = "", apart: str = "", tries_again: bool = False) -> Lock:
        """Note that a lock holds: in the repository, or (`apart`: why) in the journal only. The lock as it stands by now when it was changed meanwhile."""
        if lock.state is LockState.HELD and lock.apart and apart:
            return lock  # still only here: nothing new
        held = replace(lock, state=LockState.HELD, branch=branch, sha=sha, apart=apart, tries_again=tries_again, replaces="")
        detail = {"branch": branch, "sha": sha} if sha else {"journal_only": apart}
        return self._move(held, "lock.held", lock.owner, detail) or self._current(lock)

    def begin_release(self, lock: Lock, end: LockEnd, by: str) -> Lock | None:
        """Write down that a lock is to end; None when it was changed meanwhile. One that only GitHub knew of is written down by this."""
        wanted = replace(lock, state=LockState.RELEASING, end=end, ended_by=by)
        return self._adopt(wanted, "lock.release_asked", by)

    def begin_takeover(self, lock: Lock, wanted: Lock, by: str) -> Lock | None:
        """Write down that a lock is to become another's; None when it was changed meanwhile."""
        said = wanted.reason if wanted.reason != lock.reason else ""  # else it is the former owner's
        return self._adopt(wanted, "lock.takeover_asked", by, {"reason": said} if said else {})

    def keep(self, lock: Lock) -> None:
        """Note that a lock could not be taken off GitHub: it still holds."""
        self._move(replace(lock, state=LockState.HELD, end=None, ended_by=""), "lock.kept", DAEMON, {})

    def end(self, lock: Lock, end: LockEnd, by: str) -> Lock:
        """Note that a lock has ended."""
        now = self._clock.now()
        ended = replace(lock, state=LockState.ENDED, end=end, ended_by=by, ended_at=now)
        was_shown = lock.state is not LockState.TAKING or bool(lock.former)
        note = unlocked_note(lock, self.name_of(by)) if end is LockEnd.UNLOCKED and lock.owner not in ("", DAEMON, by) else None
        return self._move(ended, f"lock.{end}", by, {}, is_shown=was_shown, note=note) or self._current(lock)

    def nag(self, lock: Lock, now: datetime) -> None:
        """Ask the owner in the lock's thread whether it is still needed; each time the next is twice as far away."""
        nagged = replace(lock, nags=lock.nags + 1)
        with self._journal.begin() as tx:
            if tx.locks.save(nagged):
                tx.outbox.put(OutboxRow(lock.channel, nag_note(lock, now), thread_of=lock.story), now)

    def tell_former(self, lock: Lock) -> None:
        """Tell the former owner, in the lock's thread, who has it now."""
        if lock.state is not LockState.HELD or not lock.former:
            return
        note = taken_over_note(lock, self.name_of(lock.owner))
        with self._journal.begin() as tx:
            tx.outbox.put(OutboxRow(lock.channel, note, thread_of=lock.story), self._clock.now())

    def _adopt(self, wanted: Lock, action: str, by: str, words: Mapping[str, str] = MappingProxyType({})) -> Lock | None:
        """Write the next version of a lock; for one that only GitHub knew, its first."""
        now = self._clock.now()
        detail = {
            "environment": wanted.environment,
            "repo": wanted.repo,
            "from": wanted.former or wanted.owner or wanted.owner_name,
            **words,
        }
        with self._journal.begin() as tx:
            if tx.locks.get(wanted.id) is None:
                wanted = replace(
                    wanted, id=wanted.id or f"gh{wanted.sha[:10]}", channel=self._configuration.channel, changed_at=now, version=0
                )
                saved = wanted if tx.locks.add(wanted) else None
            else:
                saved = tx.locks.save(replace(wanted, changed_at=now))
            if saved is not None:
                tx.audit.add(AuditEvent(now, by, action, saved.story, detail))
        return saved

    def _move(
        self, lock: Lock, action: str, by: str, detail: Mapping[str, Any], *, is_shown: bool = True, note: Message | None = None
    ) -> Lock | None:
        """Write a lock's next version with its audit event, and with its message, but for a lock that never held and nobody saw."""
        now = self._clock.now()
        message = self._card(lock)  # names are looked up before the transaction
        with self._journal.begin() as tx:
            saved = tx.locks.save(replace(lock, changed_at=now))
            if saved is None:
                log.warning("lock.overtaken", extra={"fields": {"lock": lock.id, "to": lock.state}})
                return None
            tx.audit.add(AuditEvent(now, by, action, lock.story, {"environment": lock.environment, "repo": lock.repo, **detail}))
            if is_shown:
                tx.outbox.put(OutboxRow(lock.channel, message, story=lock.story), now)
            if note:
                tx.outbox.put(OutboxRow(lock.channel, note, thread_of=lock.story), now)
        log.info("lock.moved", extra={"fields": {"lock": lock.id, "state": lock.state, "action": action}})
        return saved

    def _card(self, lock: Lock) -> Message:
        names = {who: self.name_of(who) for who in (lock.owner or lock.owner_name, lock.ended_by, lock.former)}
        owner = names[lock.owner or lock.owner_name]
        return lock_card(lock, owner, self.services_of(lock), names[lock.ended_by], names[lock.former])

    def _current(self, lock: Lock) -> Lock:
        with self._journal.read() as tx:
            return tx.locks.get(lock.id) or lock


def _until(lock: Lock) -> dict[str, str]:
    return {"until": lock.expires_at.isoformat()} if lock.expires_at else {}
