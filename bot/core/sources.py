"""Where a watch reads: one value for each kind of log source, as the operator configured it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FileSource:
    """The files that patterns (`*`, `?`, `[…]`, `**`) match."""

    kind: ClassVar[str] = "file"

    patterns: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.patterns)


@dataclass(frozen=True, slots=True)
class JournaldSource:
    """A journal of systemd; every filter that is set must let an entry pass."""

    kind: ClassVar[str] = "journald"

    units: tuple[str, ...] = ()  # any of them; empty for all
    priority: str = ""  # "err": this and what is graver; "" for all
    matches: tuple[str, ...] = ()  # FIELD=value: the same field more than once means any of its values
    directory: str = ""  # where the journal's files are; "" for this machine's own journal

    def __str__(self) -> str:
        return f"the journal of {', '.join(self.units) or self.directory or 'this machine'}"


@dataclass(frozen=True, slots=True)
class LokiSource:
    """What a LogQL query finds in Loki."""

    kind: ClassVar[str] = "loki"

    query: str
    tenant: str = ""  # what X-Scope-OrgID says; "" for none
    delay: timedelta = timedelta(seconds=30)  # how long lines may take to arrive in Loki: what is younger is read next time
    errors_only: bool = False  # Loki picks the error lines and only counts the others

    def __str__(self) -> str:
        return f"Loki, {self.query}"


@dataclass(frozen=True, slots=True)
class CommandSource:
    """What a program prints. It is started without a shell."""

    kind: ClassVar[str] = "command"

    argv: tuple[str, ...]
    timeout: timedelta = timedelta(seconds=60)
    output_mb: int = 64  # what it prints beyond this is not read
    exit_codes: tuple[int, ...] = (0,)  # those that mean that it did its work
    overlaps: bool = False  # it prints again what it printed the last time: only what comes behind that is new

    def __str__(self) -> str:
        return " ".join(self.argv)


Source = FileSource | JournaldSource | LokiSource | CommandSource
