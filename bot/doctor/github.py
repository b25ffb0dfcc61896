"""GitHub, as the doctor sees it: what the token may in each repository, the workflows and their inputs, the environments."""

from collections.abc import Iterator
from secrets import token_hex

from bot.core.configuration import Service
from bot.core.locks import LockLayout
from bot.doctor.finding import Finding, fail, ok, warn
from bot.engine.targets import input_names
from bot.opening import open_github
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, NotFound, Rejected
from bot.ports.github import Workflow, WorkflowInput
from bot.settings import Settings

TOPIC = "GitHub"
_PERMISSIONS = "give the token Actions read and write, Contents read, Deployments read, for this repository"

_WRITES = "give the token Contents read and write there; or set kept_as of [locks] to journal, and take audit_repo out"


class GitHubExamination:
    """Looks at every service's repository. Nothing is started and nothing is changed."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._configuration = settings.configuration
        self._services = settings.configuration.services
        self._github = open_github(settings, clock)
        self._clock = clock

    def findings(self) -> Iterator[Finding]:
        """Look at the token, then at each service."""
        try:
            self._github.server_time()
        except ChatopsError as error:
            yield fail(TOPIC, str(error), "is the token right, and can this machine reach GitHub?")
            return
        quota = self._github.quota()
        yield ok(TOPIC, "the token is accepted" + (f", {quota.remaining} of {quota.limit} requests are left" if quota else ""))
        for service in self._services.values():
            yield from self._service(service)
        audit_repo = self._configuration.audit_repo
        if audit_repo:
            yield from self._may_write("audit", audit_repo, "the audit's head is told in the timeline only")
        self._github.close()

    def _service(self, service: Service) -> Iterator[Finding]:
        topic = f"service {service.name}"
        try:
            commit = self._github.resolve(service.repo, service.ref)
        except NotFound:
            yield fail(topic, f"{service.repo} has no {service.ref}, or the token may not see it", _PERMISSIONS)
            return
        except ChatopsError as error:
            yield fail(topic, f"{service.repo}: {error}", _PERMISSIONS)
            return
        yield ok(topic, f"{service.repo} can be read; {service.ref} is at {commit.sha[:7]}")
        files = {service.release_workflow: "release", service.deploy_workflow: "deploy", service.tag_workflow: "tag"}
        for file, what in files.items():
            if file:
                yield from self._workflow(topic, service, file, what)
        yield from self._environments(topic, service)
        if self._configuration.locks.layout is not LockLayout.JOURNAL:
            yield from self._may_write(topic, service.repo, "locks are kept here only, and a workflow that looks for them sees none")

    def _workflow(self, topic: str, service: Service, file: str, what: str) -> Iterator[Finding]:
        try:
            found = self._github.workflow(service.repo, file, service.ref)
        except ChatopsError as error:
            yield fail(topic, f"{file}: {error}", f"put it into .github/workflows on {service.ref}; examples/workflows holds one")
            return
        if found.inputs is None:
            yield fail(topic, f"{file} has no trigger workflow_dispatch", "add `on: workflow_dispatch` with its inputs")
            return
        troubles = [*_inputs(topic, service, found, what)]
        yield from troubles
        if not troubles:
            yield ok(topic, f"{file} takes what is sent to it")
        yield from self._may_dispatch(topic, service, file)

    def _may_dispatch(self, topic: str, service: Service, file: str) -> Iterator[Finding]:
        """Ask for a run on a branch that is not there: who may dispatch is told so, who may not is refused before. Nothing can start."""
        nowhere = f"chatopsd-doctor-{token_hex(6)}"
        try:
            self._github.dispatch(service.repo, file, nowhere, {})
        except Rejected as error:
            if error.code == "422":
                yield ok(topic, f"the token may dispatch {file}")
            else:
                yield fail(topic, f"the token may not dispatch {file}: {error}", _PERMISSIONS)
        except ChatopsError as error:
            yield warn(topic, f"whether the token may dispatch {file} could not be seen: {error}")
        else:
            yield warn(topic, f"GitHub took a dispatch of {file} on {nowhere}, a branch that is not there")

    def _may_write(self, topic: str, repo: str, otherwise: str) -> Iterator[Finding]:
        try:
            may = self._github.may_write(repo, f"chatopsd-doctor-{token_hex(6)}")
        except ChatopsError as error:
            yield warn(topic, f"whether the token may write branches of {repo} could not be seen: {error}")
            return
        if may:
            yield ok(topic, f"the token may write branches of {repo}")
        else:
            yield warn(topic, f"the token may not write branches of {repo}: {otherwise}", _WRITES)

    def _environments(self, topic: str, service: Service) -> Iterator[Finding]:
        try:
            there = self._github.reviewers(service.repo)
        except ChatopsError as error:
            yield warn(topic, f"its environments could not be read: {error}", _PERMISSIONS)
            return
        for name in service.environments:
            if name not in there:
                yield warn(topic, f"GitHub has no environment {name}", "make it, so that GitHub's own protection rules can hold there, too")
                continue
            asks = f"; GitHub asks for a review by {', '.join(there[name])}, besides what is asked here" if there[name] else ""
            yield ok(topic, f"the environment {name} is on GitHub{asks}")


def _inputs(topic: str, service: Service, found: Workflow, what: str) -> Iterator[Finding]:
    """Compare what will be sent with what the workflow takes."""
    there = {each.name: each for each in found.inputs or ()}
    words = input_names(service, there)
    table = f"services.{service.name}.inputs"
    for word, name in words.items():
        # Of the release workflow's words another one takes what it knows; without the dispatch id none does. Notes are sent where they are taken.
        if name in there or (what != "release" and word != "dispatch_id"):
            continue
        text = f"{found.file} has no input {name} (our word {word}); it has: {', '.join(there) or 'none'}"
        remedy = f"name it in [{table}], or add it there"
        yield warn(topic, text, remedy) if word == "notes" else fail(topic, text, remedy)
    yield from _choices(topic, service, found.file, there.get(words.get("environment", "")))
    if "dispatch_id" not in words:
        yield warn(
            topic,
            f"{found.file} is not given a dispatch_id: a run whose answer is lost can't be told from others",
            f"add the input, show it in run-name, and name it in [{table}]",
        )


def _choices(topic: str, service: Service, file: str, declared: WorkflowInput | None) -> Iterator[Finding]:
    missing = [name for name in service.environments if declared and declared.options and name not in declared.options]
    for name in missing:
        yield fail(topic, f"{file} does not offer the environment {name}", "add it to the options of its input")
