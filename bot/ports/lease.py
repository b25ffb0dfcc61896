"""The lease on the journal: of all daemons over one journal, only who holds it works."""

from typing import Protocol


class Lease(Protocol):
    """Held by one daemon at a time. It ends with the process that holds it, however that ends."""

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
