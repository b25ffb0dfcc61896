"""The whole surface that a plugin may import: how it declares what it serves, what it is given, and what it answers with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.core.alerts import Alert, AlertState, FingerprintCount, Window
from bot.core.blocks import (
    Block,
    Message,
    actions,
    button,
    confirm,
    context,
    divider,
    fields,
    header,
    home,
    input_field,
    modal,
    option,
    preformatted,
    section,
    select,
    text_input,
)
from bot.core.configuration import Configuration, Environment, Service, Watch
from bot.core.durations import parse_duration, say_ago, say_duration
from bot.core.gates import Verdict
from bot.core.markup import Mrkdwn, code, escape, join, link, md, mention, pre, shorten
from bot.core.operation_card import operation_line
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.requests import OperationRequest, Prepared
from bot.core.versions import Suggestion, Version, parse_version
from bot.ports.errors import FieldErrors, Rejected, Unavailable, UserError
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.github import Run

__all__ = [
    "Alert",
    "AlertState",
    "Block",
    "Command",
    "Configuration",
    "Context",
    "Envelope",
    "EnvelopeKind",
    "Environment",
    "FieldErrors",
    "FingerprintCount",
    "Message",
    "Mrkdwn",
    "Operation",
    "OperationKind",
    "OperationRequest",
    "OperationState",
    "Plugin",
    "Prepared",
    "Proposal",
    "Rejected",
    "Run",
    "Service",
    "Suggestion",
    "Unavailable",
    "UserError",
    "Values",
    "Verdict",
    "Version",
    "Watch",
    "Window",
    "actions",
    "button",
    "code",
    "confirm",
    "context",
    "divider",
    "escape",
    "fields",
    "header",
    "home",
    "input_field",
    "join",
    "link",
    "md",
    "mention",
    "modal",
    "operation_line",
    "option",
    "parse_duration",
    "parse_version",
    "pre",
    "preformatted",
    "say_ago",
    "say_duration",
    "section",
    "select",
    "shorten",
    "text_input",
]

Handler = Callable[..., object]
H = TypeVar("H", bound=Handler)
Values = Mapping[str, Any]  # a modal's fields: block id → text, choice, or list of choices


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a service's next version could be. `last` is None before the first version."""

    service: str
    last: Version | None
    suggestion: Suggestion
    commits: int


class OperationsApi(Protocol):
    """Operations, as plugins ask for them. Every gate is checked in here, never by a plugin."""

    def prepare(self, request: OperationRequest, actor: str) -> Prepared:
        """Check a request against the configuration, the gates and GitHub, and pin the commit. Nothing is changed.

        Raises:
            FieldErrors: what is wrong, by field: service, environment, version, ref.
            UserError: it can't be done, whatever the fields.
            Unavailable: GitHub or Slack could not be asked.
        """

    def start(self, prepared: Prepared, actor: str, request_key: str) -> Operation:
        """Write the operation down and let it go. The same `request_key` gives the same operation, however often it is called.

        Raises:
            UserError: something else started there in the meantime.
        """

    def propose(self, service: str, ref: str = "") -> Proposal:
        """Propose the next version of a service from the commits since its last tag."""

    def past(self, service: str, environment: str = "") -> list[Operation]:
        """Return what succeeded in an environment before what is live there now, newest first, each version once.

        Raises:
            FieldErrors: there is no such service or environment.
        """

    def why_not(self, service: str, environment: str, version: str, actor: str) -> list[Verdict]:
        """Ask every gate at once whether a person could bring a version there now; "" leaves out what depends on the version.

        Raises:
            FieldErrors: there is no such service or environment.
        """

    def last_succeeded(self, service: str, environment: str) -> Operation | None:
        """Return what was last brought there with success."""

    def recent(self, limit: int = 10, service: str = "") -> list[Operation]:
        """Return the newest operations first."""

    def unfinished(self) -> list[Operation]:
        """Return the operations that are on their way, oldest first."""


class ApprovalsApi(Protocol):
    """Operations that wait for approval. Every decision is checked in here, and exactly one is taken.

    `digest` is the beginning of the digest that the button's message was drawn from: a button of another state of things decides nothing.
    Each raises `UserError` when the person may not decide, or it is decided already; its text says how things stand.
    """

    def approve(self, operation_id: str, digest: str, actor: str) -> Operation:
        """Add a person's approval; the last one that is needed lets the operation go."""

    def reject(self, operation_id: str, digest: str, actor: str, reason: str) -> Operation:
        """End the operation with a reason."""

    def withdraw(self, operation_id: str, digest: str, actor: str) -> Operation:
        """End the operation as who asked for it."""

    def check_waiting(self, operation_id: str, digest: str, actor: str) -> Operation:
        """Return the operation if the person may decide on it now."""

    def look_at_clock(self) -> None:
        """Expire what nobody approved in time, and remind the approvers once at half time."""


