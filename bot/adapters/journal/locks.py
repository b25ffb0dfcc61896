"""Locks: at most one that has not ended for each environment of a repository."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from bot.adapters.journal import documents
from bot.adapters.journal.tables import locks
from bot.core.locks import Lock, LockState

_COLUMNS = ("id", "repo", "environment", "state", "since", "ended_at", "version", "document")

_ADD = (
    insert(locks)
    .from_select(
        _COLUMNS,
        select(*(bindparam(f"new_{name}", type_=locks.c[name].type) for name in _COLUMNS)).where(
            ~exists().where(
                locks.c.repo == bindparam("new_repo", type_=locks.c.repo.type),
                locks.c.environment == bindparam("new_environment", type_=locks.c.environment.type),
                locks.c.ended_at.is_(None),
            )
        ),
    )
    .returning(locks.c.seq)  # how many rows an INSERT wrote, not every driver says
)
_SAVE = (
    update(locks)
    .where(locks.c.id == bindparam("known_id"), locks.c.version == bindparam("expected"))
    .values({locks.c[name]: bindparam(f"new_{name}") for name in ("state", "since", "ended_at", "version", "document")})
)
_GET = select(locks.c.document).where(locks.c.id == bindparam("known_id"))
_AT = select(locks.c.document).where(
    locks.c.repo == bindparam("known_repo"), locks.c.environment == bindparam("known_environment"), locks.c.ended_at.is_(None)
)
_OPEN = select(locks.c.document).where(locks.c.ended_at.is_(None)).order_by(locks.c.since, locks.c.seq)


class SqlLocks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, lock: Lock) -> bool:
        """Write a new lock. False when its repository and environment have one that has not ended."""
        values = {
            **_row(lock),
            "new_id": lock.id,
            "new_repo": lock.repo,
            "new_environment": lock.environment,
        }
        return self._connection.execute(_ADD, values).scalar() is not None

    def save(self, lock: Lock) -> Lock | None:
        """Write a lock's next version and return it; None when it was changed since it was read."""
        following = replace(lock, version=lock.version + 1)
        values = {**_row(following), "known_id": lock.id, "expected": lock.version}
        return following if self._connection.execute(_SAVE, values).rowcount == 1 else None

    def get(self, lock_id: str) -> Lock | None:
        """Return a lock as it stands now."""
        return self._one(_GET, {"known_id": lock_id})

    def at(self, repo: str, environment: str) -> Lock | None:
        """Return the lock that has not ended there."""
        return self._one(_AT, {"known_repo": repo, "known_environment": environment})

    def open(self) -> list[Lock]:
        """Return the locks that have not ended, oldest first."""
        return [documents.read(Lock, text) for text in self._connection.execute(_OPEN).scalars()]

    def _one(self, statement: Any, values: dict[str, Any]) -> Lock | None:
        text = self._connection.execute(statement, values).scalar()
        return None if text is None else documents.read(Lock, text)


def _row(lock: Lock) -> dict[str, Any]:
    has_ended = lock.state is LockState.ENDED
    return {
        "new_state": lock.state.value,
        "new_since": lock.since,
        "new_ended_at": (lock.ended_at or lock.changed_at) if has_ended else None,
        "new_version": lock.version,
        "new_document": documents.write(lock),
    }
