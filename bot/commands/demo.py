"""`demo`: the daemon in a world without Slack and GitHub."""

import argparse
import re
from typing import TYPE_CHECKING

from bot.commands.parser import add

if TYPE_CHECKING:
    from bot.commands.parser import Commands

_LAST_PORT = 65535


def register(commands: "Commands") -> None:
    """Add the command."""
    demo = add(commands, "demo", _demo, "play with the daemon in a world without Slack and GitHub")
    demo.add_argument("--tour", action="store_true", help="play the story by itself and print it")
    demo.add_argument(
        "--port", metavar="PORT", type=port_given, default=8765, help="where the page is; another one is taken when it is in use"
    )


def _demo(options: argparse.Namespace) -> int:
    from bot.demo import demo

    return demo(tour=options.tour, port=options.port)


def port_given(text: str) -> int:
    """Read a port from the command line; 0 is any that is free."""
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; expected a number up to {_LAST_PORT}")
    return int(text)
