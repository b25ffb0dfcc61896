"""Locks as they are written down."""

from typing import Protocol

from bot.core.locks import Lock


class Locks(Protocol):
    def add(self, lock: Lock) -> bool:
        """Write a new lock. False when its repository and environment have one that has not ended: nothing is written then."""

    def save(self, lock: Lock) -> Lock | None:
        """Write a lock's next version and return it; None when somebody else changed it since it was read: nothing is written then."""

    def get(self, lock_id: str) -> Lock | None: ...

    def at(self, repo: str, environment: str) -> Lock | None:
        """Return the lock that has not ended there."""

    def open(self) -> list[Lock]:
        """Return the locks that have not ended, oldest first."""
