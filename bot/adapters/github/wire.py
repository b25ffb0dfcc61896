"""ghapi, tamed: it repeats nothing, follows nothing and takes no token from the environment by itself.

Threads: httpx2's client and its pool are made for several threads. ghapi keeps nothing between calls but the last headers, which we never
read: each answer brings its own; an operation is copied for each call. So a call needs no lock.
"""

import logging
import ssl
from collections.abc import Callable, Sequence
from copy import copy
from functools import cache
from typing import Any

import httpx2
from ghapi.core import APIError, GhApi, GhSyncTransport

API_VERSION = "2022-11-28"
TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
# All that a request can end in, but for programming mistakes.
FAILURES = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError)
# The dispatcher has about 8 threads. An idle connection is kept for less than the minute after which firewalls drop it silently.
_LIMITS = httpx2.Limits(max_connections=16, max_keepalive_connections=8, keepalive_expiry=20.0)


@cache
def trusted() -> ssl.SSLContext:
    """Return whom we trust. Reading the certificates takes 40 ms for each client: once will do."""
    return httpx2.create_ssl_context()


@cache
def operations() -> Any:
    """Return all of ghapi's operations, bound to no GitHub. Making them takes 300 ms: once will do."""
    # `authenticate=False`: an environment's GITHUB_JWT_TOKEN would win over what is configured.
    build: Any = GhApi  # its constructor has no types
    return build(gh_host="about:", sync=True, authenticate=False)


class Wire:
    """ghapi's calls over one pool of connections.

    Args:
        url: the API's address, without a slash at its end.
        before: called with each request before it is sent.
        after: called with each answer before its body is read.
    """

    def __init__(
        self,
        url: str,
        before: Sequence[Callable[[httpx2.Request], None]] = (),
        after: Sequence[Callable[[httpx2.Response], None]] = (),
    ) -> None:
        # At INFO it writes each address, and the address of a job's log is itself a key to it.
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        self.url = url
        self._http = httpx2.Client(
            verify=trusted(),
            timeout=TIMEOUT,
            limits=_LIMITS,
            follow_redirects=False,
            event_hooks={"request": [*before], "response": [*after]},
        )
        self._operations = operations()
        self._headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION, "User-Agent": "chatopsd"}
        made: Any = GhSyncTransport  # its constructor has no types
        self._transport = made(timeout=TIMEOUT, base_headers=self._headers)
        self._transport.client = self._http
        self._transport.follow_redirects = False  # it made a GET of a redirected POST, and "succeeded"
        self._transport.retries = 0  # a retry is the engine's decision

    def close(self) -> None:
        """Close the connections; calls under way fail."""
        self._http.close()

    def authorise(self, token: str) -> None:
        """Send `token` from the next request on."""
        self._headers["Authorization"] = f"Bearer {token}"

    def exchange(self, operation: str, **parameters: Any) -> httpx2.Response:
        """Send one request and return its 2xx answer, read in full.

        Args:
            operation: ghapi's name of the call, such as `git.get_ref`.

        Raises:
            one of `FAILURES`, as httpx2 raised it: ghapi's own wrapping calls every 5xx retryable.
        """
        group, name = operation.split(".")
        ours = copy(getattr(getattr(self._operations, group), name))
        ours.client, ours.base_url = self._transport, self.url
        try:
            response: httpx2.Response = ours(**parameters, raw_=True)
        except APIError as error:
            if isinstance(error.__cause__, httpx2.HTTPError):
                raise error.__cause__ from None
            raise
        return response

    def get(self, path: str) -> httpx2.Response:
        """Ask for a path that ghapi has no name for, and return its 2xx answer."""
        return self._http.get(self.url + path, headers=self._headers).raise_for_status()
