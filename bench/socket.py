"""Measure the daemon beside a bare Bolt bot and a raw asyncio floor: `python -m bench.socket [--rounds N] [--only load|cuts]`.

All three run against one sandbox, one after the other, in an order that turns with each round. See docs/performance.md.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from bench.contest.contestants import CONTESTANTS, FLOOR, start, start_arena
from bench.contest.measures import KINDS, Arena, Cut, Load, cut, load
from bench.contest.table import cut_table, load_table, machine


def main(arguments: list[str]) -> None:
    """Run the contest and print its tables."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.socket", description="Measure the daemon beside bare Bolt and a raw asyncio floor."
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often the load is measured; the table shows medians")
    parser.add_argument("--only", choices=("load", "cuts"), help="measure one half")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-socket-") as folder:
        sandbox, url = start_arena(Path(folder))
        try:
            arena = Arena(url)
            _prepare(arena, Path(folder))
            print(f"Machine: {machine()}. Load average at the start: {_load_average()}.\n")
            if options.only != "cuts":
                print("\n".join(load_table(_loads(arena, Path(folder), options.rounds))), end="\n\n", flush=True)
            if options.only != "load":
                print("\n".join(cut_table(_cuts(arena, Path(folder)))), end="\n\n")
            print(f"Load average at the end: {_load_average()}.")
        finally:
            sandbox.stop()


def _prepare(arena: Arena, folder: Path) -> None:
    running = start(FLOOR, folder / "prepare", arena.url)
    try:
        arena.sandbox.wait_connected()
        arena.prepare()
    finally:
        running.stop()


def _loads(arena: Arena, folder: Path, rounds: int) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {contestant.name: [] for contestant in CONTESTANTS}
    for number in range(rounds):
        turned = number % len(CONTESTANTS)
        for contestant in (*CONTESTANTS[turned:], *CONTESTANTS[:turned]):
            before = _load_average()
            measured = load(arena, contestant, folder / f"load-{number}-{contestant.name}")
            loads[contestant.name].append(measured)
            print(f"Round {number + 1}, {contestant.name}: load average {before}.", file=sys.stderr)
    return loads


def _cuts(arena: Arena, folder: Path) -> dict[str, dict[str, Cut]]:
    cuts: dict[str, dict[str, Cut]] = {kind: {} for kind in KINDS}
    for kind in KINDS:
        for contestant in CONTESTANTS:
            cuts[kind][contestant.name] = cut(arena, contestant, kind, folder / f"cut-{kind}-{contestant.name}")
            print(f"{kind}, {contestant.name}: {cuts[kind][contestant.name]}", file=sys.stderr)
    return cuts


def _load_average() -> str:
    return " ".join(f"{average:.1f}" for average in os.getloadavg())


if __name__ == "__main__":
    main(sys.argv[1:])
