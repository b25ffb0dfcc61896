"""The measured part of docs/reliability.md."""

from datetime import UTC, datetime
from pathlib import Path

from tests.faults.matrix import FULL, ONLY, Tally

PAPER = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN = "<!-- measured: written by `make faults` -->"
END = "<!-- end of what was measured -->"


def summary(tallies: list[Tally]) -> list[str]:
    """Return the tally of each matrix and of all, in lines."""
    lines = [
        f"{one.area}: points tried: {one.tried}, held: {one.held}" + (f", not reached: {len(one.unreached)}" if one.unreached else "")
        for one in tallies
    ]
    lines += [f"NOT HELD {one.area}: {name}: {found[0].partition(chr(10))[0]}" for one in tallies for name, found in one.failures.items()]
    return [*lines, f"points tried: {sum(one.tried for one in tallies)}, held: {sum(one.held for one in tallies)}"]


def write_down(tallies: list[Tally]) -> None:
    """Write the table into the paper, after a full run of everything."""
    if not FULL or ONLY or not PAPER.exists():
        return
    before, _, rest = PAPER.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAPER.write_text(f"{before}{BEGIN}\n\n{table(tallies)}\n{END}{after}")


def table(tallies: list[Tally]) -> str:
    """Draw the table, and list what did not hold."""
    rows = ["| matrix | points tried | held | not reached |", "| --- | ---: | ---: | ---: |"]
    rows += [f"| {one.area} | {one.tried} | {one.held} | {len(one.unreached)} |" for one in tallies]
    total = (sum(one.tried for one in tallies), sum(one.held for one in tallies), sum(len(one.unreached) for one in tallies))
    rows.append(f"| **all** | **{total[0]}** | **{total[1]}** | {total[2]} |")
    failures = [f"- `{one.area}: {name}`: {found[0].partition(chr(10))[0]}" for one in tallies for name, found in one.failures.items()]
    told = ["", "What did not hold:", "", *failures] if failures else []
    return "\n".join([f"Measured on {datetime.now(UTC):%Y-%m-%d}.", "", *rows, *told, ""])
