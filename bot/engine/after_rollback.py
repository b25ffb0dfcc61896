"""A rollback locks its environment until somebody says that its cause was addressed: in the transaction of its end, so that nothing slips in between."""

import logging
from dataclasses import replace
from functools import partial

from bot.core.configuration import Configuration
from bot.core.locks import Lock
from bot.core.operations import Operation, OperationKind, OperationState
from bot.engine.lanes import Lanes
from bot.engine.locks import LockEngine
from bot.ports.errors import ChatopsError
from bot.ports.journal import Journal, Transaction

log = logging.getLogger(__name__)


class AfterRollback:
    """Follows every move; only the end of a rollback matters."""

    def __init__(self, configuration: Configuration, journal: Journal, locks: LockEngine, lanes: Lanes) -> None:
        self._configuration = configuration
        self._journal = journal
        self._lanes = lanes
        self._locks = locks

    def moved(self, tx: Transaction, operation: Operation) -> Operation:
        """Write down the lock that the end of a rollback asks for. An environment that is locked already stays as it is."""
        if operation.kind is not OperationKind.ROLLBACK or operation.state is not OperationState.SUCCEEDED:
            return operation
        service = self._configuration.services.get(operation.service)
        environment = service.environments.get(operation.environment) if service else None
        if environment is None or not environment.lock_after_rollback:
            return operation
        came_from = f" from {operation.live_before}" if operation.live_before else ""
        reason = f"Rolled back{came_from} to {operation.version}: locked until the cause is addressed."
        taken = self._locks.intend(tx, operation.service, operation.environment, reason)
        if taken is None:
            return operation
        self._lanes.submit(f"lock:{taken.id}", partial(self._carry_out, taken))
        return replace(operation, locked=True)

    def _carry_out(self, lock: Lock) -> None:
        """Bring the lock to GitHub, once its transaction has ended; when it came to nothing, or GitHub can't be reached, `look` has the rest."""
        with self._journal.begin() as tx:  # writers come one after the other: this one comes after that transaction
            written = tx.locks.at(lock.repo, lock.environment)
        if written is None or written.id != lock.id:
            return
        try:
            self._locks.carry_out(lock)
        except ChatopsError as error:
            log.warning("lock.waits", extra={"fields": {"lock": lock.id, "error": str(error)}})
