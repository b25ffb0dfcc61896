"""What tests of log sources share: a reader that keeps its checkpoints as the journal does, and a writer."""

import gzip
import json
import os
from pathlib import Path

from bot.adapters.logs.files import FileLogSource
from bot.ports.logs import Batch, Checkpoint, LogSource


class Reader:
    """Reads a source again and again, keeping its checkpoints as the journal does: through JSON, the last of each stream.

    Args:
        of: a source, or a pattern of files.
    """

    def __init__(self, of: Path | LogSource) -> None:
        self.source: LogSource = FileLogSource(str(of)) if isinstance(of, Path) else of
        self.checkpoints: dict[str, Checkpoint] = {}
        self.notes: list[str] = []
        self.others = 0

    def peek(self) -> list[Batch]:
        return list(self.source.read(self.checkpoints))

    def take(self, batches: list[Batch]) -> list[str]:
        """Keep the checkpoints and notes of batches, and return their lines."""
        lines: list[str] = []
        for batch in batches:
            lines += batch.lines
            self.notes += batch.notes
            self.others += batch.others
            checkpoint = Checkpoint(batch.checkpoint.stream, json.loads(json.dumps(batch.checkpoint.position)))
            self.checkpoints[checkpoint.stream] = checkpoint
            if not checkpoint.position:
                del self.checkpoints[checkpoint.stream]
        return lines

    def read(self) -> list[str]:
        return self.take(self.peek())


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)


def compress(log: Path, target: str) -> None:
    """Do as gzip does: the time stamp of the file is kept, and the file is gone."""
    was = log.stat()
    with gzip.open(target, "wb") as file:
        file.write(log.read_bytes())
    os.utime(target, ns=(was.st_atime_ns, was.st_mtime_ns))
    log.unlink()
