"""Renders messages and views as plain text: what a person would read."""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack import walk
from sandbox.slack.inputs import options_of

Json = dict[str, Any]

_LINK = re.compile(r"<(https?://[^|>]+|mailto:[^|>]+)(?:\|([^>]*))?>")
_NAMED = re.compile(r"<[@#!][^|>]*\|([^>]*)>")


def text_of(shown: Json) -> str:
    """Return a message or a view as readable text: its blocks, or the text when it has none."""
    if shown.get("type") in ("modal", "home"):
        return _view(shown)
    typed = bool(shown.get("client_msg_id"))
    blocks = [] if typed else shown.get("blocks") or []
    parts = [_block(block) for block in blocks] or [_mrkdwn(shown.get("text", ""))]
    parts += [_attachment(attachment) for attachment in shown.get("attachments") or []]
    parts += [f"[file {file['name']}]" for file in shown.get("files") or []]
    return "\n".join(part for part in parts if part)


def everything_in(message: Json) -> str:
    """Return the text of a message, its fallback text for notifications included."""
    shown, fallback = text_of(message), _mrkdwn(message.get("text", ""))
    return shown if fallback in shown else f"{fallback}\n{shown}"


def pressables(shown: Json) -> Iterator[tuple[str, str, str, Any]]:
    """Yield block_id, action_id, label and value of each thing to click or to fill; a menu's options come one by one."""
    blocks = list(shown.get("blocks") or [])
    for attachment in shown.get("attachments") or []:
        blocks += attachment.get("blocks") or []
    for block, element in walk.elements(blocks):
        ids = (block["block_id"], element["action_id"])
        label = element.get("text") or element.get("placeholder") or block.get("label") or {}
        yield *ids, str(label.get("text", "")), None
        for option in options_of(element):
            yield *ids, str(option["text"]["text"]), option.get("value")


def _view(view: Json) -> str:
    values = (view.get("state") or {}).get("values") or {}
    title = [f"[{view['title']['text']}]"] if view.get("title") else []
    buttons = " ".join(f"[{view[name]['text']}]" for name in ("close", "submit") if view.get(name))
    return "\n".join(part for part in [*title, *(_block(block, values) for block in view["blocks"]), buttons] if part)


