"""A plugin: what it serves, declared with decorators on plain functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from bot.core.durations import parse_duration

Handler = Callable[..., object]
H = TypeVar("H", bound=Handler)
Values = Mapping[str, Any]  # a modal's fields: block id → text, choice, or list of choices


@dataclass(frozen=True, slots=True)
class Registered:
    """A handler and what it serves."""

    plugin: str
    name: str
    handler: Handler
    repeatable: bool = False  # may run again from its start after a crash
    every: timedelta | None = None
    each_watch: bool = False


class Plugin:
    """One feature: what it serves is declared with decorators on plain functions.

    A plugin is a module with one `plugin = Plugin("name")`. Each handler's first argument is a `Context`.

    Args:
        name: its name in `chatops.plugins`.
        settings: a dataclass; the table `[plugins.NAME]` is checked against it, and handlers find it as `ctx.settings`.
    """

    def __init__(self, name: str, settings: type[Any] | None = None) -> None:
        self.name = name
        self.settings = settings
        self.commands: dict[str, Registered] = {}
        self.clicks: dict[str, Registered] = {}
        self.submissions: dict[str, Registered] = {}
        self.reactions: dict[str, Registered] = {}
        self.replies: list[Registered] = []
        self.shortcuts: dict[str, Registered] = {}
        self.homes: list[Registered] = []
        self.jobs: dict[str, Registered] = {}

    def command(self, name: str, *, repeatable: bool = False) -> Callable[[H], H]:
        """Serve `/name …`, `/ops name …` and `@bot name …`.

        The function's parameters after the context are the arguments, by position; keyword-only ones are flags (`--dry-run`, `--notes "…"`).
        Its docstring is its help. `repeatable` handlers run again when a crash cut them off; what they say is posted when they have ended, so that it
        is said once.
        """
        return self._register(self.commands, name, repeatable)

    def action(self, action_id: str, *, repeatable: bool = False) -> Callable[[H], H]:
        """Serve a button or menu whose action id is `action_id`, or begins with it and a colon; called with (context, value)."""
        return self._register(self.clicks, action_id, repeatable)

    def view(self, callback_id: str, *, repeatable: bool = False) -> Callable[[H], H]:
        """Serve the submission of a modal; called with (context, values). It may raise `FieldErrors`."""
        return self._register(self.submissions, callback_id, repeatable)

    def reaction(self, *names: str) -> Callable[[H], H]:
        """Serve emoji put on, or taken off (`context.envelope.removed`), a message; "*" is every one that nobody else serves; called with (context)."""

        def register(handler: H) -> H:
            for name in names:
                self._add(self.reactions, Registered(self.name, name, handler, repeatable=True))
            return handler

        return register

    def reply(self, handler: H) -> H:
        """Serve what people write in threads; called with (context, text). It returns True when the words were meant for it."""
        self.replies.append(Registered(self.name, "reply", handler, repeatable=True))
        return handler

    def shortcut(self, callback_id: str) -> Callable[[H], H]:
        """Serve a global or message shortcut; called with (context)."""
        return self._register(self.shortcuts, callback_id, False)

    def home(self, handler: H) -> H:
        """Draw App Home when somebody opens it; called with (context)."""
        self.homes.append(Registered(self.name, "home", handler, repeatable=True))
        return handler

    def every(self, interval: timedelta | str) -> Callable[[H], H]:
        """Run a job at an interval ("15m"), never twice at the same time; called with (context)."""
        pace = parse_duration(interval) if isinstance(interval, str) else interval

        def register(handler: H) -> H:
            name = f"{self.name}.{handler.__name__}"
            self._add(self.jobs, Registered(self.name, name, handler, repeatable=True, every=pace))
            return handler

        return register

    def each_watch(self, handler: H) -> H:
        """Run a job for each configured watch, at the watch's own pace; called with (context, watch)."""
        name = f"{self.name}.{handler.__name__}"
        self._add(self.jobs, Registered(self.name, name, handler, repeatable=True, each_watch=True))
        return handler

    def _register(self, shelf: dict[str, Registered], name: str, repeatable: bool) -> Callable[[H], H]:
        def register(handler: H) -> H:
            self._add(shelf, Registered(self.name, name, handler, repeatable=repeatable))
            return handler

        return register

    def _add(self, shelf: dict[str, Registered], registered: Registered) -> None:
        if registered.name in shelf:
            raise ValueError(f"Plugin {self.name} serves {registered.name!r} twice.")
        shelf[registered.name] = registered
