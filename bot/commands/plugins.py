"""`plugins`: what is loaded, and a new plugin with its test."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.parser import OK, sentence, settings_here
from bot.ports.errors import ConfigError

if TYPE_CHECKING:
    from bot.commands.parser import Commands

TEMPLATES = Path(__file__).with_name("templates")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


def register(commands: "Commands") -> None:
    """Add the commands of this module."""
    text = "list the loaded plugins and their commands, or write a new one"
    parser = commands.add_parser("plugins", help=text, description=sentence(text))
    parser.set_defaults(run=show)
    actions = parser.add_subparsers(metavar="ACTION")
    actions.add_parser("list", help="list the loaded plugins and their commands (as without an action)").set_defaults(run=show)
    new = actions.add_parser("new", help="write a plugin with its test, to begin with")
    new.set_defaults(run=write)
    new.add_argument("name", metavar="NAME", help="its name: small letters, digits and _")
    new.add_argument("--folder", type=Path, default=Path(), help="where it is written; this folder when it is left out")


def show(options: argparse.Namespace) -> int:
    """List the loaded plugins and their commands."""
    from bot.opening import load_plugins

    for command in load_plugins(settings_here()).described():
        print(f"{command.plugin:<12} {command.name} {command.usage}".rstrip())
    return OK


def write(options: argparse.Namespace) -> int:
    """Write a plugin and its test; a file that is there is never touched.

    Raises:
        ConfigError: the name can't be a plugin's or is another's, one of the files is there, or the folder can't be written.
    """
    from bot.engine.loader import Loader

    name: str = options.name
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} can't be a plugin's name; expected small letters, digits and _, a letter first, 31 characters at most."
        )
    if name in Loader(()).known():
        raise ConfigError(f"There is a plugin {name} already, which yours would take the place of. Choose another name.")
    files = {options.folder / f"{name}.py": "plugin.py.txt", options.folder / f"test_{name}.py": "test_plugin.py.txt"}
    for path in files:
        if path.exists():
            raise ConfigError(f"{path} exists. Choose another name, or another folder with --folder.")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        for path, template in files.items():
            path.write_text((TEMPLATES / template).read_text(encoding="utf-8").replace("NAME", name), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}. Choose a folder that you may write to with --folder.") from error
    plugin, test = files
    print(f"{plugin} and {test} are written. Try them: python -m pytest {test}")
    print(f"To serve it: set PLUGIN_PATH={options.folder.resolve()}, and add {name!r} to `plugins` in chatops.toml.")
    return OK
