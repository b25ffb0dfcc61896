"""`run` and `check`: the daemon itself, and whether it would start."""

import argparse
import contextlib
import ctypes
import faulthandler
import os
import signal
from typing import TYPE_CHECKING

from bot.commands.parser import OK, SHUT_OUT, add, complain, settings_here
from bot.core.plurals import counted
from bot.log_format import set_up_logging
from bot.ports.errors import ChatopsError

if TYPE_CHECKING:
    from bot.adapters.systemd import Systemd
    from bot.commands.parser import Commands

_M_ARENA_MAX = -8
_ARENAS = 2

# bot.app and bot.opening are imported where they are used: the libraries behind them take a second to load, and no other command waits for them.


def register(commands: "Commands") -> None:
    """Add the commands of this module."""
    add(commands, "run", _run, "serve Slack until stopped")
    add(commands, "check", _check, "read the settings and load the plugins, say what is wrong, and change nothing")


def _run(options: argparse.Namespace) -> int:
    from bot.adapters.systemd import Systemd

    manager = Systemd(os.environ)
    try:
        shut_out = _serve(manager)
    except ChatopsError as error:
        manager.last_words(f"Did not start: {error}")
        raise
    if shut_out:
        manager.last_words(f"Shut out by Slack: {shut_out}")
        complain(shut_out)
        return SHUT_OUT
    return OK


def _serve(manager: "Systemd") -> str:
    _share_arenas()
    manager.status("Reading the settings.")
    settings = settings_here()
    set_up_logging(settings.secrets)
    from bot.app import Daemon

    faulthandler.enable()  # the watchdog ends a daemon that hangs with SIGABRT: where each thread hung goes into the log
    daemon = Daemon(settings, reread=settings_here, manager=manager)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: daemon.stop())
    signal.signal(signal.SIGHUP, lambda *_: daemon.reload())
    return daemon.run()


def _share_arenas() -> None:
    """Have all threads share two of the C library's arenas: by itself it gives each one that allocates its own, and ours mostly wait.

    Source: mallopt(3), M_ARENA_MAX. Another C library than glibc is left as it is.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def _check(options: argparse.Namespace) -> int:
    from bot.adapters.logs.opening import doubts
    from bot.opening import load_plugins

    settings = settings_here()
    configuration = settings.configuration
    registry = load_plugins(settings)
    told = [f"watches.{watch.name}.source: {doubt}" for watch in configuration.watches for doubt in doubts(watch.source)]
    for each in told:
        print(each)
    print(
        f"{settings.config_path}: {counted(len(configuration.services), 'service')}, {counted(len(configuration.watches), 'watch')},"
        f" {counted(len(configuration.plugins), 'plugin')} with {counted(len(registry.commands), 'command')}."
        f" {'It can be used; see above.' if told else 'All is well.'}"
    )
    return OK
