"""Finds the interactive elements in blocks, and gives blocks and elements the ids that Slack adds."""

import copy
import secrets
from collections.abc import Iterator
from typing import Any

HAS_NO_ACTION = ("image", "mrkdwn", "plain_text")


def elements(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each interactive element with its block, in the order of reading."""
    for block in blocks:
        for element in _of(block):
            if element.get("type") not in HAS_NO_ACTION:
                yield block, element
        yield from elements(block.get("child_blocks") or [])


def _of(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    match block.get("type"):
        case "input":
            yield block["element"]
        case "section":
            if "accessory" in block:
                yield block["accessory"]
        case "actions" | "context_actions":
            yield from block["elements"]
        case "card":
            yield from block.get("actions") or []
        case "carousel":
            for card in block.get("elements") or []:
                yield from card.get("actions") or []


def find(blocks: list[dict[str, Any]], action_id: str, block_id: str | None = None) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return the block and the element with an action id, or None."""
    for block, element in elements(blocks):
        if element.get("action_id") == action_id and block_id in (None, "", block.get("block_id")):
            return block, element
    return None


def with_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a copy in which every block has a block_id and every interactive element an action_id."""
    copied = copy.deepcopy(blocks)
    _name(copied)
    for _, element in elements(copied):
        element.setdefault("action_id", secrets.token_urlsafe(4))
    return copied


def _name(blocks: list[dict[str, Any]]) -> None:
    for block in blocks:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        _name(block.get("child_blocks") or [])
