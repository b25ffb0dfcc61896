"""The list of Web API methods, and what each needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.parts import Parts
from sandbox.slack.state import BOT_USER, Channel, Message
from sandbox.slack.tokens import Token


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method that passed the door."""

    slack: Parts
    args: Arguments
    token: Token

    def channel(self, name: str = "channel") -> Channel:
        """Return the conversation that an argument names: by id, by `#name`, or the direct messages of a user id.

        Raises:
            SlackError: `channel_not_found`; the bot does not see conversations of others.
        """
        wanted = self.args.text(name)
        workspace = self.slack.workspace
        if wanted in workspace.people and wanted != BOT_USER:
            return workspace.direct_channel(wanted)
        found = workspace.channels.get(wanted)
        if found is None:
            found = next((c for c in workspace.channels.values() if c.name == wanted.removeprefix("#") and not c.is_im), None)
        if found is None or (found.is_private and BOT_USER not in found.members):
            raise SlackError("channel_not_found")
        return found

    def need_scope_for(self, channel: Channel, verb: str) -> None:
        """Check the scope for this kind of conversation, such as `channels:history`.

        Raises:
            SlackError: `missing_scope`.
        """
        prefix = {"im": "im", "group": "groups", "channel": "channels"}[channel.kind]
        need_scope(self.token, f"{prefix}:{verb}")

    def message(self, channel: Channel, ts: str) -> Message:
        """Return a message that everyone sees.

        Raises:
            SlackError: `message_not_found`.
        """
        message = channel.messages.get(ts)
        if message is None or message.ephemeral_to or message.content.get("subtype") == "tombstone":
            raise SlackError("message_not_found")
        return message


Run = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """A method of the Web API. Any one of `scopes` is enough; none: no scope needed."""

    run: Run
    scopes: tuple[str, ...]
    required: tuple[str, ...]
    app_level: bool = False
    any_token: bool = False


METHODS: dict[str, Method] = {}


def method(
    name: str, *scopes: str, required: tuple[str, ...] = (), app_level: bool = False, any_token: bool = False
) -> Callable[[Run], Run]:
    """Enter a function as a method of the Web API."""

    def enter(run: Run) -> Run:
        METHODS[name] = Method(run, scopes, required, app_level, any_token)
        return run

    return enter


def need_scope(token: Token, *scopes: str) -> None:
    """Check that a token has any of the scopes.

    Raises:
        SlackError: `missing_scope`, with what is needed and what the token has.
    """
    if scopes and not set(scopes) & set(token.scopes):
        raise SlackError("missing_scope", needed=",".join(scopes), provided=",".join(token.scopes))
