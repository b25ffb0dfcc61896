"""Looks up the release after which something began."""

from collections.abc import Callable

from bot.core.alerts import Tie
from bot.core.configuration import Configuration
from bot.core.live import Live
from bot.core.ties import Seen, brought_by_others, tie_of
from bot.ports.journal import Transaction

OPERATIONS = 50  # looked at


class ReleaseTies:
    """Knows what the bot brought where, and asks what others did.

    Args:
        live: says what is live of a service in an environment.
    """

    def __init__(self, configuration: Configuration, live: Callable[[str, str], Live] | None = None) -> None:
        self._configuration = configuration
        self._live = live

    def by_hand(self, service: str, environment: str) -> Live | None:
        """Return what is live there if somebody else than us brought it. It may ask GitHub, so it is never called within a transaction."""
        if self._live is None or not environment or service not in self._configuration.services:
            return None
        return brought_by_others(self._live(service, environment))

    def tie(self, tx: Transaction, service: str, environment: str, seen: Seen | None, by_hand: Live | None) -> Tie | None:
        """Return the release after which something was seen, if there is one.

        Args:
            by_hand: what `by_hand` said.
        """
        if seen is None or not environment or service not in self._configuration.services:
            return None
        return tie_of(seen, environment, tx.operations.recent(OPERATIONS, service), by_hand)
