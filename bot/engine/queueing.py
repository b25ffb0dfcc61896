"""Starts what waited for its turn: in order, with every gate asked again, and never twice."""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.core.configuration import Configuration
from bot.core.durations import say_duration
from bot.core.gates import refusal_in
from bot.core.operations import UNFINISHED, Operation, OperationState
from bot.core.queueing import say_turn, waits_for
from bot.engine.gatekeeper import Gatekeeper
from bot.engine.lanes import Lanes
from bot.engine.stories import Stories
from bot.ports.clock import Clock
from bot.ports.journal import Journal

log = logging.getLogger(__name__)


class Queue:
    """The operations that are REQUESTED: each waits until its environment is free.

    One lane looks at all of them, so that no two looks of a daemon overlap; between daemons the journal takes a move only from where the operation is.
    """

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        gatekeeper: Gatekeeper,
        stories: Stories,
        lanes: Lanes,
        clock: Clock,
        launch: Callable[[Operation], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._gatekeeper = gatekeeper
        self._stories = stories
        self._lanes = lanes
        self._clock = clock
        self._launch = launch

    def look_soon(self, moved: Operation) -> None:
        """Look as soon as a worker is free, when an environment may have become free."""
        if moved.state.is_final:
            self.look_now()

    def look_now(self) -> None:
        """Look as soon as a worker is free."""
        self._lanes.submit("queue", self.look)

    def look(self) -> None:
        """Start whatever's turn has come, end what waited too long, and show the rest what they wait for."""
        with self._journal.read() as tx:
            unfinished = tx.operations.in_states(*UNFINISHED)
        now = self._clock.now()
        for operation in unfinished:
            if operation.state is not OperationState.REQUESTED:
                continue
            ahead = waits_for(operation, unfinished)
            if operation.expires_at is not None and now >= operation.expires_at:
                waited = say_duration(now - operation.requested_at)
                self._stories.move(operation, OperationState.EXPIRED, reason=f"Its turn did not come within {waited}. Ask for it again.")
            elif not ahead:
                self._begin(operation)
                return  # its move changed what the others wait for: the next look shows it
            elif say_turn(ahead) != operation.reason:
                self._stories.redraw(replace(operation, reason=say_turn(ahead)))

    def _begin(self, operation: Operation) -> None:
        refusal = self._refusal(operation)
        if refusal:
            self._stories.move(operation, OperationState.REJECTED, reason=f"When its turn came: {refusal} Nothing was started.")
        elif operation.approvals_needed:
            until = self._clock.now() + self._configuration.approval_expires
            self._stories.move(operation, OperationState.AWAITING_APPROVAL, reason="", expires_at=until)
        else:
            begun = self._stories.move(operation, OperationState.APPROVED, reason="", expires_at=None)
            if begun:
                self._launch(begun)
        self.look_now()

    def _refusal(self, operation: Operation) -> str:
        service = self._configuration.services.get(operation.service)
        environment = service.place(operation.environment) if service else None
        if service is None or environment is None:
            return f"{operation.service} and its environment {operation.environment} are not in chatops.toml any more."
        return refusal_in(self._gatekeeper.in_turn(operation, service, environment))
