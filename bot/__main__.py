"""The command line: `python -m bot COMMAND`, or `chatopsd COMMAND` once it is installed."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from bot import __version__
from bot.log_format import set_up_logging
from bot.ports.errors import ChatopsError, ConfigError
from bot.settings import Settings, load_settings

OK = 0
FAILED = 1
WRONG_SETTINGS = 2  # a restart won't help: see RestartPreventExitStatus in the unit
SHUT_OUT = 3  # Slack does not let us in any more

log = logging.getLogger("bot")


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="chatopsd", description="A ChatOps daemon for Slack.")
    parser.add_argument("--version", action="version", version=f"chatopsd {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add(commands, "run", _run, "serve Slack until stopped")
    _add(commands, "check", _check, "read the settings and load the plugins, say what is wrong, and change nothing")
    _add(commands, "plugins", _plugins, "list the loaded plugins and their commands")
    demo = _add(commands, "demo", _demo, "play with the daemon in a world without Slack and GitHub")
    demo.add_argument("--tour", action="store_true", help="play the story by itself and print it")
    demo.add_argument("--port", type=int, default=8765, help="where the page is; another one is taken when it is in use")

    audit = _add(commands, "audit", _audit, "verify the chain of audit events")
    audit.add_argument("action", choices=["verify"])
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return WRONG_SETTINGS
    except ChatopsError as error:
        print(error, file=sys.stderr)
        return FAILED
    return code


Command = Callable[[argparse.Namespace], int]


def _add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Command, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text.capitalize() + ".")
    parser.set_defaults(run=run)
    return parser


def _settings() -> Settings:
    return load_settings(os.environ, Path.cwd())


def _run(options: argparse.Namespace) -> int:
    settings = _settings()
    set_up_logging(settings.secrets)
    from bot.app import Daemon  # the libraries behind it take a second to load: no other command waits for them

    daemon = Daemon(settings)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: daemon.stop())
    shut_out = daemon.run()
    if shut_out:
        print(shut_out, file=sys.stderr)
        return SHUT_OUT
    return OK


def _check(options: argparse.Namespace) -> int:
    from bot.app import load_plugins, log_sources

    settings = _settings()
    configuration = settings.configuration
    registry = load_plugins(settings)
    log_sources(configuration)
    print(
        f"{settings.config_path}: {len(configuration.services)} services, {len(configuration.watches)} watches,"
        f" {len(configuration.plugins)} plugins with {len(registry.commands)} commands. All is well."
    )
    return OK


def _plugins(options: argparse.Namespace) -> int:
    from bot.app import load_plugins

    for command in load_plugins(_settings()).described():
        print(f"{command.plugin:<12} {command.name} {command.usage}".rstrip())
    return OK


def _demo(options: argparse.Namespace) -> int:
    from bot.demo import demo

    return demo(tour=options.tour, port=options.port)


def _audit(options: argparse.Namespace) -> int:
    from bot.adapters.clock import SystemClock
    from bot.adapters.journal.journal import open_journal

    journal = open_journal(_settings().database_url, SystemClock())
    try:
        with journal.read() as tx:
            broken, newest = tx.audit.verify(), tx.audit.recent(1)
    finally:
        journal.close()
    if broken is not None:
        print(f"The audit chain is broken at event {broken}: it, or one before it, was changed.", file=sys.stderr)
        return FAILED
    print(f"The audit chain holds: {newest[0].seq if newest else 0} events" + (f", head {newest[0].hash}" if newest else "") + ".")
    return OK


if __name__ == "__main__":
    sys.exit(main())
