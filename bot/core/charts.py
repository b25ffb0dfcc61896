"""A trend as a chart: Slack's own block where it is taken. Source: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block"""

from collections.abc import Sequence

from bot.core.alerts import Point
from bot.core.blocks import Block, Message

CHART = "data_visualization"
LEAST_POINTS = 3
MOST_POINTS = 20


def chart_block(series: Sequence[Point]) -> Block | None:
    """Draw errors by window as bars; None for a trend that is too short to be one."""
    if len(series) < LEAST_POINTS:
        return None
    points = series[-MOST_POINTS:]
    labels = _labels(points)
    data = [{"label": label, "value": point.errors} for label, point in zip(labels, points, strict=True)]
    return {
        "type": CHART,
        "title": "Errors by window",
        "chart": {
            "type": "bar",
            "series": [{"name": "errors", "data": data}],
            "axis_config": {"categories": labels, "x_label": "end of the window, UTC"},
        },
    }


def has_chart(message: Message) -> bool:
    return any(block["type"] == CHART for block in message.blocks)


def without_chart(message: Message, instead: Block | None = None) -> Message:
    """Return a message with something else in a chart's place, or nothing: its trend stands in the text, too."""
    blocks = [instead if block["type"] == CHART else block for block in message.blocks]
    return Message(message.text, tuple(block for block in blocks if block is not None))


def _labels(points: Sequence[Point]) -> list[str]:
    """Return a label for each window, none twice: Slack refuses those."""
    for form in ("%H:%M", "%H:%M:%S"):
        labels = [point.at.strftime(form) for point in points]
        if len(set(labels)) == len(labels):
            return labels
    return [f"{point.at:%H:%M:%S} ({n})" for n, point in enumerate(points, 1)]
