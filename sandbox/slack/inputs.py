"""What a person enters into an element, and how it looks in a payload's `state.values`."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.slack import walk
from sandbox.slack.errors import Refusal

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one type of element keeps its value."""

    key: str
    initial: str
    of_options: bool = False

    @property
    def many(self) -> bool:
        return self.key.endswith("s")


KINDS = {
    "plain_text_input": Kind("value", "initial_value"),
    "email_text_input": Kind("value", "initial_value"),
    "url_text_input": Kind("value", "initial_value"),
    "number_input": Kind("value", "initial_value"),
    "rich_text_input": Kind("rich_text_value", "initial_value"),
    "file_input": Kind("files", "initial_files"),
    "static_select": Kind("selected_option", "initial_option", of_options=True),
    "external_select": Kind("selected_option", "initial_option", of_options=True),
    "radio_buttons": Kind("selected_option", "initial_option", of_options=True),
    "checkboxes": Kind("selected_options", "initial_options", of_options=True),
    "multi_static_select": Kind("selected_options", "initial_options", of_options=True),
    "multi_external_select": Kind("selected_options", "initial_options", of_options=True),
    "users_select": Kind("selected_user", "initial_user"),
    "multi_users_select": Kind("selected_users", "initial_users"),
    "conversations_select": Kind("selected_conversation", "initial_conversation"),
    "multi_conversations_select": Kind("selected_conversations", "initial_conversations"),
    "channels_select": Kind("selected_channel", "initial_channel"),
    "multi_channels_select": Kind("selected_channels", "initial_channels"),
    "datepicker": Kind("selected_date", "initial_date"),
    "timepicker": Kind("selected_time", "initial_time"),
    "datetimepicker": Kind("selected_date_time", "initial_date_time"),
}


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every option of an element, those in groups included."""
    grouped = [option for group in element.get("option_groups") or [] for option in group["options"]]
    return [*(element.get("options") or []), *grouped]


def state_values(blocks: list[dict[str, Any]], chosen: dict[tuple[str, str], State]) -> dict[str, dict[str, State]]:
    """Return `state.values`: what each element holds, be it chosen or initial."""
    values: dict[str, dict[str, State]] = {}
    for block, element in walk.elements(blocks):
        if element["type"] in KINDS:
            now = chosen.get((block["block_id"], element["action_id"])) or initial(element)
            values.setdefault(block["block_id"], {})[element["action_id"]] = now
    return values


def initial(element: dict[str, Any]) -> State:
    """Return the value that an element starts with."""
    kind = KINDS[element["type"]]
    empty: Any = [] if kind.many else None
    return {"type": element["type"], kind.key: element.get(kind.initial, empty)}


def entered(element: dict[str, Any], raw: Any, offered: list[dict[str, Any]]) -> State:
    """Return the state value for what a person entered.

    Args:
        raw: text, an option's value, an id, a date; a list of them for an element of many; None or "" empties it.
        offered: the options that the app suggested last, for external selects.

    Raises:
        Refusal: the element offers no such option.
    """
    kind = KINDS[element["type"]]
    if kind.many:
        items = [] if raw in (None, "") else raw if isinstance(raw, list) else [raw]
        return {"type": element["type"], kind.key: [_item(kind, element, item, offered) for item in items]}
    if raw is None or raw == "":
        return {"type": element["type"], kind.key: None}
    return {"type": element["type"], kind.key: _item(kind, element, raw, offered)}


def _item(kind: Kind, element: dict[str, Any], raw: Any, offered: list[dict[str, Any]]) -> Any:
    if not kind.of_options:
        return str(raw) if kind.key == "value" else raw
    choices = [*options_of(element), *offered]
    initially = element.get(kind.initial)
    choices += initially if isinstance(initially, list) else [initially] if initially else []
    for option in choices:
        if raw in (option.get("value"), option):
            return option
    known = ", ".join(repr(option.get("value")) for option in choices)
    raise Refusal(f"The element {element.get('action_id')} offers no option {raw!r}; it has {known or 'none'}.")


def complaint(block: dict[str, Any], state: State) -> str | None:
    """Return what Slack's client itself says of a field that can't be submitted, or None."""
    element = block["element"]
    value = state[KINDS[element["type"]].key]
    if value in (None, "", []):
        return None if block.get("optional") else "Please complete this required field."
    if not isinstance(value, str):
        return None
    match element["type"]:
        case "plain_text_input":
            return _length(element, value)
        case "number_input":
            return _number(element, value)
        case "email_text_input":
            return None if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else "Enter a valid email address."
        case "url_text_input":
            return None if re.fullmatch(r"https?://\S+", value) else "Enter a valid URL."
    return None


def _length(element: dict[str, Any], value: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"Enter at least {least} characters."
    return f"Enter at most {most} characters." if len(value) > most else None


def _number(element: dict[str, Any], value: str) -> str | None:
    form = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(form, value):
        return "Enter a number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(value) < float(least):
        return f"Enter a number that is {least} or more."
    return f"Enter a number that is {most} or less." if most is not None and float(value) > float(most) else None
