"""When the daemon was last alive, kept where every kind of end leaves it: in a file of its own, and where others who may work in its place find it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url

from bot.adapters.journal.sqlite_file import file_of
from bot.core.actors import DAEMON
from bot.ports.clock import Heartbeat
from bot.ports.errors import JournalError
from bot.ports.journal import Journal

KEPT = "alive"
# A file costs nothing; a commit wakes a server up.
WRITTEN_EVERY = timedelta(seconds=15)


class FileHeartbeat:
    """A file that holds the time of the last beat."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def beat(self, at: datetime) -> None:
        """Note that we are alive. A disk that is full loses the beat, nothing else."""
        fresh = self._file.with_name(self._file.name + ".new")
        try:
            fresh.write_text(at.isoformat())
            fresh.replace(self._file)
        except OSError:
            return

    def last(self) -> datetime | None:
        """Return the time of the last beat; None when there was none, or it can't be read."""
        try:
            return _time_in(self._file.read_text())
        except (OSError, ValueError):
            return None


class JournalHeartbeat:
    """A row of a journal on a server, whose daemons run on several machines."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._written_at: datetime | None = None

    def beat(self, at: datetime) -> None:
        """Note that somebody is alive, from time to time. A server that is away loses the beat, nothing else."""
        if self._written_at is not None and timedelta(0) <= at - self._written_at < WRITTEN_EVERY:
            return
        try:
            with self._journal.begin() as tx:
                tx.plugins.put(DAEMON, KEPT, at.isoformat(), at)
        except JournalError:
            return
        self._written_at = at

    def last(self) -> datetime | None:
        """Return the time of the last beat of whichever daemon; None when there was none, or it can't be read."""
        try:
            with self._journal.read() as tx:
                return _time_in(str(tx.plugins.get(DAEMON, KEPT)))
        except (JournalError, ValueError):
            return None


class Heartbeats:
    """Several places for one beat; the newest counts, whoever wrote it."""

    def __init__(self, *places: Heartbeat) -> None:
        self._places = places

    def beat(self, at: datetime) -> None:
        """Note everywhere that we are alive."""
        for place in self._places:
            place.beat(at)

    def last(self) -> datetime | None:
        """Return the last beat that any of them knows."""
        return max((at for place in self._places if (at := place.last())), default=None)


def heartbeats(state_dir: Path, database_url: str, journal: Journal, *, on_server: bool) -> Heartbeats:
    """Return a daemon's heartbeat: its own, and that of whoever works on the same journal.

    By its own alone a daemon that others have relieved would say, at its next start, that nobody had worked since it worked itself.
    """
    own = FileHeartbeat(state_dir / "alive")
    if on_server:
        return Heartbeats(own, JournalHeartbeat(journal))
    file = file_of(make_url(database_url))
    return Heartbeats(own) if file.parent.resolve() == state_dir.resolve() else Heartbeats(own, FileHeartbeat(Path(f"{file}.alive")))


def _time_in(text: str) -> datetime:
    at = datetime.fromisoformat(text.strip())
    return at if at.tzinfo else at.replace(tzinfo=UTC)
