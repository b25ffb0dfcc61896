"""Rollbacks, as plugins ask for them."""

from dataclasses import dataclass
from typing import Protocol

from bot.core.live import Live
from bot.core.rollbacks import PastDeployment, RollbackPreview


@dataclass(frozen=True, slots=True)
class RollbackOffer:
    """What an environment can go back to: what is live now, and what was before, newest first."""

    live: Live
    past: tuple[PastDeployment, ...]


class RollbacksApi(Protocol):
    """Going back: what there is, and what it takes away. It is started like every operation: `context.operations`.

    Both calls raise `FieldErrors` when there is no such service or environment.
    """

    def offer(self, service: str, environment: str = "") -> RollbackOffer:
        """Return what can be gone back to; "" is the service's first environment."""

    def preview(self, service: str, environment: str, version: str, actor: str = "") -> RollbackPreview:
        """Return what going back to a version takes away. What GitHub can't tell now is left out, and said.

        Args:
            actor: whoever the gates are asked for; "" asks none.
        """
