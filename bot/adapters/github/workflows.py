"""Workflow files: what a dispatch of one takes."""

import base64
from typing import Any

import yaml

from bot.adapters.github import sendable
from bot.adapters.github.client import Client
from bot.ports.errors import Rejected
from bot.ports.github import BAD_WORKFLOW, Workflow, WorkflowInput


def workflow(client: Client, repo: str, file: str, ref: str) -> Workflow:
    """Return a workflow file at a ref, read in one call with the id of its content."""
    target, name, at = sendable.repository(repo), sendable.workflow(file), sendable.ref(ref)
    path = f".github/workflows/{name}"
    sha, text = client.read("repos.get_content", f"{path} of {repo} at {at}", _file, **target, path=path, ref=at)
    return Workflow(name, sha, parse_inputs(name, text))


def environments(client: Client, repo: str) -> list[str]:
    """Return the names of a repository's environments."""
    return client.read_pages(
        "repos.get_all_environments",
        f"the environments of {repo}",
        lambda raw: str(raw["name"]),
        key="environments",
        **sendable.repository(repo),
    )


def reviewers(client: Client, repo: str) -> dict[str, tuple[str, ...]]:
    """Return the environments of a repository, each with the people and teams whose review GitHub itself asks for there."""
    pairs = client.read_pages(
        "repos.get_all_environments",
        f"the environments of {repo}",
        lambda raw: (str(raw["name"]), _reviewers(raw)),
        key="environments",
        **sendable.repository(repo),
    )
    return dict(pairs)


def _reviewers(environment: dict[str, Any]) -> tuple[str, ...]:
    rules = [rule for rule in environment.get("protection_rules") or [] if rule.get("type") == "required_reviewers"]
    asked = [each.get("reviewer") or {} for rule in rules for each in rule.get("reviewers") or []]
    return tuple(str(who.get("login") or who.get("slug") or who.get("name") or "somebody") for who in asked)


def parse_inputs(file: str, text: str) -> tuple[WorkflowInput, ...] | None:
    """Return the inputs of the `workflow_dispatch` trigger in a workflow's text; None when it has no such trigger.

    Every scalar is taken as its text. GitHub reads YAML 1.2, PyYAML's safe loader 1.1: it would make True of the key `on`, 1.1 of the
    default `1.10`, and a date of `2026-01-02`. The base loader builds texts, lists and mappings, and nothing else.

    Raises:
        Rejected: it is not YAML, or not a workflow.
    """
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader builds no objects
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        raise Rejected(f"The workflow {file} is not valid YAML{line}: {_one_line(error)}", BAD_WORKFLOW) from error
    triggers = document.get("on") if isinstance(document, dict) else None
    if not triggers:
        raise Rejected(f"The workflow {file} has no triggers: expected a mapping with the key `on`.", BAD_WORKFLOW)
    match triggers:
        case str():
            return () if triggers == "workflow_dispatch" else None
        case list():
            return () if "workflow_dispatch" in triggers else None
        case dict() if "workflow_dispatch" in triggers:
            return _inputs(file, triggers["workflow_dispatch"])
        case _:
            return None


def _inputs(file: str, trigger: Any) -> tuple[WorkflowInput, ...]:
    """Read the trigger's value: nothing, or a mapping that may hold `inputs`."""
    declared = trigger.get("inputs") if isinstance(trigger, dict) else trigger
    if not _given(declared):
        return ()
    if not isinstance(declared, dict):
        raise Rejected(f"The workflow {file} declares `inputs` of workflow_dispatch that are no mapping.", BAD_WORKFLOW)
    return tuple(_input(file, str(name), body) for name, body in declared.items())


def _input(file: str, name: str, body: Any) -> WorkflowInput:
    if not _given(body):
        return WorkflowInput(name)
    if not isinstance(body, dict):
        raise Rejected(f"The workflow {file} declares the input {name} as {body!r}; expected a mapping.", BAD_WORKFLOW)
    kind = _text(body, "type") or "string"
    default = _text(body, "default")
    options = body.get("options")
    return WorkflowInput(
        name=name,
        type=kind,
        required=_text(body, "required").lower() == "true",
        default=default.lower() if kind == "boolean" else default,
        description=_text(body, "description"),
        options=tuple(str(option) for option in options) if isinstance(options, list) else (),
    )


def _given(value: Any) -> bool:
    return value not in ("", "~", "null", "Null", "NULL", None)


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key, "")
    return value if isinstance(value, str) and _given(value) else ""


def _file(raw: Any) -> tuple[str, str]:
    if not isinstance(raw, dict) or raw.get("type") != "file":
        raise Rejected("What lies at the place of the workflow is no file.", BAD_WORKFLOW)
    return str(raw["sha"]), base64.b64decode(raw["content"]).decode()


def _one_line(error: Exception) -> str:
    return " ".join(str(getattr(error, "problem", None) or type(error).__name__).split())
