"""Measure the scan of log files: `python -m bench.logs [--mb N] [--rounds N]` prints it beside wc, grep and drain3 on the same file.

Everything runs alternating on one file in the page cache, and the best of the rounds counts: a busy machine slows all alike. The file is removed again.
Two sorts of files are made (see log_maker.py): one whose quiet lines are of many systems, and one whose quiet lines are of one service. Their error lines
are the same.
"""

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.drain import drain_config
from bench.log_maker import PATTERN, Made, make

DRAIN_ALL_LINES = (
    100_000  # of all lines, the sample on which drain3 is timed: the more it has seen, the slower it is, so this is in its favour
)
DRAIN_ERRORS = 100_000  # of the error lines, where there are more
SHARES = (0.002, 0.02, 0.1)
SORTS = {"quiet lines of many systems": True, "quiet lines of one service": False}
DIFFERENT_MB = (40, 200)  # how long a start takes can be told from the two


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: how long it took, its largest resident memory, and what it found."""

    seconds: float
    memory_mb: float = 0.0
    lines: int = 0
    errors: int = 0
    kinds: int = 0


def main(arguments: Sequence[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.logs", description="Measure the scan of log files.")
    parser.add_argument("--mb", type=int, default=500, help="size of the file with 2%% errors; the others have a fifth of it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--run", choices=RUNS, help=argparse.SUPPRESS)
    parser.add_argument("file", nargs="?", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.run:
        print(json.dumps(RUNS[options.run](options.file)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-logs-") as folder:
        print("Throughput as a multiple of `LC_ALL=C grep -cE`, best of alternating rounds.\n")
        path = Path(folder, "made.log")
        for sort, many_systems in SORTS.items():
            for share in SHARES:
                size = (options.mb if share == 0.02 else options.mb // 5) * 1_000_000
                made = make(path, size, share, many_systems=many_systems)
                _table(path, made, f"{share:.1%} error lines, {sort}", _contestants(path, with_drain=share == 0.02), options.rounds)
        for mb in DIFFERENT_MB:
            made = make(path, mb * 1_000_000, 0.1, many_systems=True, all_different=True)
            _table(path, made, "10% error lines, all of them different", _contestants(path, with_drain=True), options.rounds)


Contestants = dict[str, Callable[[], Ran]]


def _contestants(path: Path, *, with_drain: bool) -> Contestants:
    def timed(command: str) -> Callable[[], Ran]:
        def run() -> Ran:
            began = time.perf_counter()
            subprocess.run(["/bin/sh", "-c", command], check=True, stdout=subprocess.PIPE)  # grep reads less when nobody listens
            return Ran(time.perf_counter() - began)

        return run

    def ours(name: str) -> Callable[[], Ran]:
        def run() -> Ran:
            command = [sys.executable, "-m", "bench.logs", "--run", name, str(path)]
            return Ran(**json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))

        return run

    found: Contestants = {
        "wc -l": timed(f"wc -l {path}"),
        "grep -c": timed(f"LC_ALL=C grep -cE '{PATTERN}' {path}"),
        "ours: a watch's scan, in one process": ours("ours"),
        "ours: `chatopsd logs scan`, two processes": ours("apart"),
        "ours, in a process beside the daemon": ours("beside"),
    }
    if with_drain:
        found |= {
            "grep, drain3": ours("drain"),
            "grep, drain3 with masks": ours("masked"),
            "drain3 over all lines (a sample)": ours("all"),
            "drain3 with masks over all (a sample)": ours("all_masked"),
        }
    return found


def _table(path: Path, made: Made, title: str, contestants: Contestants, rounds: int) -> None:
    best: dict[str, Ran] = {}
    for _ in range(rounds):
        for name, run in contestants.items():
            ran = run()
            if name not in best or ran.seconds < best[name].seconds:
                best[name] = ran
    size = path.stat().st_size
    print(f"{title}: {size / 1e6:.0f} MB, {made.lines:,} lines, {made.errors:,} error events")
    for name, ran in best.items():
        if ran.lines and (ran.lines, ran.errors) != (made.lines, made.errors):
            raise SystemExit(f"{name} counted {ran.lines} lines and {ran.errors} errors, which is wrong.")
        memory = f"{ran.memory_mb:6.0f} MB" if ran.memory_mb else " " * 9
        kinds = f"  {ran.kinds:,} kinds" if ran.kinds else ""
        print(f"  {name:<40}{size / ran.seconds / 1e6:>8.1f} MB/s{best['grep -c'].seconds / ran.seconds:>9.3f} x{memory}{kinds}")
    print(flush=True)


def _scan(path: Path, *, beside: bool) -> dict[str, float]:
    """Let a watch scan a file that has just appeared, into a journal of its own."""
    from bot.adapters.clock import SystemClock
    from bot.adapters.journal import open_journal
    from bot.adapters.logs.files import FileLogSource
    from bot.adapters.tally_process import TallyProcess
    from bot.core.configuration import Configuration, Watch
    from bot.core.gates import Gate, Verdict
    from bot.core.sources import FileSource
    from bot.core.tally import Tally
    from bot.core.windows import Samples
    from bot.engine.alerting import alerting

    logging.getLogger("bot").addHandler(logging.NullHandler())  # that a window has too many kinds is told, and no line of the table
    with tempfile.TemporaryDirectory(prefix="bench-scan-") as folder:
        clock = SystemClock()
        journal = open_journal(f"sqlite:///{folder}/journal.db", clock)
        source = FileSource((f"{folder}/*.log",))
        watch = Watch("bench", source, timedelta(minutes=15), "C0BENCH", PATTERN)
        engine = alerting(
            journal,
            clock,
            Configuration("C0", (), {}, {}, (watch,)),
            {"bench": FileLogSource(*source.patterns)},
            name_of=str,
            may_take=lambda _: Verdict(Gate.PERSON, True),
            may_show=lambda _: Samples.MASKED,
            tally=lambda _: TallyProcess(PATTERN) if beside else Tally(PATTERN),
        ).watches
        engine.scan(watch)
        Path(folder, "first.log").write_text("2024-05-01 12:00:00 ERROR a first one, as in a daemon that has run for a while\n")
        engine.scan(watch)
        Path(folder, "made.log").symlink_to(path)
        began = time.perf_counter()
        window = engine.scan(watch)
        seconds = time.perf_counter() - began
        journal.close()
    found = {"seconds": seconds, "lines": window.lines, "errors": window.errors, "kinds": window.distinct}
    return {**found, "memory_mb": max(_peak_mb(resource.RUSAGE_SELF), _peak_mb(resource.RUSAGE_CHILDREN))}


def _apart(path: Path) -> dict[str, float]:
    """Scan a file as `chatopsd logs scan` does."""
    from bot.commands.logs import scanned_in_portions
    from bot.core.tally import Tally

    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads is not forked
    Tally(PATTERN).add(b"2024-05-01 12:00:00 ERROR a first one\n")
    began = time.perf_counter()
    tally, _ = scanned_in_portions([path], PATTERN)
    seconds = time.perf_counter() - began
    found = {"seconds": seconds, "lines": tally.lines, "errors": tally.errors, "kinds": tally.distinct}
    return {**found, "memory_mb": _peak_mb(resource.RUSAGE_SELF) + _peak_mb(resource.RUSAGE_CHILDREN)}


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def _drain(path: Path, *, masked: bool = False, all_lines: bool = False) -> dict[str, float]:
    """Give drain3 what grep finds, or the first of all lines; the time is scaled to the whole file."""
    from drain3 import TemplateMiner

    miner = TemplateMiner(config=drain_config(masked=masked))
    began = time.perf_counter()
    if all_lines:
        with path.open(encoding="utf-8") as file:
            lines = [next(file).rstrip("\n") for _ in range(DRAIN_ALL_LINES)]
        total = int(subprocess.run(["wc", "-l", path], check=True, stdout=subprocess.PIPE).stdout.split()[0])
        began, read_s = time.perf_counter(), 0.0
    else:
        command = ["grep", "-E", PATTERN, str(path)]
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, env={"LC_ALL": "C"}, text=True).stdout.splitlines()
        total, read_s = len(lines), time.perf_counter() - began
        lines, began = lines[:DRAIN_ERRORS], time.perf_counter()
    for line in lines:
        miner.add_log_message(line)
    seconds = read_s + (time.perf_counter() - began) * total / len(lines)
    return {"seconds": seconds, "memory_mb": _peak_mb(resource.RUSAGE_SELF), "kinds": len(miner.drain.clusters)}


RUNS: dict[str, Callable[[Path], dict[str, float]]] = {
    "ours": lambda path: _scan(path, beside=False),
    "apart": _apart,
    "beside": lambda path: _scan(path, beside=True),
    "drain": lambda path: _drain(path),
    "masked": lambda path: _drain(path, masked=True),
    "all": lambda path: _drain(path, all_lines=True),
    "all_masked": lambda path: _drain(path, masked=True, all_lines=True),
}


if __name__ == "__main__":
    main(sys.argv[1:])
