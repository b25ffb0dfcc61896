"""What a message may consist of."""

import json
from typing import Any

from sandbox.slack.blocks import check_message_blocks
from sandbox.slack.errors import SlackError

LONGEST_TEXT = 40_000
LONGEST_UPDATE = 4_000
LARGEST_METADATA = 16_000
MOST_ATTACHMENTS = 100


def check_content(fields: dict[str, Any], longest: int = LONGEST_TEXT) -> None:
    """Check a message's text, blocks and attachments.

    Raises:
        SlackError: `no_text`, `msg_too_long`, `invalid_blocks`, `invalid_attachments`, ….
    """
    blocks, text = fields.get("blocks"), fields.get("text")
    if text is not None and not isinstance(text, str):
        raise SlackError("invalid_arguments", ["must provide a string [json-pointer:/text]"])
    if blocks:
        check_message_blocks(blocks)
    attachments = fields.get("attachments")
    if attachments:
        _check_attachments(attachments)
    if not blocks and not attachments and not (text or "").strip():
        raise SlackError("no_text")
    if len(text or "") > longest:
        raise SlackError("msg_too_long")


def _check_attachments(attachments: Any) -> None:
    if not isinstance(attachments, list) or not all(isinstance(attachment, dict) for attachment in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for attachment in attachments:
        if attachment.get("blocks"):
            check_message_blocks(attachment["blocks"])


def check_metadata(metadata: Any) -> None:
    """Check a message's metadata.

    Raises:
        SlackError: `invalid_metadata_format`, `invalid_metadata_schema`, `metadata_too_large`.
    """
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    if not metadata:
        return
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata).encode()) > LARGEST_METADATA:
        raise SlackError("metadata_too_large")
