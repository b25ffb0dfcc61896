"""Loki's HTTP API, as far as we use it, with its answers bounded and its refusals in our words."""

import json
import logging
import re
import ssl
from collections.abc import Mapping
from functools import cache
from time import monotonic
from typing import Any

import httpx2

from bot.core.endpoints import Endpoint
from bot.core.quoting import one_line
from bot.ports.errors import Unavailable

MOST_BYTES = 16 << 20  # of one answer; a larger one is asked for again in smaller pieces
TIMEOUT = httpx2.Timeout(60.0, connect=5.0)  # of each step; a byte now and then keeps within it for ever
DEADLINE_S = 120.0  # of a whole answer, its head included
_FAILURES = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError)
# What Loki says to a query whose time holds too much for it: max_query_bytes_read, max_querier_bytes_read, max_query_length.
# Source: https://grafana.com/docs/loki/latest/operations/troubleshooting/
_TOO_WIDE = re.compile(r"would read too many bytes|too large to execute on a single querier|query time range exceeds the limit")
_MOST_ENTRIES = re.compile(r"max entries limit per query exceeded.*> ([0-9]+)\)")


@cache
def _trusted() -> ssl.SSLContext:
    """Return whom we trust. Reading the certificates takes 40 ms for each client: once will do."""
    return httpx2.create_ssl_context()


class TooMuch(Exception):
    """More was asked for than is given. `most` is what the server allows, 0 when it did not say."""

    def __init__(self, text: str, most: int = 0) -> None:
        super().__init__(text)
        self.most = most


class TooWide(Exception):
    """Less time must be asked about at once. The text is Loki's own."""


class LokiClient:
    """Questions to one Loki, as one tenant."""

    def __init__(self, endpoint: Endpoint, tenant: str = "") -> None:
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        headers = {"User-Agent": "chatopsd", **endpoint.headers, **({"X-Scope-OrgID": tenant} if tenant else {})}
        # A stream is then told by its own labels alone, without those that belong to single lines.
        headers["X-Loki-Response-Encoding-Flags"] = "categorize-labels"
        self._url = endpoint.url
        self._deadline = 0.0  # by when the answer that is waited for is here
        self._http = httpx2.Client(verify=_trusted(), timeout=TIMEOUT, follow_redirects=False, headers=headers)

    def query_range(self, query: str, start: int, end: int, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` of the oldest lines from `start` on and before `end` (nanoseconds), by stream.

        Raises:
            Unavailable: Loki can't tell now, or does not take the query.
            TooMuch: the answer would be too large.
            TooWide: that time holds too much.
        """
        parameters = {"query": query, "start": start, "end": end, "limit": limit, "direction": "forward"}
        return self._result("query_range", parameters, "streams")

    def query(self, query: str, at: int) -> list[dict[str, Any]]:
        """Return what a query of numbers comes to at one time (nanoseconds).

        Raises:
            Unavailable, TooMuch, TooWide: as `query_range` does.
        """
        return self._result("query", {"query": query, "time": at}, "vector")

    def series(self, selector: str, start: int, end: int) -> list[dict[str, str]]:
        """Return the labels of each stream that a selector finds in a time (nanoseconds).

        Raises:
            Unavailable, TooMuch, TooWide: as `query_range` does.
        """
        found = self._get("series", {"match[]": selector, "start": start, "end": end})
        if not isinstance(found, list):
            raise Unavailable("Loki's answer has not the documented form.")
        return found

    def _result(self, path: str, parameters: dict[str, Any], kind: str) -> list[dict[str, Any]]:
        found = self._get(path, parameters)
        try:
            kind_found, result = found["resultType"], found["result"]
        except (KeyError, TypeError):
            raise Unavailable("Loki's answer has not the documented form.") from None
        if kind_found != kind:
            raise Unavailable(f"Loki's answer to this query is a {kind_found}, not {kind}: the query of a watch must give lines.")
        return list(result)

    def _get(self, path: str, parameters: dict[str, Any]) -> Any:
        self._deadline = monotonic() + DEADLINE_S
        asked = self._http.stream("GET", f"{self._url}/loki/api/v1/{path}", params=parameters, extensions={"trace": self._hear})
        try:
            with asked as response:
                status, headers, body = response.status_code, response.headers, _bounded(response)
        except _FAILURES as error:
            if monotonic() >= self._deadline:
                raise Unavailable(f"Loki's answer takes longer than {DEADLINE_S:g} s: it is not waited for.") from error
            raise Unavailable(f"Loki can't be reached: {error or type(error).__name__}.") from error
        if status != 200:
            raise _refusal(status, body.decode("utf-8", "replace"), headers.get("retry-after", ""))
        try:
            return json.loads(body)["data"]
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable("Loki's answer has not the documented form.") from error

    def _hear(self, event: str, about: Mapping[str, Any]) -> None:
        """Let what is read from a connection that was made, head and body, be read within the time of an answer.

        Source: https://www.encode.io/httpcore/extensions/#trace (what these events return is a `NetworkStream`)
        """
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        stream = about["return_value"]
        read = stream.read

        def timely(max_bytes: int, timeout: float | None = None) -> bytes:
            left = self._deadline - monotonic()
            if left <= 0:
                raise TimeoutError
            return bytes(read(max_bytes, left if timeout is None else min(timeout, left)))

        stream.read = timely


def _bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise TooMuch(f"Loki's answer is larger than {MOST_BYTES >> 20} MiB.")
    return bytes(body)


def _refusal(status: int, text: str, retry_after: str) -> Exception:
    """Return what a status other than 200 means, with Loki's own words, which are a line of plain text."""
    said = one_line(text.strip())[:300]
    most = _MOST_ENTRIES.search(text)
    if status == 400 and most:
        return TooMuch(said, int(most[1]))
    if status == 400 and _TOO_WIDE.search(text):
        return TooWide(said)
    wait = float(retry_after) if retry_after.isdecimal() else None
    match status:
        case 401 if "no org id" in text:
            hint = "it has several tenants: set `tenant` in the watch's source"
        case 401 | 403:
            hint = "check LOKI_TOKEN, or LOKI_USERNAME and LOKI_PASSWORD, and the tenant"
        case 404:
            hint = "LOKI_URL does not lead to Loki's API"
        case 400:
            hint = "check the watch's query; with `errors_only`, `errors` must be a pattern that Loki understands (RE2)"
        case 429:
            hint = "it limits how much is asked"
        case _:
            hint = "it is tried again"
    return Unavailable(f"Loki answers {status}: {hint}. It says: {said}", wait)
