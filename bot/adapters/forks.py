"""Forks of a process that only scans: another processor for the same work, with all that was loaded before."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path


def may_fork() -> bool:
    """Say whether there is a processor for a fork, and nothing in this process that a fork could break."""
    try:
        threads = sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return False
    return threads == 1 and len(os.sched_getaffinity(0)) > 1


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
