"""Which adapter reads which kind of log source."""

import glob
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from bot.adapters.logs.command import CommandLogSource
from bot.adapters.logs.files import FileLogSource, is_no_file
from bot.adapters.logs.journald import JournaldLogSource
from bot.adapters.logs.loki import LokiLogSource
from bot.core.configuration import Watch
from bot.core.endpoints import Endpoint
from bot.core.sources import CommandSource, FileSource, JournaldSource, LokiSource, Source
from bot.ports.clock import Clock
from bot.ports.errors import ConfigError
from bot.ports.logs import LogSource


@dataclass(frozen=True, slots=True)
class Places:
    """What sources need besides their own settings. `hidden` names variables that no program of ours is given."""

    clock: Clock
    loki: Endpoint | None = None
    hidden: frozenset[str] = field(default=frozenset())


def open_source(watch: Watch, places: Places) -> LogSource:
    """Return what reads the logs of a watch.

    Raises:
        ConfigError: the server that it reads from has no address. At a start the settings tell of that; a reload may bring the first such watch.
    """
    match watch.source:
        case FileSource(patterns):
            return FileLogSource(*patterns)
        case JournaldSource():
            return JournaldLogSource(watch.source)
        case LokiSource():
            if places.loki is None:
                raise ConfigError(
                    f"watches.{watch.name}.source.loki: LOKI_URL was not set when the daemon was started, which reads it then. Restart it."
                )
            return LokiLogSource(watch.source, places.loki, places.clock, watch.errors)
        case CommandSource():
            return CommandLogSource(watch.source, places.clock, places.hidden)


_LATELY = timedelta(days=1)


def try_out(watch: Watch, places: Places) -> str:
    """Ask a journal or a server once, and return what is odd about the answer; "" when nothing is. Files are looked at by `doubts`, and no program is run.

    Raises:
        Unavailable: it can't be read.
        ConfigError: the server has no address.
    """
    source = open_source(watch, places)
    if isinstance(source, JournaldLogSource):
        next(source.read({}))
    if isinstance(source, LokiLogSource) and not source.streams(_LATELY):
        return "Loki has no stream of the last day that its selector finds. A typo, or another tenant?"
    return ""


def doubts(source: Source) -> Iterator[str]:
    """Yield what is probably wrong with a source, as seen from here and now; it may yet become right."""
    match source:
        case FileSource(patterns):
            for pattern in patterns:
                if next(glob.iglob(pattern, recursive=True), None) is None:  # noqa: PTH207 - patterns are absolute; the first is enough of a whole tree
                    yield f"no file matches {pattern} now. A typo? Files that come later are read."
                elif is_no_file(pattern):
                    yield f"{pattern} is no file. Of a folder the files are read that a pattern such as {pattern.rstrip('/')}/*.log matches."
        case JournaldSource():
            if not shutil.which("journalctl"):
                yield "there is no journalctl on this machine."
        case CommandSource(argv):
            if not shutil.which(argv[0]):
                yield f"there is no program {argv[0]} that could be started."
        case LokiSource():
            pass
