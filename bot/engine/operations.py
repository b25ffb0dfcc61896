"""Checks what people ask for, pins it, and writes it down as an operation."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.api import Proposal
from bot.core.approvals import digest_of
from bot.core.configuration import Configuration, Environment, Service
from bot.core.gates import Verdict
from bot.core.markup import Mrkdwn, code, escape, md, shorten
from bot.core.names import is_ref, is_sha
from bot.core.operations import Operation, OperationState
from bot.core.release_rules import check_inputs, check_version
from bot.core.requests import OperationRequest, Prepared
from bot.core.versions import Version, latest_version, suggest_next
from bot.engine.arguments import did_you_mean
from bot.engine.gatekeeper import UNFINISHED, Gatekeeper, check_running_there, cuts_the_same_tag
from bot.engine.permissions import Permissions
from bot.engine.stories import Stories
from bot.ports.clock import Clock
from bot.ports.errors import FieldErrors, NotFound, UserError
from bot.ports.github import GitHub, Workflow
from bot.ports.journal import Journal

# What the repository had before its first tag is shown by its newest commits.
FIRST_COMMITS = 50
# What we can fill a workflow's input with, when chatops.toml does not say how the inputs are called.
DEFAULT_INPUTS: Mapping[str, str] = {name: name for name in ("version", "environment", "sha", "dispatch_id")}


def _let_through(verdicts: list[Verdict]) -> None:
    """Refuse with the first gate that does not pass, at the environment's field."""
    for verdict in verdicts:
        if not verdict.passed:
            raise FieldErrors({"environment": escape(f"{verdict.why} {verdict.clears}")})


@dataclass(frozen=True, slots=True)
class Pinned:
    """The commit to release, and the branch or tag on which its workflow is dispatched."""

    sha: str
    ref: str


