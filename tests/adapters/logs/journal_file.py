"""Real journal files, written by systemd's own systemd-journal-remote from its export format."""

import shutil
import struct
import subprocess
from itertools import count
from pathlib import Path

import pytest

WRITER = "/lib/systemd/systemd-journal-remote"
BOOT = "0123456789abcdef0123456789abcdef"
MACHINE = "00000000000000000000000000000001"


def require_journal_tools() -> None:
    """Skip where the real tools are missing."""
    if not shutil.which("journalctl"):
        pytest.skip("no journalctl on this machine")
    if not Path(WRITER).exists():
        pytest.skip("no systemd-journal-remote on this machine: apt-get install systemd-journal-remote")


class JournalFile:
    """One machine's journal file in a folder. Each entry is a second younger than the one before."""

    def __init__(self, folder: Path, machine: str = MACHINE, boot: str = BOOT) -> None:
        self.folder = folder
        self.path = folder / f"{machine}.journal"
        folder.mkdir(exist_ok=True)
        self._seconds = count(1_700_000_000)
        self._identity = {"_BOOT_ID": boot, "_MACHINE_ID": machine}

    def write(self, *messages: str | bytes, **fields: str | bytes) -> None:
        """Append an entry for each message."""
        exported = b"".join(self._entry(message if isinstance(message, bytes) else message.encode(), fields) for message in messages)
        subprocess.run([WRITER, "-o", str(self.path), "-"], input=exported, check=True, capture_output=True)

    def _entry(self, message: bytes, fields: dict[str, str | bytes]) -> bytes:
        microseconds = next(self._seconds) * 1_000_000
        values: dict[str, str | bytes] = {
            "__REALTIME_TIMESTAMP": str(microseconds),
            "__MONOTONIC_TIMESTAMP": str(microseconds - 1_600_000_000_000_000),
            **self._identity,
            "PRIORITY": "6",
            "SYSLOG_IDENTIFIER": "checkout",
            "_SYSTEMD_UNIT": "checkout.service",
            "_PID": "4711",
            **fields,
        }
        return b"".join(_field(name, value) for name, value in values.items()) + _field("MESSAGE", message) + b"\n"


def at(hours: float) -> dict[str, str]:
    """Return the fields of an entry that was written so many hours after the first."""
    microseconds = round((1_700_000_000 + hours * 3600) * 1_000_000)
    return {"__REALTIME_TIMESTAMP": str(microseconds), "__MONOTONIC_TIMESTAMP": str(microseconds - 1_600_000_000_000_000)}


def _field(name: str, value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    if all(byte >= 32 or byte == 9 for byte in raw) and b"\x7f" not in raw:
        return name.encode() + b"=" + raw + b"\n"
    return name.encode() + b"\n" + struct.pack("<Q", len(raw)) + raw + b"\n"
