"""What GitHub checks before it accepts a workflow dispatch, in its own words."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.github import workflows
from sandbox.github.answers import Refusal, not_found, text_field
from sandbox.github.state import Hub, Repo
from sandbox.github.workflows import Input, Workflow, WorkflowError

MOST_INPUTS = 25
MOST_CHARACTERS = 65_535
ALWAYS_DETAILS = "2026-03-10"  # from this API version on, every dispatch answers with the run


async def workflow_at(repo: Repo, revision: str, path: str) -> Workflow | None:
    """Return a workflow file as it is at a revision; None when it is not there.

    Raises:
        WorkflowError: the file is not valid.
    """
    found = await repo.git.file(revision, path)
    return workflows.parse(path, found[1].decode("utf-8", "replace")) if found else None


async def workflow_paths(repo: Repo, revision: str) -> list[str]:
    """Return the paths of the workflow files at a revision."""
    entries = await repo.git.folder(revision, workflows.FOLDER) or []
    return [path for kind, _, path, _ in entries if kind == "blob" and path.endswith((".yml", ".yaml"))]


async def find_path(hub: Hub, repo: Repo, workflow_id: str) -> str:
    """Return the path of a workflow of any branch, by its file name or its number.

    Raises:
        Refusal: 404.
    """
    branches = sorted(await repo.git.refs("refs/heads/"), key=lambda ref: ref.name != "refs/heads/main")
    for branch in branches:
        for path in await workflow_paths(repo, branch.commit):
            if workflow_id in (path.rpartition("/")[2], path, str(hub.workflow_id(repo, path))):
                return path
    raise not_found()


async def resolve(hub: Hub, repo: Repo, workflow_id: str, body: Mapping[str, Any]) -> tuple[Workflow, str, str]:
    """Return the workflow at the ref that was asked for, the ref's short name, and its commit.

    Raises:
        Refusal: 404 or 422.
    """
    path = await find_path(hub, repo, workflow_id)
    ref = text_field(body, "ref")
    short = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    full = (ref,) if ref.startswith("refs/") else (f"refs/heads/{ref}", f"refs/tags/{ref}")
    found = {each.name: each.commit for each in await repo.git.refs() if each.name in full}
    # A commit is no ref: GitHub starts workflows from branches and tags only.
    sha = next((found[name] for name in full if name in found), None)
    if sha is None:
        raise Refusal(422, f"No ref found for: {ref}")
    try:
        workflow = await workflow_at(repo, sha, path)
    except WorkflowError as error:
        raise Refusal(422, f"Invalid workflow file: {path}: {error}") from error
    if workflow is None:
        raise not_found()
    if "workflow_dispatch" not in workflow.triggers:
        raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
    return workflow, short, sha


def checked_inputs(repo: Repo, workflow: Workflow, body: Mapping[str, Any]) -> dict[str, str]:
    """Return the inputs with the workflow's defaults filled in.

    Raises:
        Refusal: 422.
    """
    given = body.get("inputs")
    given = {} if given is None else given
    if not isinstance(given, dict):
        raise Refusal(422, f"Invalid request.\n\nFor 'properties/inputs', {json.dumps(given)} is not an object.")
    if len(given) > MOST_INPUTS:
        raise Refusal(422, f"Invalid request.\n\nNo more than {MOST_INPUTS} properties are allowed; {len(given)} were supplied.")
    for value in given.values():
        if not isinstance(value, str):
            raise Refusal(422, f"Invalid request.\n\nFor 'additionalProperties', {_ruby(value)} is not a string.")
    if len(json.dumps(given, ensure_ascii=False)) > MOST_CHARACTERS:
        raise Refusal(422, "inputs are too large.")
    if unexpected := [name for name in given if name not in workflow.inputs]:
        raise Refusal(422, f"Unexpected inputs provided: {json.dumps(unexpected)}")
    return {name: _value(repo, spec, given.get(name)) for name, spec in workflow.inputs.items()}


def _value(repo: Repo, spec: Input, given: str | None) -> str:
    value = given if given is not None else spec.default
    if value is None:
        if spec.required:
            raise Refusal(422, f"Required input '{spec.name}' not provided")
        return "false" if spec.type == "boolean" else ""
    if value == "" and spec.required:
        raise Refusal(422, f"Required input '{spec.name}' not provided")
    allowed = {
        "choice": spec.options,
        "boolean": ("true", "false"),
        "environment": tuple(environment.name for environment in repo.environments),
    }.get(spec.type)
    if allowed is not None and value not in allowed and (value or spec.required or spec.type != "environment"):
        raise Refusal(422, f"Provided value '{value}' for input '{spec.name}' not in the list of allowed values")
    if spec.type == "number" and not _is_number(value):
        raise Refusal(422, f"Provided value '{value}' for input '{spec.name}' is not a number")
    return value


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _ruby(value: Any) -> str:
    return "nil" if value is None else json.dumps(value)


def with_details(hub: Hub, body: Mapping[str, Any], api_version: str) -> bool:
    """Tell whether the answer names the run.

    Raises:
        Refusal: 422, where this server or this API version does not know the parameter.
    """
    is_new = api_version >= ALWAYS_DETAILS
    if "return_run_details" in body and (is_new or not hub.settings.return_run_details):
        raise Refusal(422, 'Invalid request.\n\n"return_run_details" is not a permitted key.')
    return is_new or body.get("return_run_details") is True
