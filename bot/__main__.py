"""The command line: `python -m bot COMMAND`, or `chatopsd COMMAND` once it is installed."""

import argparse
import glob
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot import __version__, upkeep
from bot.log_format import set_up_logging
from bot.ports.errors import ChatopsError, ConfigError
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from bot.adapters.journal import SqlJournal

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

    _add_upkeep(commands)
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


def _add_upkeep(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    audit = commands.add_parser("audit", help="verify or prune the chain of audit events")
    actions = audit.add_subparsers(required=True, metavar="ACTION")
    verify = _add(actions, "verify", _on_journal(upkeep.verify), "say whether the chain holds, and where it does not")
    verify.add_argument("--against", metavar="HASH", type=upkeep.hash_given, help="a head's hash that you kept: is it still in the chain?")
    prune = _add(actions, "prune", _on_journal(upkeep.prune), "replace old events by checkpoints, so that the chain still holds")
    prune.add_argument(
        "--before", metavar="DATE", type=upkeep.date_given, required=True, help="such as 2026-01-01 (UTC): events before it go"
    )

    journal = commands.add_parser("journal", help="back the journal up, or look for damage")
    actions = journal.add_subparsers(required=True, metavar="ACTION")
    backup = _add(actions, "backup", _on_journal(upkeep.back_up), "copy the journal into a new file, while the daemon runs")
    backup.add_argument("file", metavar="FILE", type=Path)
    _add(actions, "check", _on_journal(upkeep.check), "look for damage in the whole journal, and verify the audit chain")


Command = Callable[[argparse.Namespace], int]


def _add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Command, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text.capitalize() + ".")
    parser.set_defaults(run=run)
    return parser


def _on_journal(run: "Callable[[SqlJournal, argparse.Namespace], bool]") -> Command:
    """Run a command on the journal that is there."""

    def command(options: argparse.Namespace) -> int:
        from bot.adapters.clock import SystemClock
        from bot.adapters.journal.journal import open_journal

        journal = open_journal(_settings().database_url, SystemClock(), create=False)
        try:
            return OK if run(journal, options) else FAILED
        finally:
            journal.close()

    return command


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
    for watch in configuration.watches:
        if watch.source[0] == "file" and not glob.glob(watch.source[1], recursive=True):  # noqa: PTH207 - patterns are absolute
            print(f"watches.{watch.name}.source: no file matches {watch.source[1]} now. A typo? Files that come later are read.")
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


if __name__ == "__main__":
    sys.exit(main())
