"""What is new in an operation, or what a rollback takes back: for its card, and for its thread."""

import logging
from dataclasses import replace

from bot.core.blocks import Message
from bot.core.configuration import Configuration
from bot.core.gates import Check
from bot.core.operation_notes import changes_note
from bot.core.operations import Operation, OperationKind
from bot.core.preview import MOST_SUBJECTS
from bot.engine.gatekeeper import own_runs
from bot.engine.live_versions import LiveEngine
from bot.engine.targets import Targets
from bot.ports.errors import ChatopsError
from bot.ports.github import NOTHING_BETWEEN, Comparison, GitHub
from bot.ports.journal import Journal

log = logging.getLogger(__name__)


class Changes:
    """Reads the commits between the version that was live and the one that is asked for; of a repository with several services its own ones."""

    def __init__(self, configuration: Configuration, journal: Journal, github: GitHub, targets: Targets, live: LiveEngine) -> None:
        self._configuration = configuration
        self._journal = journal
        self._github = github
        self._targets = targets
        self._live = live

    def of(self, operation: Operation) -> tuple[int, str, Message | None]:
        """Return how many commits there are, the address of the comparison, and the note for the thread.

        Nothing of it when there is nothing to compare with, or GitHub can't say now: a release does not wait for it.
        """
        comparison = self._read(operation)
        note = changes_note(replace(operation, commits=comparison.total), comparison.subjects)
        return comparison.total, comparison.url, note

    def to_approve(self, operation: Operation) -> tuple[Operation, Message | None]:
        """Return an operation with all that whoever approves must see, and the note for its thread."""
        live = self._live.of(operation.service, operation.environment).shown
        comparison = self._read(operation if operation.previous else replace(operation, previous=live))
        brings = tuple(f"{title} · {author}" for title, author in comparison.subjects[:MOST_SUBJECTS])
        checks = self._checks(operation)
        seen = replace(operation, commits=comparison.total, compare_url=comparison.url, brings=brings, checks=checks, live=live)
        return seen, changes_note(seen, comparison.subjects)

    def _read(self, operation: Operation) -> Comparison:
        if not operation.previous:
            return NOTHING_BETWEEN
        base, head = operation.previous, operation.sha or operation.ref
        if operation.kind is OperationKind.ROLLBACK:
            base, head = operation.version, operation.previous
        service = self._configuration.services.get(operation.service)
        try:
            return self._targets.between(service, base, head) if service else self._github.compare(operation.repo, base, head)
        except ChatopsError as error:
            log.warning("compare.failed", extra={"fields": {"operation": operation.id, "error": str(error)}})
            return NOTHING_BETWEEN

    def _checks(self, operation: Operation) -> tuple[Check, ...] | None:
        with self._journal.read() as tx:
            ours = own_runs(tx, operation.service)
        try:
            return tuple(check for check in self._github.checks(operation.repo, operation.sha) if check.run_id not in ours)
        except ChatopsError as error:
            log.warning("checks.unknown", extra={"fields": {"operation": operation.id, "error": str(error)}})
            return None
