"""What authorises a request: where a token comes from, and what happens when GitHub does not accept it."""

from typing import Protocol

from bot.core.configuration import GitHubReach
from bot.core.redaction import Secret


class Tokens(Protocol):
    """Where the token of the next request comes from.

    Attributes:
        setting: the name of the setting that an operator would change.
    """

    @property
    def setting(self) -> str: ...

    def current(self) -> str:
        """Return a token that GitHub should accept now."""

    def refused(self, token: str) -> bool:
        """Take note that GitHub did not accept `token`; True when another one may be had by asking again."""

    def narrow(self, reach: GitHubReach) -> None:
        """Let the next token reach this, where that can be chosen. Nothing is asked."""

    def close(self) -> None:
        """Close whatever was opened to get tokens."""


class FixedToken:
    """A personal access token from the environment."""

    setting = "GITHUB_TOKEN"

    def __init__(self, token: Secret) -> None:
        self._token = token

    def current(self) -> str:
        return self._token.value

    def refused(self, token: str) -> bool:
        return False

    def narrow(self, reach: GitHubReach) -> None:
        """Leave it as it is: whoever made it chose what it reaches."""

    def close(self) -> None:
        """Close nothing: there are no connections."""
