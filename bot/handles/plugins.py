"""Plugins themselves, their storage, as plugins ask for them."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.ports.journal import Json


class PluginState(StrEnum):
    ON = "on"
    OFF = "off"
    BROKEN = "broken"  # it could not be loaded


@dataclass(frozen=True, slots=True)
class PluginStatus:
    """How a plugin stands. `commands`: the names that it serves, or would serve. `error`: why it, or its newest version, could not be loaded."""

    name: str
    state: PluginState
    commands: tuple[str, ...] = ()
    error: str = ""
    crashes: int = 0  # since the start
    by: str = ""  # who switched it last: a Slack user id, "chatopsd", or "" when nobody ever did
    at: datetime | None = None
    why: str = ""


class PluginsApi(Protocol):
    """The plugins of this daemon. Only a holder of the role `operators` may change anything; each change raises `UserError` for anybody else."""

    def all(self) -> list[PluginStatus]:
        """Return every configured plugin, by name."""

    def check_operator(self, actor: str) -> None:
        """Raise `UserError` unless a person may switch plugins."""

    def enable(self, name: str, actor: str) -> PluginStatus:
        """Load a plugin anew and serve it from now on, also after a restart."""

    def disable(self, name: str, actor: str) -> PluginStatus:
        """Serve it no more, also after a restart; handlers that run come to their end."""

    def reload(self, name: str, actor: str) -> PluginStatus:
        """Load a plugin anew and put it in the place of the old one at once; when that fails, the old one stays."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is to be stored together with an operation: `ctx.operations.start(…, store=ctx.storage.stored(key=value))`."""

    plugin: str
    values: Mapping[str, Json]


class Storage(Protocol):
    """What a plugin keeps: plain JSON under keys of its own, which no other plugin sees. It survives restarts.

    Each call is a transaction of its own, unless it is made within `transaction`.
    """

    def get(self, key: str, default: Json = None) -> Json:
        """Return what is stored under a key."""

    def put(self, key: str, value: Json) -> None:
        """Store plain JSON under a key.

        Raises:
            TypeError, ValueError: it is not plain JSON.
        """

    def delete(self, key: str) -> bool:
        """Forget a key; False when it was not there."""

    def items(self, prefix: str = "") -> Mapping[str, Json]:
        """Return everything whose key begins with `prefix`, by key."""

    def transaction(self) -> AbstractContextManager["Storage"]:
        """Read and write as one: nobody else writes meanwhile, and what the handler says within is said if, and only if, all of it is stored.

        Keep it short, and ask neither Slack nor GitHub nor another part of the context within.
        """

    def stored(self, **values: Json) -> Stored:
        """Return values that `operations.start` stores in the transaction that writes the operation down."""
