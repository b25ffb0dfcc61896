"""The context of one handler's run: who did what and where, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol

from bot.core.blocks import Block, Message
from bot.core.configuration import Configuration
from bot.handles.alerts import AlertsApi, WatchesApi
from bot.handles.digest import DigestApi
from bot.handles.live import LiveApi
from bot.handles.locks import LocksApi
from bot.handles.operations import ApprovalsApi, OperationsApi, UnknownsApi
from bot.handles.plugins import PluginsApi, Storage
from bot.handles.reviews import ReviewsApi
from bot.handles.rollbacks import RollbacksApi
from bot.handles.runs import RunsApi
from bot.handles.timeline import TimelineApi
from bot.ports.events import Envelope


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
    def runs(self) -> RunsApi: ...
    @property
    def live(self) -> LiveApi: ...
    @property
    def rollbacks(self) -> RollbacksApi: ...
    @property
    def alerts(self) -> AlertsApi: ...
    @property
    def watches(self) -> WatchesApi: ...
    @property
    def locks(self) -> LocksApi: ...
    @property
    def digest(self) -> DigestApi: ...
    @property
    def timeline(self) -> TimelineApi: ...
    @property
    def reviews(self) -> ReviewsApi: ...
    @property
    def plugins(self) -> PluginsApi: ...
    @property
    def storage(self) -> Storage:
        """What the plugin whose handler runs keeps."""

    @property
    def settings(self) -> Any:
        """What the plugin whose handler runs declared as its settings, filled from `[plugins.NAME]`; None when it declared none."""

    @property
    def commands(self) -> Sequence[Command]:
        """All commands, by name."""

    def now(self) -> datetime: ...

    def reply(self, message: str | Message) -> None:
        """Answer where it was asked: a slash command privately, a mention in its thread. A plain `str` is escaped."""

    def redraw(self, message: str | Message) -> None:
        """Put a message in the place of the one whose button was clicked; where that can't be done any more, tell it anew."""

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

    def zone_of(self, user: str) -> tzinfo:
        """Return a person's time zone; UTC when it can't be looked up."""

    def slash(self, command: str) -> str:
        """Return what people type for a command of ours in this workspace: "/release", "/acme-release" or "/ops live"."""
