"""Entries of systemd's journal as log lines.

An entry is one line, or several when its message is: the time, the level as applications write it, who wrote it, the message. A message that is JSON stays as
it is, so that its own fields are seen.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

# The syslog levels by number; the three gravest in the one word that applications have for them.
LEVELS = (b"CRITICAL", b"CRITICAL", b"CRITICAL", b"ERROR", b"WARNING", b"NOTICE", b"INFO", b"DEBUG")


def line_of(entry: Mapping[str, bytes]) -> tuple[bytes, bytes]:
    """Return an entry as a log line, or as several: the header of the first, and the message without its last newline."""
    message = entry.get("MESSAGE", b"").rstrip(b"\r\n")
    if message.startswith(b"{"):
        return b"", message
    seconds, microseconds = divmod(int(entry.get("__REALTIME_TIMESTAMP", b"0")), 1_000_000)
    at = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{microseconds:06d}Z".encode()
    priority = entry.get("PRIORITY", b"6")
    level = LEVELS[int(priority)] if priority in (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7") else b"INFO"
    writer = entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or b"-"
    pid = b"[" + entry["_PID"] + b"]" if entry.get("_PID") else b""
    return b"%s %s %s%s: " % (at, level, writer.replace(b"\n", b" "), pid), message


def writer_of(entry: Mapping[str, bytes]) -> str:
    names = ("_BOOT_ID", "_PID", "SYSLOG_IDENTIFIER", "_COMM")
    return "/".join(text_in(entry, name) for name in names)


def text_in(entry: Mapping[str, bytes], name: str) -> str:
    return entry.get(name, b"").decode("utf-8", "replace")
