"""Write one transaction after the other into the journal at the URL given, and say so after each commit, until killed."""

import sys
import threading
import uuid
from datetime import UTC, datetime
from typing import NoReturn

from bot.adapters.journal import SqlJournal, open_journal
from bot.core.blocks import Message
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import AuditEvent, OutboxRow


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        return event.wait(timeout_s)


def write(journal: SqlJournal) -> NoReturn:
    while True:
        key, now = uuid.uuid4().hex, datetime.now(UTC)
        with journal.begin() as tx:
            tx.inbox.receive(Envelope(EnvelopeKind.COMMAND, key, now, text="x" * 3000), "U1")
            tx.audit.add(AuditEvent(now, "U1", "written", key))
            tx.outbox.put(OutboxRow("C1", Message.of(key), story=key), now)
        sys.stdout.write(key + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    opened = open_journal(sys.argv[1], WallClock())
    for _ in range(3):
        threading.Thread(target=write, args=(opened,)).start()
