"""The configuration that holds now: a reload replaces all of it at once, and whoever asks next sees the new one."""

from dataclasses import fields
from typing import Any

from bot.core.configuration import Configuration


class LiveConfiguration(Configuration):
    """A `Configuration` whose every field is that of the newest one.

    The engine's parts hold it for as long as the daemon runs. Whoever must not see two configurations within one piece of work, such as a handler,
    takes `now` and keeps to that.
    """

    __slots__ = ("_now",)
    _now: Configuration

    def __init__(self, first: Configuration) -> None:
        object.__setattr__(self, "_now", first)

    @property
    def now(self) -> Configuration:
        """The configuration as it stands: a plain value, which no reload changes."""
        return self._now

    def replace(self, by: Configuration) -> None:
        """Let `by` hold from now on."""
        object.__setattr__(self, "_now", by)


def _field(name: str) -> property:
    def get(self: LiveConfiguration) -> Any:
        return getattr(self.now, name)

    return property(get)


for _each in fields(Configuration):
    setattr(LiveConfiguration, _each.name, _field(_each.name))


def snapshot(configuration: Configuration) -> Configuration:
    """Return a configuration that no reload changes."""
    return configuration.now if isinstance(configuration, LiveConfiguration) else configuration
