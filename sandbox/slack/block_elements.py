"""Rules for block elements: buttons, menus, inputs, images."""

from typing import Any

from sandbox.slack.block_text import (
    CONFIRM,
    LINK_OPTION,
    ONE_KIND_OF_OPTIONS,
    OPTION,
    OPTION_GROUP,
    RICH_OPTION,
    RICH_TEXT,
    SLACK_FILE,
    URL,
    initial_is_offered,
    plain,
)
from sandbox.slack.schema import Problems, Rule, array, boolean, by_type, complain, exactly_one, number, one_of, shape, string

ACTION: dict[str, Rule] = {"action_id": string(255)}
_ASKS: dict[str, Rule] = {**ACTION, "confirm": CONFIRM, "focus_on_load": boolean}
_PLACE: dict[str, Rule] = {"placeholder": plain(150)}
_MENU: dict[str, Rule] = {**_ASKS, **_PLACE}
_MANY: dict[str, Rule] = {**_MENU, "max_selected_items": number(1, whole=True)}
_OPTIONS: dict[str, Rule] = {"options": array(OPTION, 100, 1), "option_groups": array(OPTION_GROUP, 100, 1)}
_DATE = string(pattern=r"\d{4}-\d{2}-\d{2}")
_TIME = string(pattern=r"([01]\d|2[0-3]):[0-5]\d")
_FILTER = shape(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), least=1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_IDS = array(string())
_CONVERSATION: dict[str, Rule] = {"default_to_current_conversation": boolean, "filter": _FILTER}
_ANSWERS: dict[str, Rule] = {"response_url_enabled": boolean}
_DISPATCH = shape({}, {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2, 1)})
_FIELD: dict[str, Rule] = {**ACTION, **_PLACE, "focus_on_load": boolean, "dispatch_action_config": _DISPATCH}

BUTTON = shape(
    {"text": plain(75)},
    {
        **ACTION,
        "value": string(2000, least=0),
        "url": string(3000, pattern=URL),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
IMAGE = shape(
    {"alt_text": string(2000)},
    {"image_url": string(3000, pattern=URL), "slack_file": SLACK_FILE},
    exactly_one("image_url", "slack_file"),
)


def _length_is_possible(value: Any, pointer: str, problems: Problems) -> None:
    if value.get("min_length", 0) > value.get("max_length", 3000):
        complain(problems, "`min_length` must not be greater than `max_length`", f"{pointer}/min_length")


def _menu(optional: dict[str, Rule], *also: Rule, needs: dict[str, Rule] | None = None) -> Rule:
    return shape(needs or {}, optional, *also)


_FEEDBACK = shape({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})

MENUS: dict[str, Rule] = {
    "static_select": _menu({**_MENU, **_OPTIONS, "initial_option": OPTION}, ONE_KIND_OF_OPTIONS, initial_is_offered),
    "external_select": _menu({**_MENU, "initial_option": OPTION, "min_query_length": number(0, whole=True)}),
    "users_select": _menu({**_MENU, "initial_user": string()}),
    "conversations_select": _menu({**_MENU, **_CONVERSATION, **_ANSWERS, "initial_conversation": string()}),
    "channels_select": _menu({**_MENU, **_ANSWERS, "initial_channel": string()}),
    "multi_static_select": _menu({**_MANY, **_OPTIONS, "initial_options": array(OPTION, 100, 1)}, ONE_KIND_OF_OPTIONS, initial_is_offered),
    "multi_external_select": _menu({**_MANY, "initial_options": array(OPTION, 100, 1), "min_query_length": number(0, whole=True)}),
    "multi_users_select": _menu({**_MANY, "initial_users": _IDS}),
    "multi_conversations_select": _menu({**_MANY, **_CONVERSATION, "initial_conversations": _IDS}),
    "multi_channels_select": _menu({**_MANY, "initial_channels": _IDS}),
    "datepicker": _menu({**_MENU, "initial_date": _DATE}),
    "timepicker": _menu({**_MENU, "initial_time": _TIME, "timezone": string()}),
    "checkboxes": _menu(
        {**_ASKS, "initial_options": array(RICH_OPTION, 10, 1)}, initial_is_offered, needs={"options": array(RICH_OPTION, 10, 1)}
    ),
    "radio_buttons": _menu({**_ASKS, "initial_option": RICH_OPTION}, initial_is_offered, needs={"options": array(RICH_OPTION, 10, 1)}),
}
_DATETIME = {"datetimepicker": _menu({**_ASKS, "initial_date_time": number(1_000_000_000, 9_999_999_999, whole=True)})}
_OVERFLOW = {"overflow": shape({"options": array(LINK_OPTION, 5, 1)}, {**ACTION, "confirm": CONFIRM})}
_WORKFLOW_BUTTON = {
    "workflow_button": shape(
        {"text": plain(75), "workflow": shape({"trigger": shape({"url": string()}, {"customizable_input_parameters": array(shape({}))})})},
        {**ACTION, "style": one_of("primary", "danger"), "accessibility_label": string(75)},
    )
}
_TYPED: dict[str, Rule] = {
    "plain_text_input": shape(
        {},
        {
            **_FIELD,
            "initial_value": string(3000, least=0),
            "multiline": boolean,
            "min_length": number(0, 3000, whole=True),
            "max_length": number(1, 3000, whole=True),
        },
        _length_is_possible,
    ),
    "email_text_input": shape({}, {**_FIELD, "initial_value": string()}),
    "url_text_input": shape({}, {**_FIELD, "initial_value": string()}),
    "number_input": shape(
        {"is_decimal_allowed": boolean}, {**_FIELD, "initial_value": string(), "min_value": string(), "max_value": string()}
    ),
    "rich_text_input": shape({}, {**_FIELD, "initial_value": RICH_TEXT}),
    "file_input": shape({}, {**ACTION, "filetypes": array(string()), "max_files": number(1, 10, whole=True)}),
}

IN_SECTION = by_type({"button": BUTTON, "image": IMAGE, **_OVERFLOW, **_WORKFLOW_BUTTON, **MENUS})
IN_ACTIONS = by_type({"button": BUTTON, **_OVERFLOW, **_WORKFLOW_BUTTON, **_DATETIME, **MENUS})
IN_INPUT = by_type({**_TYPED, **_DATETIME, **MENUS})
IN_CONTEXT = by_type(
    {
        "image": IMAGE,
        "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
        "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
    }
)
IN_CONTEXT_ACTIONS = by_type(
    {
        "feedback_buttons": shape({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, ACTION),
        "icon_button": shape(
            {"icon": one_of("trash"), "text": plain(75)},
            {
                **ACTION,
                "value": string(2000),
                "confirm": CONFIRM,
                "accessibility_label": string(75),
                "visible_to_user_ids": array(string(), 10),
            },
        ),
    }
)
