"""Locks, as plugins ask for them."""

from datetime import timedelta
from typing import Protocol

from bot.core.locks import Lock


class LocksApi(Protocol):
    """Locks of environments. One lock closes an environment of a repository, for all services that live in it.

    Whoever may release there may lock, unlock and take over; a lock's owner may always unlock it. Each raises `FieldErrors` for a service or an
    environment that is not configured, and `UserError` when the person may not, or somebody was faster: its text says how things stand.
    """

    def take(self, service: str, environment: str, reason: str, actor: str, lasting: timedelta | None = None) -> Lock:
        """Lock an environment; for a length of time, or until it is unlocked.

        Raises:
            LockHeld: it is locked already; `lock` is the one that stands.
        """

    def release(self, service: str, environment: str, actor: str) -> Lock:
        """Unlock an environment, whoever locked it."""

    def take_over(self, service: str, environment: str, actor: str, reason: str = "", lasting: timedelta | None = None) -> Lock:
        """Make the lock that stands one's own; its former owner is told."""

    def release_as_shown(self, lock_id: str, owner: str, actor: str) -> Lock:
        """Unlock what a message shows. `owner`: whose lock it shows: nothing is done when it is another's by now."""

    def take_over_as_shown(self, lock_id: str, owner: str, actor: str) -> Lock:
        """Take over what a message shows."""

    def at(self, service: str, environment: str) -> Lock | None:
        """Return the lock that stands, one that somebody else made on GitHub too.

        Raises:
            Unavailable: GitHub could not be asked.
        """

    def all(self) -> tuple[list[Lock], list[str]]:
        """Return every lock that stands, oldest first, and in words what could not be looked up."""

    def owner_of(self, lock: Lock) -> str:
        """Return the name of a lock's owner."""

    def look(self) -> None:
        """Bring to its end what a crash or an outage left half done; end what expired or vanished; remind owners."""
