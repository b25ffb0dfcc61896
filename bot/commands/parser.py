"""What every command shares: its exit codes, how it is added to the parser, and how it comes to the settings and the journal."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.quoting import one_line
from bot.log_format import is_journal
from bot.ports.errors import ConfigError
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from bot.adapters.journal import SqlJournal

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

OK = 0
FAILED = 1
WRONG_SETTINGS = 2  # a restart won't help: see RestartPreventExitStatus in the unit
SHUT_OUT = 3  # Slack does not let us in any more
INTERRUPTED = 130  # by Ctrl-C, as shells say it

Command = Callable[[argparse.Namespace], int]


def add(commands: "Commands", name: str, run: Command, text: str) -> argparse.ArgumentParser:
    """Add a command to the parser, and return its own parser for its arguments."""
    parser = commands.add_parser(name, help=text, description=sentence(text))
    parser.set_defaults(run=run)
    return parser


def add_group(commands: "Commands", name: str, text: str) -> "Commands":
    """Add a word that has commands of its own behind it."""
    return commands.add_parser(name, help=text, description=sentence(text)).add_subparsers(required=True, metavar="ACTION")


def sentence(text: str) -> str:
    """Return a text as a sentence; the names in it keep their capitals."""
    return f"{text[:1].upper()}{text[1:]}."


def complain(text: object) -> None:
    """Say what is wrong on standard error; in systemd's journal as an error."""
    mark = "<3>" if is_journal(sys.stderr, os.environ) else ""
    print("\n".join(mark + one_line(line) for line in str(text).splitlines()), file=sys.stderr)


def settings_here(*, without_secrets: bool = False) -> Settings:
    """Read the settings of the environment and of this folder.

    Args:
        without_secrets: let tokens be missing.

    Raises:
        ConfigError: what is wrong with them, all of it.
    """
    try:
        here = Path.cwd()
    except OSError as error:
        raise ConfigError("The folder in which this was started is gone, or may not be read. Change into another one first.") from error
    return load_settings(os.environ, here, without_secrets=without_secrets)


def on_journal(run: "Callable[[SqlJournal, argparse.Namespace], bool]", *, of_any_version: bool = False) -> Command:
    """Make a command of a function that works on the journal that is there and says whether all is well.

    Args:
        of_any_version: also on one that another version of the program has written.
    """

    def command(options: argparse.Namespace) -> int:
        from bot.adapters.clock import SystemClock
        from bot.adapters.journal.journal import Tables, open_journal
        from bot.adapters.journal.lease import open_lease

        url = settings_here().database_url
        beside_daemon = Tables.CHECKED if open_lease(url).is_taken() else Tables.MADE
        journal = open_journal(url, SystemClock(), create=False, tables=Tables.ANY if of_any_version else beside_daemon)
        try:
            return OK if run(journal, options) else FAILED
        finally:
            journal.close()

    return command
