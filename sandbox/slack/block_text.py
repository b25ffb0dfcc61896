"""Rules for text objects, options, confirm dialogs and rich text."""

from typing import Any

from sandbox.slack.schema import (
    Problems,
    Rule,
    array,
    boolean,
    by_type,
    complain,
    exactly_one,
    number,
    one_of,
    shape,
    string,
)

URL = r"(https?|mailto|slack|tel)[:].+"


def text(most: int) -> Rule:
    """Make a rule for a text object, plain or mrkdwn."""
    return by_type(
        {
            "plain_text": shape({"text": string(most)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(most)}, {"verbatim": boolean}),
        }
    )


def plain(most: int) -> Rule:
    """Make a rule for a plain_text object."""
    return by_type({"plain_text": shape({"text": string(most)}, {"emoji": boolean})})


CONFIRM = shape(
    {"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)},
    {"style": one_of("primary", "danger")},
)


def _option(label: Rule, with_url: bool = False) -> Rule:
    optional: dict[str, Rule] = {"description": text(75)}
    if with_url:
        optional["url"] = string(3000, pattern=URL)
    return shape({"text": label, "value": string(150)}, optional)


OPTION = _option(plain(75))
RICH_OPTION = _option(text(75))
LINK_OPTION = _option(plain(75), with_url=True)
OPTION_GROUP = shape({"label": plain(75), "options": array(OPTION, 100, 1)})
ONE_KIND_OF_OPTIONS = exactly_one("options", "option_groups")


def initial_is_offered(value: Any, pointer: str, problems: Problems) -> None:
    """Want every initial option to be among the options, word for word."""
    offered = [*(value.get("options") or [])]
    for group in value.get("option_groups") or []:
        offered += group["options"]
    one = value.get("initial_option")
    for name, wanted in (("initial_option", [one] if one else []), ("initial_options", value.get("initial_options") or [])):
        if any(option not in offered for option in wanted):
            complain(problems, f"`{name}` must match one of the provided options", f"{pointer}/{name}")


_STYLE = shape(
    {},
    dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean),
)
_STYLED: dict[str, Rule] = {"style": _STYLE}
_INLINE = by_type(
    {
        "text": shape({"text": string()}, _STYLED),
        "link": shape({"url": string(pattern=URL)}, {"text": string(least=0), "unsafe": boolean, **_STYLED}),
        "user": shape({"user_id": string()}, _STYLED),
        "usergroup": shape({"usergroup_id": string()}, _STYLED),
        "channel": shape({"channel_id": string()}, _STYLED),
        "emoji": shape({"name": string()}, {"unicode": string(), "skin_tone": number(1, 6), "url": string(), **_STYLED}),
        "broadcast": shape({"range": one_of("here", "channel", "everyone")}, _STYLED),
        "date": shape({"timestamp": number(whole=True), "format": string()}, {"url": string(), "fallback": string(), **_STYLED}),
        "color": shape({"value": string(pattern=r"#[0-9a-fA-F]{6}")}, _STYLED),
    }
)
_BORDER: dict[str, Rule] = {"border": number(0, 1, whole=True)}
_SECTION = shape({"elements": array(_INLINE)})
_RICH = by_type(
    {
        "rich_text_section": _SECTION,
        "rich_text_preformatted": shape({"elements": array(_INLINE)}, {**_BORDER, "language": string()}),
        "rich_text_quote": shape({"elements": array(_INLINE)}, _BORDER),
        "rich_text_list": shape(
            {"style": one_of("bullet", "ordered"), "elements": array(by_type({"rich_text_section": _SECTION}))},
            {**_BORDER, "indent": number(0, 8, whole=True), "offset": number(0, whole=True)},
        ),
    }
)
BLOCK_ID: dict[str, Rule] = {"block_id": string(255)}
RICH_TEXT_BLOCK = shape({"elements": array(_RICH)}, BLOCK_ID)
RICH_TEXT = by_type({"rich_text": RICH_TEXT_BLOCK})
SLACK_FILE = shape({}, {"id": string(), "url": string()}, exactly_one("id", "url"))
