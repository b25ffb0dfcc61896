"""Who calls the Web API: tokens, what they may do, and what Slack answers to a wrong one."""

from dataclasses import dataclass

from sandbox.slack.errors import SlackError
from sandbox.slack.world_start import BOT_SCOPES


@dataclass(slots=True)
class Token:
    """A token and its scopes."""

    text: str
    scopes: tuple[str, ...]
    is_app_level: bool = False
    revoked: bool = False


class Tokens:
    """All tokens of the app, by their text."""

    def __init__(self) -> None:
        known = (
            Token("xoxb-sandbox-bot", BOT_SCOPES),
            Token("xapp-sandbox-app", ("connections:write",), is_app_level=True),
        )
        self._tokens = {token.text: token for token in known}

    def check(self, text: str | None, needs_app_level: bool, either: bool = False) -> Token:
        """Return the token that a caller may use for a method.

        Raises:
            SlackError: there is none, nobody knows it, it was revoked, or it is of the wrong kind.
        """
        if not text:
            raise SlackError("not_authed")
        token = self._tokens.get(text)
        if token is None:
            raise SlackError("invalid_auth")
        if token.revoked:
            raise SlackError("token_revoked")
        if token.is_app_level != needs_app_level and not either:
            raise SlackError("not_allowed_token_type")
        return token

    def change(self, text: str, revoke: bool | None, scopes: list[str] | None) -> None:
        """Revoke a token, give it back, or change its scopes; an unknown text becomes a token."""
        token = self._tokens.setdefault(text, Token(text, BOT_SCOPES, is_app_level=text.startswith("xapp-")))
        if revoke is not None:
            token.revoked = revoke
        if scopes is not None:
            token.scopes = tuple(scopes)
