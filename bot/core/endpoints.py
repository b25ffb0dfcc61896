"""Servers that the operator named: their address, and how to sign in there."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.redaction import Secret

_NONE = Secret("")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server's address, without a slash at its end, and a token, or a user and a password, or nothing of it."""

    url: str
    token: Secret = _NONE
    username: str = ""
    password: Secret = _NONE

    @property
    def headers(self) -> Mapping[str, str]:
        """What signs a request: bearer or basic authentication."""
        if self.token.value:
            return {"Authorization": f"Bearer {self.token.value}"}
        if self.username:
            pair = f"{self.username}:{self.password.value}".encode()
            return {"Authorization": f"Basic {b64encode(pair).decode()}"}
        return {}

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must never be shown, as it is set and as it is sent."""
        sent = [Secret(value.partition(" ")[2]) for value in self.headers.values()]
        return (*(each for each in (self.token, self.password) if each.value), *sent)
