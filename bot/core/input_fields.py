"""A workflow's inputs as fields of a form, one each; what Slack can't offer as a choice is typed, and says what may be."""

import hashlib
from collections.abc import Collection

from bot.core.blocks import (
    BLOCK_ID,
    OPTION_TEXT,
    OPTIONS,
    TYPED,
    Block,
    checkbox,
    context,
    input_field,
    number_input,
    option,
    select,
    text_input,
)
from bot.core.hints import named
from bot.core.inputs import WorkflowInput, is_number
from bot.core.markup import code, md

INPUT = "input"
MULTILINE_FROM = 120  # characters of a default, from which on its field has several lines


def input_block(service: str, wanted: WorkflowInput) -> str:
    """Return the block id of an input's field. It holds a trace of the declaration: what was typed for another one is not kept."""
    trace = hashlib.sha256(repr(wanted).encode("utf-8", "backslashreplace")).hexdigest()[:6]
    return f"{INPUT}:{service}:{trace}:{wanted.name}"


def draw_input(service: str, wanted: WorkflowInput, environments: Collection[str], label: str = "") -> Block:
    """Draw the field of one input.

    Args:
        environments: the repository's own, for an input of that type.
        label: what stands before the input's name, where a form is about several services.
    """
    block_id = input_block(service, wanted)
    if len(block_id) > BLOCK_ID:
        return context(md("The name of the input {} is too long for a form: give it as {}.", code(wanted.name), code("--input")))
    element, hint = _element(wanted, environments)
    hints = " ".join(part for part in (wanted.description.strip(), hint) if part)
    is_optional = wanted.type == "boolean" or not wanted.required or (bool(wanted.default) and not _is_offered(wanted.default))
    return input_field(block_id, f"{label}{wanted.name}", element, hints, optional=is_optional)


def _element(wanted: WorkflowInput, environments: Collection[str]) -> tuple[Block, str]:
    """Return the element for a type, and what is to be said beside the description."""
    match wanted.type:
        case "boolean":
            return checkbox("input", "Yes", wanted.default.lower() == "true"), ""
        case "number":
            return number_input("input", wanted.default if is_number(wanted.default) else ""), ""
        case "choice" if _fits(wanted.options):
            return select("input", [option(each, each) for each in wanted.options], wanted.default), ""
        case "choice":
            return _typed(wanted), f"Type one of the {len(wanted.options)} choices: {named(wanted.options)}."
        case "environment" if _fits(environments):
            return select("input", [option(each, each) for each in environments], wanted.default), ""
        case "environment":
            return _typed(wanted), "Type the name of an environment on GitHub."
    return _typed(wanted), "" if _is_offered(wanted.default) else f"Left empty, its default of {len(wanted.default):,} characters is taken."


def _typed(wanted: WorkflowInput) -> Block:
    initial = wanted.default if _is_offered(wanted.default) else ""
    return text_input("input", initial, multiline=len(initial) > MULTILINE_FROM or "\n" in initial)


def _is_offered(default: str) -> bool:
    return len(default) <= TYPED


def _fits(options: Collection[str]) -> bool:
    """Say whether Slack can offer them: not too many, each whole, none empty."""
    return 1 <= len(options) <= OPTIONS and all(0 < len(each) <= OPTION_TEXT for each in options) and len(set(options)) == len(options)