def _mrkdwn(text: str) -> str:
    text = _LINK.sub(lambda link: f"{link[2]} ({link[1]})" if link[2] else link[1], text)
    text = _NAMED.sub(lambda named: named[1], text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _text(text: Json | None) -> str:
    if not text:
        return ""
    return _mrkdwn(text["text"]) if text.get("type") == "mrkdwn" else str(text["text"])


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _block(block: Json, values: Json | None = None) -> str:
    match block["type"]:
        case "section":
            fields = " · ".join(_text(field) for field in block.get("fields") or [])
            accessory = _element(block["accessory"], block, values) if "accessory" in block else ""
            return _lines(_text(block.get("text")), fields, accessory)
        case "header":
            return f"*{_text(block['text'])}*"
        case "divider":
            return "---"
        case "context":
            return " ".join(_text(e) if "text" in e else f"[{e['alt_text']}]" for e in block["elements"])
        case "actions" | "context_actions":
            return " ".join(_element(element, block, values) for element in block["elements"])
        case "input":
            hint = f"  ({_text(block['hint'])})" if block.get("hint") else ""
            return f"{_text(block['label'])}: {_element(block['element'], block, values)}{hint}"
        case "image" | "video":
            return _lines(_text(block.get("title")), f"[{block['alt_text']}]")
        case "rich_text":
            return _rich(block)
        case "markdown":
            return str(block["text"])
        case _:
            return _newer(block, values)


def _newer(block: Json, values: Json | None) -> str:
    match block["type"]:
        case "table" | "data_table":
            rows = [" | ".join(_cell(cell) for cell in row) for row in block["rows"]]
            return _lines(str(block.get("caption", "")), *rows)
        case "data_visualization":
            return _lines(str(block["title"]), *_chart(block["chart"]))
        case "plan":
            return _lines(str(block["title"]), *(_task(task) for task in block.get("tasks") or []))
        case "task_card":
            return _task(block)
        case "card":
            buttons = " ".join(_element(button, block, values) for button in block.get("actions") or [])
            return _lines(*(_text(block.get(name)) for name in ("title", "subtitle", "body", "subtext")), buttons)
        case "carousel":
            return _lines(*(_block(card, values) for card in block["elements"]))
        case "container":
            title = _text(block.get("title")) or (_rich(block["rich_text_title"]) if "rich_text_title" in block else "")
            return _lines(title, _text(block.get("subtitle")), *(_block(child, values) for child in block["child_blocks"]))
        case "alert":
            return _text(block["text"])
        case _:
            return f"[{block['type']}]"


def _cell(cell: Json) -> str:
    if cell["type"] == "rich_text":
        return _rich(cell)
    return str(cell.get("text") or cell.get("value", ""))


def _task(task: Json) -> str:
    marks = {"complete": "[x]", "error": "[!]", "in_progress": "[~]"}
    details = _rich(task["details"]) if task.get("details") else ""
    output = _rich(task["output"]) if task.get("output") else ""
    return _lines(f"{marks.get(task.get('status', ''), '[ ]')} {task['title']}", details, output)


def _chart(chart: Json) -> list[str]:
    if chart["type"] == "pie":
        return [f"{segment['label']}: {segment['value']:g}" for segment in chart["segments"]]
    return [f"{s['name']}: " + ", ".join(f"{p['label']} {p['value']:g}" for p in s["data"]) for s in chart["series"]]


def _rich(block: Json) -> str:
    lines = []
    for element in block["elements"]:
        if element["type"] == "rich_text_list":
            lines += [f"- {_inline(item)}" for item in element["elements"]]
        else:
            lines.append(_inline(element))
    return "\n".join(lines)


def _inline(section: Json) -> str:
    return "".join(_inline_part(part) for part in section["elements"])


def _inline_part(part: Json) -> str:
    match part["type"]:
        case "text":
            return str(part["text"])
        case "link":
            return f"{part['text']} ({part['url']})" if part.get("text") else str(part["url"])
        case "user":
            return f"<@{part['user_id']}>"
        case "channel":
            return f"<#{part['channel_id']}>"
        case "usergroup":
            return f"<!subteam^{part['usergroup_id']}>"
        case "broadcast":
            return f"@{part['range']}"
        case "emoji":
            return f":{part['name']}:"
        case "date":
            return str(part.get("fallback", part["timestamp"]))
        case _:
            return str(part.get("value", ""))


def _attachment(attachment: Json) -> str:
    blocks = [_block(block) for block in attachment.get("blocks") or []]
    return _lines(
        *(str(attachment.get(name, "")) for name in ("pretext", "title")), *(blocks or [_mrkdwn(str(attachment.get("text") or ""))])
    )


def _element(element: Json, block: Json, values: Json | None) -> str:
    if element["type"] in ("button", "workflow_button"):
        return f"[{_text(element['text'])}]"
    if element["type"] == "image":
        return f"[{element['alt_text']}]"
    if element["type"] == "overflow":
        return "[… " + " / ".join(_text(option["text"]) for option in element["options"]) + "]"
    if element["type"] in ("feedback_buttons", "icon_button"):
        names = [name for name in ("positive_button", "negative_button") if name in element]
        return " ".join(f"[{_text(element[name]['text'])}]" for name in names) or f"[{_text(element['text'])}]"
    return f"<{_entered(element, block, values)}>"


def _entered(element: Json, block: Json, values: Json | None) -> str:
    """Return what an input holds, or its placeholder."""
    state = ((values or {}).get(block["block_id"]) or {}).get(element["action_id"]) or {}
    held = next((value for name, value in state.items() if name != "type"), None)
    if held is None and values is None:
        held = next((value for name, value in element.items() if name.startswith("initial_")), None)
    if isinstance(held, list):
        return ", ".join(_held(item) for item in held)
    return _held(held) if held else _text(element.get("placeholder"))


def _held(value: Any) -> str:
    return _text(value["text"]) if isinstance(value, dict) and "text" in value else str(value)
