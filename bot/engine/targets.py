"""Finds out what exactly an operation would bring: the version, its commit, and the workflow that does it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.configuration import Environment, Service
from bot.core.inputs import WorkflowInput, as_sent, check_given, to_ask
from bot.core.markup import Mrkdwn, code, escape, md, shorten
from bot.core.names import is_ref, is_sha
from bot.core.operations import OperationKind
from bot.core.reached import was_deployed
from bot.core.release_rules import check_inputs
from bot.core.requests import OperationRequest
from bot.core.schemes import AnyVersion, Suggestion
from bot.ports.clock import Clock
from bot.ports.errors import FieldErrors, NotFound, Rejected
from bot.ports.github import BAD_WORKFLOW, Comparison, GitHub, Workflow
from bot.ports.journal import Journal

# What the repository had before its first tag is shown by its newest commits.
FIRST_COMMITS = 50
# What we can fill a workflow's input with, when chatops.toml does not say how the inputs are called.
DEFAULT_INPUTS: Mapping[str, str] = {name: name for name in ("version", "environment", "sha", "dispatch_id")}
CUTTING = (OperationKind.RELEASE, OperationKind.TAG)
ROLLBACK_INPUT = "rollback"  # set to true for a rollback, where the workflow has it


@dataclass(frozen=True, slots=True)
class Target:
    """A version, pinned. `inputs` are in the workflow's words, but for the dispatch id; `dispatch_id_input` takes that, "" when none does."""

    version: str
    sha: str
    previous: str
    ref: str
    workflow: Workflow
    inputs: Mapping[str, str]
    given: tuple[str, ...]
    dispatch_id_input: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A commit, and the branch or tag on which a workflow is dispatched for it."""

    sha: str
    ref: str


@dataclass
class Looked:
    """What was found of a request so far, and what is wrong with it, by field. `asked` are the inputs that people fill."""

    problems: dict[str, Mrkdwn]
    last: AnyVersion | None = None
    version: str = ""
    previous: str = ""
    pinned: Pinned | None = None
    workflow: Workflow | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    dispatch_id_input: str = ""
    asked: tuple[WorkflowInput, ...] = ()
    takes_notes: bool = False


class Targets:
    """Reads from GitHub what a request means, and refuses what it can't mean."""

    def __init__(self, github: GitHub, journal: Journal, clock: Clock) -> None:
        self._github = github
        self._journal = journal
        self._clock = clock

    def find(self, request: OperationRequest, service: Service, environment: Environment) -> Target:
        """Return what a request means.

        Raises:
            FieldErrors: what is wrong, by field.
        """
        looked = self.look(request, service, environment, self._github.tags(service.repo))
        if "version" in looked.problems and request.kind in CUTTING:
            # Only a wrong version is worth the reading of the commits that the right one follows from.
            since = self.since(service, looked.last, looked.pinned.sha if looked.pinned else service.ref)
            following = self.suggest(service, looked.last, since)
            looked.problems["version"] = md("{} The next version would be {}.", looked.problems["version"], code(str(following.version)))
        if looked.problems or looked.pinned is None or looked.workflow is None:
            raise FieldErrors(dict(looked.problems))
        pinned = looked.pinned
        return Target(
            looked.version, pinned.sha, looked.previous, pinned.ref, looked.workflow, looked.inputs, looked.given, looked.dispatch_id_input
        )

    def look(self, request: OperationRequest, service: Service, environment: Environment, tags: list[str]) -> Looked:
        """Return all that is right and wrong with a request, given the repository's tags."""
        looked = Looked({}, last=service.scheme.latest(tags))
        if request.kind in CUTTING:
            self._look_at_new(request, service, tags, looked)
        else:
            self._look_at_existing(request, service, environment, tags, looked)
        if looked.pinned:
            looked.workflow = self._workflow(service, workflow_file(service, request.kind), looked.pinned.ref, looked.problems)
        if looked.workflow and looked.pinned:
            self._look_at_inputs(request, service, environment, looked, looked.workflow, looked.pinned)
        return looked

    def since(self, service: Service, last: AnyVersion | None, head: str) -> Comparison:
        """Return what `head` has over a version, of the service's own paths only where it has some; `total` counts those, too."""
        if last:
            return self.between(service, str(last), head)
        first = self._github.commits(service.repo, head, FIRST_COMMITS)
        return self._own(service, head, Comparison(len(first), tuple(reversed(first)), ""))

    def between(self, service: Service, base: str, head: str) -> Comparison:
        """Return what `head` has over `base`, of the service's own paths only where it has some."""
        return self._own(service, head, self._github.compare(service.repo, base, head))

    def _own(self, service: Service, head: str, between: Comparison) -> Comparison:
        if not service.paths or not between.commits:
            return between
        touched = {commit.sha for path in service.paths for commit in self._github.commits(service.repo, head, len(between.commits), path)}
        own = tuple(commit for commit in between.commits if commit.sha in touched)
        return Comparison(len(own) + (between.total - len(between.commits)), own, between.url, between.files)

    def suggest(self, service: Service, last: AnyVersion | None, since: Comparison) -> Suggestion:
        """Return the version that comes next."""
        return service.scheme.suggest(last, [commit.message for commit in since.commits], self._clock.now().date())

    def tag_of(self, service: Service, typed: str) -> str:
        """Return the tag of a version that somebody typed: as it is called in the repository, or would be."""
        tags = self._github.tags(service.repo)
        fresh = service.scheme.check(typed, tags, self._clock.now().date())
        return _tag_in(tags, service, typed) or (typed if isinstance(fresh, Mrkdwn) else str(fresh))

    def existing_tag(self, service: Service, typed: str) -> str:
        """Return the tag of a version that somebody typed, "" when there is none."""
        return _tag_in(self._github.tags(service.repo), service, typed)

    def _look_at_new(self, request: OperationRequest, service: Service, tags: list[str], looked: Looked) -> None:
        """Look at a version that has no tag yet, to be cut from a branch or a commit."""
        looked.pinned = self._pin(service, request.ref.strip() or service.ref, request.sha, looked.problems)
        looked.previous = str(looked.last or "")
        version = service.scheme.check(request.version, tags, self._clock.now().date())
        if isinstance(version, Mrkdwn):
            looked.problems["version"] = version
        else:
            looked.version = str(version)

    def _look_at_existing(
        self, request: OperationRequest, service: Service, environment: Environment, tags: list[str], looked: Looked
    ) -> None:
        """Look at a version whose tag exists, to be brought to an environment."""
        typed = request.version.strip()
        name = _tag_in(tags, service, typed)
        sha = self._github.tag_sha(service.repo, name) if name and is_ref(name) else None
        with self._journal.read() as tx:
            before = tx.operations.last_succeeded(service.name, environment.name)
            was_there = bool(name) and was_deployed(tx.operations.successes_of(service.name, environment.name, name))
        looked.previous = before.version if before else ""
        if sha is None:
            newest = md(" The newest is {}.", code(str(looked.last))) if looked.last else md("")
            looked.problems["version"] = md("There is no tag {}.{}", code(shorten(typed, 60)), newest)
            return
        looked.version, looked.pinned = name, Pinned(sha, service.ref)
        if request.kind is OperationKind.ROLLBACK and not was_there and not self._github.was_deployed(service.repo, environment.name, name):
            looked.problems["version"] = md(
                "{} was never brought to {}, by my journal and GitHub's deployments, so I can't roll back to it. To bring it there: deploy it.",
                code(name),
                environment.name,
            )

    def _look_at_inputs(
        self, request: OperationRequest, service: Service, environment: Environment, looked: Looked, workflow: Workflow, pinned: Pinned
    ) -> None:
        """Put the inputs together: what we fill in, and what the person gave."""
        declared = {wanted.name: wanted for wanted in workflow.inputs or ()}
        names = input_names(service, declared)
        ours = {"version": looked.version, "environment": environment.name, "sha": pinned.sha, "previous": looked.previous}
        if request.kind is OperationKind.TAG:
            del ours["environment"]
        # The names are those of the release workflow: what another one does not take is not sent.
        is_release = request.kind is OperationKind.RELEASE
        sent = {names[word]: value for word, value in ours.items() if word in names and (is_release or names[word] in declared)}
        looked.dispatch_id_input = names.get("dispatch_id", "")
        filled = {*names.values(), looked.dispatch_id_input} - {""}
        if request.kind in (OperationKind.DEPLOY, OperationKind.ROLLBACK) and ROLLBACK_INPUT in declared:
            filled.add(ROLLBACK_INPUT)
            if request.kind is OperationKind.ROLLBACK:
                sent[ROLLBACK_INPUT] = "true"
        looked.takes_notes = names.get("notes", "") in declared
        if request.notes and looked.takes_notes:
            sent[names["notes"]] = request.notes
        elif request.notes:
            looked.problems["notes"] = md(
                "{} takes no notes. Name its input for them in the service's {} in chatops.toml.", code(workflow.file), code("inputs")
            )
        with_id = {**sent, looked.dispatch_id_input: "x"} if looked.dispatch_id_input else sent
        refusal = check_inputs(workflow.file, workflow.inputs, with_id, filled)
        if refusal and not (looked.problems and not looked.version):
            looked.problems["service"] = refusal
        looked.asked = to_ask(declared.values(), filled)
        for name, problem in check_given(workflow.file, looked.asked, filled, request.inputs).items():
            looked.problems[f"input:{name}"] = problem
        given = {name: as_sent(declared[name], value) for name, value in request.inputs.items() if name in declared and name not in filled}
        looked.inputs = {**sent, **given}
        looked.given = (*((names["notes"],) if request.notes and looked.takes_notes else ()), *given)

    def _pin(self, service: Service, ref: str, sha: str, problems: dict[str, Mrkdwn]) -> Pinned | None:
        """Pin the commit that is meant, or note why it can't be.

        Args:
            sha: the commit that the person was shown, "" when none was.
        """
        shown = code(shorten(ref, 60))
        if not is_ref(ref):
            problems["ref"] = md("{} can't be a branch, tag or commit.", shown)
            return None
        takes_sha = "sha" in (service.inputs or DEFAULT_INPUTS)
        try:
            commit = self._github.resolve(service.repo, ref)
            if not is_sha(ref) and sha in ("", commit.sha):
                return Pinned(commit.sha, ref)
            # GitHub dispatches on branches and tags only, and finds the commits of forks by their id, too.
            branch = service.ref if is_sha(ref) else ref
            meant = commit.sha if is_sha(ref) else sha
            ahead = self._github.compare(service.repo, branch, meant).total
        except NotFound:
            problems["ref"] = md("There is no branch, tag or commit {} in {}.", shown, service.repo)
            return None
        if not takes_sha and not is_sha(ref):
            problems["ref"] = md(
                "{} has moved on from {}, which was shown, to {}. Look at it again.", shown, code(sha[:7]), code(commit.sha[:7])
            )
        elif not takes_sha:
            problems["ref"] = md(
                "A commit can only be named when the workflow takes it as an input: see {} in chatops.toml.", code("inputs")
            )
        elif ahead and not is_sha(ref):
            problems["ref"] = md("{}, which was shown, is not on {} any more. Look at it again.", code(sha[:7]), shown)
        elif ahead:
            problems["ref"] = md("The commit {} is not on {}. Name the branch that it is on.", code(commit.sha[:7]), code(service.ref))
        else:
            return Pinned(meant, branch)
        return None

    def _workflow(self, service: Service, file: str, ref: str, problems: dict[str, Mrkdwn]) -> Workflow | None:
        try:
            return self._github.workflow(service.repo, file, ref)
        except NotFound:
            problems["ref"] = md("There is no workflow {} in {} at {}.", code(file), service.repo, code(shorten(ref, 60)))
        except Rejected as error:
            if error.code != BAD_WORKFLOW:
                raise
            problems["service"] = escape(str(error))
        return None


def workflow_file(service: Service, kind: OperationKind) -> str:
    """Return which workflow does a kind of operation; "" when none is configured."""
    files = {OperationKind.RELEASE: service.release_workflow, OperationKind.TAG: service.tag_workflow}
    return files.get(kind, service.deploy_workflow)


def input_names(service: Service, declared: Collection[str]) -> Mapping[str, str]:
    """Return how a workflow calls its inputs: our word → its own."""
    if service.inputs:
        return service.inputs
    return {**DEFAULT_INPUTS, **{word: word for word in ("notes", "previous") if word in declared}}


def _tag_in(tags: Sequence[str], service: Service, typed: str) -> str:
    meant = service.scheme.read_typed(typed.strip())
    return next((tag for tag in tags if tag == typed or (meant and _same(service.scheme.read(tag), meant))), "")


def _same(tag: AnyVersion | None, meant: AnyVersion) -> bool:
    """Say whether two texts are the same version, with or without a leading v."""
    return tag is not None and tag.precedence == meant.precedence
