"""systemd, told over its notify socket how the daemon is.

Source: sd_notify(3), sd_watchdog_enabled(3). The protocol is one datagram of lines `NAME=value`.
"""

import logging
import os
import select
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)

_BARRIER_S = 2.0
_LONGEST_STATUS = 500  # a line of `systemctl status`


class Systemd:
    """`bot.ports.manager.ServiceManager` for the process that systemd started; for any other one it says nothing to nobody.

    Args:
        environ: where `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are looked for.
        pid: our own process id: a watchdog that is meant for another process is not ours to feed.
    """

    def __init__(self, environ: Mapping[str, str], pid: int | None = None) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # "@" stands for the zero byte of an abstract socket.
        self._address = "\0" + address[1:] if address.startswith("@") else address if address.startswith("/") else ""
        self._watchdog_s = _watchdog_s(environ, os.getpid() if pid is None else pid) if self._address else None

    @property
    def watchdog_s(self) -> float | None:
        return self._watchdog_s

    def status(self, text: str) -> None:
        self._tell(f"STATUS={_one_line(text)}")

    def starting(self, text: str, within_s: float) -> None:
        self._tell(f"STATUS={_one_line(text)}", f"EXTEND_TIMEOUT_USEC={int(within_s * 1e6)}")

    def ready(self, text: str) -> None:
        self._tell("READY=1", f"STATUS={_one_line(text)}")

    def alive(self) -> None:
        self._tell("WATCHDOG=1")

    def reloading(self) -> None:
        now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._tell("RELOADING=1", f"MONOTONIC_USEC={now_us}")

    def stopping(self) -> None:
        self._tell("STOPPING=1", "STATUS=Stopping: what runs comes to its end.")

    def last_words(self, text: str) -> None:
        """Show a sentence that outlives the process: it is waited for until systemd has read it. What a process says and ends may be lost."""
        self.status(text)
        if not self._address:
            return
        ours, theirs = os.pipe()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.connect(self._address)
                socket.send_fds(notify, [b"BARRIER=1"], [theirs])
        except OSError as error:
            log.warning("systemd.unreachable", extra={"fields": {"error": error.strerror or type(error).__name__}})
            return
        finally:
            os.close(theirs)
            with os.fdopen(ours, "rb") as end:
                # Readable, at its end: systemd has closed its copy, and read all that came before.
                select.select([end], [], [], _BARRIER_S)

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK) as notify:
                notify.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            # The next word tries again: a full queue, or a systemd that is just being updated, passes.
            log.warning("systemd.unreachable", extra={"fields": {"error": error.strerror or type(error).__name__}})


def _watchdog_s(environ: Mapping[str, str], pid: int) -> float | None:
    try:
        meant_for = int(environ.get("WATCHDOG_PID") or pid)
        every_us = int(environ.get("WATCHDOG_USEC") or 0)
    except ValueError:
        return None
    return every_us / 1e6 if every_us > 0 and meant_for == pid else None


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_STATUS else line[: _LONGEST_STATUS - 1] + "…"
