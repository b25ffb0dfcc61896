"""What a handler is given, made for the envelope at hand."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from bot.api import (
    AlertsApi,
    ApprovalsApi,
    Command,
    DigestApi,
    LiveApi,
    LocksApi,
    OperationsApi,
    PluginsApi,
    ReviewsApi,
    RollbacksApi,
    RunsApi,
    TimelineApi,
    UnknownsApi,
    WatchesApi,
)
from bot.core.actors import DAEMON
from bot.core.blocks import Block, Message
from bot.core.configuration import Configuration
from bot.core.markup import code, md
from bot.engine.live import snapshot
from bot.engine.permissions import Permissions
from bot.engine.plugins import Registry
from bot.engine.storage import PluginStorage
from bot.ports.chat import Chat, ViewRef, Whisper
from bot.ports.clock import Clock
from bot.ports.errors import Rejected, UserError
from bot.ports.events import Envelope, EnvelopeKind
from bot.ports.journal import Journal, OutboxRow, Transaction


@dataclass(frozen=True, slots=True)
class Services:
    """All that contexts hand to plugins, the same for every one of them."""

    configuration: Configuration
    journal: Journal
    chat: Chat
    clock: Clock
    permissions: Permissions
    operations: OperationsApi
    approvals: ApprovalsApi
    unknowns: UnknownsApi
    runs: RunsApi
    live: LiveApi
    rollbacks: RollbacksApi
    alerts: AlertsApi
    watches: WatchesApi
    locks: LocksApi
    reviews: ReviewsApi
    again: Callable[[Envelope], object]  # takes an envelope in, as if it had just come
    plugins: PluginsApi
    timeline: TimelineApi
    digest: DigestApi


class HandlerContext:
    """The `Context` of one handler's run. See `bot.api.Context` for what each member promises."""

    def __init__(self, services: Services, envelope: Envelope) -> None:
        self._services = services
        self._held: list[OutboxRow] | None = None
        self.envelope = envelope
        self.actor = envelope.user or DAEMON
        self.channel = envelope.channel or _origin(envelope)
        self.configuration = snapshot(services.configuration)
        self.operations = services.operations
        self.approvals = services.approvals
        self.unknowns = services.unknowns
        self.runs = services.runs
        self.live = services.live
        self.rollbacks = services.rollbacks
        self.alerts = services.alerts
        self.watches = services.watches
        self.locks = services.locks
        self.reviews = services.reviews
        self.plugins = services.plugins
        self.timeline = services.timeline
        self.digest = services.digest
        self._registry = Registry()
        self.serve("")
        self._views: dict[str, ViewRef] = {}

    @property
    def commands(self) -> Sequence[Command]:
        return self._registry.described()

    def take(self, registry: Registry) -> None:
        """Keep to what is served at this moment, whatever takes its place meanwhile."""
        self._registry = registry

    def serve(self, plugin: str) -> None:
        """Give what belongs to the plugin whose handler runs next: its storage and its settings."""
        self.storage = PluginStorage(plugin, self._services.journal, self._services.clock)
        self.settings: Any = self._registry.settings.get(plugin)

    def hold_words(self) -> None:
        """Keep what is said from now on until `let_go`, so that it is written down together with the end of the handler."""
        self._held = self._held or []

    @property
    def only_whispers(self) -> bool:
        """Tell whether all that was said is held back, and for the person who asked alone."""
        return self._held is not None and all(row.whisper for row in self._held)

    def let_go(self, tx: Transaction) -> None:
        """Write down what was held back; from then on nothing is."""
        for row in self._held or ():
            tx.outbox.put(row, self.now())
        self._held = None

    def now(self) -> datetime:
        return self._services.clock.now()

    def reply(self, message: str | Message) -> None:
        envelope = self.envelope
        if envelope.kind in (EnvelopeKind.MENTION, EnvelopeKind.REPLY):
            # Words in a direct message are answered beside them, words in a channel in their thread.
            thread = envelope.thread_ts or ("" if envelope.channel.startswith("D") else envelope.message_ts)
            self._put(OutboxRow(envelope.channel, _message(message), thread_ts=thread))
        else:
            self.tell(message)

    def redraw(self, message: str | Message) -> None:
        self._whisper(message, replace=self.envelope.kind is EnvelopeKind.CLICK)

    def tell(self, message: str | Message) -> None:
        self._whisper(message)

    def _whisper(self, message: str | Message, *, replace: bool = False) -> None:
        whisper = Whisper(self.actor, self.channel, self.envelope.thread_ts, self.envelope.response_url, replace)
        self._put(OutboxRow(self.channel or f"@{self.actor}", _message(message), whisper=whisper))

    def say(self, channel: str, message: str | Message) -> None:
        self._put(OutboxRow(channel, _message(message)))

    def open_modal(self, view: Block) -> str:
        if not self.envelope.trigger_id:
            raise UserError("That needs a form, and only a slash command or a button can open one.")
        view = self._with_origin(view)
        try:
            opened = self._services.chat.open_view(self.envelope.trigger_id, view)
        except Rejected as error:
            if error.code not in (
                "expired_trigger_id",
                "exchanged_trigger_id",
                "trigger_expired",
                "trigger_exchanged",
                "invalid_trigger_id",
            ):
                raise
            raise UserError("The form came too late for Slack, which allows three seconds. Nothing was done: please try again.") from error
        self._views[opened.id] = opened
        return opened.id

    def update_modal(self, view_id: str, view: Block) -> None:
        view = self._with_origin(view)
        try:
            drawn = self._services.chat.update_view(self._views.get(view_id, ViewRef(view_id)), view)
        except Rejected as error:
            # It was closed, or somebody who came later drew it anew: their drawing stands.
            if error.code not in ("not_found", "hash_conflict"):
                raise
            return
        self._views[view_id] = drawn

    def publish_home(self, view: Block) -> None:
        self._services.chat.publish_home(self.actor, view)

    def run_again(self, entry: str) -> None:
        with self._services.journal.read() as tx:
            found = tx.inbox.get(int(entry)) if entry.isdecimal() else None
        if found is None:
            raise UserError("I have forgotten what that was. Please ask for it anew.")
        if found.envelope.user != self.actor:
            raise UserError(f"Only {self.name_of(found.envelope.user)}, who asked for it, can run it again.")
        fresh = replace(
            found.envelope,
            key=f"again:{entry}",  # whoever clicks twice asks once
            received_at=self.now(),
            trigger_id=self.envelope.trigger_id,
            response_url=self.envelope.response_url,
        )
        self._services.again(fresh)

    def name_of(self, user: str) -> str:
        return DAEMON if user == DAEMON else self._services.permissions.name_of(user)

    def zone_of(self, user: str) -> tzinfo:
        return ZoneInfo(self._services.permissions.zone_of(user))

    def slash(self, command: str) -> str:
        return slash(self.configuration, command)

    def _with_origin(self, view: Block) -> Block:
        """Remember in a form where it was asked for: its submission does not say."""
        return view if view.get("private_metadata") else {**view, "private_metadata": json.dumps({"channel": self.channel})}

    def _put(self, row: OutboxRow) -> None:
        if self.storage.open is not None:
            self.storage.open.outbox.put(row, self.now())
            return
        if self._held is not None:
            self._held.append(row)
            return
        with self._services.journal.begin() as tx:
            tx.outbox.put(row, self.now())


