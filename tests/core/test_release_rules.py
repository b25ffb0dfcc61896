import pytest

from bot.core.inputs import WorkflowInput
from bot.core.release_rules import check_inputs

DECLARED = (
    WorkflowInput("version", required=True),
    WorkflowInput("environment", "choice", required=True, options=("staging", "production")),
    WorkflowInput("notes", default="none", required=True),
)
GOOD = {"version": "v1.5.0", "environment": "staging"}


def test_inputs_that_the_workflow_declares_pass() -> None:
    assert check_inputs("release.yml", DECLARED, GOOD) is None


@pytest.mark.parametrize(
    ("declared", "given", "why"),
    [
        (None, GOOD, "workflow_dispatch"),
        (DECLARED, {**GOOD, "sha": "x"}, "takes no input sha"),
        (DECLARED, {**GOOD, "version": ""}, "requires the input version"),
        (tuple(WorkflowInput(f"i{n}") for n in range(26)), {}, "declares 26 inputs; GitHub takes at most 25"),
        (DECLARED, {**GOOD, "notes": "x" * 70_000}, "GitHub takes at most 65,535"),
        (DECLARED, {**GOOD, "environment": "moon"}, "takes staging, production for environment"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(declared: tuple[WorkflowInput, ...] | None, given: dict[str, str], why: str) -> None:
    refusal = check_inputs("release.yml", declared, given, given)
    assert refusal is not None
    assert why in refusal
