"""Answers that GitHub gave before: asked again with their ETag, an unchanged one costs nothing of the rate limit.

An ETag is tied to the token: after a rotation GitHub answers in full, and the new answer replaces the old.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import httpx2

_PINNED = "chatops.known_answer"


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """The body of one earlier answer, as it came."""

    etag: str
    content: bytes


class Etags:
    """A bounded memory of answers by their URL; the one unused for longest goes first. Safe to use from several threads.

    Args:
        max_entries: how many answers are kept.
        max_bytes: how large they may be together. One tag list of 10,000 tags is about 4 MB.
    """

    def __init__(self, max_entries: int = 512, max_bytes: int = 24 * 1024 * 1024) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._known: OrderedDict[str, KnownAnswer] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def ask(self, request: httpx2.Request) -> None:
        """Make a GET conditional when its answer is known. It is pinned to the request, so that it can't be evicted meanwhile."""
        if request.method != "GET":
            return
        with self._lock:
            known = self._known.get(str(request.url))
            if known is None:
                return
            self._known.move_to_end(str(request.url))
        request.headers["If-None-Match"] = known.etag
        request.extensions = {**request.extensions, _PINNED: known}

    def recall(self, response: httpx2.Response) -> bytes | None:
        """Return the body that a 304 stands for; None when this was not asked conditionally."""
        known = response.request.extensions.get(_PINNED)
        return known.content if isinstance(known, KnownAnswer) else None

    def remember(self, response: httpx2.Response) -> None:
        """Keep the answer of a GET that came in full and carries an ETag."""
        etag = response.headers.get("etag")
        if response.request.method != "GET" or response.status_code != 200 or not etag or len(response.content) > self._max_bytes // 2:
            return
        url = str(response.request.url)
        with self._lock:
            self._forget(url)
            self._known[url] = KnownAnswer(etag, response.content)
            self._bytes += len(response.content)
            while len(self._known) > self._max_entries or self._bytes > self._max_bytes:
                self._forget(next(iter(self._known)))

    def _forget(self, url: str) -> None:
        gone = self._known.pop(url, None)
        self._bytes -= len(gone.content) if gone else 0
