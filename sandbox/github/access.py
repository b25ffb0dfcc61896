"""Who asks the REST API, what they may do, and how much they may ask."""

import base64
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.github.accounts import APP, BOT
from sandbox.github.answers import Refusal, not_found
from sandbox.world import World

TOKEN = "sandbox-github-token"  # noqa: S105 - the world's well-known token
HOURLY = 5000
_LEVELS = {None: 0, "read": 1, "write": 2, "admin": 3}
_ALL = dict.fromkeys(("actions", "contents", "deployments", "checks", "statuses", "pull_requests", "environments"), "write")
_SECONDARY_WAIT_S = 5
_WRITES_APART_S = 1.0


@dataclass(slots=True)
class Token:
    """A token with what it may do. `repos` None means all of them; permissions are those of fine-grained tokens."""

    value: str
    login: str = BOT
    permissions: dict[str, str] = field(default_factory=lambda: {**_ALL, "metadata": "read"})
    repos: frozenset[str] | None = None
    expires_at: datetime | None = None
    is_app: bool = False

    def sees(self, full_name: str) -> bool:
        """Tell whether a repository exists for this token."""
        return self.repos is None or full_name.casefold() in self.repos

    def may(self, permission: str, level: str) -> bool:
        """Tell whether the token has a permission at a level."""
        return _LEVELS[self.permissions.get(permission)] >= _LEVELS[level]


@dataclass(slots=True)
class _Budget:
    remaining: int
    resets_at: datetime
    last_write: datetime | None = None


class Access:
    """All tokens, and each one's budget of requests."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens = {TOKEN: Token(TOKEN)}
        self._budgets: dict[str, _Budget] = {}
        self._numbers = itertools.count(1)
        self.secondary = False

    def add(self, token: Token) -> None:
        self._tokens[token.value] = token

    def revoke(self, value: str) -> None:
        self._tokens.pop(value, None)

    def token_of(self, request: web.Request) -> Token:
        """Return who asks.

        Raises:
            Refusal: 401.
        """
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        token = self._tokens.get(value.strip()) if scheme.lower() in ("bearer", "token") else None
        if token is None or (token.expires_at and token.expires_at <= self._world.clock.now()):
            raise Refusal(401, "Bad credentials" if value else "Requires authentication")
        return token

    def require(self, token: Token, permission: str, *, full_name: str | None) -> None:
        """Let the token through to a repository, with a permission such as `actions:write`.

        Raises:
            Refusal: 404 for a repository that it cannot see, 403 for what it may not do.
        """
        if full_name is not None and not token.sees(full_name):
            raise not_found()
        name, _, level = permission.partition(":")
        if permission and not token.may(name, level):
            kind = "integration" if token.is_app else "personal access token"
            asked = {"X-Accepted-GitHub-Permissions": f"{name}={level}"}
            raise Refusal(403, f"Resource not accessible by {kind}", headers=asked)

    def app_of(self, request: web.Request) -> None:
        """Check an app's JSON web token: its form, its claims and its times, but not its signature (the sandbox has no key).

        Raises:
            Refusal: 401.
        """
        try:
            head, claims, _ = (_decoded(part) for part in request.headers.get("Authorization", "").partition(" ")[2].split("."))
            issued, expires, issuer = float(claims["iat"]), float(claims["exp"]), claims["iss"]
        except (ValueError, KeyError, TypeError) as error:
            raise Refusal(401, "A JSON web token could not be decoded") from error
        now = self._world.clock.timestamp()
        if head.get("alg") != "RS256" or not issuer:
            raise Refusal(401, "A JSON web token could not be decoded")
        if issued > now + 60:
            raise Refusal(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
        if not now < expires <= now + 11 * 60:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")

    def install(self, repos: frozenset[str] | None, permissions: dict[str, str]) -> Token:
        """Make an app's installation token: valid for an hour, narrowed as asked."""
        expires = self._world.clock.now() + timedelta(hours=1)
        granted = {**(permissions or _ALL), "metadata": "read"}
        token = Token(f"ghs_sandbox{next(self._numbers):030d}", APP, granted, repos, expires, is_app=True)
        self.add(token)
        return token

    def set_remaining(self, remaining: int) -> None:
        """Leave so many requests to every token."""
        for token in self._tokens.values():
            self._budget(token).remaining = remaining

    def budget(self, token: Token) -> dict[str, int]:
        """Return limit, remaining, used and reset, as GET /rate_limit shows them."""
        budget = self._budget(token)
        left = max(0, budget.remaining)
        return {"limit": HOURLY, "used": HOURLY - left, "remaining": left, "reset": int(budget.resets_at.timestamp())}

    def headers(self, token: Token) -> dict[str, str]:
        """Return the rate-limit headers of an answer."""
        return {f"x-ratelimit-{name}": str(value) for name, value in self.budget(token).items()} | {"x-ratelimit-resource": "core"}

    def give_back(self, token: Token) -> None:
        """Undo the count of a request that was answered by 304."""
        self._budget(token).remaining += 1

    def count(self, token: Token, method: str) -> None:
        """Count a request.

        Raises:
            Refusal: 403 for either limit.
        """
        budget, now = self._budget(token), self._world.clock.now()
        if budget.remaining <= 0:
            raise Refusal(403, f"API rate limit exceeded for user ID {token.login}. If you reach out to GitHub Support for help, say so.")
        budget.remaining -= 1
        if method in ("GET", "HEAD"):
            return
        if self.secondary and budget.last_write and (now - budget.last_write).total_seconds() < _WRITES_APART_S:
            message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            raise Refusal(403, message, headers={"Retry-After": str(_SECONDARY_WAIT_S)})
        budget.last_write = now

    def _budget(self, token: Token) -> _Budget:
        now = self._world.clock.now()
        budget = self._budgets.get(token.value)
        if budget is None or budget.resets_at <= now:
            budget = self._budgets[token.value] = _Budget(HOURLY, now + timedelta(hours=1))
        return budget


def _decoded(part: str) -> Mapping[str, Any]:
    padded = part + "=" * (-len(part) % 4)
    try:
        value = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        return {}  # the signature is no JSON
    return value if isinstance(value, dict) else {}
