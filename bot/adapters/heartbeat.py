"""When the daemon was last alive, in a file of its own: also a SIGKILL or a power cut leaves it."""

from datetime import UTC, datetime
from pathlib import Path


class FileHeartbeat:
    """A file that holds the time of the last beat."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def beat(self, at: datetime) -> None:
        """Note that we are alive. A disk that is full loses the beat, nothing else."""
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(at.isoformat())
            fresh.replace(self._file)
        except OSError:
            return

    def last(self) -> datetime | None:
        """Return the time of the last beat; None when there was none, or it can't be read."""
        try:
            at = datetime.fromisoformat(self._file.read_text().strip())
        except (OSError, ValueError):
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)
