"""The plugin itself, which the other modules of this room add to."""

from bot.api import Plugin

plugin = Plugin("ops")
