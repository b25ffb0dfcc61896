"""Slack's mrkdwn, safe by construction: what people or logs wrote can't become a mention, a link or a broadcast.

Source: https://docs.slack.dev/messaging/formatting-message-text ("Escaping text"): `&`, `<` and `>`, in that order.
"""

import re
from collections.abc import Callable

_MENTIONED = re.compile(r"<(?:@|!subteam\^)([UWS][A-Z0-9]+)>")


class Mrkdwn(str):
    """Text that is Slack markup on purpose and is sent as it is. Any plain `str` is escaped before it is sent."""

    __slots__ = ()


def escape(text: str) -> Mrkdwn:
    """Make `text` harmless: no mention, link, channel or broadcast in it survives; `*bold*` and `` `code` `` still do."""
    if isinstance(text, Mrkdwn):
        return text
    return Mrkdwn(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def md(template: str, *args: object, **fields: object) -> Mrkdwn:
    """Fill a markup template, escaping every argument that is not Mrkdwn itself.

    The template is code of ours and may hold links and mentions; the arguments never add any.
    """
    return Mrkdwn(template.format(*[_argument(a) for a in args], **{name: _argument(value) for name, value in fields.items()}))


def _argument(value: object) -> str:
    return escape(value if isinstance(value, str) else str(value))


def code(text: object) -> Mrkdwn:
    """Show `text` as inline code. A backtick in it would end the span, so it becomes a look-alike."""
    flat = " ".join(str(text).split()).replace("`", "ˋ")
    return Mrkdwn(f"`{escape(flat) or ' '}`")


def pre(text: str) -> Mrkdwn:
    """Show `text` as a preformatted block, its backticks harmless."""
    return Mrkdwn("```" + escape(text.replace("`", "ˋ")) + "```")


def link(url: str, label: str) -> Mrkdwn:
    """Link `label` to `url`. Without a URL, or with one that is not http(s), only the label is left."""
    if not url.startswith(("https://", "http://")):
        return escape(label)
    safe_url = escape(url).replace("|", "%7C")
    return Mrkdwn(f"<{safe_url}|{escape(label).replace('|', '¦')}>")


def mention(user_id: str) -> Mrkdwn:
    """Mention a person by id. Not for the one who acted: they know."""
    return Mrkdwn(f"<@{escape(user_id)}>")


def with_names(text: str, name_of: Callable[[str], str]) -> str:
    """Return what a person typed with names in place of mentions: shown again, these would be ids that tell nobody anything.

    Args:
        name_of: returns the name of a person or a user group.
    """
    return _MENTIONED.sub(lambda found: f"@{name_of(found[1])}", text)


def plain(text: str) -> str:
    """Turn our markup back into plain text, for the places that read none, such as a form's errors."""
    if not isinstance(text, Mrkdwn):
        return text
    unlinked = re.sub(r"<[^>|]*\|([^>]*)>", r"\1", text).replace("`", "")
    return unlinked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def join(separator: str, parts: list[Mrkdwn]) -> Mrkdwn:
    """Join pieces of markup; the separator is ours."""
    return Mrkdwn(separator.join(parts))


def shorten(text: str, limit: int) -> str:
    """Cut plain text to `limit` characters, the cut shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
