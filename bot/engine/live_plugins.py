"""The plugins of a running daemon: loaded at the start, switched on and off and loaded anew while everything else goes on."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.api import Plugin, PluginState, PluginStatus
from bot.core.actors import DAEMON
from bot.core.blocks import Message
from bot.core.configuration import ALWAYS, Configuration
from bot.core.crash_budget import CrashBudget
from bot.core.durations import say_duration
from bot.core.hints import did_you_mean, named
from bot.core.markup import Mrkdwn, code, md, shorten
from bot.core.privacy import mask_secrets
from bot.engine.loader import Loader, UnknownPlugin
from bot.engine.permissions import Permissions, let_through
from bot.engine.plugins import Registry
from bot.ports.clock import Clock
from bot.ports.errors import BrokenPlugin, ConfigError, UserError
from bot.ports.journal import AuditEvent, Journal, OutboxRow, PluginSwitch, Transaction

log = logging.getLogger(__name__)


ReadSettings = Callable[[str, type[Any] | None, Mapping[str, Any], Configuration], object | None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin as it was loaded last. `error`: why it, or its newest version, could not be."""

    name: str
    plugin: Plugin | None
    settings: object | None = None
    error: str = ""


class LivePlugins:
    """See `bot.api.PluginsApi` for what the public members promise.

    Every change makes another `Registry` and puts it in the place of the current one in one step: whoever took the old one goes on with it.
    """

    def __init__(
        self,
        configuration: Configuration,
        folders: Iterable[Path],
        journal: Journal,
        clock: Clock,
        permissions: Permissions,
        read_settings: ReadSettings,
        slash: Callable[[str], str],
    ) -> None:
        self._configuration = configuration
        self._loader = Loader(tuple(folders))
        self._journal = journal
        self._clock = clock
        self._permissions = permissions
        self._read_settings = read_settings
        self._slash = slash
        self._lock = threading.RLock()
        self._loaded: dict[str, Loaded] = {}
        self._switches: dict[str, PluginSwitch] = {}
        self._budgets: dict[str, CrashBudget] = {}
        self._crashes: dict[str, int] = {}
        self._current = Registry()
        self._listeners: list[Callable[[Registry], None]] = []

    @property
    def current(self) -> Registry:
        """What is served now."""
        return self._current

    def listen(self, listener: Callable[[Registry], None]) -> None:
        """Call `listener` with each registry that takes the place of another."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Load every configured plugin, and say in the timeline which ones could not be.

        Raises:
            ConfigError: one is unknown, one of those that are always needed is broken, or `[plugins.…]` holds mistakes: all of them are named.
        """
        with self._lock:
            with self._journal.read() as tx:
                self._switches = tx.plugins.switches()
            loaded = self._load_all(self._configuration)
            self._take(loaded)
            broken = [each for each in self._loaded.values() if each.error]
            if not broken:
                return
            now = self._clock.now()
            with self._journal.begin() as tx:
                for each in broken:
                    tx.audit.add(AuditEvent(now, DAEMON, "plugin.broken", f"plugin:{each.name}", {"error": shorten(each.error, 500)}))
                tx.outbox.put(OutboxRow(self._configuration.channel, self._broken_message(broken)), now)

    def prepare(self, configuration: Configuration) -> Mapping[str, Loaded]:
        """Load the plugins of another configuration, anew, and serve none of them yet. One that is broken now stays as it was.

        Raises:
            ConfigError: as `start`.
        """
        with self._lock:
            loaded = self._load_all(configuration)
            for name, each in loaded.items():
                before = self._loaded.get(name)
                if each.plugin is None and before is not None and before.plugin is not None:
                    loaded[name] = replace(before, error=each.error)
            return loaded

    def adopt(self, loaded: Mapping[str, Loaded]) -> None:
        """Serve what was prepared."""
        with self._lock:
            self._take(loaded)

    def kept(self, loaded: Mapping[str, Loaded]) -> tuple[str, ...]:
        """Return which of the prepared plugins are broken, a sentence each."""
        return tuple(
            f"plugin {each.name} is broken and {'stays as it was' if each.plugin else 'serves nothing'}"
            for each in loaded.values()
            if each.error
        )

    def all(self) -> list[PluginStatus]:
        with self._lock:
            return [self._status(each) for _, each in sorted(self._loaded.items())]

    def check_operator(self, actor: str) -> None:
        role = self._configuration.operators
        if not role:
            raise UserError(md("Nobody may switch plugins: set {} in {} of chatops.toml to a role.", code("operators"), code("[chatops]")))
        let_through(self._permissions.role(actor, role))

    def enable(self, name: str, actor: str) -> PluginStatus:
        self.check_operator(actor)
        who = self._permissions.name_of(actor)
        with self._lock:
            self._known(name)
            loaded = {**self._loaded, name: self._load_or_refuse(name)}
            switch = PluginSwitch(name, True, actor, self._clock.now())
            was_off = not self._is_on(name) or self._loaded[name].plugin is None
            self._budgets.pop(name, None)
            said = md("🔌 The plugin *{}* is on again, switched on by {}.", name, who) if was_off else None
            self._change(loaded, switch, "plugin.enabled", said)
            return self._status(self._loaded[name])

    def disable(self, name: str, actor: str) -> PluginStatus:
        self.check_operator(actor)
        who = self._permissions.name_of(actor)
        with self._lock:
            self._known(name)
            if name in ALWAYS:
                raise UserError(f"{name} can't be switched off: it serves the buttons of my messages, or brings other plugins back.")
            said = md("🔌 The plugin *{}* is off, switched off by {}. {}", name, who, self._way_back(name)) if self._is_on(name) else None
            self._change(self._loaded, PluginSwitch(name, False, actor, self._clock.now()), "plugin.disabled", said)
            return self._status(self._loaded[name])

    def reload(self, name: str, actor: str) -> PluginStatus:
        self.check_operator(actor)
        with self._lock:
            self._known(name)
            loaded = {**self._loaded, name: self._load_or_refuse(name)}
            self._budgets.pop(name, None)
            self._change(loaded, None, "plugin.reloaded", None, by=actor, name=name)
            return self._status(self._loaded[name])

    def crashed(self, name: str, error: str) -> None:
        """Count a crash of a plugin's handler; switch the plugin off when it had as many as it may have."""
        with self._lock:
            self._crashes[name] = self._crashes.get(name, 0) + 1
            limit, window = self._configuration.crash_budget, self._configuration.crash_window
            known = self._budgets.get(name, CrashBudget(limit, window))
            budget = self._budgets[name] = replace(known, limit=limit, window=window).spend(self._clock.now())
            if not budget.is_spent or name in ALWAYS or name not in self._loaded or not self._is_on(name):
                return
            del self._budgets[name]
            why = f"it crashed {limit} times within {say_duration(window)}, last with {error.partition(':')[0]}"
            said = md("🔌 The plugin *{}* is off: {}. Every other plugin goes on. {}", name, why, self._way_back(name))
            switch = PluginSwitch(name, False, DAEMON, self._clock.now(), why)
            self._change(self._loaded, switch, "plugin.disabled", said)
            log.error("plugin.disabled", extra={"fields": {"plugin": name, "why": why}})

    def _load_all(self, configuration: Configuration) -> dict[str, Loaded]:
        """Load every plugin of a configuration; one that is broken is kept with its error.

        Raises:
            ConfigError: what no restart mends: see `start`.
        """
        loaded: dict[str, Loaded] = {}
        problems: list[str] = []
        for name in dict.fromkeys((*ALWAYS, *configuration.plugins)):
            try:
                plugin = self._loader.load(name)
            except UnknownPlugin as error:
                problems.append(str(error))
                continue
            except ConfigError as error:
                log.exception("plugin.broken", extra={"fields": {"plugin": name}})
                loaded[name] = Loaded(name, None, error=mask_secrets(str(error)))
                if name in ALWAYS:
                    problems.append(str(error))
                continue
            try:
                loaded[name] = Loaded(name, plugin, self._read(configuration, plugin))
            except BrokenPlugin as error:
                log.exception("plugin.broken", extra={"fields": {"plugin": name}})
                loaded[name] = Loaded(name, None, error=mask_secrets(str(error)))
            except ConfigError as error:
                problems.append(str(error))
        if problems:
            raise ConfigError("\n".join(problems))
        return loaded

    def _load_or_refuse(self, name: str) -> Loaded:
        try:
            plugin = self._loader.load(name)
            return Loaded(name, plugin, self._read(self._configuration, plugin))
        except ConfigError as error:
            log.warning("plugin.broken", extra={"fields": {"plugin": name, "error": str(error)}}, exc_info=error.__cause__)
            self._loaded[name] = replace(self._loaded[name], error=mask_secrets(str(error)))
            raise UserError(md("Nothing was changed. {}", shorten(mask_secrets(str(error)), 500))) from error

    def _read(self, configuration: Configuration, plugin: Plugin) -> object | None:
        return self._read_settings(plugin.name, plugin.settings, configuration.plugin_settings.get(plugin.name, {}), configuration)

    def _change(
        self, loaded: dict[str, Loaded], switch: PluginSwitch | None, action: str, said: Mrkdwn | None, by: str = "", name: str = ""
    ) -> None:
        """Write the change down with its audit event and its word, then let it hold; when it can't be written, nothing changes."""
        switches = {**self._switches, **({switch.plugin: switch} if switch else {})}
        changed, mended = self._build(loaded, switches)
        name = switch.plugin if switch else name
        if mended[name].plugin is None:
            raise UserError(md("Nothing was changed. {}", shorten(mended[name].error, 500)))
        now = self._clock.now()
        with self._journal.begin() as tx:
            if switch:
                tx.plugins.switch(switch)
            tx.audit.add(AuditEvent(now, switch.by if switch else by, action, f"plugin:{name}", _detail(switch)))
            _say(tx, self._configuration.channel, said, now)
        self._switches, self._loaded = switches, mended
        self._swap(changed)

    def _take(self, loaded: Mapping[str, Loaded]) -> None:
        changed, self._loaded = self._build(loaded, self._switches)
        self._swap(changed)

    def _swap(self, changed: Registry) -> None:
        self._current = changed
        for listener in self._listeners:
            listener(changed)

    def _build(self, loaded: Mapping[str, Loaded], switches: Mapping[str, PluginSwitch]) -> tuple[Registry, dict[str, Loaded]]:
        """Make a registry of all that is on. A plugin that serves what another serves already is broken."""
        made = Registry(asleep=Registry())
        result = dict(loaded)
        for name, each in loaded.items():
            if each.plugin is None:
                made.why_off[name] = f"it could not be loaded; {self._slash('plugins')} says why"
                continue
            is_on = name in ALWAYS or name not in switches or switches[name].on
            try:
                (made if is_on else made.asleep or made).add(each.plugin)
            except ConfigError as error:
                result[name] = Loaded(name, None, error=str(error))
                made.why_off[name] = f"it could not be loaded; {self._slash('plugins')} says why"
                continue
            made.settings[name] = each.settings
            if not is_on:
                made.why_off[name] = self._why_off(switches[name])
        return made, result

    def _why_off(self, switch: PluginSwitch) -> str:
        by = "" if switch.by == DAEMON else f" by {self._permissions.name_of(switch.by)}"
        return f"it was switched off{by} at {switch.at:%Y-%m-%d %H:%M} UTC{': ' if switch.why else ''}{switch.why}"

    def _status(self, each: Loaded) -> PluginStatus:
        switch = self._switches.get(each.name)
        state = PluginState.BROKEN if each.plugin is None else PluginState.ON if self._is_on(each.name) else PluginState.OFF
        return PluginStatus(
            name=each.name,
            state=state,
            commands=tuple(sorted(each.plugin.commands)) if each.plugin else (),
            error=each.error,
            crashes=self._crashes.get(each.name, 0),
            by=switch.by if switch else "",
            at=switch.at if switch else None,
            why=switch.why if switch else "",
        )

    def _is_on(self, name: str) -> bool:
        return name in ALWAYS or name not in self._switches or self._switches[name].on

    def _known(self, name: str) -> None:
        if name not in self._loaded:
            known = sorted(self._loaded)
            hint = did_you_mean(name, known)
            raise UserError(md("There is no plugin {} in {}.{} There are: {}.", code(name), code("chatops.plugins"), hint, named(known)))

    def _way_back(self, name: str) -> Mrkdwn:
        return md("{} brings it back.", code(f"{self._slash('plugins')} enable {name}"))

    def _broken_message(self, broken: list[Loaded]) -> Message:
        lines = [
            md("⚠️ The plugin *{}* could not be loaded, and serves nothing. {}", each.name, shorten(each.error, 300)) for each in broken
        ]
        mend = md("Every other plugin works. Once it is mended, {} loads it.", code(f"{self._slash('plugins')} enable {broken[0].name}"))
        return Message.of(Mrkdwn("\n".join([*lines, mend])))


def _detail(switch: PluginSwitch | None) -> dict[str, str]:
    return {"cause": switch.why} if switch and switch.why else {}


def _say(tx: Transaction, channel: str, said: Mrkdwn | None, now: Any) -> None:
    if said:
        tx.outbox.put(OutboxRow(channel, Message.of(said)), now)
