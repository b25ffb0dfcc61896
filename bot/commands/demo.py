"""`demo`: the daemon in a world without Slack and GitHub."""

import argparse
from typing import TYPE_CHECKING

from bot.commands.parser import add

if TYPE_CHECKING:
    from bot.commands.parser import Commands


def register(commands: "Commands") -> None:
    """Add the command."""
    demo = add(commands, "demo", _demo, "play with the daemon in a world without Slack and GitHub")
    demo.add_argument("--tour", action="store_true", help="play the story by itself and print it")
    demo.add_argument("--port", type=int, default=8765, help="where the page is; another one is taken when it is in use")


def _demo(options: argparse.Namespace) -> int:
    from bot.demo import demo

    return demo(tour=options.tour, port=options.port)
