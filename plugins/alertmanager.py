"""Follow Prometheus' Alertmanager: its alerts become alerts here, and whoever takes one here silences it there."""

from bot.api import Context, Plugin

plugin = Plugin("alertmanager")


@plugin.every("10s")
def follow(ctx: Context) -> None:
    """Ask what fires, and bring the silences to where they are meant to be."""
    ctx.alerts.follow_alertmanager()
