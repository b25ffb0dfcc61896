"""What is new in an operation, or what a rollback takes back: for its card, and for its thread."""

import logging
from dataclasses import replace

from bot.core.blocks import Message
from bot.core.operation_notes import changes_note
from bot.core.operations import Operation, OperationKind
from bot.ports.errors import ChatopsError
from bot.ports.github import GitHub

log = logging.getLogger(__name__)


class Changes:
    """Reads the commits between the version that was live and the one that is asked for."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    def of(self, operation: Operation) -> tuple[int, str, Message | None]:
        """Return how many commits there are, the address of the comparison, and the note for the thread.

        Nothing of it when there is nothing to compare with, or GitHub can't say now: a release does not wait for it.
        """
        if not operation.previous:
            return 0, "", None
        base, head = operation.previous, operation.sha or operation.ref
        if operation.kind is OperationKind.ROLLBACK:
            base, head = operation.version, operation.previous
        try:
            comparison = self._github.compare(operation.repo, base, head)
        except ChatopsError as error:
            log.warning("compare.failed", extra={"fields": {"operation": operation.id, "error": str(error)}})
            return 0, "", None
        subjects = [(commit.message.partition("\n")[0], commit.author) for commit in reversed(comparison.commits)]
        return comparison.total, comparison.url, changes_note(replace(operation, commits=comparison.total), subjects)
