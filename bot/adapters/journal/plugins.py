"""What plugins store, each in its own namespace, and whether they are switched on."""

import json
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.adapters.journal.columns import storable
from bot.adapters.journal.documents import canonical
from bot.adapters.journal.tables import plugin_storage, plugin_switches
from bot.ports.journal import Json, PluginSwitch

_SWITCHES = select(plugin_switches)
_SWITCH = (
    update(plugin_switches)
    .where(plugin_switches.c.plugin == bindparam("known"))
    .values(is_on=bindparam("new_on"), by=bindparam("new_by"), at=bindparam("new_at"), why=bindparam("new_why"))
)
_ADD_SWITCH = insert(plugin_switches)
_HERE = (plugin_storage.c.plugin == bindparam("known_plugin"), plugin_storage.c.key == bindparam("known_key"))
_GET = select(plugin_storage.c.value).where(*_HERE)
_PUT = update(plugin_storage).where(*_HERE).values(value=bindparam("new_value"), updated_at=bindparam("at"))
_ADD = insert(plugin_storage)
_DELETE = delete(plugin_storage).where(*_HERE)
_ITEMS = (
    select(plugin_storage.c.key, plugin_storage.c.value)
    .where(
        plugin_storage.c.plugin == bindparam("known_plugin"),
        func.substr(plugin_storage.c.key, 1, bindparam("length")) == bindparam("prefix"),
    )
    .order_by(plugin_storage.c.key)
)


class SqlPlugins:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def switches(self) -> dict[str, PluginSwitch]:
        """Return the plugins that somebody ever switched, by name."""
        rows = self._connection.execute(_SWITCHES)
        return {row.plugin: PluginSwitch(row.plugin, bool(row.is_on), row.by, row.at, row.why) for row in rows}

    def switch(self, switch: PluginSwitch) -> None:
        """Note that a plugin is on or off from now on."""
        values = {"known": switch.plugin, "new_on": int(switch.on), "new_by": switch.by, "new_at": switch.at, "new_why": switch.why}
        if not self._connection.execute(_SWITCH, values).rowcount:
            row = {"plugin": switch.plugin, "is_on": int(switch.on), "by": switch.by, "at": switch.at, "why": switch.why}
            self._connection.execute(_ADD_SWITCH, row)

    def get(self, plugin: str, key: str, default: Json = None) -> Json:
        """Return what a plugin stored under a key."""
        text = self._connection.execute(_GET, {"known_plugin": plugin, "known_key": key}).scalar()
        if text is None:
            return default
        value: Json = json.loads(text)
        return value

    def put(self, plugin: str, key: str, value: Json, at: datetime) -> None:
        """Store plain JSON under a key, in the place of what is there.

        Raises:
            TypeError, ValueError: it is not plain JSON.
        """
        text = canonical(value)
        if not self._connection.execute(_PUT, {"known_plugin": plugin, "known_key": key, "new_value": text, "at": at}).rowcount:
            self._connection.execute(_ADD, {"plugin": plugin, "key": key, "value": text, "updated_at": at})

    def delete(self, plugin: str, key: str) -> bool:
        """Forget a key; False when it was not there."""
        return bool(self._connection.execute(_DELETE, {"known_plugin": plugin, "known_key": key}).rowcount)

    def items(self, plugin: str, prefix: str = "") -> dict[str, Json]:
        """Return everything whose key begins with `prefix`, by key."""
        where = {"known_plugin": plugin, "prefix": storable(prefix), "length": len(storable(prefix))}
        return {row.key: json.loads(row.value) for row in self._connection.execute(_ITEMS, where)}