class UnknownsApi(Protocol):
    """Operations whose outcome is unknown. Each call asks for the permission that the operation itself took.

    Each raises `UserError` when the person may not decide, or somebody else has.
    """

    def candidates(self, operation_id: str, actor: str) -> list[Run]:
        """Return the runs that could be the operation's, oldest first."""

    def adopt(self, operation_id: str, run_id: int, actor: str) -> Operation:
        """Say that it did run, and which run it is."""

    def dispatch_again(self, operation_id: str, actor: str) -> Operation:
        """Say that it did not run, and send it once more; a run that turned up after all is adopted instead."""

    def give_up(self, operation_id: str, actor: str) -> Operation:
        """End it without knowing."""


class AlertsApi(Protocol):
    """Alerts, as plugins handle them."""

    def acknowledge(self, alert_id: str, by: str, note: str = "") -> Alert:
        """Mark an alert as taken. Idempotent; who had it first keeps it.

        Raises:
            UserError: there is no such alert.
        """

    def give_back(self, alert_id: str, by: str) -> Alert:
        """Make an alert nobody's again; only who has it can."""

    def open(self, channel: str = "") -> list[Alert]:
        """Return the open alerts, newest first."""

    def at(self, channel: str, ts: str) -> Alert | None:
        """Return the alert whose message, or whose thread's parent, stands there."""


class WatchesApi(Protocol):
    """Log watches."""

    def scan(self, watch: Watch) -> Window:
        """Read what is new, count it, and write window, checkpoints and alert down in one transaction.

        Raises:
            Unavailable: the source can't be read now.
        """

    def last_windows(self) -> list[tuple[Watch, Window | None]]:
        """Return every watch with its last window."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, as help shows it. `usage` is its arguments, `help` its docstring."""

    name: str
    usage: str
    help: str
    plugin: str


class Context(Protocol):
    """What a handler is given: who did what and where, and what can be done about it."""

    @property
    def envelope(self) -> Envelope: ...
    @property
    def actor(self) -> str:
        """The Slack user id of who acted; "chatopsd" for a scheduled job."""

    @property
    def channel(self) -> str:
        """The channel in which it was asked, or from which the form was opened; "" when there is none."""

    @property
    def configuration(self) -> Configuration: ...
    @property
    def operations(self) -> OperationsApi: ...
    @property
    def approvals(self) -> ApprovalsApi: ...
    @property
    def unknowns(self) -> UnknownsApi: ...
    @property
    def alerts(self) -> AlertsApi: ...
    @property
    def watches(self) -> WatchesApi: ...
    @property
    def commands(self) -> Sequence[Command]:
        """All commands, by name."""

    def now(self) -> datetime: ...

    def reply(self, message: str | Message) -> None:
        """Answer where it was asked: a slash command privately, a mention in its thread. A plain `str` is escaped."""

    def tell(self, message: str | Message) -> None:
        """Answer the person alone."""

    def say(self, channel: str, message: str | Message) -> None:
        """Post into a channel, for all to see."""

    def open_modal(self, view: Block) -> str:
        """Open a modal at once (Slack allows 3 s) and return its id.

        Raises:
            UserError: what was done can't open one (a mention, a scheduled job), or it came too late.
        """

    def update_modal(self, view_id: str, view: Block) -> None:
        """Replace a modal that is open. One that was closed meanwhile is no error."""

    def publish_home(self, view: Block) -> None:
        """Show `view` as the person's App Home."""

    def run_again(self, entry: str) -> None:
        """Handle once more what the same person asked before, as the button of a message of ours says.

        Raises:
            UserError: it was somebody else's, or it is forgotten.
        """

    def name_of(self, user: str) -> str:
        """Return a person's name to show, without mentioning them; the id when it can't be looked up."""

    def slash(self, command: str) -> str:
        """Return what people type for a command of ours in this workspace: "/release", "/acme-release" or "/ops live"."""


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
    """

    def __init__(self, name: str) -> None:
        self.name = name
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
        """Serve emoji put on, or taken off (`context.envelope.removed`), a message; called with (context)."""

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
