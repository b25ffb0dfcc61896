"""A process that is killed while it writes leaves a whole journal: what it said was written is there, and nothing by halves."""

import subprocess
import sys
from pathlib import Path

from bot.adapters.journal import open_journal

from .values import StillClock

ROOT = Path(__file__).parents[3]


def killed_after(lines: int, url: str) -> set[str]:
    """Let a process write, kill it as soon as it has said so `lines` times, and return all that it said."""
    command = [sys.executable, str(Path(__file__).with_name("endless_writer.py")), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        said += writer.stdout.readlines()
    return {line.strip() for line in said if line.endswith("\n")}


def test_a_journal_survives_kill_9_in_the_middle_of_its_transactions(url: str, clock: StillClock) -> None:
    said: set[str] = set()
    for lines in (1, 40, 97):
        said |= killed_after(lines, url)

        journal = open_journal(url, clock)
        with journal.read() as tx:
            keys = [entry.envelope.key for entry in tx.inbox.unfinished()]
            events = tx.audit.recent(100_000)
            assert tx.audit.verify() is None
            assert tx.outbox.pending_channels() == ["C1"]
        assert said <= set(keys)
        assert sorted(keys) == sorted(event.subject for event in events)
        journal.close()


def test_rows_of_each_transaction_are_there_together(url: str, clock: StillClock, path: Path) -> None:
    killed_after(25, url)

    journal = open_journal(url, clock)
    texts = []
    with journal.begin() as tx:
        keys = {entry.envelope.key for entry in tx.inbox.unfinished()}
        while row := tx.outbox.next("C1"):
            tx.outbox.sent(row, "1.0", clock.now())
            texts.append(row.story)
    journal.close()
    assert len(texts) >= 25
    assert set(texts) == keys
    assert len(texts) == len(keys)
