"""Measure the journal: `python -m bench.journal [LARGE]` prints what a large audit chain costs, and what group commit saves.

Both sides of each table run in one process, alternating, so that a busy machine slows them alike.
"""

import platform
import random
import sqlite3
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.adapters.clock import SystemClock
from bot.adapters.journal import SqlJournal, open_journal
from bot.adapters.journal.audit import hash_of
from bot.adapters.journal.columns import stamp
from bot.adapters.journal.documents import canonical
from bot.adapters.journal.tables import audit_events
from bot.engine.intake import Intake
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import AuditEvent

SMALL = 1_000
LARGE = 1_000_000
ROUNDS = 400
THREADS, EACH = 16, 100
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)


def chain(count: int) -> Iterator[dict[str, Any]]:
    """Make the rows of a chain, as the daemon would have written them; each operation has six events."""
    before, detail = "", canonical({"service": "checkout", "version": "v1.2.3", "environment": "production", "run_id": 8_000_000_000})
    for seq in range(1, count + 1):
        at = stamp(BEGAN + timedelta(minutes=seq))
        row: dict[str, Any] = {
            "seq": seq,
            "at": at,
            "actor": "U0ANN",
            "action": "operation.running",
            "subject": f"operation:{seq // 6}",
            "detail": detail,
        }
        row |= {"prev_hash": before, "hash": hash_of(**row, prev_hash=before)}
        before = row["hash"]
        yield row


def opened(path: Path) -> SqlJournal:
    return open_journal(f"sqlite:///{path}", SystemClock())


def fill(journal: SqlJournal, count: int) -> None:
    """Write a chain past the journal's own way, which takes a minute for a million."""
    rows = chain(count)
    with journal._database.writer.begin() as connection:
        while piece := list(islice(rows, 20_000)):
            connection.execute(insert(audit_events), piece)


def must(holds: bool) -> None:
    """End the measurement when what was measured is not what it should be."""
    if not holds:
        raise SystemExit("The journal answered wrong: these numbers mean nothing.")


def envelope() -> Envelope:
    """Return a command as Slack sends it."""
    return Envelope(EnvelopeKind.COMMAND, uuid.uuid4().hex, datetime.now(UTC), "/release", "U0ANN", channel="C0OPS", text="checkout 1.2.3")


def add(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.audit.add(AuditEvent(datetime.now(UTC), "U0ANN", "operation.running", "operation:new", {"run_id": 1}))


def recent(journal: SqlJournal) -> None:
    with journal.read() as tx:
        must(len(tx.audit.recent(20)) == 20)


def recent_of_one(journal: SqlJournal) -> None:
    with journal.read() as tx:
        must(len(tx.audit.recent(20, f"operation:{random.randrange(1, SMALL // 6)}")) == 6)


def receive(journal: SqlJournal) -> None:
    with journal.begin() as tx:
        tx.inbox.receive(envelope(), "alone")


WORK: dict[str, Callable[[SqlJournal], None]] = {
    "add an event (commit, fsync)": add,
    "write an envelope (commit, fsync)": receive,
    "recent(20)": recent,
    "recent(20) of one subject": recent_of_one,
}


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def compare_sizes(folder: Path, large: int) -> None:
    """Print what each question takes with few events and with many."""
    paths = {count: folder / f"{count}.db" for count in (SMALL, large)}
    for count, path in paths.items():
        journal = opened(path)
        print(f"{count:>9,} events written in {timed(partial(fill, journal, count)):.1f} s")
        journal.close()  # and its log with it: a large one would be a head start
    journals = {count: opened(path) for count, path in paths.items()}
    heads = "".join(f"{f'{share} of {SMALL:,}':>16}{f'{share} of {large:,}':>18}{'ratio':>7}" for share in ("p50", "p99"))
    print(f"\n{'ms':<36}{heads}")
    for name, work in WORK.items():
        times = alternating(work, journals)
        line = f"{name:<36}"
        for share in (0.5, 0.99):
            few, many = (percentile(times[count], share) for count in (SMALL, large))
            line += f"{few:>16.2f}{many:>18.2f}{many / few:>7.2f}"
        print(line)
    for journal in journals.values():
        journal.close()
    care_for(paths[large], large)


def alternating(work: Callable[[SqlJournal], None], journals: dict[int, SqlJournal]) -> dict[int, list[float]]:
    """Return how long each piece of work took, in ms, on each journal."""
    times: dict[int, list[float]] = {count: [] for count in journals}
    for turn in range(ROUNDS + 20):
        for count in random.sample(sorted(journals), 2):
            took = timed(partial(work, journals[count]))
            if turn >= 20:  # the first ones compile their statements
                times[count].append(took * 1e3)
    return times


def care_for(path: Path, large: int) -> None:
    """Print what an operator waits for."""
    print(f"\nthe file of {large:,} events: {path.stat().st_size / 1e6:.0f} MB")
    begun = time.perf_counter()
    journal = opened(path)
    opening = time.perf_counter() - begun
    with journal.read() as tx:
        verifying = timed(lambda: must(tx.audit.verify() is None))
    print(f"opened in {opening:.2f} s, verified in {verifying:.1f} s, checked whole in {timed(lambda: must(not journal.examine())):.1f} s")
    backing_up = timed(lambda: journal.back_up(path.with_name("copy.db")))
    with journal.begin() as tx:
        pruning = timed(lambda: must(tx.audit.prune(datetime.now(UTC), "bench") is not None))
    print(f"backed up in {backing_up:.1f} s; one bite of pruning (10,000 events) takes {pruning:.2f} s")
    journal.close()


def together(receive: Callable[[Envelope, str], object], threads: int, each: int) -> list[float]:
    """Return how long each envelope took, in ms, when so many threads receive at once."""
    times: list[float] = []
    ready = threading.Barrier(threads)

    def work() -> None:
        envelopes = [envelope() for _ in range(each)]
        ready.wait()
        times.extend(timed(partial(receive, one, "alone")) * 1e3 for one in envelopes)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return times


def compare_commits(folder: Path) -> None:
    """Print what an envelope takes to be on the disk, each with a commit of its own, and in groups."""
    journal = opened(folder / "inbox.db")

    def alone(envelope: Envelope, lane: str) -> None:
        with journal.begin() as tx:
            tx.inbox.receive(envelope, lane)

    grouped = Intake(journal).receive
    print(
        f"\n{'ms until an envelope is on the disk':<36}{'p50 each':>10}{'p50 grouped':>13}{'ratio':>7}{'p99 each':>10}{'p99 grouped':>13}{'ratio':>7}"
    )
    for threads, each in ((1, 300), (THREADS, EACH)):
        times: dict[str, list[float]] = {"each": [], "grouped": []}
        for _ in range(4):
            times["each"] += together(alone, threads, each)
            times["grouped"] += together(grouped, threads, each)
        line = f"{f'{threads} × {each}':<36}"
        for share in (0.5, 0.99):
            plain, shared = percentile(times["each"], share), percentile(times["grouped"], share)
            line += f"{plain:>10.2f}{shared:>13.2f}{shared / plain:>7.2f}"
        print(line)
    journal.close()


def main(arguments: list[str]) -> None:
    """Print both tables."""
    print(f"{platform.machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    Path("build").mkdir(exist_ok=True)
    # The usual place for temporary files may be in memory, where fsync costs nothing.
    with tempfile.TemporaryDirectory(dir="build") as name:
        compare_sizes(Path(name), int(arguments[0]) if arguments else LARGE)
        compare_commits(Path(name))


if __name__ == "__main__":
    main(sys.argv[1:])
