"""The part of a handler's context that the log watch's plugins use, over real engines, and what was said through it."""

from datetime import datetime, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

from bot.api import Configuration, Context, Envelope, EnvelopeKind, Message
from plugins.ack import Settings
from tests.engine.log_world import LogWorld


class SpokenContext:
    """A `Context` that remembers what was said."""

    def __init__(self, world: LogWorld, envelope: Envelope) -> None:
        self._world = world
        self.envelope = envelope
        self.actor = envelope.user or "chatopsd"
        self.alerts = world.alerts
        self.watches = world.watches
        self.said: list[str] = []
        self.shown: list[Message] = []
        self.settings = Settings()

    @property
    def configuration(self) -> Configuration:
        return self._world.configuration

    def now(self) -> datetime:
        return self._world.clock.now()

    def reply(self, message: str | Message) -> None:
        self.shown.append(message if isinstance(message, Message) else Message.of(message))
        self.said.append(self.shown[-1].text)

    tell = redraw = reply

    def name_of(self, user: str) -> str:
        return self._world.name_of(user)

    def zone_of(self, _user: str) -> tzinfo:
        return ZoneInfo("Europe/Berlin")

    def slash(self, command: str) -> str:
        return f"/{command}"


def context(world: LogWorld, kind: EnvelopeKind, user: str = "U0ANN", **fields: object) -> SpokenContext:
    """Make a context for one thing that reached the bot."""
    return SpokenContext(world, Envelope(kind, "key", world.clock.now(), user=user, **fields))  # type: ignore[arg-type]


def as_context(spoken: SpokenContext) -> Context:
    """Hand it to a plugin: what it lacks, these plugins never ask for."""
    return cast(Context, spoken)
