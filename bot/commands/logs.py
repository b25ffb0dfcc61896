"""`logs`: fingerprint lines and scan whole files, for tuning a watch and for measuring."""

import argparse
import gzip
import json
import os
import re
import stat
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from errno import EBADF, ESTALE
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from bot.commands.parser import FAILED, OK, add, add_group
from bot.settings_file import ERRORS

if TYPE_CHECKING:
    from bot.commands.parser import Commands
    from bot.core.tally import Tally

BLOCK = 2 << 20  # bytes read at once
LOOKED_AT = 64 << 10  # bytes of a line; what is behind them never tells one kind from another
_PROGRESS_S = 0.1
_BAR = 30


def register(commands: "Commands") -> None:
    """Add the commands of this module."""
    actions = add_group(commands, "logs", "fingerprint log lines, or scan whole files as a watch would")
    prints = add(actions, "fingerprint", print_fingerprints, "print id and template of each line, with a tab between, in order")
    prints.add_argument("files", metavar="FILE", nargs="*", type=Path, help="default: the standard input")
    scan = add(actions, "scan", scan_files, "count lines and errors of whole files, and show the most frequent kinds of error")
    scan.add_argument("files", metavar="FILE", nargs="+", type=Path, help=".gz is unpacked; - is the standard input")
    scan.add_argument("--errors", metavar="PATTERN", type=pattern_given, default=ERRORS, help=f"what an error is (default: {ERRORS})")
    scan.add_argument("--top", metavar="N", type=count_given, default=10, help="how many kinds to show (default: 10)")
    scan.add_argument("--json", action="store_true", help="print one JSON object")


def print_fingerprints(options: argparse.Namespace) -> int:
    """Print `id<TAB>template` for each line, in order; lines are not joined."""
    code, out = OK, sys.stdout.buffer
    for path in options.files or [Path("-")]:
        refused: dict[Path, Exception] = {}
        for line in _fingerprints(path, refused):
            out.write(line)
        for why in refused.values():
            code = _refused(path, why)
    return code


def _fingerprints(path: Path, refused: dict[Path, Exception]) -> Iterator[bytes]:
    """Yield what is printed of each line. What ends the reading goes into `refused`; an output that can't be written is another thing."""
    from bot.core.fingerprints import fingerprint
    from bot.core.lines import text_of

    try:
        with _opened(path) as file:
            for line in _lines(file):
                found = fingerprint(text_of(line))
                yield f"{found.id}\t{found.template}\n".encode("utf-8", "replace")
    except (OSError, EOFError, zlib.error) as error:
        refused[path] = error


def scan_files(options: argparse.Namespace) -> int:
    """Count lines and errors of whole files, and print them with the most frequent kinds of error."""
    from bot.adapters.portion_plan import have_portions

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # else numpy starts a thread for each processor in both processes, and none has work
    progress = _Progress(options.files)
    scan = scanned_in_portions if have_portions(options.files) else _scanned_through
    try:
        tally, refused = scan(options.files, options.errors, progress.show)
    except ChildProcessError as error:
        print(f"chatopsd: {error}.", file=sys.stderr)
        return FAILED
    finally:
        progress.clear()
    for path, why in refused.items():
        _refused(path, why)
    print(json.dumps(_as_json(tally, options.top), ensure_ascii=False, indent=2) if options.json else _as_text(tally, options.top))
    return FAILED if refused else OK


_Scanned = tuple["Tally", dict[Path, Exception]]  # what was counted, and which files can't be read


def scanned_in_portions(paths: list[Path], errors: str, advance: Callable[[int], None] = lambda _: None) -> _Scanned:
    """Scan regular files; `advance` is told how many bytes are done."""
    from bot.adapters.portions import told_in_portions
    from bot.core.tally import Tally

    tally, refused, done = Tally(errors), dict[Path, Exception](), 0
    for piece in told_in_portions(paths, Tally(errors)):
        tally.count_others(piece.lines)
        tally.count_told(piece.errors)
        if piece.refused:
            refused[piece.path] = piece.refused
        done += piece.size
        advance(done)
    return tally, refused


def _scanned_through(paths: list[Path], errors: str, advance: Callable[[int], None]) -> _Scanned:
    """Scan what can only be read from its beginning to its end."""
    from bot.adapters.counting_apart import Adds, counted_apart
    from bot.core.tally import Tally

    refused: dict[Path, Exception] = {}

    def scan(counter: Adds) -> None:
        done = 0
        for path in paths:
            try:
                with _opened(path) as file:
                    for block in _blocks(file, path):
                        counter.add(block, str(path))
                        advance(done + _read_of(path, file))
            except BrokenPipeError:
                raise
            except (OSError, EOFError, zlib.error) as error:
                refused[path] = error
            done += _size_of(path)

    return counted_apart(Tally(errors), scan), refused


