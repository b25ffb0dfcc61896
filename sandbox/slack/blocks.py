"""Checks the blocks of messages and views as Slack does."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.slack import block_newer as newer
from sandbox.slack import walk
from sandbox.slack.block_elements import IN_ACTIONS, IN_CONTEXT, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION
from sandbox.slack.block_text import BLOCK_ID, OPTION, OPTION_GROUP, RICH_TEXT_BLOCK, SLACK_FILE, URL, plain, text
from sandbox.slack.errors import SlackError
from sandbox.slack.schema import Problems, Rule, array, at_least_one, boolean, by_type, complain, exactly_one, one_of, shape, string

MOST_BLOCKS = 50
MOST_VIEW_BLOCKS = 100
LONGEST_BLOCKS = 13_200
"""Characters of all blocks of a message together, about (facts: measured by others, not documented)."""
LARGEST_VIEW = 250_000
MOST_CHARTS = 2

_PLAIN_BLOCKS: dict[str, Rule] = {
    "section": shape(
        {},
        {**BLOCK_ID, "text": text(3000), "fields": array(text(2000), 10, 1), "accessory": IN_SECTION, "expand": boolean},
        at_least_one("text", "fields"),
    ),
    "divider": shape({}, BLOCK_ID),
    "header": shape({"text": plain(150)}, BLOCK_ID),
    "context": shape({"elements": array(IN_CONTEXT, 10, 1)}, BLOCK_ID),
    "actions": shape({"elements": array(IN_ACTIONS, 25, 1)}, BLOCK_ID),
    "input": shape(
        {"label": plain(2000), "element": IN_INPUT}, {**BLOCK_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean}
    ),
    "image": shape(
        {"alt_text": string(2000)},
        {**BLOCK_ID, "image_url": string(3000, pattern=URL), "slack_file": SLACK_FILE, "title": plain(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "rich_text": RICH_TEXT_BLOCK,
    "video": shape(
        {
            "alt_text": string(2000),
            "title": plain(200),
            "thumbnail_url": string(3000, pattern=URL),
            "video_url": string(3000, pattern=URL),
        },
        {
            **BLOCK_ID,
            "author_name": string(50),
            "description": plain(200),
            "provider_icon_url": string(2000),
            "provider_name": string(50),
            "title_url": string(2000),
        },
    ),
    "table": newer.TABLE,
}
_FILE: dict[str, Rule] = {"file": shape({"external_id": string(255), "source": one_of("remote")}, BLOCK_ID)}
_WIDE: dict[str, Rule] = {
    **_PLAIN_BLOCKS,
    "card": newer.CARD,
    "carousel": newer.CAROUSEL,
    "container": newer.container({**_PLAIN_BLOCKS, **_FILE}),
    "data_table": newer.DATA_TABLE,
    "data_visualization": newer.DATA_VISUALIZATION,
}
_MESSAGE: dict[str, Rule] = {
    **_WIDE,
    **_FILE,
    "context_actions": shape({"elements": array(IN_CONTEXT_ACTIONS, 5, 1)}, BLOCK_ID),
    "markdown": shape({"text": string(12_000)}, BLOCK_ID),
    "plan": newer.PLAN,
    "task_card": newer.TASK_CARD,
}
_MODAL: dict[str, Rule] = {
    **{kind: rule for kind, rule in _PLAIN_BLOCKS.items() if kind != "table"},
    "alert": newer.ALERT,
    "card": newer.CARD,
}

_COMMON: dict[str, Rule] = {
    "callback_id": string(255, least=0),
    "private_metadata": string(3000, least=0),
    "external_id": string(255, least=0),
}
VIEWS: dict[str, Rule] = {
    "modal": shape(
        {"title": plain(24), "blocks": array(by_type(_MODAL), MOST_VIEW_BLOCKS)},
        {
            **_COMMON,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": shape({"blocks": array(by_type(_WIDE), MOST_VIEW_BLOCKS)}, _COMMON),
}
_BLOCKS = array(by_type(_MESSAGE), MOST_BLOCKS)
_SUGGESTED = shape({}, {"options": array(OPTION, 100), "option_groups": array(OPTION_GROUP, 100)}, exactly_one("options", "option_groups"))


def check_message_blocks(blocks: Any) -> None:
    """Check the blocks of a message.

    Raises:
        SlackError: `invalid_blocks_format`, `invalid_blocks` with what is wrong and where, `msg_blocks_too_long`.
    """
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    problems: Problems = []
    _BLOCKS(blocks, "/blocks", problems)
    if not problems:
        _check_together(blocks, "/blocks", problems)
    if problems:
        raise SlackError("invalid_blocks", problems)
    if newer.characters(blocks) > LONGEST_BLOCKS:
        raise SlackError("msg_blocks_too_long")


def check_view(view: Any, kind: str) -> None:
    """Check a view of a kind, `modal` or `home`.

    Raises:
        SlackError: `invalid_arguments` with what is wrong and where, `view_too_large`.
    """
    problems: Problems = []
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", ["must provide an object [json-pointer:/view]"])
    if view.get("type") != kind:
        complain(problems, f"expected a view of type {kind}", "/view/type")
        raise SlackError("invalid_arguments", problems)
    if len(json.dumps(view).encode()) > LARGEST_VIEW:
        raise SlackError("view_too_large")
    VIEWS[kind](view, "/view", problems)
    if not problems:
        _check_together(view["blocks"], "/view/blocks", problems)
        _check_form(view, problems)
    if problems:
        raise SlackError("invalid_arguments", problems)


def check_options(payload: Any) -> None:
    """Check the options that an app answers to `block_suggestion`.

    Raises:
        SlackError: `invalid_options`.
    """
    problems: Problems = []
    _SUGGESTED(payload, "", problems)
    if problems:
        raise SlackError("invalid_options", problems)


def _check_form(view: dict[str, Any], problems: Problems) -> None:
    has_input = any(block["type"] == "input" for block in view["blocks"])
    if view["type"] == "modal" and has_input and not view.get("submit"):
        complain(problems, "missing required field: submit", "/view")
    if sum(bool(element.get("focus_on_load")) for _, element in walk.elements(view["blocks"])) > 1:
        complain(problems, "only one element may have `focus_on_load`", "/view/blocks")


def _check_together(blocks: list[dict[str, Any]], pointer: str, problems: Problems) -> None:
    """Check what concerns several blocks at once: ids that must differ, and how many charts there are."""
    seen: set[str] = set()
    for place, block in _all(blocks, pointer):
        block_id = block.get("block_id")
        if block_id in seen:
            complain(problems, f"`block_id` {block_id} already exists", f"{place}/block_id")
        if block_id:
            seen.add(block_id)
        _check_action_ids(block, place, problems)
    if sum(block["type"] == "data_visualization" for block in blocks) > MOST_CHARTS:
        complain(problems, f"no more than {MOST_CHARTS} data_visualization blocks allowed", pointer)


def _check_action_ids(block: dict[str, Any], pointer: str, problems: Problems) -> None:
    seen: set[str] = set()
    for _, element in walk.elements([{**block, "child_blocks": []}]):
        action_id = element.get("action_id")
        if action_id in seen:
            complain(problems, f"`action_id` {action_id} already exists for another element in this block", pointer)
        if action_id:
            seen.add(action_id)


def _all(blocks: list[dict[str, Any]], pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for n, block in enumerate(blocks):
        yield f"{pointer}/{n}", block
        yield from _all(block.get("child_blocks") or [], f"{pointer}/{n}/child_blocks")
