"""Forks of a process that only scans: another processor for the same work, with all that was loaded before."""

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

DESCRIPTORS = 16  # more than two processes need that talk to each other and read a file


def may_fork() -> bool:
    """Say whether there is a processor for a fork and room for what it opens, and nothing in this process that a fork could break."""
    try:
        threads, opened = (sum(1 for _ in Path("/proc/self", each).iterdir()) for each in ("task", "fd"))
    except OSError:
        return False
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    has_room = most == resource.RLIM_INFINITY or opened + DESCRIPTORS <= most
    return threads == 1 and has_room and len(os.sched_getaffinity(0)) > 1


def fork(run: Callable[[], None]) -> int:
    """Return the id of a fork of this process that runs something and ends; it must be waited for. What goes wrong there is told on stderr.

    Ctrl-C leaves it alone: it ends when its pipes do.

    Raises:
        OSError: the system has no more processes for us.
    """
    if sys.stdout:  # it may be closed
        sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        run()
        code = 0
    except Exception:  # noqa: BLE001 - told as Python tells it, but without what our own end would run in the fork
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)
