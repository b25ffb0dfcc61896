"""Posts to response_urls, over connections that stay open: most of what a command says goes this way, and a handshake costs more than the answer."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection, InvalidURL, RemoteDisconnected
from typing import NamedTuple
from urllib.error import URLError
from urllib.parse import SplitResult, urlsplit

KEPT = 32  # connections
KEPT_FOR_S = 15.0  # after their last answer

_HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "chatopsd"}
# How it looks when the other side has closed a connection that was kept, be it in this moment.
_CLOSED = (
    RemoteDisconnected,
    ConnectionResetError,
    BrokenPipeError,
    ConnectionAbortedError,
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
)


class Answered(NamedTuple):
    """What came back. `retry_after` is the header of that name, "" without one."""

    status: int
    text: str
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    host: tuple[str, str]
    connection: HTTPConnection
    until: float


class ResponseUrls:
    """May be used from any thread. What goes through a proxy is not for this.

    Args:
        context: for https; None makes one at the first need.
        timeout_s: for connecting, and for each wait for something to come.
    """

    def __init__(self, context: ssl.SSLContext | None, timeout_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._kept: list[_Kept] = []
        self._lock = threading.Lock()

    def post(self, url: str, body: Mapping[str, object]) -> Answered:
        """Post, and return the answer; a redirect is not followed.

        On a connection that turns out to be closed it is posted once more, on a new one: what is shown to one person may be shown again.

        Raises:
            ValueError: it is no address.
            URLError: it was not sent.
            OSError, HTTPException: it may have been.
        """
        address = urlsplit(url)
        content = json.dumps(body).encode()
        try:
            return self._post(address, content)
        except InvalidURL as error:
            raise ValueError(str(error)) from error

    def _post(self, address: SplitResult, content: bytes) -> Answered:
        kept = self._take(address)
        if kept is not None:
            try:
                return self._exchange(kept, address, content)
            except _CLOSED:
                kept.close()
            except BaseException:
                kept.close()
                raise
        fresh = self._connect(address)
        try:
            return self._exchange(fresh, address, content)
        except BaseException:
            fresh.close()
            raise

    def _exchange(self, connection: HTTPConnection, address: SplitResult, content: bytes) -> Answered:
        target = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
        connection.request("POST", target, content, _HEADERS)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        self._give_back(connection, address, response)
        return Answered(response.status, text, response.headers.get("Retry-After", ""))

    def _connect(self, address: SplitResult) -> HTTPConnection:
        host = address.hostname or ""
        if address.scheme == "https":
            self._context = self._context or ssl.create_default_context()
            connection: HTTPConnection = HTTPSConnection(host, address.port, timeout=self._timeout_s, context=self._context)
        else:
            connection = HTTPConnection(host, address.port, timeout=self._timeout_s)
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise URLError(error) from error
        return connection

    def _take(self, address: SplitResult) -> HTTPConnection | None:
        now = self._monotonic()
        with self._lock:
            old = [kept for kept in self._kept if kept.until <= now]
            self._kept = [kept for kept in self._kept if kept.until > now]
            newest = next((kept for kept in reversed(self._kept) if kept.host == _host(address)), None)
            if newest is not None:
                self._kept.remove(newest)
        for kept in old:
            kept.connection.close()
        return newest.connection if newest else None

    def _give_back(self, connection: HTTPConnection, address: SplitResult, response: HTTPResponse) -> None:
        with self._lock:
            keeps = not response.will_close and len(self._kept) < KEPT
            if keeps:
                self._kept.append(_Kept(_host(address), connection, self._monotonic() + KEPT_FOR_S))
        if not keeps:
            connection.close()


def _host(address: SplitResult) -> tuple[str, str]:
    return address.scheme, address.netloc
