"""What a restart cut off, handled once more."""

from bot.api import Context
from plugins.ops.declared import plugin


@plugin.action("run_again", repeatable=True)  # it hands in what has a key of its own
def run_again(ctx: Context, entry: str) -> None:
    """Handle once more what a restart cut off."""
    ctx.run_again(entry)