class OperationEngine:
    """See `bot.api.OperationsApi` for what each member promises."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        github: GitHub,
        permissions: Permissions,
        gatekeeper: Gatekeeper,
        stories: Stories,
        clock: Clock,
        launch: Callable[[Operation], None],
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._github = github
        self._permissions = permissions
        self._gatekeeper = gatekeeper
        self._stories = stories
        self._clock = clock
        self._launch = launch

    def prepare(self, request: OperationRequest, actor: str) -> Prepared:
        service = self._service(request.service)
        environment = self._environment(service, request.environment)
        _let_through(self._gatekeeper.who_and_when(actor, service, environment))
        problems: dict[str, Mrkdwn] = {}
        ref = request.ref.strip() or service.ref
        pinned = self._pin(service, ref, problems)
        tags = self._github.tags(service.repo)
        last = latest_version(tags)
        version = check_version(request.version, tags)
        if isinstance(version, Mrkdwn):
            # Only a wrong version is worth the reading of the commits that the right one follows from.
            proposal = self._propose(service, last, ref if pinned else service.ref)
            problems["version"] = md("{} The next version would be {}.", version, code(str(proposal.suggestion.version)))
        if problems or pinned is None:
            raise FieldErrors(dict(problems))
        inputs, dispatch_id_input = self._inputs(service, environment, str(version), str(last or ""), pinned.sha)
        workflow = self._check_workflow(service, pinned.ref, {**inputs, dispatch_id_input: "x"} if dispatch_id_input else inputs)
        _let_through(self._gatekeeper.what(service, environment, str(version), pinned.sha))
        return Prepared(
            kind=request.kind,
            service=service.name,
            repo=service.repo,
            workflow=service.release_workflow,
            environment=environment.name,
            ref=pinned.ref,
            sha=pinned.sha,
            version=str(version),
            previous=str(last) if last else "",
            channel=self._configuration.channel,
            echo=service.channel,
            inputs=inputs,
            dispatch_id_input=dispatch_id_input,
            workflow_blob=workflow.blob_sha,
            approvals_needed=environment.approvals,
            approvers=environment.approvers,
        )

    def start(self, prepared: Prepared, actor: str, request_key: str) -> Operation:
        now = self._clock.now()
        operation_id = secrets.token_hex(4)
        dispatch_id = f"chatopsd-{operation_id}"
        inputs = dict(prepared.inputs)
        if prepared.dispatch_id_input:
            inputs[prepared.dispatch_id_input] = dispatch_id
        waits = prepared.approvals_needed > 0
        operation = Operation(
            id=operation_id,
            kind=prepared.kind,
            state=OperationState.AWAITING_APPROVAL if waits else OperationState.APPROVED,
            service=prepared.service,
            repo=prepared.repo,
            workflow=prepared.workflow,
            ref=prepared.ref,
            sha=prepared.sha,
            version=prepared.version,
            environment=prepared.environment,
            actor=actor,
            requested_at=now,
            updated_at=now,
            dispatch_id=dispatch_id,
            channel=prepared.channel,
            echo=prepared.echo,
            previous=prepared.previous,
            inputs=inputs,
            approvals_needed=prepared.approvals_needed,
            approvers=prepared.approvers,
            expires_at=now + self._configuration.approval_expires if waits else None,
            digest=digest_of(prepared.service, prepared.environment, prepared.sha, inputs, prepared.workflow_blob),
        )
        self._permissions.name_of(actor)  # looked up before the transaction, which must be short
        with self._journal.begin() as tx:
            known = tx.operations.by_request(request_key)
            if known:
                return known
            verdict = check_running_there(tx, prepared.service, prepared.environment)
            if not verdict.passed:
                raise UserError(f"{verdict.why} {verdict.clears}")
            other = cuts_the_same_tag(tx, prepared.repo, prepared.version)
            if other:
                raise UserError(
                    f"{other} has not ended yet, and it cuts the same tag. A tag is cut once: wait for it, or take another version."
                )
            self._stories.begin(tx, operation, request_key)
        if not waits:
            self._launch(operation)
        return operation

    def propose(self, service: str, ref: str = "") -> Proposal:
        found = self._service(service)
        return self._propose(found, latest_version(self._github.tags(found.repo)), ref or found.ref)

    def why_not(self, service: str, environment: str, version: str, actor: str) -> list[Verdict]:
        found = self._service(service)
        there = self._environment(found, environment)
        verdicts = self._gatekeeper.who_and_when(actor, found, there)
        if version:
            sha = self._github.tag_sha(found.repo, version) or self._github.resolve(found.repo, found.ref).sha
            verdicts += self._gatekeeper.what(found, there, version, sha)
        return verdicts

    def last_succeeded(self, service: str, environment: str) -> Operation | None:
        with self._journal.read() as tx:
            return tx.operations.last_succeeded(service, environment)

    def recent(self, limit: int = 10, service: str = "") -> list[Operation]:
        with self._journal.read() as tx:
            return tx.operations.recent(limit, service)

    def unfinished(self) -> list[Operation]:
        with self._journal.read() as tx:
            return tx.operations.in_states(*UNFINISHED)

    def _propose(self, service: Service, last: Version | None, ref: str) -> Proposal:
        if last:
            between = self._github.compare(service.repo, str(last), ref)
            commits, total = list(between.commits), between.total
        else:
            commits = self._github.commits(service.repo, ref, FIRST_COMMITS)
            total = len(commits)
        return Proposal(service.name, last, suggest_next(last, [commit.message for commit in commits]), total)

    def _service(self, name: str) -> Service:
        service = self._configuration.services.get(name)
        if service is None:
            known = list(self._configuration.services)
            text = md(
                "There is no service {}.{} Known: {}.", code(shorten(name, 60)), did_you_mean(name, known), ", ".join(known) or "none"
            )
            raise FieldErrors({"service": text})
        if not service.release_workflow:
            raise FieldErrors({"service": md("{} has no {} in chatops.toml.", code(name), code("release_workflow"))})
        return service

    def _environment(self, service: Service, name: str) -> Environment:
        known = list(service.environments)
        if not name and known:
            return service.environments[known[0]]
        environment = service.environments.get(name)
        if environment is None:
            hint = did_you_mean(name, known)
            text = md("{} has no environment {}.{} It has {}.", service.name, code(shorten(name, 60)), hint, ", ".join(known) or "none")
            raise FieldErrors({"environment": text})
        return environment

    def _pin(self, service: Service, ref: str, problems: dict[str, Mrkdwn]) -> Pinned | None:
        """Pin the commit that is meant, or note why it can't be."""
        shown = code(shorten(ref, 60))
        if not is_ref(ref):
            problems["ref"] = md("{} can't be a branch, tag or commit.", shown)
            return None
        try:
            commit = self._github.resolve(service.repo, ref)
            if not is_sha(ref):
                return Pinned(commit.sha, ref)
            # GitHub dispatches on branches and tags only, and finds the commits of forks by their id, too.
            ahead = self._github.compare(service.repo, service.ref, commit.sha).total
        except NotFound:
            problems["ref"] = md("There is no branch, tag or commit {} in {}.", shown, service.repo)
            return None
        if "sha" not in (service.inputs or DEFAULT_INPUTS):
            problems["ref"] = md(
                "A commit can only be named when the workflow takes it as an input: see {} in chatops.toml.", code("inputs")
            )
        elif ahead:
            problems["ref"] = md("The commit {} is not on {}. Name the branch that it is on.", code(commit.sha[:7]), code(service.ref))
        else:
            return Pinned(commit.sha, service.ref)
        return None

    def _check_workflow(self, service: Service, ref: str, inputs: Mapping[str, str]) -> Workflow:
        file = service.release_workflow
        try:
            workflow = self._github.workflow(service.repo, file, ref)
        except NotFound:
            text = md("There is no workflow {} in {} at {}.", code(file), service.repo, code(shorten(ref, 60)))
            raise FieldErrors({"ref": text}) from None
        refusal = check_inputs(file, workflow.inputs, inputs)
        if refusal:
            raise FieldErrors({"service": refusal})
        return workflow

    def _inputs(self, service: Service, environment: Environment, version: str, previous: str, sha: str) -> tuple[dict[str, str], str]:
        """Return the inputs in the workflow's words, and which one takes the dispatch id."""
        names = service.inputs or DEFAULT_INPUTS
        ours = {"version": version, "environment": environment.name, "sha": sha, "previous": previous}
        return {names[word]: value for word, value in ours.items() if word in names}, names.get("dispatch_id", "")
