"""Looks at everything that a person should see before they say so: versions, commits, checks, what is live, the gates."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from bot.core.blocks import OPTIONS
from bot.core.configuration import Environment, Service
from bot.core.markup import md
from bot.core.preview import MOST_SUBJECTS, Preview
from bot.core.requests import OperationRequest
from bot.core.schemes import AnyVersion, Suggestion
from bot.engine.gatekeeper import Gatekeeper, own_runs
from bot.engine.live_versions import LiveEngine
from bot.engine.targets import CUTTING, Looked, Targets, workflow_file
from bot.ports.errors import ChatopsError, Rejected
from bot.ports.github import NOTHING_BETWEEN, Comparison, GitHub
from bot.ports.journal import Journal

log = logging.getLogger(__name__)
T = TypeVar("T")


class Previews:
    """Reads a preview. What can be done without, such as notes, is left out when GitHub does not tell; the rest raises."""

    def __init__(self, journal: Journal, github: GitHub, gatekeeper: Gatekeeper, targets: Targets, live: LiveEngine) -> None:
        self._journal = journal
        self._github = github
        self._gatekeeper = gatekeeper
        self._targets = targets
        self._live = live
        self._writes_no_notes: set[str] = set()  # repositories where our token may not ask for them

    def of(self, request: OperationRequest, service: Service, environment: Environment, actor: str) -> Preview:
        """Look at a request; without a version the one that comes next is proposed."""
        tags = self._github.tags(service.repo)
        if request.kind in CUTTING:
            return self._of_new(request, service, environment, actor, tags)
        return self._of_existing(request, service, environment, actor, tags)

    def _of_new(self, request: OperationRequest, service: Service, environment: Environment, actor: str, tags: list[str]) -> Preview:
        last = service.scheme.latest(tags)
        head = request.sha or request.ref.strip() or service.ref
        since, is_known = self._since(service, last, head)
        suggestion = self._targets.suggest(service, last, since)
        asked = replace(request, version=request.version or str(suggestion.version))
        looked = self._targets.look(asked, service, environment, tags)
        made = self._common(asked, service, environment, actor, looked)
        why = _why(suggestion, since, len(since.commits)) if is_known else f"{head} can't be compared with {last or 'nothing'}"
        if tags and not last:
            why = f"none of the {len(tags)} tags is a {service.scheme.kind}"
        return replace(
            made,
            last=looked.previous,
            proposed=str(suggestion.version),
            why=why,
            pre=service.scheme.next_pre(suggestion.version, tags) if not request.version else "",
            subjects=since.subjects[:MOST_SUBJECTS],
            total=since.total,
            compare_url=since.url,
            notes=self._notes(service, made),
        )

    def _since(self, service: Service, last: AnyVersion | None, head: str) -> tuple[Comparison, bool]:
        """Return what came since, and whether GitHub could compare at all; that it can't be asked now is no "nothing came"."""
        try:
            return self._targets.since(service, last, head), True
        except Rejected as error:
            log.info("preview.incomparable", extra={"fields": {"repo": service.repo, "error": str(error)}})
            return NOTHING_BETWEEN, False

    def _of_existing(self, request: OperationRequest, service: Service, environment: Environment, actor: str, tags: list[str]) -> Preview:
        versions = sorted((v for v in map(service.scheme.read, tags) if v), key=lambda v: v.precedence, reverse=True)
        asked = replace(request, version=request.version or (str(versions[0]) if versions else ""))
        looked = self._targets.look(asked, service, environment, tags)
        if not asked.version:
            looked.problems["version"] = md("{} has no version yet: release one first.", service.name)
        made = self._common(asked, service, environment, actor, looked)
        made = replace(made, last=looked.previous or made.live, choices=tuple(map(str, versions[:OPTIONS])), choices_total=len(versions))
        if not (made.last and looked.version) or made.last == looked.version:
            return made
        since = self._optional(lambda: self._targets.between(service, made.last, looked.version), NOTHING_BETWEEN, service)
        return replace(made, subjects=since.subjects[:MOST_SUBJECTS], total=since.total, compare_url=since.url)

    def _common(self, request: OperationRequest, service: Service, environment: Environment, actor: str, looked: Looked) -> Preview:
        """Look at what every kind of operation shows."""
        with self._journal.read() as tx:
            ours = own_runs(tx, service.name)
        live = self._live.of(service.name, environment.name) if environment.name else None
        sha = looked.pinned.sha if looked.pinned else ""
        verdicts = self._gatekeeper.who_and_when(actor, service, environment)
        if sha and looked.version:
            verdicts += self._gatekeeper.what(request.kind, service, environment, looked.version, sha)
        has_environments = any(wanted.type == "environment" for wanted in looked.asked)
        return Preview(
            kind=request.kind,
            service=service.name,
            repo=service.repo,
            environment=environment.name,
            ref=looked.pinned.ref if looked.pinned else request.ref.strip() or service.ref,
            version=looked.version or request.version,
            file=workflow_file(service, request.kind),
            sha=sha,
            checks=self._optional(lambda: tuple(c for c in self._github.checks(service.repo, sha) if c.run_id not in ours), None, service)
            if sha
            else None,
            live=live.shown if live else "",
            live_since=live.at if live else None,
            doubt=live.doubt if live else "",
            verdicts=tuple(verdicts),
            approvals=environment.approvals,
            takes_notes=looked.takes_notes,
            asked=looked.asked,
            environments=tuple(self._optional(lambda: self._github.environments(service.repo), [], service)) if has_environments else (),
            inputs=looked.inputs,
            problems=looked.problems,
        )

    def _notes(self, service: Service, preview: Preview) -> str:
        """Return the notes that GitHub would write, "" when it does not tell. A token that may not is not asked again."""
        if service.repo in self._writes_no_notes or not preview.sha or "version" in preview.problems:
            return ""
        try:
            return self._github.generated_notes(service.repo, preview.version, preview.sha, preview.last)
        except Rejected as error:
            if error.code == "403":
                self._writes_no_notes.add(service.repo)
            log.info("notes.refused", extra={"fields": {"repo": service.repo, "error": str(error)}})
        except ChatopsError as error:
            log.warning("notes.unknown", extra={"fields": {"repo": service.repo, "error": str(error)}})
        return ""

    def _optional(self, read: Callable[[], T], otherwise: T, service: Service) -> T:
        """Return what GitHub tells, or something else: a preview does not fail for it."""
        try:
            return read()
        except ChatopsError as error:
            log.warning("preview.incomplete", extra={"fields": {"repo": service.repo, "error": str(error)}})
            return otherwise


def _why(suggestion: Suggestion, since: Comparison, read: int) -> str:
    """Say why that version comes next, and of how many commits that is known."""
    unread = since.total - read
    return f"{suggestion.why} (of the newest {read} commits; {unread} older ones were not read)" if unread > 0 else suggestion.why
