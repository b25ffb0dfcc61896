"""Looks up what can be gone back to, and what that takes away."""

from dataclasses import replace

from bot.core.globs import matching
from bot.core.operations import OperationKind
from bot.core.rollbacks import RollbackPreview, past_deployments
from bot.engine.gatekeeper import Gatekeeper
from bot.engine.live_versions import LiveEngine
from bot.engine.operations import OperationEngine
from bot.engine.targets import Targets
from bot.handles.rollbacks import RollbackOffer
from bot.ports.errors import ChatopsError
from bot.ports.github import GitHub
from bot.ports.journal import Journal

PAST = 300  # so many successes are looked through
MOST_FILES = 300  # GitHub tells no more of a comparison


class RollbackEngine:
    """See `bot.api.RollbacksApi` for what each member promises."""

    def __init__(
        self, journal: Journal, github: GitHub, gatekeeper: Gatekeeper, targets: Targets, operations: OperationEngine, live: LiveEngine
    ) -> None:
        self._journal = journal
        self._github = github
        self._gatekeeper = gatekeeper
        self._targets = targets
        self._operations = operations
        self._live = live

    def offer(self, service: str, environment: str = "") -> RollbackOffer:
        found, there = self._operations.place(service, environment, OperationKind.ROLLBACK)
        live = self._live.of(found.name, there.name)
        with self._journal.read() as tx:
            succeeded = tx.operations.succeeded(found.name, there.name, PAST)
        return RollbackOffer(live, tuple(past_deployments(succeeded, live.version)))

    def preview(self, service: str, environment: str, version: str, actor: str = "") -> RollbackPreview:
        shown = self._taken_back(service, environment, version)
        if not actor or not shown.is_there:
            return shown
        found, there = self._operations.place(service, environment, OperationKind.ROLLBACK)
        verdicts = self._gatekeeper.who_and_when(actor, found, there)
        try:
            sha = self._github.tag_sha(found.repo, shown.version)
        except ChatopsError as error:
            shown = _doubting(shown, f"Its commit could not be looked up: {error}")
        else:
            verdicts += self._gatekeeper.what(OperationKind.ROLLBACK, found, there, shown.version, sha or "")
        return replace(shown, verdicts=tuple(verdicts), approvals=there.approvals)

    def _taken_back(self, service: str, environment: str, version: str) -> RollbackPreview:
        found, there = self._operations.place(service, environment, OperationKind.ROLLBACK)
        live = self._live.of(found.name, there.name)
        head = live.version or live.sha
        nothing = RollbackPreview(found.name, there.name, version, live.shown, 0, (), "", (), False, live.doubt)
        try:
            tag = self._targets.existing_tag(found, version)
            if not tag:
                return replace(nothing, is_there=False)
            nothing = replace(nothing, version=tag)
            if not head or head == tag:
                return nothing
            comparison = self._targets.between(found, tag, head)
        except ChatopsError as error:
            return _doubting(nothing, f"What it takes back could not be looked up: {error}")
        return replace(
            nothing,
            commits=comparison.total,
            subjects=comparison.subjects,
            compare_url=comparison.url,
            migrations=matching(comparison.files, found.migrations),
            files_unknown=bool(found.migrations) and len(comparison.files) >= MOST_FILES,
        )


def _doubting(preview: RollbackPreview, doubt: str) -> RollbackPreview:
    both = " ".join(filter(None, (preview.doubt, doubt)))
    return replace(preview, doubt=both)
