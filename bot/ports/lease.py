"""The lease on the journal: of all daemons over one journal, only who holds it works."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fence:
    """What a daemon's writers ask for before they write: whether its lease is still held.

    Args:
        token: the number that the lease holds besides itself.
        on_lost: called when it is not held any more, by whoever wanted to write; it must return at once.
    """

    token: int
    on_lost: Callable[[], None]


class Lease(Protocol):
    """Held by one daemon at a time. It ends with the process that holds it, however that ends."""

    @property
    def token(self) -> int | None:
        """What writers can be fenced with; None where nobody else can write while this process lives."""

    def take(self) -> bool:
        """Take it, without waiting; False when another daemon has it.

        Raises:
            JournalError: that could not be found out.
        """

    def is_taken(self) -> bool:
        """Say whether any daemon holds it now.

        Raises:
            JournalError: that could not be found out.
        """

    def is_held(self) -> bool:
        """Say whether it is still ours; also False when that can't be found out."""

    def release(self) -> None:
        """Give it back. A second time does nothing."""
