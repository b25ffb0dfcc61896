"""Workflow files: what of their YAML matters for dispatching and for running them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

FOLDER = ".github/workflows"


class WorkflowError(ValueError):
    """A workflow file that GitHub would call invalid."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input of `on.workflow_dispatch`."""

    name: str
    type: str = "string"
    required: bool = False
    default: str | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step as it is written down."""

    name: str
    id: str | None
    uses: str | None
    run: str | None
    condition: str | None
    env: Mapping[str, str]
    inputs: Mapping[str, str]
    continue_on_error: bool


@dataclass(frozen=True, slots=True)
class JobPlan:
    """One job as it is written down."""

    key: str
    name: str
    needs: tuple[str, ...]
    condition: str | None
    environment: str | None
    environment_url: str | None
    runs_on: str
    env: Mapping[str, str]
    outputs: Mapping[str, str]
    concurrency: "Concurrency | None"
    steps: tuple[StepPlan, ...]


@dataclass(frozen=True, slots=True)
class Concurrency:
    """A group of which one runs at a time."""

    group: str
    cancel_in_progress: str = "false"


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow file at one revision."""

    path: str
    name: str
    run_name: str | None
    triggers: frozenset[str]
    inputs: Mapping[str, Input]
    env: Mapping[str, str]
    concurrency: Concurrency | None
    jobs: Mapping[str, JobPlan] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Return the file's name, by which the REST API knows a workflow."""
        return self.path.rpartition("/")[2]


def parse(path: str, text: str) -> Workflow:
    """Read a workflow file.

    Raises:
        WorkflowError: it is not valid YAML, or its shape is not a workflow's.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise WorkflowError(f"You have an error in your yaml syntax: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("jobs"), dict):
        raise WorkflowError("No jobs defined in `jobs`")
    # YAML 1.1 reads the bare key `on` as the boolean true.
    triggers = _triggers(document.get("on", document.get(True)))
    dispatch = triggers.get("workflow_dispatch") or {}
    return Workflow(
        path=path,
        name=str(document.get("name") or path),
        run_name=_text(document.get("run-name")),
        triggers=frozenset(triggers),
        inputs={name: _input(name, spec or {}) for name, spec in (dispatch.get("inputs") or {}).items()},
        env=_texts(document.get("env")),
        concurrency=_concurrency(document.get("concurrency")),
        jobs={key: _job(key, spec) for key, spec in document["jobs"].items()},
    )


def _triggers(on: Any) -> dict[str, dict[str, Any]]:
    match on:
        case str():
            return {on: {}}
        case list():
            return {str(name): {} for name in on}
        case dict():
            return {str(name): spec or {} for name, spec in on.items()}
    raise WorkflowError("No event triggers defined in `on`")


def _input(name: str, spec: dict[str, Any]) -> Input:
    options = tuple(map(_scalar, spec.get("options") or ()))
    default = spec.get("default")
    return Input(name, str(spec.get("type", "string")), bool(spec.get("required")), None if default is None else _scalar(default), options)


def _job(key: str, spec: Any) -> JobPlan:
    if not isinstance(spec, dict) or ("steps" not in spec and "uses" not in spec):
        raise WorkflowError(f"The job {key!r} has no steps")
    needs = spec.get("needs") or ()
    environment = spec.get("environment")
    place = environment if isinstance(environment, dict) else {"name": environment}
    return JobPlan(
        key=key,
        name=str(spec.get("name") or key),
        needs=(needs,) if isinstance(needs, str) else tuple(needs),
        condition=_text(spec.get("if")),
        environment=_text(place.get("name")),
        environment_url=_text(place.get("url")),
        runs_on=_scalar(spec.get("runs-on", "ubuntu-latest")),
        env=_texts(spec.get("env")),
        outputs=_texts(spec.get("outputs")),
        concurrency=_concurrency(spec.get("concurrency")),
        steps=tuple(_step(step) for step in spec.get("steps") or ()),
    )


def _step(spec: dict[str, Any]) -> StepPlan:
    uses, run = _text(spec.get("uses")), _text(spec.get("run"))
    first_line = (uses or (run or "").strip().partition("\n")[0]).strip()
    return StepPlan(
        name=str(spec.get("name") or f"Run {first_line}"),
        id=_text(spec.get("id")),
        uses=uses,
        run=run,
        condition=_text(spec.get("if")),
        env=_texts(spec.get("env")),
        inputs=_texts(spec.get("with")),
        continue_on_error=bool(spec.get("continue-on-error")),
    )


def _concurrency(spec: Any) -> Concurrency | None:
    match spec:
        case str():
            return Concurrency(spec)
        case {"group": group}:
            return Concurrency(str(group), _scalar(spec.get("cancel-in-progress", False)))
    return None


def _texts(spec: Any) -> dict[str, str]:
    return {str(name): _scalar(value) for name, value in (spec or {}).items()}


def _text(value: Any) -> str | None:
    return None if value is None else _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
