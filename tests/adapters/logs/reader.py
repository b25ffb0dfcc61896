"""What tests of log files share: a reader that keeps its checkpoints as the journal does, and a writer."""

from pathlib import Path

from bot.adapters.logs.files import FileLogSource
from bot.ports.logs import Batch, Checkpoint


class Reader:
    """Reads a source again and again, keeping its checkpoints as the journal does: through JSON, the last of each stream."""

    def __init__(self, pattern: Path) -> None:
        self.source = FileLogSource(str(pattern))
        self.checkpoints: dict[str, Checkpoint] = {}
        self.notes: list[str] = []

    def peek(self) -> list[Batch]:
        return list(self.source.read(self.checkpoints))

    def read(self) -> list[str]:
        lines: list[str] = []
        for batch in self.peek():
            lines += batch.lines
            self.notes += batch.notes
            self.checkpoints[batch.checkpoint.stream] = batch.checkpoint
        return lines


def append(path: Path, text: str | bytes) -> None:
    with path.open("ab") as file:
        file.write(text.encode() if isinstance(text, str) else text)
