"""Lets a test kill the daemon right after its k-th commit to the journal. Python imports this by itself where it is on PYTHONPATH.

`FAULTS_COMMITS` names a file. While it is there it holds k: the commits are counted from when it appeared. It is removed by the blow, or by the test.
"""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def count_commits(order: Path) -> None:
    """Wrap the journal's writing transactions, and its way for whoever may not wait: they are all that commits."""
    from bot.adapters.journal.journal import SqlJournal
    from bot.ports.events import Envelope
    from bot.ports.journal import InboxEntry, Transaction

    begin, receive_at_once = SqlJournal.begin, SqlJournal.receive_at_once
    lock = threading.Lock()
    seen: list[int] = []

    @contextmanager
    def counted(journal: SqlJournal, *, lasting: bool = True) -> Iterator[Transaction]:
        with begin(journal, lasting=lasting) as tx:
            yield tx
        count()

    def counted_at_once(journal: SqlJournal, arrivals: Sequence[tuple[Envelope, str]]) -> list[InboxEntry | None] | None:
        entries = receive_at_once(journal, arrivals)
        if entries is not None:
            count()
        return entries

    def count() -> None:
        with lock:
            try:
                at = int(order.read_text())
            except (OSError, ValueError):
                seen.clear()
                return
            seen.append(1)
            if len(seen) == at:
                order.unlink()
                os.kill(os.getpid(), signal.SIGKILL)

    SqlJournal.begin = counted  # type: ignore[method-assign, assignment]
    SqlJournal.receive_at_once = counted_at_once  # type: ignore[method-assign]


if os.environ.get("FAULTS_COMMITS"):
    count_commits(Path(os.environ["FAULTS_COMMITS"]))
