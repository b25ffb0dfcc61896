"""Words for one person that are sent before they are written down: in a flood of commands, the end of a handler that did nothing but look and whisper.

Such a handler would run again after a crash, and say the same. So all that must be in the journal is its entry in the inbox: that it has ended is noted
together with whatever is written next, and so are the words, should they still be unsent by then: one commit for many. One by one they are written down at
once, so that the time in which a crash would have them said again is as short as can be.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.engine.waking import WakingJournal
from bot.ports.journal import OutboxRow, Transaction


class _Said:
    """A row on its way. `id`: of its row in the outbox, 0 while there is none. `is_over`: it is sent, or given up."""

    __slots__ = ("id", "is_over", "row")

    def __init__(self, row: OutboxRow) -> None:
        self.row = row
        self.id = 0
        self.is_over = False


class Whispers:
    """Knows which words are neither sent nor written down yet. May be used from any thread."""

    def __init__(self, journal: WakingJournal) -> None:
        self._journal = journal
        self._unsent: dict[str, _Said] = {}  # by their key

    @property
    def may_go_first(self) -> bool:
        """Tell whether words may be sent before they are written down."""
        return self._journal.is_flooded

    @property
    def written(self) -> int:
        """Return how many transactions this thread has committed: whoever committed any has done more than to look."""
        return self._journal.written

    def say(self, rows: Sequence[OutboxRow], at: datetime, lane: str, end: Callable[[Transaction], None]) -> None:
        """Hand whispers to their senders, and have `end`, which finishes an entry of `lane`, written down within a second or so."""
        said = [_Said(replace(row, channel=row.lane, key=secrets.token_hex(8), created_at=at)) for row in rows]
        self._unsent.update((each.row.key, each) for each in said)
        self._journal.note(partial(_write, said, at, end), lane)
        self._journal.wake({each.row.lane: [other.row for other in said if other.row.lane == each.row.lane] for each in said})

    def was_said(self, row: OutboxRow, at: datetime) -> None:
        """Have it noted that a whisper is in Slack, wherever its sender had it from."""
        self._over(row, lambda tx, stored: tx.outbox.sent(stored, "", at))

    def was_refused(self, row: OutboxRow, error: str, at: datetime) -> None:
        """Have it noted that a whisper will never be sent."""
        self._over(row, lambda tx, stored: tx.outbox.failed(stored.id, error, at))

    def _over(self, row: OutboxRow, end: Callable[[Transaction, OutboxRow], None]) -> None:
        said = self._unsent.pop(row.key, None)
        if said:
            said.is_over = True
        self._journal.note(partial(_write_end, row, said, end))


def _write(said: Sequence[_Said], at: datetime, end: Callable[[Transaction], None], tx: Transaction) -> None:
    for each in said:
        stored = None if each.is_over else tx.outbox.put(each.row, at)
        each.id = stored.id if stored else 0
    end(tx)


def _write_end(row: OutboxRow, said: _Said | None, end: Callable[[Transaction, OutboxRow], None], tx: Transaction) -> None:
    row_id = row.id or (said.id if said else 0)
    if row_id:
        end(tx, replace(row, id=row_id))
