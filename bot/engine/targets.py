"""Finds out what exactly an operation would bring: the version, its commit, and the workflow that does it."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.configuration import Environment, Service
from bot.core.markup import Mrkdwn, code, md, shorten
from bot.core.names import is_ref, is_sha
from bot.core.operations import OperationKind
from bot.core.release_rules import check_inputs, check_version
from bot.core.requests import OperationRequest
from bot.core.versions import Version, latest_version, parse_version, suggest_next
from bot.ports.errors import FieldErrors, NotFound
from bot.ports.github import Commit, GitHub, Workflow
from bot.ports.journal import Journal

# What the repository had before its first tag is shown by its newest commits.
FIRST_COMMITS = 50
# What we can fill a workflow's input with, when chatops.toml does not say how the inputs are called.
DEFAULT_INPUTS: Mapping[str, str] = {name: name for name in ("version", "environment", "sha", "dispatch_id")}
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
    dispatch_id_input: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A commit, and the branch or tag on which a workflow is dispatched for it."""

    sha: str
    ref: str


class Targets:
    """Reads from GitHub what a request means, and refuses what it can't mean."""

    def __init__(self, github: GitHub, journal: Journal) -> None:
        self._github = github
        self._journal = journal

    def find(self, request: OperationRequest, service: Service, environment: Environment) -> Target:
        """Return what a request means.

        Raises:
            FieldErrors: what is wrong, by field.
        """
        if request.kind is OperationKind.RELEASE:
            return self._new(request, service, environment)
        return self._existing(request, service, environment)

    def suggest(self, service: Service, last: Version | None, ref: str) -> tuple[list[Commit], int]:
        """Return the commits that the next version follows from, and how many there are in all."""
        if last:
            between = self._github.compare(service.repo, str(last), ref)
            return list(between.commits), between.total
        commits = self._github.commits(service.repo, ref, FIRST_COMMITS)
        return commits, len(commits)

    def _new(self, request: OperationRequest, service: Service, environment: Environment) -> Target:
        """Return a version that has no tag yet, cut from a branch or a commit."""
        problems: dict[str, Mrkdwn] = {}
        ref = request.ref.strip() or service.ref
        pinned = self._pin(service, ref, problems)
        tags = self._github.tags(service.repo)
        last = latest_version(tags)
        version = check_version(request.version, tags)
        if isinstance(version, Mrkdwn):
            # Only a wrong version is worth the reading of the commits that the right one follows from.
            commits, _ = self.suggest(service, last, ref if pinned else service.ref)
            following = suggest_next(last, [commit.message for commit in commits])
            problems["version"] = md("{} The next version would be {}.", version, code(str(following.version)))
        if problems or pinned is None:
            raise FieldErrors(dict(problems))
        ours = {"version": str(version), "environment": environment.name, "sha": pinned.sha, "previous": str(last or "")}
        names = service.inputs or DEFAULT_INPUTS
        inputs = {names[word]: value for word, value in ours.items() if word in names}
        workflow = self._workflow(service, service.release_workflow, pinned.ref)
        return _target(service, workflow, inputs, str(version), pinned, str(last or ""))

    def _existing(self, request: OperationRequest, service: Service, environment: Environment) -> Target:
        """Return a version whose tag exists, to be brought to an environment."""
        typed = request.version.strip()
        tags = self._github.tags(service.repo)
        name = next((tag for tag in tags if tag == typed or (parse_version(tag) and _same(tag, typed))), "")
        sha = self._github.tag_sha(service.repo, name) if name and is_ref(name) else None
        if sha is None:
            last = latest_version(tags)
            newest = md(" The newest is {}.", code(str(last))) if last else md("")
            raise FieldErrors({"version": md("There is no tag {}.{}", code(shorten(typed, 60)), newest)})
        with self._journal.read() as tx:
            before = tx.operations.last_succeeded(service.name, environment.name)
            was_there = tx.operations.has_succeeded(service.name, environment.name, name)
        if request.kind is OperationKind.ROLLBACK and not was_there:
            text = md(
                "{} was never brought to {} through me, so I can't roll back to it. To bring it there: deploy it.",
                code(name),
                environment.name,
            )
            raise FieldErrors({"version": text})
        workflow = self._workflow(service, service.deploy_workflow, service.ref)
        declared = {wanted.name for wanted in workflow.inputs or ()}
        previous = before.version if before else ""
        ours = {"version": name, "environment": environment.name, "sha": sha, "previous": previous}
        names = service.inputs or DEFAULT_INPUTS
        # The names are those of the release workflow as well: what this one does not take is not sent.
        inputs = {names[word]: value for word, value in ours.items() if word in names and (names[word] in declared or word == "version")}
        if request.kind is OperationKind.ROLLBACK and ROLLBACK_INPUT in declared:
            inputs[ROLLBACK_INPUT] = "true"
        return _target(service, workflow, inputs, name, Pinned(sha, service.ref), previous)

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

    def _workflow(self, service: Service, file: str, ref: str) -> Workflow:
        try:
            return self._github.workflow(service.repo, file, ref)
        except NotFound:
            raise FieldErrors(
                {"ref": md("There is no workflow {} in {} at {}.", code(file), service.repo, code(shorten(ref, 60)))}
            ) from None


def _target(service: Service, workflow: Workflow, inputs: dict[str, str], version: str, pinned: Pinned, previous: str) -> Target:
    """Check that the workflow takes the inputs, and put the target together."""
    dispatch_id_input = (service.inputs or DEFAULT_INPUTS).get("dispatch_id", "")
    refusal = check_inputs(workflow.file, workflow.inputs, {**inputs, dispatch_id_input: "x"} if dispatch_id_input else inputs)
    if refusal:
        raise FieldErrors({"service": refusal})
    return Target(version, pinned.sha, previous, pinned.ref, workflow, inputs, dispatch_id_input)


def _same(tag: str, typed: str) -> bool:
    """Say whether two texts are the same version, with or without a leading v."""
    one, other = parse_version(tag), parse_version(typed)
    return one is not None and other is not None and one.precedence == other.precedence
