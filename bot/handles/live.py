"""What is live where, as plugins ask for it."""

from collections.abc import Sequence
from typing import Protocol

from bot.core.live import Live


class LiveApi(Protocol):
    """What is live: GitHub's newest deployment, held against the journal. Where GitHub can't be asked, the journal answers and `doubt` says so."""

    def of(self, service: str, environment: str) -> Live:
        """Return what is live in an environment of a configured service."""

    def everywhere(self) -> Sequence[Live]:
        """Return what is live in every environment of every service, in the order of the configuration."""
