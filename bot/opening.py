"""Opens what the settings name: GitHub, the log sources, the plugins; for the daemon, and for the commands that look at the same without one."""

from bot.adapters.github.adapter import RestGitHub, connect, connect_app
from bot.adapters.logs.opening import Places, open_source
from bot.api import Plugin
from bot.core.configuration import ALWAYS, github_reach
from bot.engine.plugins import Registry, load
from bot.ports.clock import Clock
from bot.ports.errors import ConfigError
from bot.ports.logs import LogSource
from bot.settings import Settings
from bot.settings_environment import VARIABLES
from bot.settings_plugins import read_plugin_settings


def open_github(settings: Settings, clock: Clock) -> RestGitHub:
    """Return GitHub by what is configured.

    Raises:
        ConfigError: the key of the App can't be used, or there is no token.
    """
    if settings.github_app:
        app = settings.github_app
        reach = github_reach(settings.configuration)
        return connect_app(settings.github_api_url, str(app.app_id), app.private_key, app.installation_id, reach, clock)
    if settings.github_token is None:
        raise ConfigError("GITHUB_TOKEN: not set")
    return connect(settings.github_api_url, settings.github_token, clock)


def log_sources(settings: Settings, clock: Clock) -> dict[str, LogSource]:
    """Make the log source of each watch."""
    places = Places(clock, settings.loki, frozenset(VARIABLES))
    return {watch.name: open_source(watch, places) for watch in settings.configuration.watches}


def load_plugins(settings: Settings) -> Registry:
    """Load the configured plugins, and those that are always needed, and check the settings of each; all of it, or nothing.

    A start is less strict: it leaves out what is broken. See `LivePlugins.start`.

    Raises:
        ConfigError: plugins that can't be loaded, settings of theirs that can't be used.
    """
    configuration = settings.configuration

    def read(plugin: Plugin) -> object | None:
        return read_plugin_settings(plugin.name, plugin.settings, configuration.plugin_settings.get(plugin.name, {}), configuration)

    return load(dict.fromkeys((*ALWAYS, *configuration.plugins)), settings.plugin_path, read)
