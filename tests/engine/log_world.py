"""A small world for log watch tests: a real journal, a real log file, a clock that stands still."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.adapters.journal import SqlJournal, open_journal
from bot.adapters.logs.files import FileLogSource
from bot.core.alerts import Alert, AlertState, Origin
from bot.core.blocks import Message
from bot.core.configuration import Configuration, Watch
from bot.core.gates import Gate, Verdict
from bot.core.live import Live
from bot.core.sources import FileSource
from bot.core.windows import Samples, Window
from bot.engine.alerting import Alerting, alerting
from bot.ports.journal import OutboxRow
from bot.ports.logs import Batch, Checkpoint, LogSource
from tests.clocks import FakeClock

CHANNEL = "C0ALERTS"
NAMES = {"U0ANN": "Ann Example", "U0BOB": "Bob Example"}


class RestlessClock(FakeClock):
    """A clock on which nobody rests: what waits on it goes on at once."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        return event.is_set()


class LogWorld:
    """One watch called "api" over the files `*.log` of a folder."""

    def __init__(self, folder: Path, errors: str = "ERROR|FATAL") -> None:
        self.clock = RestlessClock()
        self.folder = folder
        self.log = folder / "api.log"
        self.watch = Watch("api", FileSource((str(folder / "*.log"),)), timedelta(minutes=15), CHANNEL, errors, service="checkout")
        self.configuration = Configuration("C0OPS", (), {}, {}, (self.watch,))
        self.journal = self.open_journal()
        self.may_show = Samples.MASKED
        self.live = Live("checkout", "production", "")
        self.wire()

    def wire(self) -> None:
        """Make the engines, as the next process would."""
        made = self.engines({"api": FileLogSource(str(self.folder / "*.log"))})
        self.desk, self.watches, self.alerts, self.ties, self.releases = made.desk, made.watches, made.alerts, made.ties, made.releases

    def engines(self, sources: Mapping[str, LogSource]) -> Alerting:
        return alerting(
            self.journal,
            self.clock,
            self.configuration,
            sources,
            name_of=self.name_of,
            may_take=lambda user: Verdict(Gate.PERSON, user != "U0EVE", "They are of another company."),
            live=lambda _service, _environment: self.live,
            may_show=lambda watch: self.may_show if self.may_show is Samples.NONE else watch.samples,
        )

    def configure(self, **changes: object) -> None:
        """Change the watch's settings."""
        self.watch = replace(self.watch, **changes)  # type: ignore[arg-type]
        self.configuration = replace(self.configuration, watches=(self.watch,))
        self.wire()

    def open_journal(self) -> SqlJournal:
        return open_journal(f"sqlite:///{self.folder / 'journal.db'}", self.clock)

    def name_of(self, user: str) -> str:
        return NAMES.get(user, user)

    def restart(self) -> None:
        """Close all, and open it again as the next process would."""
        self.journal.close()
        self.journal = self.open_journal()
        self.wire()

    def append(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(text)

    def scan(self, minutes: int = 15) -> Window:
        self.clock.advance(timedelta(minutes=minutes))
        return self.watches.scan(self.watch)

    def fire(self, text: str = "ERROR disk is full\n") -> str:
        """Let an alert fire, and return its id."""
        self.append(text)
        self.scan()
        return self.alerts.open()[0].id

    def fire_elsewhere(self, errors: int = 1) -> str:
        """Let an alert of another watch fire, and return its id."""
        now = self.clock.advance(timedelta(minutes=1))
        with self.journal.begin() as tx:
            window = Window("web", now, now, errors=errors)
            alert = Alert(tx.alerts.next_id(), "web", "", CHANNEL, AlertState.FIRING, now, window, origin=Origin("watch", "web"))
            self.desk.open(tx, alert, now)
        return alert.id

    def sent(self) -> list[OutboxRow]:
        """Send all that waits in the outbox, as the sender would, and return it in order."""
        rows: list[OutboxRow] = []
        for channel in self._pending():
            while True:
                with self.journal.begin() as tx:
                    row = tx.outbox.next(channel)
                    if row is None:
                        break
                    tx.outbox.sending(row.id)
                    tx.outbox.sent(row, f"{1700000000 + row.id}.000100", self.clock.now())
                    rows.append(row)
        return rows

    def ts_of(self, alert_id: str) -> str:
        """Return where an alert's message stands."""
        with self.journal.read() as tx:
            posted = tx.outbox.posted(f"alert:{alert_id}")
        assert posted
        return posted.ts

    def audited(self) -> list[tuple[str, str, str]]:
        """Return who did what to what, oldest first."""
        with self.journal.read() as tx:
            return [(event.actor, event.action, event.subject) for event in reversed(tx.audit.recent(100))]

    def _pending(self) -> list[str]:
        with self.journal.read() as tx:
            return tx.outbox.pending_channels()


class Interrupted:
    """A source between whose reading and writing something happens."""

    def __init__(self, world: LogWorld, meanwhile: list[object]) -> None:
        self._source = FileLogSource(str(world.folder / "*.log"))
        self._meanwhile = meanwhile

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        yield from self._source.read(checkpoints)
        if self._meanwhile:
            happens = self._meanwhile.pop(0)
            assert callable(happens)
            happens()


def shown(message: Message) -> str:
    """Return all that a message says."""
    return f"{message.text} {message.blocks!r}"


def fire(world: LogWorld, text: str, *, minutes: int = 15) -> list[OutboxRow]:
    """Write lines, scan so long after the last time, and return what is seen of it."""
    world.append(text)
    world.scan(minutes)
    return world.sent()
