"""The inputs that a workflow declares."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkflowInput:
    """One input of a workflow's `workflow_dispatch`. `type` is string, boolean, choice, number or environment."""

    name: str
    type: str = "string"
    required: bool = False
    default: str = ""
    description: str = ""
    options: tuple[str, ...] = ()
