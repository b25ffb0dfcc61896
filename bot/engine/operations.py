"""Checks what people ask for and pins it, and looks up what was asked for before."""

from collections.abc import Sequence

from bot.api import Proposal, Stored
from bot.core.configuration import Configuration, Environment, Service
from bot.core.gates import Gate, Verdict, refusal_in
from bot.core.group_card import went_out
from bot.core.hints import no_environment, no_service
from bot.core.markup import code, escape, md
from bot.core.operations import UNFINISHED, Operation, OperationKind, OperationState
from bot.core.override import closed_gates, gone_past
from bot.core.preview import Preview
from bot.core.queueing import WhenBusy
from bot.core.requests import OperationRequest, Prepared
from bot.engine.gatekeeper import Gatekeeper
from bot.engine.previews import Previews
from bot.engine.starting import Starter
from bot.engine.targets import Targets, workflow_file
from bot.ports.errors import FieldErrors, UserError
from bot.ports.github import GitHub
from bot.ports.journal import Journal

# How far back a rollback looks for what was there.
PAST = 300


def _let_through(verdicts: list[Verdict]) -> None:
    """Refuse with the first gate that does not pass, at the environment's field."""
    refusal = refusal_in(verdicts)
    if refusal:
        raise FieldErrors({"environment": escape(refusal)})


class OperationEngine:
    """See `bot.api.OperationsApi` for what each member promises."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        github: GitHub,
        gatekeeper: Gatekeeper,
        targets: Targets,
        previews: Previews,
        starter: Starter,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._github = github
        self._gatekeeper = gatekeeper
        self._targets = targets
        self._previews = previews
        self._starter = starter

    def prepare(self, request: OperationRequest, actor: str) -> Prepared:
        service = self._service(request.service, request.kind)
        environment = self._environment(service, request.environment, request.kind)
        override = " ".join(request.override.split())
        before = self._gatekeeper.who_and_when(actor, service, environment)
        if request.override:
            _let_through([*before[:1], self._gatekeeper.may_override(actor, environment, override)])
        passed: tuple[str, ...] = ()
        if override:
            passed = closed_gates([*before, self._gatekeeper.missing_approvals(environment)])
        if environment.when_busy is WhenBusy.QUEUE:
            before = [verdict for verdict in before if verdict.gate is not Gate.RUNNING]
        _let_through(gone_past(before, passed))
        target = self._targets.find(request, service, environment)
        verdicts = self._gatekeeper.what(request.kind, service, environment, target.version, target.sha)
        if override:
            passed += closed_gates(verdicts)
            if not passed:
                raise UserError("Every gate is open for you: leave --override out.")
        _let_through(gone_past(verdicts, passed))
        return Prepared(
            kind=request.kind,
            service=service.name,
            repo=service.repo,
            workflow=target.workflow.file,
            environment=environment.name,
            ref=target.ref,
            sha=target.sha,
            version=target.version,
            previous=target.previous,
            channel=self._configuration.channel,
            echo=service.channel,
            inputs=target.inputs,
            given=target.given,
            dispatch_id_input=target.dispatch_id_input,
            workflow_blob=target.workflow.blob_sha,
            approvals_needed=0 if Gate.APPROVAL in passed else environment.approvals,
            approvers=environment.approvers,
            approvals_channel=environment.approvals_channel,
            when_busy=environment.when_busy,
            override=override,
            overridden=passed,
        )

    def preview(self, request: OperationRequest, actor: str) -> Preview:
        service = self._service(request.service, request.kind)
        environment = self._environment(service, request.environment, request.kind)
        return self._previews.of(request, service, environment, actor)

    def start(self, prepared: Prepared, actor: str, request_key: str, store: Stored | None = None) -> Operation:
        return self._starter.start([prepared], actor, request_key, store)[0]

    def start_together(self, prepared: Sequence[Prepared], actor: str, request_key: str) -> list[Operation]:
        return self._starter.start(prepared, actor, request_key)

    def propose(self, service: str, ref: str = "") -> Proposal:
        found = self._service(service, OperationKind.RELEASE)
        last = found.scheme.latest(self._github.tags(found.repo))
        since = self._targets.since(found, last, ref or found.ref)
        return Proposal(found.name, last, self._targets.suggest(found, last, since), since.total)

    def place(self, service: str, environment: str, kind: OperationKind) -> tuple[Service, Environment]:
        """Return a configured service and one of its environments, the first when none is named.

        Raises:
            FieldErrors: there is no such service or environment, or it has no workflow for that.
        """
        found = self._service(service, kind)
        return found, self._environment(found, environment, kind)

    def why_not(self, service: str, environment: str, version: str, actor: str) -> list[Verdict]:
        found = self._service(service, OperationKind.RELEASE)
        there = self._environment(found, environment)
        verdicts = [*self._gatekeeper.who_and_when(actor, found, there), self._gatekeeper.missing_approvals(there)]
        if version:
            tag = self._targets.tag_of(found, version)
            sha = self._github.tag_sha(found.repo, tag) or self._github.resolve(found.repo, found.ref).sha
            verdicts += self._gatekeeper.what(OperationKind.RELEASE, found, there, tag, sha)
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

    def past(self, service: str, environment: str = "") -> list[Operation]:
        found = self._service(service, OperationKind.ROLLBACK)
        there = self._environment(found, environment)
        with self._journal.read() as tx:
            known = tx.operations.recent(PAST, found.name)
            current = tx.operations.last_succeeded(found.name, there.name)
        seen = {current.version} if current else set()
        succeeded: list[Operation] = []
        for operation in known:
            is_there = operation.environment == there.name and operation.state is OperationState.SUCCEEDED
            if is_there and operation.version not in seen:
                seen.add(operation.version)
                succeeded.append(operation)
        return succeeded

    def way_back(self, operation_id: str) -> list[OperationRequest]:
        with self._journal.read() as tx:
            one = tx.operations.get(operation_id)
            members = [found for member in (one.members if one else ()) if (found := tx.operations.get(member))]
        stuck: list[str] = []
        requests: list[OperationRequest] = []
        for gone in went_out(members):
            live, before = self.last_succeeded(gone.service, gone.environment), self.past(gone.service, gone.environment)
            if live is None or live.id != gone.id:
                continue  # somebody brought something else there since
            if before:
                requests.append(OperationRequest(OperationKind.ROLLBACK, gone.service, before[0].version, gone.environment))
            else:
                stuck.append(f"{gone.service} had nothing live in {gone.environment} before, so it can't go back.")
        if not requests:
            raise UserError(" ".join(stuck) or "There is nothing to roll back any more: what went out of that group is not live now.")
        return requests

    def _service(self, name: str, kind: OperationKind) -> Service:
        service = self._configuration.services.get(name)
        if service is None:
            raise FieldErrors({"service": no_service(name, list(self._configuration.services))})
        setting = {OperationKind.RELEASE: "release_workflow", OperationKind.TAG: "tag_workflow"}.get(kind, "deploy_workflow")
        if not workflow_file(service, kind):
            raise FieldErrors({"service": md("{} has no {} in chatops.toml.", code(name), code(setting))})
        return service

    def _environment(self, service: Service, name: str, kind: OperationKind = OperationKind.RELEASE) -> Environment:
        known = list(service.environments)
        nowhere = service.place("") if kind is OperationKind.TAG else None
        if nowhere:
            return nowhere
        if not name and known:
            return service.environments[known[0]]
        environment = service.environments.get(name)
        if environment is None:
            raise FieldErrors({"environment": no_environment(name, service.name, known)})
        return environment
