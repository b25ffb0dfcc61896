"""What whoever approves sees on the card itself: what it brings, how its commit stands, what it replaces, and what the person chose."""

from bot.core.blocks import Block, context, section
from bot.core.markup import Mrkdwn, code, join, md, shorten
from bot.core.operations import Operation, OperationKind
from bot.core.preview import SUBJECT, say_checks

VALUE = 120
MOST_VALUES = 12


def what_is_approved(operation: Operation) -> list[Block]:
    """Draw it; the commits are left out for a rollback, whose thread lists what it takes back."""
    blocks: list[Block] = []
    if operation.brings and operation.kind is not OperationKind.ROLLBACK:
        lines = [md("• {}", shorten(line, SUBJECT)) for line in operation.brings]
        more = operation.commits - len(lines)
        blocks.append(section(join("\n", [*lines, *([md("… and {} more", more)] if more > 0 else [])])))
    chosen = [name for name in operation.given if name in operation.inputs]
    if chosen:
        values = [md("{} = {}", code(name), code(shorten(operation.inputs[name], VALUE))) for name in chosen[:MOST_VALUES]]
        left = len(chosen) - len(values)
        blocks.append(section(join("\n", [*values, *([md("… and {} more inputs", left)] if left else [])])))
    blocks.append(context(say_checks(operation.checks, operation.sha), _live(operation)))
    return blocks


def _live(operation: Operation) -> Mrkdwn:
    if not operation.live:
        return md("Live in {}: nothing yet", operation.environment)
    return md("Live in {}: {}", operation.environment, code(operation.live))
