"""The inputs that a workflow declares, and what is wrong with the values that people give them.

Source of the limits: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.core.hints import did_you_mean, named
from bot.core.markup import Mrkdwn, code, md, shorten

MOST_INPUTS = 25
MOST_CHARACTERS = 65_535
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class WorkflowInput:
    """One input of a workflow's `workflow_dispatch`. `type` is string, boolean, choice, number or environment."""

    name: str
    type: str = "string"
    required: bool = False
    default: str = ""
    description: str = ""
    options: tuple[str, ...] = ()

    @property
    def must_be_given(self) -> bool:
        """Whether a dispatch without it would be refused."""
        return self.required and not self.default and self.type != "boolean"


def to_ask(declared: Collection[WorkflowInput], filled: Collection[str]) -> tuple[WorkflowInput, ...]:
    """Return the inputs that a person is asked for: all but those that are filled in for them."""
    return tuple(wanted for wanted in declared if wanted.name not in filled)


def read_pairs(pairs: Collection[str]) -> dict[str, str] | Mrkdwn:
    """Read what was given as `name=value`, or say which one is not."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            return md("{} is no input. Expected name=value, such as {}.", code(shorten(pair, 60)), code("--input dry_run=true"))
        if name.strip() in given:
            return md("The input {} is given twice.", code(name.strip()))
        given[name.strip()] = value
    return given


def check_given(file: str, asked: Collection[WorkflowInput], filled: Collection[str], given: Mapping[str, str]) -> dict[str, Mrkdwn]:
    """Return what is wrong with the values that a person gave, by input; nothing when the workflow takes them.

    Args:
        asked: the inputs that people fill.
        filled: the names of those that are filled in for them.
    """
    known = {wanted.name: wanted for wanted in asked}
    problems: dict[str, Mrkdwn] = {}
    for name, value in given.items():
        wanted = known.get(name)
        if wanted is not None:
            problem = _check_value(wanted, value)
        elif name in filled:
            problem = md("I fill in the input {} myself.", code(name))
        else:
            there = md("It takes {}.", named(list(known))) if known else md("It takes none beside those that I fill in.")
            problem = md("{} has no input {}.{} {}", code(file), code(shorten(name, 60)), did_you_mean(name, list(known)), there)
        if problem:
            problems[name] = problem
    for wanted in asked:
        if wanted.must_be_given and not given.get(wanted.name):
            example = code(f"--input {wanted.name}={wanted.options[0] if wanted.options else '…'}")
            problems[wanted.name] = md("{} requires the input {}: fill it in the form, or add {}.", code(file), wanted.name, example)
    return problems


def is_number(text: str) -> bool:
    """Say whether GitHub takes a text for a number."""
    return bool(_NUMBER.fullmatch(text.strip()))


def as_sent(wanted: WorkflowInput, value: str) -> str:
    """Return a value as GitHub takes it: a boolean is true or false."""
    if wanted.type != "boolean":
        return value
    return "true" if value.strip().lower() in _YES else "false"


def _check_value(wanted: WorkflowInput, value: str) -> Mrkdwn | None:
    shown = code(shorten(value, 60))
    match wanted.type:
        case "boolean" if value.strip().lower() not in _YES | _NO:
            return md("{} is true or false, not {}.", wanted.name, shown)
        case "number" if value and not is_number(value):
            return md("{} is a number, not {}.", wanted.name, shown)
        case "choice" if value not in wanted.options and (value or wanted.required):
            return md("{} is one of {}, not {}.{}", wanted.name, named(wanted.options), shown, did_you_mean(value, wanted.options))
    return None
