"""Which inputs a workflow's text declares, read as GitHub reads it."""

import pytest

from bot.adapters.github.workflows import parse_inputs
from bot.ports.errors import Rejected
from bot.ports.github import WorkflowInput

FULL = """
name: Release
on:
  push:
    branches: [main]
  workflow_dispatch:
    inputs:
      version:
        description: The version to cut, such as 1.5.0
        required: true
      environment:
        type: choice
        options: [staging, production, 2026-01-02]
        default: staging
      dry_run:
        type: boolean
        default: False
      number:
        type: number
        default: 1.10
      day:
        default: 2026-01-02
      answer:
        default: yes
      target:
        type: environment
        required: false
      plain:
jobs: {}
"""


def test_inputs_are_read_with_their_defaults_as_they_are_written() -> None:
    assert parse_inputs("release.yml", FULL) == (
        WorkflowInput("version", required=True, description="The version to cut, such as 1.5.0"),
        WorkflowInput("environment", "choice", default="staging", options=("staging", "production", "2026-01-02")),
        WorkflowInput("dry_run", "boolean", default="false"),
        WorkflowInput("number", "number", default="1.10"),
        WorkflowInput("day", default="2026-01-02"),
        WorkflowInput("answer", default="yes"),
        WorkflowInput("target", "environment"),
        WorkflowInput("plain"),
    )


@pytest.mark.parametrize(
    "triggers",
    [
        "on: workflow_dispatch",
        "on: [push, workflow_dispatch]",
        "on:\n  workflow_dispatch:",
        "on:\n  workflow_dispatch: null",
        "on:\n  workflow_dispatch: ~",
        "on:\n  workflow_dispatch: {}",
        "on:\n  workflow_dispatch:\n    inputs:",
        "on:\n  workflow_dispatch:\n    inputs: null",
        '"on": {workflow_dispatch: {inputs: {}}}',
        "'on': [workflow_dispatch]",
    ],
)
def test_a_trigger_without_inputs_takes_none(triggers: str) -> None:
    assert parse_inputs("release.yml", triggers) == ()


@pytest.mark.parametrize(
    "triggers", ["on: push", "on: [push, pull_request]", "on: {push: {branches: [main]}}", "on:\n  workflow_call:\n    inputs:\n      a:"]
)
def test_a_workflow_without_the_trigger_can_not_be_dispatched(triggers: str) -> None:
    assert parse_inputs("ci.yml", triggers) is None


def test_anchors_are_followed() -> None:
    text = "on:\n  workflow_dispatch:\n    inputs:\n      a: &one {type: boolean, default: true}\n      b: *one\n"

    assert parse_inputs("x.yml", text) == (WorkflowInput("a", "boolean", default="true"), WorkflowInput("b", "boolean", default="true"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("on: [", "not valid YAML, line"),
        ("on: {a: b", "not valid YAML"),
        ("a: b: c", "line 1"),
        ("[" * 5000, "not valid YAML"),
        ("", "no triggers"),
        ("just a text", "no triggers"),
        ("- a\n- list", "no triggers"),
        ("jobs: {}", "no triggers"),
        ("on:", "no triggers"),
        ("on:\n  workflow_dispatch:\n    inputs: [version]", "no mapping"),
        ("on:\n  workflow_dispatch:\n    inputs:\n      version: string", "the input version"),
        ("? [a]\n: b", "not valid YAML"),
        ("\x00", "not valid YAML"),
    ],
)
def test_a_text_that_is_no_workflow_is_refused_in_one_clear_line(text: str, says: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse_inputs("release.yml", text)

    assert says in str(caught.value)
    assert "release.yml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_tag_that_would_build_an_object_builds_nothing() -> None:
    assert parse_inputs("x.yml", "on: !!python/object/apply:os.system ['exit 1']") is None
