"""The settings of the plugins that come with it."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from bot.engine.loader import Loader

PLUGINS = Path(__file__).parents[2] / "plugins"


def shipped_settings() -> Mapping[str, set[str]]:
    """Return the names of its settings for each plugin that declares any."""
    plugins = [Loader(()).load(file.stem) for file in sorted(PLUGINS.glob("[!_]*.py"))]
    return {plugin.name: {field.name for field in fields(plugin.settings)} for plugin in plugins if plugin.settings}