def _as_json(tally: "Tally", top: int) -> dict[str, object]:
    kinds = [{"count": kind.count, "id": kind.id, "template": kind.template, "sample": kind.sample} for kind in tally.kinds(top)]
    return {"lines": tally.lines, "errors": tally.errors, "kinds": tally.distinct, "fingerprints": kinds, "notes": tally.notes}


def _as_text(tally: "Tally", top: int) -> str:
    share = f" ({tally.errors / tally.lines:.2%})" if tally.errors else ""
    found = [f"{tally.lines:,} lines, {tally.errors:,} errors{share}, {tally.distinct:,} kinds of error"]
    kinds = tally.kinds(top)
    width = max((len(f"{kind.count:,}") for kind in kinds), default=0)
    for kind in kinds:
        found += ["", f"{kind.count:>{width},}  {kind.id}  {kind.template}", f"{'':{width}}  such as: {kind.sample}"]
    if tally.distinct > len(kinds):
        found += ["", f"{tally.distinct - len(kinds):,} more kinds: --top {tally.distinct} shows them."]
    return "\n".join([*found, *tally.notes])


def _opened(path: Path) -> IO[bytes]:
    if str(path) == "-":
        if not sys.stdin:
            raise OSError(EBADF, "it is closed")
        return open(sys.stdin.fileno(), "rb", closefd=False)
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder, give its files", str(path))
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _refused(path: Path, error: Exception) -> int:
    print(f"{path} can't be read: {getattr(error, 'strerror', None) or error}.", file=sys.stderr)
    return FAILED


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines, of long ones only the beginning."""
    while line := file.readline(LOOKED_AT):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(LOOKED_AT)
        yield line.removesuffix(b"\n")


def _blocks(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """Yield blocks of complete lines; the last line counts whether it is complete or not."""
    from bot.adapters.logs.marks import LogFile
    from bot.adapters.logs.streams import blocks
    from bot.adapters.portion_plan import CUT_SHORT, is_regular
    from bot.core.lines import LONGEST_LINE, cut_long_lines, without_nuls

    if is_regular(path) and path.suffix != ".gz":
        with LogFile(str(path)) as log:
            for block, after in blocks(log, 0, takes_rest=True):
                file.seek(min(after, log.size))
                yield block
            if log.is_cut_short:
                raise OSError(ESTALE, CUT_SHORT)
        return
    rest = b""
    while read := file.read(BLOCK):
        end = read.rfind(b"\n") + 1
        block, rest = (rest + read[:end], read[end:]) if end else (b"", rest + read)
        if len(rest) > LONGEST_LINE:
            cut = (len(rest) - 1) // LONGEST_LINE * LONGEST_LINE
            block, rest = block + rest[:cut] + b"\n", rest[cut:]
        if block:
            yield without_nuls(cut_long_lines(block))
    if rest:
        yield without_nuls(cut_long_lines(rest + b"\n"))


def _size_of(path: Path) -> int:
    with suppress(OSError):  # it may be gone by now
        found = path.stat()
        return found.st_size if stat.S_ISREG(found.st_mode) else 0
    return 0


def _read_of(path: Path, file: IO[bytes]) -> int:
    """Return how many bytes of a file were read, packed ones where it is packed."""
    if not _size_of(path):
        return 0
    return file.fileobj.tell() if isinstance(file, gzip.GzipFile) and file.fileobj else file.tell()


class _Progress:
    """A bar on the terminal, where there is one."""

    def __init__(self, paths: list[Path]) -> None:
        self._is_shown = bool(sys.stderr) and sys.stderr.isatty()
        self._total = sum(map(_size_of, paths))
        self._began = self._last = time.monotonic()

    def show(self, done: int) -> None:
        """Draw how many bytes were read."""
        if not self._is_shown or not self._total or time.monotonic() < self._last + _PROGRESS_S:
            return
        self._last = time.monotonic()
        filled = round(_BAR * done / self._total)
        speed = done / 1e6 / max(self._last - self._began, 1e-3)
        print(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done / self._total:4.0%} {speed:6.0f} MB/s", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the bar."""
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def pattern_given(text: str) -> str:
    """Read a pattern from the command line."""
    from bot.core.patterns import why_dangerous

    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from None
    why = why_dangerous(text)
    if why:
        raise argparse.ArgumentTypeError(f"{text!r} could take for ever on some line: {why}")
    return text


def count_given(text: str) -> int:
    """Read how many from the command line."""
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of 1 or more")
    return int(text)
