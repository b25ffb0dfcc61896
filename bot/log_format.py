"""What the daemon's own log looks like: one line a record, an event and its fields, never a secret.

Code logs with the standard library: `log.info("dispatch.accepted", extra={"fields": {"operation": operation.id}})`.
"""

import logging
import os
import re
import socket
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

from bot.core.quoting import quoted
from bot.core.redaction import Redactor, Secret

_EVENT = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+")
_BARE = re.compile(r"[^\s\"=\\]+")
_LONGEST_VALUE = 2_000
_LONGEST_TRACEBACK = 16_000  # journald cuts lines at 48 KiB
JOURNAL_SOCKET = Path("/run/systemd/journal/socket")
_LONG = ("traceback", "stack")
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))

# What other people's libraries may say. slack_sdk and slack_bolt log tickets, response URLs and trigger ids at DEBUG.
_OURS = ("bot", "plugins", "sandbox")
_QUIET = {
    "slack_sdk": logging.INFO,
    "slack_bolt": logging.INFO,
    "httpx2": logging.WARNING,
    "httpcore2": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "asyncio": logging.WARNING,
    "alembic": logging.WARNING,
    "schedule": logging.WARNING,
    "sqlalchemy": logging.WARNING,
}

_crashes = logging.getLogger("bot.crash")


class LogFormat(logging.Formatter):
    """Writes a record as `event key=value …`, every value escaped and without secrets.

    Args:
        redactor: what takes the secrets out.
        for_journal: begin with syslog's priority (`<6>`) instead of the time and the level, which journald keeps by itself.
    """

    def __init__(self, redactor: Redactor, *, for_journal: bool = False) -> None:
        super().__init__()
        self._redactor = redactor
        self._for_journal = for_journal

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's one line."""
        event, text = event_of(record)
        parts = [self._beginning(record), event]
        parts += [f"{key}={_shown(value)}" for key, value in self.fields(record, text)]
        return " ".join(parts) if not self._for_journal else parts[0] + " ".join(parts[1:])

    def _beginning(self, record: logging.LogRecord) -> str:
        if self._for_journal:
            return f"<{priority_of(record)}>"
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"{at} {record.levelname.lower():<7}"

    def fields(self, record: logging.LogRecord, text: str) -> Iterator[tuple[str, str]]:
        """Yield a record's fields and what else there is to say of it, without secrets and cut to a length that logs bear."""
        fields = getattr(record, "fields", None)
        for key, value in fields.items() if isinstance(fields, Mapping) else ():
            yield re.sub(r"[^\w.-]", "_", self._redactor.redact(str(key))), self._value(value)
        if text:
            yield "text", self._value(text)
            yield "logger", self._value(record.name)
        if record.exc_info and record.exc_info[1] is not None:
            yield "error", self._value(f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}")
            yield "traceback", self._value(self.formatException(record.exc_info), longest=_LONGEST_TRACEBACK, keep_end=True)
        if record.stack_info:
            yield "stack", self._value(record.stack_info, longest=_LONGEST_TRACEBACK, keep_end=True)

    def _value(self, value: object, *, longest: int = _LONGEST_VALUE, keep_end: bool = False) -> str:
        # Redacted before it is cut and before it is escaped: half a token, or one with a backslash in it, has no form to be known by.
        text = self._redactor.redact(str(value))
        if len(text) > longest:
            text = "…" + text[-longest:] if keep_end else text[:longest] + "…"
        return text


def event_of(record: logging.LogRecord) -> tuple[str, str]:
    """Return a record's event and "", or, when a library speaks in prose, our word for that and its text."""
    text = record.getMessage()
    return (text, "") if _EVENT.fullmatch(text) else ("log.message", text)


def priority_of(record: logging.LogRecord) -> int:
    """Return syslog's priority for a record's level."""
    return next((priority for level, priority in _PRIORITIES if record.levelno >= level), 7)


def _shown(text: str) -> str:
    return text if _BARE.fullmatch(text) and text.isprintable() else quoted(text)


