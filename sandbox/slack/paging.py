"""Slack's cursors: an opaque text that says where the next page begins."""

import base64
from typing import Any

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError


def encode(mark: str) -> str:
    """Make a cursor."""
    return base64.b64encode(mark.encode()).decode()


def decode(cursor: str, prefix: str) -> str:
    """Return what a cursor of this prefix stands for.

    Raises:
        SlackError: `invalid_cursor`.
    """
    try:
        mark = base64.b64decode(cursor, validate=True).decode()
    except ValueError as error:
        raise SlackError("invalid_cursor") from error
    if not mark.startswith(prefix):
        raise SlackError("invalid_cursor")
    return mark.removeprefix(prefix)


def page(args: Arguments, items: list[Any], default: int = 100, at_most: int = 1000) -> tuple[list[Any], dict[str, Any]]:
    """Cut one page out of a list.

    Returns:
        The items of the page, and the `response_metadata` field with the cursor of the next ("": there is none).
    """
    limit = args.number("limit", default, at_least=1, at_most=at_most)
    cursor = args.text("cursor")
    mark = decode(cursor, "offset:") if cursor else "0"
    if not mark.isdecimal():
        raise SlackError("invalid_cursor")
    end = int(mark) + limit
    next_cursor = encode(f"offset:{end}") if end < len(items) else ""
    return items[int(mark) : end], {"response_metadata": {"next_cursor": next_cursor}}