def _origin(envelope: Envelope) -> str:
    try:
        return str(json.loads(envelope.private_metadata or "{}").get("channel", ""))
    except (ValueError, AttributeError):
        return ""


def _message(message: str | Message) -> Message:
    return message if isinstance(message, Message) else Message.of(message)


# Slack knows these as commands of the workspace; any other is reached through /ops.
OWN_SLASH = frozenset({"release", "deploy", "rollback", "tag", "ack", "ops"})


def slash(configuration: Configuration, command: str) -> str:
    """Return what people type for a command of ours."""
    if command not in OWN_SLASH:
        return f"{slash(configuration, 'ops')} {command}"
    return "/" + configuration.command_names.get(command, configuration.command_prefix + command).lstrip("/")


def command_of(configuration: Configuration, typed: str) -> str:
    """Return which command of ours a slash command is: `/acme-release` → `release`."""
    name = typed.lstrip("/")
    renamed = {theirs.lstrip("/"): ours for ours, theirs in configuration.command_names.items()}
    return renamed.get(name) or name.removeprefix(configuration.command_prefix.lstrip("/"))


def crash_line(what: str, reference: str) -> Message:
    """Return the one polite line for a handler that crashed."""
    return Message.of(md("Something broke in {}; nothing more was done. It is in my log as {}.", code(what), code(reference)))
