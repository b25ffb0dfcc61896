"""Contract of the locks."""

from dataclasses import replace

from bot.adapters.journal import SqlJournal
from bot.core.locks import Lock, LockEnd, LockState

from .values import NOON, after


def lock(name: str, **changes: object) -> Lock:
    whole = Lock(
        id=name,
        state=LockState.TAKING,
        repo="acme/checkout",
        environment="production",
        service="checkout",
        owner="U1",
        owner_name="ann",
        reason="migration \udcff\0",
        since=NOON,
        changed_at=NOON,
        expires_at=after(60),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_a_lock_comes_back_whole_and_is_moved_from_where_it_was_read(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        assert tx.locks.add(lock("1"))
        held = tx.locks.save(lock("1", state=LockState.HELD, sha="a" * 40))
        assert held == lock("1", state=LockState.HELD, sha="a" * 40, version=1)
    with journal.begin() as tx:
        assert tx.locks.save(lock("1", owner="U2")) is None, "somebody else changed it since version 0 was read"

    with journal.read() as tx:
        assert tx.locks.get("1") == held
        assert tx.locks.at("acme/checkout", "production") == held
        assert tx.locks.at("acme/checkout", "staging") is None
        assert tx.locks.get("2") is None


def test_an_environment_of_a_repository_has_one_lock_that_has_not_ended(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        assert tx.locks.add(lock("1"))
        assert not tx.locks.add(lock("2"))
        assert tx.locks.add(lock("3", environment="staging", since=after(-1)))
        assert tx.locks.add(lock("4", repo="acme/search"))
    with journal.read() as tx:
        assert [each.id for each in tx.locks.open()] == ["3", "1", "4"]

    with journal.begin() as tx:
        tx.locks.save(lock("1", state=LockState.ENDED, end=LockEnd.UNLOCKED, ended_at=after(5)))
        assert tx.locks.add(lock("2"))
    with journal.read() as tx:
        assert [each.id for each in tx.locks.open()] == ["3", "4", "2"]
