"""Log files: follows every file of a glob through appends, rotation and truncation, so that each line is read once.

A watch's very first read starts at the end of the files that exist then: people watch from now on, and day one is no flood. Files that appear later
are read from their beginning. Compressed files are read only to finish what was begun before they were compressed.
"""

import glob
import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from bot.adapters.logs.folders import Folders
from bot.adapters.logs.marks import LogFile, Mark, Position
from bot.adapters.logs.names import logs_of
from bot.adapters.logs.streams import GENERATIONS, LogStream
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint

STARTED = "(started)"  # the stream of a checkpoint that only says: this watch has begun, with this pattern

GONE_NAMED = 3  # files in a note

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip")


class _Seen(NamedTuple):
    """Which paths are read, and of which the patterns match older generations, which are not read for themselves."""

    paths: frozenset[str]
    with_generations: frozenset[str]
    folders: Mapping[str, set[str]]  # of each path: where it and its generations are


class FileLogSource:
    """The files that patterns (`*`, `?`, `[…]`, `**`) match, each a stream of its own, named by its path."""

    def __init__(self, *patterns: str) -> None:
        self._patterns = patterns

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        """See `bot.ports.logs.LogSource.read`."""
        try:
            yield from self._read(checkpoints)
        except OSError as error:  # a disk that fails, a network's file system that is gone
            raise Unavailable(f"{self._name.splitlines()[0]} can't be read: {error.strerror or error}.") from error

    def _read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        started = checkpoints.get(STARTED)
        begins = started is None or started.position.get("pattern") != self._name
        saved = {name: Position.from_json(found.position) for name, found in checkpoints.items() if name != STARTED}
        paths, with_generations, where = self._seen(saved)
        beginning = Checkpoint(STARTED, {"pattern": self._name})
        if begins:
            yield Batch(b"", beginning)
        positions = {**saved, **_handed_over(saved, paths)}
        positions.update(dict.fromkeys(_rotated(saved.keys() - paths, paths, saved), Position()))  # another stream reads it
        gone: list[str] = []
        failures: list[OSError] = []
        folders = Folders(paths, where, {*paths, *saved})
        all_paths = sorted({*paths, *positions})
        for path in all_paths:
            stream = LogStream(path, positions.get(path) or Position(from_end=begins), saved.get(path), folders)
            yield from stream.read()
            failures += [stream.failure] if stream.failure else []
            if stream.is_gone:
                gone.append(path)
            if stream.is_over and path in saved and path not in with_generations:
                yield Batch(b"", Checkpoint(path, {}))
        if gone:
            yield Batch(b"", beginning, (_gone_note(gone),))
        if failures and len(failures) == len(all_paths):
            raise failures[0]

    @property
    def _name(self) -> str:
        """What a checkpoint calls these patterns: others begin anew."""
        return "\n".join(self._patterns)

    def _seen(self, saved: Mapping[str, Position]) -> _Seen:
        """Look which paths are to be read: each file once, whatever its names, without rotated generations of one another.

        Raises:
            Unavailable: a folder that a pattern begins with can't be listed.
        """
        for pattern in self._patterns:
            _check_folder(pattern)
        found = [path for pattern in self._patterns for path in glob.glob(pattern, recursive=True)]  # noqa: PTH207 - patterns are absolute
        found += [path for path in (*self._patterns, *saved) if _is_out_of_reach(path)]  # opening it says why, and its position stays
        hits = [path for path in dict.fromkeys(found) if not path.endswith(_COMPRESSED)]
        rotated = _rotated(hits, hits, saved)
        chosen: dict[object, str] = {}
        for path in sorted(hits, key=lambda path: (path not in saved, os.path.islink(path), path)):  # noqa: PTH114
            identity = None if path in rotated else _identity(path)
            if identity:
                chosen.setdefault(identity, path)
        chosen.update({path: path for path in self._patterns if is_no_file(path)})  # opening it says why
        logs = frozenset(chosen.values())
        folders: defaultdict[str, set[str]] = defaultdict(set)
        for path in found:
            log = next((base for base in logs_of(path) if base in logs or base in saved), path)
            folders[log].add(os.path.dirname(path))  # noqa: PTH120
        for folder in {os.path.dirname(pattern) for pattern in self._patterns}:  # noqa: PTH120 - the first generation may come there while we read
            for log in logs:
                if os.path.dirname(log) == os.path.dirname(folder):  # noqa: PTH120
                    folders[log].add(folder)
        return _Seen(logs, frozenset(base for path in rotated for base in logs_of(path)), folders)


