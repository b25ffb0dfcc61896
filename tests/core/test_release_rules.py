import pytest

from bot.core.inputs import WorkflowInput
from bot.core.markup import Mrkdwn
from bot.core.release_rules import check_inputs, check_version
from bot.core.versions import Version

TAGS = ["v1.4.1", "v1.4.2", "nightly"]


def test_a_version_is_written_as_the_tags_are() -> None:
    assert check_version("1.5.0", TAGS) == Version(1, 5, 0, "", "v")
    assert check_version("v2.0.0", ["1.0.0"]) == Version(2, 0, 0, "", "")
    assert check_version("v1.0.0", []) == Version(1, 0, 0, "", "v")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("latest", "not a semantic version"),
        ("../../x", "not a semantic version"),
        ("<!channel>", "not a semantic version"),
        ("1.4.2", "exists already"),
        ("v1.4.1", "exists already"),
        ("1.4.0", "not above the last version"),
        ("1.4.2-rc.1", "not above the last version"),
        ("9" * 200 + ".0.0", "not a semantic version"),
    ],
)
def test_a_wrong_version_is_refused_with_the_reason(typed: str, why: str) -> None:
    refusal = check_version(typed, TAGS)
    assert isinstance(refusal, Mrkdwn)
    assert why in refusal
    assert "<!" not in refusal
    assert len(refusal) < 300


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
        (DECLARED, {"environment": "staging"}, "requires the input version"),
        (DECLARED, {**GOOD, "environment": "moon"}, "takes staging, production for environment"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(declared: tuple[WorkflowInput, ...] | None, given: dict[str, str], why: str) -> None:
    refusal = check_inputs("release.yml", declared, given)
    assert refusal is not None
    assert why in refusal
