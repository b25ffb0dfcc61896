"""Gathers what a digest counts: operations and alerts out of the journal, and when commits were merged out of GitHub."""

from datetime import datetime

from bot.core.blocks import Message
from bot.core.digest import digest_card, digest_of_period
from bot.core.operations import OperationState
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError
from bot.ports.github import GitHub
from bot.ports.journal import Journal

# GitHub is asked once for each; a workspace that deploys more often has its median from the newest.
MOST_COMMITS = 100


class DigestEngine:
    """See `bot.api.DigestApi` for what each member promises."""

    def __init__(self, journal: Journal, github: GitHub, clock: Clock) -> None:
        self._journal = journal
        self._github = github
        self._clock = clock

    def draw(self, environment: str, since: datetime, until: datetime) -> Message:
        with self._journal.read() as tx:
            operations = tx.operations.ended_since(since)
            alerts = tx.alerts.opened_since(since)
        live = [o for o in operations if o.environment == environment and o.state is OperationState.SUCCEEDED and o.sha]
        merged: dict[str, datetime] = {}
        for repo, sha in list(dict.fromkeys((operation.repo, operation.sha) for operation in live))[-MOST_COMMITS:]:
            try:
                at = self._github.resolve(repo, sha).committed_at
            except ChatopsError:  # a commit that can't be looked up has no lead time; every other figure stands
                continue
            if at:
                merged[sha] = at
        return digest_card(digest_of_period(operations, alerts, merged, environment, since, until))
