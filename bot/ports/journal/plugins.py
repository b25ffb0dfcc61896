"""What the journal keeps for plugins: whether they are switched on, and what they store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class PluginSwitch:
    """Whether a plugin is on, and who switched it last."""

    plugin: str
    on: bool
    by: str  # a Slack user id, or "chatopsd"
    at: datetime
    why: str = ""


class Plugins(Protocol):
    def switches(self) -> dict[str, PluginSwitch]:
        """Return the plugins that somebody ever switched, by name."""

    def switch(self, switch: PluginSwitch) -> None:
        """Note that a plugin is on or off from now on."""

    def get(self, plugin: str, key: str, default: Json = None) -> Json:
        """Return what a plugin stored under a key."""

    def put(self, plugin: str, key: str, value: Json, at: datetime) -> None:
        """Store plain JSON under a key, in the place of what is there.

        Raises:
            TypeError, ValueError: it is not plain JSON.
        """

    def delete(self, plugin: str, key: str) -> bool:
        """Forget a key; False when it was not there."""

    def items(self, plugin: str, prefix: str = "") -> Mapping[str, Json]:
        """Return everything whose key begins with `prefix`, by key."""
