"""Locks in a repository, as the engine sees them: a branch that exists is a lock that holds."""

from dataclasses import dataclass
from typing import Protocol

from bot.core.locks import Lock
from bot.ports.errors import Rejected, UserError


@dataclass(frozen=True, slots=True)
class StoredLock:
    """What a lock's branch holds. `text` is its `lock.json`, "" when it has none."""

    branch: str
    sha: str
    text: str


class LockTaken(Rejected):
    """The branch exists already, or is no longer where it was believed to be: somebody else's lock stands."""


class LockHeld(UserError):
    """Somebody holds the lock: a business "no" that names it.

    Args:
        lock: the lock that stands.
    """

    def __init__(self, text: str, lock: Lock) -> None:
        super().__init__(text)
        self.lock = lock


class LockRefs(Protocol):
    """Locks as git refs. `branch` comes without `refs/heads/`.

    Every call raises `Unavailable` (nothing happened), `Rejected` (it never will), and the three that write `OutcomeUnknown` (look before you try again).
    """

    def find_lock(self, repo: str, branch: str) -> StoredLock | None:
        """Return what holds the lock, None when nothing does."""

    def create_lock(self, repo: str, branch: str, text: str, message: str) -> str:
        """Make the branch, at a commit of its own that holds `lock.json`, and return the commit. Of many who try at once one succeeds.

        Raises:
            LockTaken: the branch is there.
        """

    def replace_lock(self, repo: str, branch: str, sha: str, text: str, message: str) -> str:
        """Put another `lock.json` on top of the commit `sha` and return the new commit. Of many who try at once one succeeds.

        Raises:
            LockTaken: the branch is not at `sha` any more.
        """

    def remove_lock(self, repo: str, branch: str, sha: str) -> None:
        """Remove the branch if it is at `sha`. One that is gone already is no error.

        Raises:
            LockTaken: it is at another commit.
        """
