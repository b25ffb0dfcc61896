"""The daemon's part in the contest: `/ping` answers, through the outbox like everything that it says."""

from bot.api import Context, Plugin

plugin = Plugin("ping")


@plugin.command("ping", repeatable=True)
def ping(ctx: Context, number: str) -> None:
    """Answer the ping of this NUMBER."""
    ctx.reply(f"pong {number}")
