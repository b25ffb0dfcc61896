"""Finds a plugin by its name, in the folders of `PLUGIN_PATH`, the `plugins` package and the entry points, and imports it afresh."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import CodeType, ModuleType

from bot.api import Plugin
from bot.ports.errors import ConfigError

ENTRY_POINTS = "chatopsd.plugins"


class UnknownPlugin(ConfigError):
    """There is no plugin of that name."""


class Loader:
    """Imports plugins. A plugin that is imported again is another module: handlers of the old one that still run keep what they know."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders

    def load(self, name: str) -> Plugin:
        """Import a plugin, anew when it was imported before.

        Raises:
            UnknownPlugin: there is none.
            ConfigError: it is none, or its import failed, with the reason.
        """
        try:
            return _plugin_of(name, self._import(name))
        except ConfigError:
            raise
        except (Exception, SystemExit) as error:  # its import runs its code: whatever it raises is the operator's to read
            raise ConfigError(f"Plugin {name} failed to load: {type(error).__name__}: {error}") from error

    def known(self) -> list[str]:
        """Return the names of all plugins that could be loaded here."""
        return sorted({*_installed(), *_shipped(), *(file.stem for folder in self._folders for file in folder.glob("[!_]*.py"))})

    def _import(self, name: str) -> ModuleType | Plugin:
        for folder in self._folders:
            file = folder / f"{name}.py"
            if file.is_file():
                return _import_file(f"chatopsd_plugin_{name}", file)
        if name.isidentifier() and importlib.util.find_spec(f"plugins.{name}"):
            return _import_afresh(f"plugins.{name}")
        point = _installed().get(name)
        if point is None:
            raise UnknownPlugin(f"chatops.plugins: {name!r}: there is no such plugin; known are {', '.join(self.known())}.")
        loaded = getattr(_import_afresh(point.module), point.attr) if point.attr else _import_afresh(point.module)
        if not isinstance(loaded, (ModuleType, Plugin)):
            raise ConfigError(f"chatops.plugins: {name!r}: its entry point is neither a module nor a Plugin.")
        return loaded


class _Unbuffered(SourceFileLoader):
    """Compiles what the file holds now: compiled code is told apart by the second and the size only, and a plugin may be edited twice in one."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _import_file(module_name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(module_name, file, loader=_Unbuffered(module_name, str(file)))
    if spec is None or spec.loader is None:
        raise ConfigError(f"{file} can't be imported as a plugin.")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(module_name)
    sys.modules[module_name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    except BaseException:
        _put_back(module_name, before)
        raise
    return module


def _import_afresh(module_name: str) -> ModuleType:
    importlib.invalidate_caches()
    inner = f"{module_name}."
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if name == module_name or name.startswith(inner)}
    try:
        return importlib.import_module(module_name)
    except BaseException:
        sys.modules.update(before)
        raise


def _put_back(module_name: str, before: ModuleType | None) -> None:
    if before is None:
        sys.modules.pop(module_name, None)
    else:
        sys.modules[module_name] = before


def _plugin_of(name: str, loaded: ModuleType | Plugin) -> Plugin:
    plugin = loaded if isinstance(loaded, Plugin) else getattr(loaded, "plugin", None)
    if not isinstance(plugin, Plugin):
        raise ConfigError(f"Plugin {name} has no `plugin = Plugin({name!r})`.")
    if plugin.name != name:
        raise ConfigError(f"Plugin {name} calls itself {plugin.name!r}; expected `plugin = Plugin({name!r})`.")
    return plugin


def _installed() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


def _shipped() -> Iterator[str]:
    package = importlib.util.find_spec("plugins")
    for folder in (package.submodule_search_locations or []) if package else []:
        yield from (file.stem for file in Path(folder).glob("[!_]*.py"))
        yield from (file.parent.name for file in Path(folder).glob("[!_]*/__init__.py"))
