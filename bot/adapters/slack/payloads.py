"""Reading JSON that may be anything: a field that is missing, or is not what it should be, reads as empty."""

import json
from collections.abc import Mapping
from typing import Any

_ONE = ("selected_user", "selected_conversation", "selected_channel", "selected_date", "selected_time", "selected_date_time", "value")
_MANY = ("selected_users", "selected_conversations", "selected_channels")


def table(value: object) -> Mapping[str, Any]:
    """Return `value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def at(value: object, *path: str) -> Any:
    """Return what stands at `path`, None when nothing does."""
    for name in path:
        value = table(value).get(name)
    return value


def text_at(value: object, *path: str) -> str:
    """Return the text at `path`, "" when there is none."""
    found = at(value, *path)
    return _storable(found) if isinstance(found, str) else ""


def items(value: object, *path: str) -> list[Any]:
    """Return the list at `path`, an empty one when there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def value_of(element: object) -> str | list[str]:
    """Return what was chosen in, or typed into, an element of a message or a view: the part of it that a program wants.

    Returns:
        "" for nothing, a list for elements that take several.
    """
    state = table(element)
    if "selected_option" in state:
        return text_at(state, "selected_option", "value")
    if "selected_options" in state:
        return [text_at(option, "value") for option in items(state, "selected_options")]
    if "files" in state:
        return [text_at(file, "id") for file in items(state, "files")]
    for name in _MANY:
        if name in state:
            return [_storable(chosen) for chosen in items(state, name) if isinstance(chosen, str)]
    if "rich_text_value" in state:
        return json.dumps(state["rich_text_value"]) if state["rich_text_value"] else ""
    for name in _ONE:
        if name in state:
            return _scalar(state[name])
    return ""


def block_values(values: object) -> dict[str, str | list[str]]:
    """Return what a form holds: block id → value.

    A block with several elements gives an entry for each, keyed `block id/action id`.
    """
    found: dict[str, str | list[str]] = {}
    for block_id, elements in table(values).items():
        states = table(elements)
        for action_id, state in states.items():
            found[_storable(block_id if len(states) == 1 else f"{block_id}/{action_id}")] = value_of(state)
    return found


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _storable(value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _storable(text: str) -> str:
    """Take out what JSON can carry and a database can't hold: NUL, and halves of characters."""
    return text if text.isascii() and "\x00" not in text else text.encode("utf-8", "replace").decode().replace("\x00", "")