class _LogHandler(logging.StreamHandler[TextIO]):
    """Writes to one stream. A record that can't be written is told of without its contents, which the standard library would print raw."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the standard library's name
        error = sys.exc_info()[1]
        try:
            self.stream.write(f"log.failed logger={record.name} error={type(error).__name__}\n")
        except (OSError, ValueError):  # the stream itself is gone: there is nowhere left to say it
            return


def _is_wanted(record: logging.LogRecord) -> bool:
    # A library's logger may have set its own level; what lies below INFO is for us alone.
    return record.levelno >= logging.INFO or record.name.partition(".")[0] in _OURS


class _JournalHandler(_LogHandler):
    """Hands records to journald over its own protocol, each with its fields; what it can't hand over is a line on the stream.

    In `journalctl`, a field of ours is `CHATOPS_` and its name: `journalctl CHATOPS_OPERATION=…`.

    Source: https://systemd.io/JOURNAL_NATIVE_PROTOCOL
    """

    def __init__(self, stream: TextIO, redactor: Redactor, address: Path) -> None:
        super().__init__(stream)
        self._fields_of = LogFormat(redactor, for_journal=True)
        self.setFormatter(self._fields_of)
        self._address = str(address)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._socket.sendto(b"".join(_journal_field(name, value) for name, value in self._entry(record)), self._address)
        except OSError:  # journald is gone for a moment, or the record is larger than a datagram
            super().emit(record)
        except Exception:  # noqa: BLE001 - as the standard library does: a record that can't be written must not stop who wrote it
            self.handleError(record)

    def _entry(self, record: logging.LogRecord) -> Iterator[tuple[str, str]]:
        event, text = event_of(record)
        fields = list(self._fields_of.fields(record, text))
        # Below the line: a traceback is there to be read.
        below = "".join(f"\n{value}" for key, value in fields if key in _LONG)
        yield "MESSAGE", " ".join([event, *(f"{key}={_shown(value)}" for key, value in fields if key not in _LONG)]) + below
        yield "PRIORITY", str(priority_of(record))
        yield "SYSLOG_IDENTIFIER", "chatopsd"
        yield "LOGGER", record.name
        yield "CODE_FILE", record.pathname
        yield "CODE_LINE", str(record.lineno)
        yield "CODE_FUNC", record.funcName or ""
        yield "CHATOPS_EVENT", event
        for key, value in fields:
            if key not in _LONG:
                yield f"CHATOPS_{re.sub('[^A-Z0-9]', '_', key.upper())}"[:64], value


def _journal_field(name: str, value: str) -> bytes:
    raw = value.encode("utf-8", "backslashreplace")
    if b"\n" not in raw:
        return name.encode() + b"=" + raw + b"\n"
    return name.encode() + b"\n" + len(raw).to_bytes(8, "little") + raw + b"\n"


def set_up_logging(
    secrets: Iterable[Secret],
    *,
    verbose: bool = False,
    stream: TextIO | None = None,
    environ: Mapping[str, str] | None = None,
    journal: Path = JOURNAL_SOCKET,
) -> None:
    """Send every log record, every warning and every uncaught exception of the process to `stream`, without secrets.

    Where `stream` leads into systemd's journal, records go there over the journal's own protocol, with their fields.

    Args:
        secrets: what must never be seen, besides what has a token's form.
        verbose: also show our own records at DEBUG; never those of libraries.
        stream: standard error when None.
        environ: where `JOURNAL_STREAM` is looked for; the process's own when None.
        journal: journald's socket.
    """
    stream = stream or sys.stderr
    for_journal = is_journal(stream, os.environ if environ is None else environ)
    handler: _LogHandler
    if for_journal and journal.is_socket():
        handler = _JournalHandler(stream, Redactor(secrets), journal)
    else:
        handler = _LogHandler(stream)
        handler.setFormatter(LogFormat(Redactor(secrets), for_journal=for_journal))
    handler.addFilter(_is_wanted)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.DEBUG if verbose else logging.NOTSET)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = _log_crash
    threading.excepthook = _log_thread_crash


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Say whether `stream` is connected to journald: systemd names the socket, and a child's redirected output is another file."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _crashes.critical("process.crashed", exc_info=(kind, error, trace))


def _log_thread_crash(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None and not issubclass(crash.exc_type, SystemExit):
        fields = {"thread": crash.thread.name if crash.thread else ""}
        _crashes.critical("thread.crashed", exc_info=(crash.exc_type, crash.exc_value, crash.exc_traceback), extra={"fields": fields})
