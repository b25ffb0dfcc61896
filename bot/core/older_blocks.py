"""Blocks that not every workspace knows yet, said in those that every one knows."""

from collections.abc import Callable, Mapping

from bot.core.blocks import Block, Message, context, section
from bot.core.charts import CHART, chart_words
from bot.core.markup import Mrkdwn, join, link, md

_SIGNS = {"pending": "▫️", "in_progress": "⏳", "complete": "✅", "error": "❌"}


def newer_kinds(message: Message) -> frozenset[str]:
    """Return the kinds of blocks in a message that a workspace may refuse and that can be said otherwise."""
    return frozenset(str(block["type"]) for block in message.blocks if block["type"] in _OTHERWISE)


def with_older_blocks(message: Message, refused: frozenset[str]) -> Message:
    """Return the message with every block of a refused kind said otherwise."""
    if not refused & newer_kinds(message):
        return message
    return Message(
        message.text, tuple(_OTHERWISE[str(b["type"])](b) if b["type"] in refused & set(_OTHERWISE) else b for b in message.blocks)
    )


def _plan(block: Block) -> Block:
    tasks = block.get("tasks")
    lines = [_task(task) for task in tasks] if isinstance(tasks, (list, tuple)) else []
    return section(join("\n", lines) if lines else md("{}", str(block.get("title"))))


def _task(task: Mapping[str, object]) -> Mrkdwn:
    title, sources = str(task["title"]), task.get("sources")
    url = str(sources[0]["url"]) if isinstance(sources, list) and sources else ""
    parts = [md("{} {}", _SIGNS.get(str(task.get("status")), "▫️"), link(url, title) if url else title)]
    if details := _text_in(task.get("details")):
        parts.append(md("· {}", details))
    return join(" ", parts)


def _text_in(rich: object) -> str:
    """Return the text of a rich text, its formatting left out."""
    if isinstance(rich, Mapping):
        own = str(rich["text"]) if "text" in rich else ""
        return own + "".join(_text_in(part) for part in rich.get("elements", ()))
    return ""


def _chart(block: Block) -> Block:
    return context(chart_words(block))


def _picture(block: Block) -> Block:
    return context(str(block["alt_text"]))


# A picture of ours stands in the place of a chart; a workspace may refuse that, too.
_OTHERWISE: Mapping[str, Callable[[Block], Block]] = {"plan": _plan, CHART: _chart, "image": _picture}
