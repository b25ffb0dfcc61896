"""The command line: `python -m bot COMMAND`, or `chatopsd COMMAND` once it is installed."""

import argparse
import sys

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


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="chatopsd", description="A ChatOps daemon for Slack.")
    parser.add_argument("--version", action="version", version=f"chatopsd {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for topic in TOPICS:
        topic.register(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except ConfigError as error:
        complain(error)
        return WRONG_SETTINGS
    except ChatopsError as error:
        complain(error)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
