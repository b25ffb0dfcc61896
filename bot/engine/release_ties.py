"""Looks up the release after which something began."""

from collections.abc import Callable
from datetime import datetime

from bot.core.actors import DAEMON
from bot.core.alert_talk import told_to_release
from bot.core.alerts import Alert
from bot.core.configuration import Configuration
from bot.core.group_card import group_story
from bot.core.live import Live
from bot.core.ties import LONGEST_RISE, Seen, Tie, brought_by_others, tie_of, with_latest
from bot.ports.journal import OutboxRow, Transaction

OPERATIONS = 50  # looked at
MOST_TOLD = 3  # open alerts that a release's thread hears of


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
        operations = tx.operations.recent(OPERATIONS, service)
        tie = tie_of(seen, environment, operations, by_hand)
        # Another one may have come since: then there is nothing to go back from.
        return with_latest(tie, operations, by_hand) if tie else None

    def tell(self, tx: Transaction, alert: Alert, at: datetime) -> None:
        """Say in a release's thread that an alert began soon after it."""
        tie = alert.tie
        operation = tx.operations.get(tie.operation) if tie and tie.operation else None
        if tie is None or operation is None or tie.seen_at - tie.live_at > LONGEST_RISE:
            return
        told = sum(each.tie is not None and each.tie.operation == operation.id for each in tx.alerts.open() if each.id != alert.id)
        if told < MOST_TOLD:
            message = told_to_release(alert, tie, "" if operation.actor == DAEMON else operation.actor)
            tx.outbox.put(OutboxRow(operation.channel, message, thread_of=group_story(operation) or operation.story), at)
