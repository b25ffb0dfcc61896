"""The command line: `python -m bot COMMAND`, or `chatopsd COMMAND` once it is installed."""

import argparse
import os
import sys
from errno import EAGAIN, EDQUOT, EFBIG, EIO, ENOSPC, EPIPE
from io import TextIOWrapper
from pathlib import Path

from bot import __version__
from bot.commands import daemon, demo, doctor, logs, manifest, plugins, upkeep
from bot.commands.parser import FAILED as FAILED
from bot.commands.parser import INTERRUPTED as INTERRUPTED
from bot.commands.parser import OK as OK
from bot.commands.parser import SHUT_OUT as SHUT_OUT
from bot.commands.parser import WRONG_SETTINGS as WRONG_SETTINGS
from bot.commands.parser import complain
from bot.ports.errors import ChatopsError, ConfigError

# In the order in which the help shows them.
TOPICS = (daemon, plugins, demo, doctor, manifest, logs, upkeep)
_OF_AN_OUTPUT = frozenset({EPIPE, ENOSPC, EDQUOT, EFBIG, EIO, EAGAIN})  # where no file is named, it is the standard output that fails so


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="chatopsd", description="A ChatOps daemon for Slack.")
    parser.add_argument("--version", action="version", version=f"chatopsd {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for topic in TOPICS:
        topic.register(commands)
    options = parser.parse_args(arguments)
    _have_a_home()
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that does not know every letter
    try:
        code: int = options.run(options)
        if sys.stdout:
            sys.stdout.flush()
    except ConfigError as error:
        complain(error)
        return WRONG_SETTINGS
    except ChatopsError as error:
        complain(error)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if options.command == "run":
            raise  # a crash of the daemon goes into its log, with all that is known of it
        return _ended_by(error)
    return code


def _have_a_home() -> None:
    """Give a user that is not in the machine's list, as in many a container, the home that Docker would: Slack's SDK does not load without one."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = "/"


def _ended_by(error: OSError) -> int:
    if error.filename or error.errno not in _OF_AN_OUTPUT:
        complain(f"chatopsd: {f'{error.filename}: ' if error.filename else ''}{error.strerror or error}.")
        return FAILED
    # What still waits to be written would be tried once more at the exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return OK  # `| head` has seen enough
    complain(f"chatopsd: the output can't be written: {error.strerror}.")
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
