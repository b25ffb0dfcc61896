"""Measure what a scan does to the daemon's acks: `python -m bench.acks [--rounds N]` prints their latency without one and with one at work.

The scanned log is the worst there is: every error line is another one, so that counting never rests. Beside it stands what two processes do to them that
compute as politely, and have nothing to do with the daemon: so much is the machine's.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from bench.contest.contestants import DAEMON, Running, start, start_arena
from bench.contest.measures import Arena
from bench.log_maker import make

COMMANDS, PER_SECOND = 200, 20
LOG_MB = 150  # its scan ends among the commands: what it found is judged and written then
_OTHERS = "import os\nos.nice(19)\nwhile True:\n    [str(number) for number in range(10_000)]"  # as low as a scan's processes, and as many
_WATCH = """
[[watches]]
name = "bench"
source = {{ file = "{folder}/*.log" }}
every = "1s"
channel = "C0OPS"
learning = "0s"
"""


def main(arguments: Sequence[str]) -> None:
    """Print both latencies."""
    parser = argparse.ArgumentParser(prog="python -m bench.acks", description="Measure the daemon's acks while it scans logs.")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="bench-acks-") as folder:
        made = Path(folder, "made")
        make(made, LOG_MB * 1_000_000, 0.1, all_different=True)
        sandbox, url = start_arena(Path(folder))
        quiet: list[float] = []
        computing: list[float] = []
        busy: list[float] = []
        try:
            arena = Arena(url)
            for number in range(options.rounds):
                _round(arena, Path(folder, f"daemon-{number}"), made, quiet, computing, busy)
        finally:
            sandbox.stop()
    print(f"{'':<18}{'p50':>10}{'p99':>10}   of {len(quiet)} acks")
    for name, took in (("no scan", quiet), ("others compute", computing), ("while one runs", busy)):
        print(f"{name:<18}{median(took) * 1000:>7.1f} ms{_p99(took) * 1000:>7.1f} ms")
    for name, before in (("ratio", quiet), ("to the others", computing)):
        print(f"{name:<18}{median(busy) / median(before):>10.2f}{_p99(busy) / _p99(before):>10.2f}")


def _round(arena: Arena, folder: Path, made: Path, quiet: list[float], computing: list[float], busy: list[float]) -> None:
    logs = folder / "logs"
    logs.mkdir(parents=True)
    running = start(DAEMON, folder, arena.url, _WATCH.format(folder=logs), '"ping", "logwatch"')
    try:
        arena.sandbox.wait_connected(DAEMON.connections)
        arena.prepare()
        arena.type(20, PER_SECOND)
        time.sleep(3)  # the watch has begun, and seen that there is nothing
        quiet += _acks(arena)
        with _others():
            computing += _acks(arena)
        (logs / "app.log").hardlink_to(made)
        _wait_for_a_scan(running)
        busy += _acks(arena)
        if running.children():
            raise SystemExit("The commands ended before the scan did: let LOG_MB be less.")
    finally:
        running.stop()


def _acks(arena: Arena) -> list[float]:
    mark = arena.mark()
    numbers = arena.type(COMMANDS, PER_SECOND)
    found = arena.commands(mark)
    return [found[number].took_s for number in numbers]


@contextmanager
def _others() -> Iterator[None]:
    """Keep both cores busy with what has nothing to do with the daemon."""
    processes = [subprocess.Popen([sys.executable, "-c", _OTHERS]) for _ in range(2)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _wait_for_a_scan(running: Running) -> None:
    until = time.monotonic() + 20
    while not running.children():
        if time.monotonic() > until:
            raise SystemExit("No scan began within 20 s.")
        time.sleep(0.05)


def _p99(took: list[float]) -> float:
    return quantiles(took, n=100)[98]


if __name__ == "__main__":
    main(sys.argv[1:])