def is_no_file(path: str) -> bool:
    """Say whether something stands at a path that is no file, and has no lines: a folder, a pipe, a device."""
    return os.path.exists(path) and not os.path.isfile(path)  # noqa: PTH110, PTH113


def _gone_note(paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return f"{paths[0]} is gone; what was written to it since the last read, if anything, is not counted."
    more = f" and {len(paths) - GONE_NAMED:,} more" if len(paths) > GONE_NAMED else ""
    named = ", ".join(paths[:GONE_NAMED])
    return f"{len(paths):,} files are gone: {named}{more}; what was written to them since the last read, if anything, is not counted."


def _check_folder(pattern: str) -> None:
    fixed, *magic = re.split(r"[*?\[]", pattern, maxsplit=1)
    if not magic:
        return
    try:
        with os.scandir(os.path.dirname(fixed) or "."):  # noqa: PTH120
            pass
    except FileNotFoundError:
        pass  # it may come
    except OSError as error:
        raise Unavailable(f"The folder of {pattern} can't be listed: {error.strerror or error}.") from error


def _rotated(paths: Iterable[str], logs: Iterable[str], saved: Mapping[str, Position]) -> frozenset[str]:
    """Return which paths are older generations of a log, which reads them. Where the mark stands within the name, the log must stand there or be followed
    still, and be no link: that leads to the one of them that is written to now."""
    known, followed = {*logs, *saved}, {*logs, *(path for path, position in saved.items() if position.mark)}

    def is_generation(path: str, of: str) -> bool:
        is_mark_behind = os.path.basename(path).startswith(os.path.basename(of))  # noqa: PTH119
        return of in known if is_mark_behind else of in followed and not os.path.islink(of)  # noqa: PTH114

    return frozenset(path for path in paths if any(is_generation(path, log) for log in logs_of(path)))


def _is_out_of_reach(path: str) -> bool:
    """Say whether nobody can tell if a file is there: what is in a folder that may not be entered is neither gone nor cut short."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return False


def _identity(path: str) -> object:
    """Return what is the same for all names of one file; None for what is no file or is gone."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return None
    except OSError:
        return path  # it can't be looked at: opening it will say why
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def _stands_at(path: str, mark: Mark) -> bool:
    """Say whether the file of a mark stands there: another one may have its number on another device, and begin alike."""
    with suppress(OSError), LogFile(path) as file:
        return file.is_inode_of(mark) and file.continues(mark)
    return False


def _handed_over(saved: Mapping[str, Position], paths: frozenset[str]) -> dict[str, Position]:
    """Return new positions for files that were renamed to other names of the pattern, also to one that another file of it had until then: they go on as
    streams under those names."""
    now = {found: path for path in paths if isinstance(found := _identity(path), tuple)}
    by_number = {found[1]: path for found, path in now.items()}
    left: dict[str, Position] = {}
    arrived: dict[str, Mark] = {}
    for path, position in saved.items():
        mark = position.mark
        # The device's number may have changed; what the file holds will tell.
        target = now.get((mark.dev, mark.ino)) or by_number.get(mark.ino) if mark else None
        if not mark or not mark.head_len or not target or target == path:
            continue  # of what was empty only the number is known; its other name is read from its beginning
        if _stands_at(target, mark) and not _stands_at(path, mark):
            arrived[target] = mark
            left[path] = Position(previous=position.previous)
    return left | {path: _with(mark, left.get(path) or saved.get(path)) for path, mark in arrived.items()}


def _with(mark: Mark, before: Position | None) -> Position:
    """Return the position of a path at which another file stands now; the one that stood there may be folders, compressed."""
    earlier = (*before.previous, *([before.mark] if before.mark else [])) if before else ()
    return Position(mark, previous=earlier[-GENERATIONS:])
