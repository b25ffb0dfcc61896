"""One REST request on its way: who asks, about which repository, and what handles it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.github.access import Token
from sandbox.github.answers import Answer, not_found
from sandbox.github.state import Repo

API_VERSIONS = ("2022-11-28", "2026-03-10")


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose token and repository have been found."""

    request: web.Request
    token: Token
    api_version: str
    of: Repo | None

    @property
    def repo(self) -> Repo:
        """The repository that the path names.

        Raises:
            Refusal: 404.
        """
        if self.of is None:
            raise not_found()
        return self.of

    @property
    def accept(self) -> str:
        return self.request.headers.get("Accept", "")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the REST API: its OpenAPI id, and the permission (`actions:write`; empty: none) that it needs."""

    method: str
    path: str
    operation: str
    permission: str
    handle: Callable[[Call], Awaitable[Answer]]
    auth: str = "token"  # or "app": a JSON web token
    is_free: bool = False  # whether it costs nothing of the rate limit
