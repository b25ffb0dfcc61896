"""Measure `/ops timeline`: `python -m bench.timeline [LARGE]` prints what a page takes with few events and with many.

What is measured is all that the daemon does for a page but for Slack: the journal's answer, the operations that it names, the words. Both journals
are asked in turn, so that a busy machine slows them alike.
"""

import platform
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert

from bench.journal import BEGAN, LARGE, SMALL, chain, must, opened, percentile
from bot.adapters.clock import SystemClock
from bot.adapters.journal import SqlJournal
from bot.adapters.journal.tables import audit_events, timeline
from bot.core.configuration import Configuration
from bot.core.timeline import TimelineQuery
from bot.engine.timeline import TimelineEngine

ROUNDS = 300
SERVICES = [f"service-{number}" for number in range(20)]
PEOPLE = [f"U{number:04}" for number in range(50)]


def events(count: int) -> Iterator[dict[str, Any]]:
    """Make a chain of events of many services and people, which are all shown."""
    for row in chain(count):
        yield {**row, "action": "operation.succeeded", "actor": PEOPLE[row["seq"] * 7 % len(PEOPLE)]}


def fill(journal: SqlJournal, count: int) -> None:
    """Write events and their index past the journal's own way."""
    rows = events(count)
    with journal._database.writer.begin() as connection:
        while piece := list(islice(rows, 20_000)):
            connection.execute(insert(audit_events), piece)
            shown = [{"seq": r["seq"], "at": r["at"], "service": SERVICES[r["seq"] % len(SERVICES)], "actor": r["actor"]} for r in piece]
            connection.execute(insert(timeline), shown)


def engine(journal: SqlJournal) -> TimelineEngine:
    people = SimpleNamespace(zone_of=lambda user: "UTC", name_of=lambda user: user)
    configuration = Configuration(channel="C0OPS", plugins=(), roles={}, services={})
    return TimelineEngine(configuration, journal, SimpleNamespace(), people, SystemClock())  # type: ignore[arg-type]


def questions(count: int) -> dict[str, TimelineQuery]:
    """Return what is asked; the times lie in the middle of what there is."""
    middle = BEGAN + timedelta(minutes=count // 2)
    service, person = random.choice(SERVICES), random.choice(PEOPLE)
    return {
        "/ops timeline": TimelineQuery(),
        "… SERVICE": TimelineQuery(service),
        "… by @PERSON": TimelineQuery(actor=person),
        "… SERVICE by @PERSON": TimelineQuery(service, PEOPLE[SERVICES.index(service) * 7 % len(PEOPLE)]),
        "… since T until T": TimelineQuery(since=middle - timedelta(hours=4), until=middle),
        "… SERVICE since T until T": TimelineQuery(service, since=middle - timedelta(hours=4), until=middle),
    }


def measure(small: TimelineEngine, large: TimelineEngine, count: int) -> dict[str, tuple[list[float], list[float]]]:
    """Ask both journals everything, in turn."""
    took: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in questions(SMALL)}
    for _ in range(ROUNDS):
        for side, (asked, size) in enumerate(((small, SMALL), (large, count))):
            for name, query in questions(size).items():
                begun = time.perf_counter()
                page = asked.page(query)
                took[name][side].append((time.perf_counter() - begun) * 1000)
                must(bool(page.entries))
    return took


def main(arguments: list[str]) -> None:
    """Print the table."""
    count = int(arguments[0]) if arguments else LARGE
    print(f"{platform.machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    Path("build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir="build") as name:
        small, large = opened(Path(name) / "small.db"), opened(Path(name) / "large.db")
        fill(small, SMALL)
        fill(large, count)
        with large.read() as tx:
            must(tx.audit.recent(1)[0].seq == count)
        took = measure(engine(small), engine(large), count)
        print(
            f"\n| a page of 12 | p50 with {SMALL:,} events | p50 with {count:,} | ratio | p99 ratio |\n| --- | ---: | ---: | ---: | ---: |"
        )
        for question, (few, many) in took.items():
            ratio = statistics.median(many) / statistics.median(few)
            tail = percentile(many, 0.99) / percentile(few, 0.99)
            print(f"| `{question}` | {statistics.median(few):.2f} ms | {statistics.median(many):.2f} ms | {ratio:.2f} | {tail:.2f} |")
        small.close()
        large.close()


if __name__ == "__main__":
    main(sys.argv[1:])
