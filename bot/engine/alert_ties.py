"""What reaches an environment is said at once in the open alerts that are tied to a release there: in the transaction of its end."""

from dataclasses import replace

from bot.core.operations import Operation
from bot.core.ties import changes_what_is_live, with_latest
from bot.engine.alert_desk import AlertDesk
from bot.engine.release_ties import OPERATIONS
from bot.ports.clock import Clock
from bot.ports.journal import Transaction


class AlertTies:
    """Follows every move of an operation; only one that changes what is live matters."""

    def __init__(self, desk: AlertDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    def moved(self, tx: Transaction, operation: Operation) -> Operation:
        """Draw the alerts anew whose release is no longer what is live. The operation stays as it is."""
        if not changes_what_is_live(operation):
            return operation
        recent = [operation, *tx.operations.recent(OPERATIONS, operation.service)]
        tied = [(alert, alert.tie) for alert in tx.alerts.open() if alert.tie and alert.tie.service == operation.service]
        for alert, tie in tied:
            after = replace(alert, tie=with_latest(tie, recent))
            if after != alert:
                self._desk.keep(tx, after)
                self._desk.show(tx, after, self._clock.now())
        return operation
