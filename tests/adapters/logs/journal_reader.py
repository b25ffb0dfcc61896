"""What tests of journald share: readers of real journals."""

from pathlib import Path

from bot.adapters.logs.journald import JournaldLogSource
from bot.core.sources import JournaldSource
from tests.adapters.logs.journal_file import JournalFile
from tests.adapters.logs.reader import Reader


def begun(journal: JournalFile, **filters: str | tuple[str, ...]) -> Reader:
    """Return a reader of a watch that began before anything was written."""
    reader = Reader(JournaldLogSource(JournaldSource(directory=str(journal.folder), **filters)))  # type: ignore[arg-type]
    assert reader.read() == []
    return reader


def ends(lines: list[str]) -> list[str]:
    return sorted(line.rpartition(": ")[2] for line in lines)


class Local:
    """A machine's own journal: what journalctl finds when no folder is named. `calls` is what it was asked."""

    def __init__(self, journal: JournalFile, folder: Path) -> None:
        self._asked, program = folder / "asked", folder / "journalctl"
        program.write_text(f'#!/bin/sh\necho "$@" >> {self._asked}\nexec journalctl --directory={journal.folder} "$@"\n')
        program.chmod(0o755)
        self.source = JournaldLogSource(JournaldSource(), program=str(program))
        self.calls()

    def calls(self) -> list[str]:
        """Return what was asked since the last time."""
        found = self._asked.read_text().splitlines() if self._asked.exists() else []
        self._asked.write_text("")
        return found
