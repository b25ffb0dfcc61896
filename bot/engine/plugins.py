"""Who serves what: every handler of the plugins that are on, by what it serves."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.api import Command, Plugin, Registered
from bot.engine.arguments import usage_of
from bot.engine.loader import Loader
from bot.ports.errors import ConfigError
from bot.ports.events import Envelope, EnvelopeKind

# What somebody did on purpose, and must be told of when its plugin is off.
ASKED = frozenset({EnvelopeKind.CLICK, EnvelopeKind.SUBMISSION, EnvelopeKind.SHORTCUT})


@dataclass
class Registry:
    """Every handler that is served, by what it serves. Once it is in use it is never changed: another one takes its place."""

    commands: dict[str, Registered] = field(default_factory=dict)
    clicks: dict[str, Registered] = field(default_factory=dict)
    submissions: dict[str, Registered] = field(default_factory=dict)
    reactions: dict[str, Registered] = field(default_factory=dict)
    shortcuts: dict[str, Registered] = field(default_factory=dict)
    jobs: dict[str, Registered] = field(default_factory=dict)
    replies: list[Registered] = field(default_factory=list)
    homes: list[Registered] = field(default_factory=list)
    settings: dict[str, object] = field(default_factory=dict)  # plugin → what it made of [plugins.NAME]
    asleep: "Registry | None" = None  # what the plugins that are off would serve
    why_off: dict[str, str] = field(default_factory=dict)  # plugin that is off or broken → since when, by whom, how it is brought back

    @property
    def current(self) -> "Registry":
        """This one, whatever comes: for whoever has nothing to switch."""
        return self

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
                return _one(self.reactions.get(envelope.name) or self.reactions.get("*"))
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
        """Say whether anybody here has to do with it. Every command and mention is answered, if only by help; a button of a plugin that is off, too."""
        return envelope.kind in (EnvelopeKind.COMMAND, EnvelopeKind.MENTION) or bool(self.find(envelope) or self.find_asleep(envelope))

    def find_asleep(self, envelope: Envelope, command: str = "") -> Registered | None:
        """Return what would serve something that a person did on purpose, were its plugin on."""
        if self.asleep is None:
            return None
        if command:
            return self.asleep.commands.get(command)
        found = self.asleep.find(envelope) if envelope.kind in ASKED else []
        return found[0] if found else None

    def described(self) -> list[Command]:
        """Return every command as help shows it, by name."""
        return [
            Command(name, usage_of(found.handler), (found.handler.__doc__ or "").strip(), found.plugin)
            for name, found in sorted(self.commands.items())
        ]


def _one(found: Registered | None) -> list[Registered]:
    return [found] if found else []


def load(names: Iterable[str], folders: Iterable[Path], read_settings: Callable[[Plugin], object | None] = lambda _: None) -> Registry:
    """Load the named plugins, or none of them.

    Raises:
        ConfigError: plugins that can't be loaded; every one of them is named, with the reason.
    """
    registry, loader = Registry(), Loader(tuple(folders))
    problems: list[str] = []
    for name in names:
        try:
            plugin = loader.load(name)
            registry.add(plugin)
            registry.settings[name] = read_settings(plugin)
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))
    return registry
