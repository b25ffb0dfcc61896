"""A trend as a chart: Slack's own block where it is taken. Source: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.core.alert_words import sparkline
from bot.core.alerts import MOST_POINTS, Point
from bot.core.blocks import Block

CHART = "data_visualization"
LEAST_POINTS = 3  # fewer are no trend


def chart_block(series: Sequence[Point]) -> Block | None:
    """Draw errors by window as bars; None for a trend that is too short to be one."""
    if len(series) < LEAST_POINTS:
        return None
    points = series[-MOST_POINTS:]
    labels = _labels(points)
    bars = [(label, point.errors) for label, point in zip(labels, points, strict=True)]
    return bar_chart("Errors by window", "errors", bars, "end of the window, UTC")


def bar_chart(title: str, what: str, bars: Sequence[tuple[str, int]], along: str) -> Block:
    """Draw numbers as bars.

    Args:
        what: what they count, in a word.
        bars: from left to right, each with its label, none of these twice.
        along: what the labels are, for whoever reads them.
    """
    data = [{"label": label, "value": value} for label, value in bars]
    axis = {"categories": [label for label, _ in bars], "x_label": along}
    return {"type": CHART, "title": title, "chart": {"type": "bar", "series": [{"name": what, "data": data}], "axis_config": axis}}


def chart_words(block: Mapping[str, Any]) -> str:
    """Say a chart in one line of text: its bars, the least and the most."""
    points = block["chart"]["series"][0]["data"]
    series = [Point(datetime.min.replace(tzinfo=UTC), int(point["value"])) for point in points]
    return (
        f"{block['title']}: {sparkline(series)} {points[0]['label']} – {points[-1]['label']} UTC, at most {max(p.errors for p in series):,}"
    )


def _labels(points: Sequence[Point]) -> list[str]:
    """Return a label for each window, none twice: Slack refuses those."""
    for form in ("%H:%M", "%H:%M:%S"):
        labels = [point.at.strftime(form) for point in points]
        if len(set(labels)) == len(labels):
            return labels
    return [f"{point.at:%H:%M:%S} ({n})" for n, point in enumerate(points, 1)]
