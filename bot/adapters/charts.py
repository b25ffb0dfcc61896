"""Draws a chart block as a picture, for workspaces that don't know such blocks. Needs the extra `charts`; without it there is no picture."""

import logging
from collections.abc import Mapping
from io import BytesIO
from typing import Any

log = logging.getLogger(__name__)

SIZE_IN = (6.4, 2.6)  # a phone's width at 100 dots an inch, twice over
DPI = 150
BAR = "#d13438"
TEXT = "#444444"


def paint(block: Mapping[str, Any]) -> bytes | None:
    """Return the bars of a chart block as PNG; None when matplotlib is not installed."""
    try:
        # Imported here: it takes a second and 60 MB, which only a workspace without charts has to pay.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        log.info("chart.no_painter")
        return None
    (series,) = block["chart"]["series"]
    values = [point["value"] for point in series["data"]]
    figure = Figure(figsize=SIZE_IN, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.bar(range(len(values)), values, color=BAR)
    step = max(1, len(values) // 6)
    axes.set_xticks(range(0, len(values), step), [point["label"] for point in series["data"]][::step])
    axes.set_title(block["title"], color=TEXT, fontsize=11, loc="left")
    axes.tick_params(colors=TEXT, labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(bottom=0)
    out = BytesIO()
    figure.savefig(out, format="png", dpi=DPI)
    return out.getvalue()
