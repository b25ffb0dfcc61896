"""The tables that the contest ends in: what was measured, its ratio to bare Bolt's, the goal, and whether it holds."""

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles

from bench.contest.contestants import BOLT, CONTESTANTS, DAEMON
from bench.contest.measures import BURST, CUT, Cut, Load

WITHIN_S = 0.2
"""What arrives is acked within this time, whatever happens to the other connection."""
COLD_START_S = 1.5


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was measured: how to read it off, how to show it, and what it should be."""

    name: str
    read: Callable[[Load], float]
    show: Callable[[float], str]
    ratio_at_most: float | None = None
    at_most: float | None = None


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that so many percent of all are not above."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else float("inf")


def _ms(seconds: float) -> str:
    return "never" if seconds == float("inf") else f"{seconds * 1000:.2f} ms"


def _s(seconds: float) -> str:
    return "never" if seconds == float("inf") else f"{seconds:.2f} s"


LINES = (
    Line("ack at 20 a second, p50", lambda load: percentile(load.steady_s, 50), _ms, ratio_at_most=0.15),
    Line("ack at 20 a second, p99", lambda load: percentile(load.steady_s, 99), _ms, ratio_at_most=0.35),
    Line(f"burst of {BURST}: last ack after", lambda load: load.burst_s, _s, ratio_at_most=0.5),
    Line(f"burst of {BURST}: acked in time", lambda load: load.burst_acked, lambda count: f"{count:.0f}"),
    Line("start to first ack", lambda load: load.start_s, _s, at_most=COLD_START_S),
    Line("very first start to first ack", lambda load: load.first_start_s, _s, at_most=COLD_START_S),
    Line("memory after the load", lambda load: load.memory_mb, lambda mb: f"{mb:.0f} MB", ratio_at_most=3.0),
    Line("CPU per 1,000 commands", lambda load: load.cpu_per_1000_s, _s, ratio_at_most=1.5),
)


def machine() -> str:
    """Describe where this was measured."""
    model = next((line.partition(":")[2].strip() for line in _read("/proc/cpuinfo").splitlines() if line.startswith("model name")), "?")
    libraries = ", ".join(f"{name} {version(name)}" for name in ("slack-bolt", "slack-sdk", "aiohttp", "SQLAlchemy"))
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, Python {platform.python_version()}, {libraries}"


def _read(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""


def load_table(loads: Mapping[str, Sequence[Load]]) -> list[str]:
    """Return the lines of the first table: medians over the rounds, and ratios of medians."""
    rows = [["", *(contestant.name for contestant in CONTESTANTS), "ratio", "goal", ""]]
    for line in LINES:
        values = {name: median(line.read(load) for load in found) for name, found in loads.items()}
        ratio = values[DAEMON.name] / values[BOLT.name]
        goal, held = "", ""
        if line.ratio_at_most is not None:
            goal, held = f"≤ {line.ratio_at_most:g}", _held(ratio <= line.ratio_at_most)
        elif line.at_most is not None:
            goal, held = f"≤ {line.show(line.at_most)}", _held(values[DAEMON.name] <= line.at_most)
        rows.append([line.name, *(line.show(values[contestant.name]) for contestant in CONTESTANTS), f"{ratio:.2f}", goal, held])
    return _table(rows)


def cut_table(cuts: Mapping[str, Mapping[str, Cut]]) -> list[str]:
    """Return the lines of the second table: a line for each kind of cut and contestant."""
    rows = [["cut", "who", f"acked of {CUT}", "into the lost connection", "worst of the others", "all served again after", "goal", ""]]
    for kind, by_name in cuts.items():
        for name, cut in by_name.items():
            alone = name != DAEMON.name
            goal = ["", ""] if alone else [f"≤ {_ms(WITHIN_S)}", _held(cut.worst_s <= WITHIN_S)]
            rows.append([kind, name, str(cut.acked), str(cut.into_it), _ms(cut.worst_s), _s(cut.served_again_s), *goal])
    return _table(rows)


def _held(held: bool) -> str:
    return "held" if held else "MISSED"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return Markdown whose columns stand below each other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows]
    return [lines[0], "| " + " | ".join("-" * width for width in widths) + " |", *lines[1:]]
