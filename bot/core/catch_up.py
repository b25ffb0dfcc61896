"""What is said after the daemon was away: for how long, what ended meanwhile, what is still open."""

from collections.abc import Callable
from datetime import timedelta

from bot.core.blocks import Block, Message, section
from bot.core.durations import say_duration
from bot.core.markup import join, md
from bot.core.operation_words import operation_line
from bot.core.operations import Operation

MOST_LINES = 15


def catch_up(away: timedelta, ended: list[Operation], still_open: list[Operation], name_of: Callable[[str], str]) -> Message | None:
    """Return the one message after an absence; None when nothing happened that anybody would want to know."""
    if not ended and not still_open:
        return None
    headline = md("👋 I was away for {}.", say_duration(away))
    blocks: list[Block] = [section(headline)]
    for title, operations in (("Ended meanwhile", ended), ("Still open", still_open)):
        lines = [operation_line(operation, name_of(operation.actor)) for operation in operations[:MOST_LINES]]
        if len(operations) > MOST_LINES:
            lines.append(md("… and {} more", len(operations) - MOST_LINES))
        if lines:
            blocks.append(section(join("\n", [md("*{}*", title), *lines])))
    return Message.of(md("{} {} ended meanwhile, {} still open.", headline, len(ended), len(still_open)), *blocks)
