"""Rules for the blocks that came since 2025: tables, charts, plans, cards, containers."""

from typing import Any

from sandbox.slack.block_elements import BUTTON, IMAGE
from sandbox.slack.block_text import BLOCK_ID, RICH_TEXT, RICH_TEXT_BLOCK, URL, plain, text
from sandbox.slack.schema import Problems, Rule, array, at_least_one, boolean, by_type, complain, number, one_of, shape, string

LONGEST_DATA_TABLE = 20_000
_RAW_TEXT = shape({"text": string()}, {"emoji": boolean})
_RAW_NUMBER = shape({"value": number()}, {"text": string()})
_CELL = by_type({"raw_text": shape({"text": string(least=0)}, {"emoji": boolean}), "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT_BLOCK})
_DATA_CELL = by_type({"raw_text": _RAW_TEXT, "raw_number": _RAW_NUMBER, "rich_text": RICH_TEXT_BLOCK})
_COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})

TABLE = shape({"rows": array(array(_CELL, 20), 100, 1)}, {**BLOCK_ID, "column_settings": array(_COLUMN, 20)})


def _rows_are_even(value: Any, pointer: str, problems: Problems) -> None:
    width = len(value["rows"][0])
    for n, row in enumerate(value["rows"]):
        if len(row) != width:
            complain(problems, "all rows must have the same number of columns", f"{pointer}/rows/{n}")
    if any(cell["type"] == "rich_text" for cell in value["rows"][0]):
        complain(problems, "header cells must not be rich text", f"{pointer}/rows/0")
    if characters(value["rows"]) > LONGEST_DATA_TABLE:
        complain(problems, f"must be less than {LONGEST_DATA_TABLE + 1} characters", f"{pointer}/rows")


DATA_TABLE = shape(
    {"rows": array(array(_DATA_CELL, 20, 1), 201, 2), "caption": string()},
    {**BLOCK_ID, "page_size": number(1, 100, whole=True), "row_header_column_index": number(0, 19, whole=True)},
    _rows_are_even,
)


def characters(value: Any) -> int:
    """Count the characters of all texts in a structure."""
    if isinstance(value, dict):
        return sum(len(part) if name == "text" and isinstance(part, str) else characters(part) for name, part in value.items())
    return sum(map(characters, value)) if isinstance(value, list) else 0


def _positive(value: Any, pointer: str, problems: Problems) -> None:
    number()(value, pointer, problems)
    if isinstance(value, int | float) and value <= 0:
        complain(problems, "must be greater than 0", pointer)


def _series_fit(value: Any, pointer: str, problems: Problems) -> None:
    categories = value["axis_config"]["categories"]
    names = [series["name"] for series in value["series"]]
    if len(set(categories)) != len(categories):
        complain(problems, "categories must be unique", f"{pointer}/axis_config/categories")
    if len(set(names)) != len(names):
        complain(problems, "series names must be unique", f"{pointer}/series")
    for n, series in enumerate(value["series"]):
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            complain(problems, "must have exactly one point for each category", f"{pointer}/series/{n}/data")


_POINT = shape({"label": string(20), "value": number()})
_SERIES = shape({"name": string(20), "data": array(_POINT, 20, 1)})
_AXIS = shape({"categories": array(string(20), 20, 1)}, {"x_label": string(50), "y_label": string(50)})
_AXIS_CHART = shape({"series": array(_SERIES, 6, 1), "axis_config": _AXIS}, {}, _series_fit)
_PIE = shape({"segments": array(shape({"label": string(20), "value": _positive}), 12, 1)})
DATA_VISUALIZATION = shape(
    {"title": string(50), "chart": by_type({"pie": _PIE, "bar": _AXIS_CHART, "line": _AXIS_CHART, "area": _AXIS_CHART})}, BLOCK_ID
)

_SOURCE = by_type({"url": shape({"url": string(pattern=URL), "text": string()})})
_TASK: tuple[dict[str, Rule], dict[str, Rule]] = (
    {"task_id": string(), "title": string()},
    {
        **BLOCK_ID,
        "status": one_of("pending", "in_progress", "complete", "error"),
        "details": RICH_TEXT,
        "output": RICH_TEXT,
        "sources": array(_SOURCE),
    },
)
TASK_CARD = shape(*_TASK)


def _task_ids_differ(value: Any, pointer: str, problems: Problems) -> None:
    ids = [task["task_id"] for task in value.get("tasks") or []]
    if len(set(ids)) != len(ids):
        complain(problems, "task_id must be unique", f"{pointer}/tasks")


PLAN = shape({"title": string()}, {**BLOCK_ID, "tasks": array(TASK_CARD, 50)}, _task_ids_differ)

_ICON = by_type({"image": IMAGE})
CARD = shape(
    {},
    {
        **BLOCK_ID,
        "hero_image": _ICON,
        "icon": _ICON,
        "slack_icon": by_type({"icon": shape({"name": string()})}),
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "actions": array(by_type({"button": BUTTON}), 3, 1),
    },
    at_least_one("hero_image", "title", "actions", "body"),
)
CAROUSEL = shape({"elements": array(by_type({"card": CARD}), 10, 1)}, BLOCK_ID)
ALERT = shape({"text": text(200)}, {**BLOCK_ID, "level": one_of("default", "info", "warning", "error", "success")})


def _collapse_is_possible(value: Any, pointer: str, problems: Problems) -> None:
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        complain(problems, "`default_collapsed` requires `is_collapsible`", f"{pointer}/default_collapsed")
    if value.get("has_header_divider") and value.get("is_collapsible"):
        complain(problems, "`has_header_divider` needs a container that is not collapsible", f"{pointer}/has_header_divider")


def container(children: dict[str, Rule]) -> Rule:
    """Make the rule for a container of these blocks."""
    return shape(
        {"child_blocks": array(by_type(children), 10, 1)},
        {
            **BLOCK_ID,
            "title": plain(150),
            "rich_text_title": RICH_TEXT,
            "subtitle": text(150),
            "width": one_of("narrow", "standard", "wide", "full"),
            "icon": _ICON,
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
        at_least_one("title", "rich_text_title"),
        _collapse_is_possible,
    )
