"""Loads plugins by name, from the `plugins` folder, from `PLUGIN_PATH`, and from entry points; finds who serves what."""

import importlib
import importlib.util
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from bot.api import Command, Plugin, Registered
from bot.engine.arguments import usage_of
from bot.ports.errors import ConfigError
from bot.ports.events import Envelope, EnvelopeKind

log = logging.getLogger(__name__)

ENTRY_POINTS = "chatopsd.plugins"
OPEN_LINK = "open"  # the action id of buttons that only open an address


@dataclass
class Registry:
    """Every loaded plugin's handlers, by what they serve."""

    commands: dict[str, Registered] = field(default_factory=dict)
    clicks: dict[str, Registered] = field(default_factory=dict)
    submissions: dict[str, Registered] = field(default_factory=dict)
    reactions: dict[str, Registered] = field(default_factory=dict)
    shortcuts: dict[str, Registered] = field(default_factory=dict)
    jobs: dict[str, Registered] = field(default_factory=dict)
    replies: list[Registered] = field(default_factory=list)
    homes: list[Registered] = field(default_factory=list)

    def add(self, plugin: Plugin) -> None:
        """Take a plugin in.

        Raises:
            ConfigError: it serves something that another plugin serves already.
        """
        shelves: list[tuple[str, dict[str, Registered], dict[str, Registered]]] = [
            ("command", self.commands, plugin.commands),
            ("action", self.clicks, plugin.clicks),
            ("view", self.submissions, plugin.submissions),
            ("reaction", self.reactions, plugin.reactions),
            ("shortcut", self.shortcuts, plugin.shortcuts),
            ("job", self.jobs, plugin.jobs),
        ]
        for what, ours, theirs in shelves:
            for name in sorted(ours.keys() & theirs.keys()):
                raise ConfigError(
                    f"Plugins {ours[name].plugin} and {plugin.name} both serve the {what} {name!r}: leave one out of `plugins`."
                )
        for _, ours, theirs in shelves:
            ours.update(theirs)
        self.replies += plugin.replies
        self.homes += plugin.homes

    def find(self, envelope: Envelope) -> list[Registered]:
        """Return the handlers of anything but a command; none when nobody serves it."""
        match envelope.kind:
            case EnvelopeKind.CLICK:
                return _one(self.clicks.get(envelope.name) or self.clicks.get(envelope.name.partition(":")[0]))
            case EnvelopeKind.SUBMISSION:
                return _one(self.submissions.get(envelope.name))
            case EnvelopeKind.REACTION:
                return _one(self.reactions.get(envelope.name))
            case EnvelopeKind.SHORTCUT:
                return _one(self.shortcuts.get(envelope.name))
            case EnvelopeKind.TICK:
                return _one(self.jobs.get(envelope.name))
            case EnvelopeKind.REPLY:
                return self.replies
            case EnvelopeKind.HOME:
                return self.homes
            case _:
                return []

    def serves(self, envelope: Envelope) -> bool:
        """Say whether anybody here has to do with it. Every command and mention is answered, if only by help."""
        return envelope.kind in (EnvelopeKind.COMMAND, EnvelopeKind.MENTION) or bool(self.find(envelope))

    def described(self) -> list[Command]:
        """Return every command as help shows it, by name."""
        return [
            Command(name, usage_of(found.handler), (found.handler.__doc__ or "").strip(), found.plugin)
            for name, found in sorted(self.commands.items())
        ]


def _one(found: Registered | None) -> list[Registered]:
    return [found] if found else []


def load(names: Iterable[str], folders: Iterable[Path]) -> Registry:
    """Load the named plugins, each looked up in `folders`, then in the `plugins` package, then among the entry points.

    Raises:
        ConfigError: plugins that can't be loaded; every one of them is named, with the reason.
    """
    registry = Registry()
    installed = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    problems: list[str] = []
    for name in names:
        try:
            registry.add(_plugin_of(name, _module(name, list(folders), installed)))
        except ConfigError as error:
            problems.append(str(error))
        except Exception as error:  # importing a plugin runs its code: whatever it raises is the operator's to read
            log.exception("plugin.broken", extra={"fields": {"plugin": name}})
            problems.append(f"Plugin {name} failed to load: {type(error).__name__}: {error}")
    if problems:
        raise ConfigError("\n".join(problems))
    return registry


def _module(name: str, folders: list[Path], installed: Mapping[str, object]) -> ModuleType | Plugin:
    for folder in folders:
        file = folder / f"{name}.py"
        if file.is_file():
            return _import_file(f"chatopsd_plugin_{name}", file)
    if name.isidentifier() and importlib.util.find_spec(f"plugins.{name}"):
        return importlib.import_module(f"plugins.{name}")
    if name in installed:
        loaded = installed[name].load()  # type: ignore[attr-defined]
        return loaded if isinstance(loaded, (ModuleType, Plugin)) else _refuse(name, "its entry point is neither a module nor a Plugin")
    known = sorted({*installed, *_shipped(), *(file.stem for folder in folders for file in folder.glob("*.py"))})
    return _refuse(name, f"there is no such plugin; known are {', '.join(known)}")


def _refuse(name: str, why: str) -> ModuleType:
    raise ConfigError(f"chatops.plugins: {name!r}: {why}.")


def _import_file(module_name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(module_name, file)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{file} can't be imported as a plugin.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _plugin_of(name: str, loaded: ModuleType | Plugin) -> Plugin:
    plugin = loaded if isinstance(loaded, Plugin) else getattr(loaded, "plugin", None)
    if not isinstance(plugin, Plugin):
        raise ConfigError(f"Plugin {name} has no `plugin = Plugin({name!r})`.")
    return plugin


def _shipped() -> Iterator[str]:
    package = importlib.util.find_spec("plugins")
    for folder in (package.submodule_search_locations or []) if package else []:
        for file in Path(folder).glob("[!_]*.py"):
            yield file.stem
