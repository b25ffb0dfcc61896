"""What the port's calls go through: asked once, translated into our errors, with GitHub's clock and ETags kept on the way."""

import json
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2

from bot.adapters.github import errors
from bot.adapters.github.etags import Etags
from bot.adapters.github.tokens import Tokens
from bot.adapters.github.wire import FAILURES, TIMEOUT, Wire, trusted
from bot.core.configuration import GitHubReach
from bot.ports.clock import Clock
from bot.ports.errors import ChatopsError, ConfigError, OutcomeUnknown, Unavailable
from bot.ports.github import Quota

T = TypeVar("T")

PAGE_SIZE = 100  # GitHub's largest
_MAX_PAGES = 100
_BY_NAME, _BY_NUMBER = re.compile(r"/repos/([^/]+/[^/]+)"), re.compile(r"/repositories/(\d+)")


class Client:
    """The calls of ghapi with our errors.

    Args:
        url: the API's address: `https://api.github.com`, or `https://HOST/api/v3`.
        tokens: what authorises each request.
        clock: our clock; GitHub's own is told by how far its `Date` is from it.

    Raises:
        ConfigError: the environment would change how ghapi authenticates.
    """

    def __init__(self, url: str, tokens: Tokens, clock: Clock) -> None:
        if os.environ.get("GITHUB_JWT_TOKEN"):
            raise ConfigError(
                "GITHUB_JWT_TOKEN is set in the environment. ghapi would use it instead of the token that is configured here, without a word: "
                "unset it, and set GITHUB_TOKEN or the three GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY_FILE and GITHUB_INSTALLATION_ID."
            )
        self.etags = Etags()
        self.quota: Quota | None = None
        self._tokens = tokens
        self._clock = clock
        self._ahead: timedelta | None = None  # how far GitHub's clock is ahead of ours
        self._wire = Wire(url.rstrip("/"), before=[self.etags.ask], after=[self._note])
        # Whoever holds the address of a log may read it: our token has no business there.
        self._bare = httpx2.Client(verify=trusted(), timeout=TIMEOUT, follow_redirects=False, headers={"User-Agent": "chatopsd"})

    def close(self) -> None:
        """Close the connections; calls under way fail."""
        self._wire.close()
        self._bare.close()
        self._tokens.close()

    def narrow(self, reach: GitHubReach) -> None:
        """Let the next token reach this."""
        self._tokens.narrow(reach)

    def read(self, operation: str, what: str, parse: Callable[[Any], T], **parameters: Any) -> T:
        """Ask once and return what `parse` makes of the answer.

        Args:
            operation: ghapi's name of the call, such as `git.get_ref`.
            what: what is asked for, in words, for the error.
            parameters: what the call takes.

        Raises:
            Unavailable: GitHub can't tell now, or told something else than JSON of the documented shape.
            NotFound: it does not exist.
            Rejected: GitHub says no.
        """
        try:
            return parse(json.loads(self._exchange(operation, **parameters).content))
        except (*FAILURES, *errors.UNREADABLE) as error:
            raise self._read_error(error, what) from error

    def read_pages(self, operation: str, what: str, parse: Callable[[Any], T], *, key: str = "", **parameters: Any) -> list[T]:
        """Ask for page after page until one is not full: what GitHub says of a total is not believed.

        Args:
            key: where the list is in the answer; "" when the answer is the list.
        """
        found: list[T] = []
        for page in count(1):
            batch = self.read(
                operation, what, lambda raw: [parse(one) for one in (raw[key] if key else raw)], **parameters, per_page=PAGE_SIZE, page=page
            )
            found += batch
            if len(batch) < PAGE_SIZE:
                return found
            if page == _MAX_PAGES:
                raise Unavailable(f"GitHub's list of {what} does not end after {_MAX_PAGES} pages.")
        return found

    def dispatch(self, operation: str, what: str, **parameters: Any) -> bytes:
        """Send a request that must not be repeated, once, and return the body of its answer.

        Raises:
            Unavailable: provably not sent, or refused for the rate.
            Rejected: refused for good.
            OutcomeUnknown: it may have been accepted.
        """
        try:
            return self._exchange(operation, **parameters).content
        except FAILURES as error:
            translated = errors.of_dispatch(error, what, self._tokens.setting, self._moved_to(error))
            raise self._with_another_token(error, translated) from error

    def write(self, operation: str, what: str, **parameters: Any) -> bytes:
        """Send a request that changes something other than a run, once, and return the body of its answer.

        Raises:
            Unavailable, Rejected: as of a dispatch.
            OutcomeUnknown: it may have been done.
        """
        try:
            return self.dispatch(operation, what, **parameters)
        except OutcomeUnknown as error:
            raise OutcomeUnknown(f"GitHub did not answer about {what}: it may have been done.") from error

    def read_redirect(self, operation: str, what: str, **parameters: Any) -> str:
        """Return the address that a call answers with, without following it."""
        try:
            response = self._exchange(operation, **parameters)
        except httpx2.HTTPStatusError as error:
            if error.response.status_code == 302 and error.response.headers.get("location"):
                return str(error.request.url.join(error.response.headers["location"]))
            raise self._read_error(error, what) from error
        except FAILURES as error:
            raise self._read_error(error, what) from error
        raise Unavailable(f"GitHub answered HTTP {response.status_code} where the address of {what} was expected.")

    def read_lines(self, address: str, what: str, parse: Callable[[Iterator[str]], T]) -> T:
        """Fetch an address without the token and return what `parse` makes of its lines, as they come."""
        try:
            with self._bare.stream("GET", address) as response:
                response.raise_for_status()
                return parse(response.iter_lines())
        except FAILURES as error:
            raise errors.of_store(error, what) from error

    def server_time(self) -> datetime:
        """Return GitHub's clock, to the second below; asks for it when nothing was asked before."""
        if self._ahead is None:
            self.read("rate_limit.get", "the time", lambda raw: raw["resources"])
        return self._clock.now() + (self._ahead or timedelta(0))

    def _exchange(self, operation: str, **parameters: Any) -> httpx2.Response:
        """Send one request and return the answer, or the earlier one that GitHub says is still right."""
        self._wire.authorise(self._tokens.current())
        try:
            return self._wire.exchange(operation, **parameters)
        except httpx2.HTTPStatusError as error:
            known = self._unchanged(error)
            if known is None:
                raise
            return known

    def _unchanged(self, error: httpx2.HTTPStatusError) -> httpx2.Response | None:
        """Return the earlier answer that a 304 stands for."""
        if error.response.status_code != 304:
            return None
        content = self.etags.recall(error.response)
        return None if content is None else httpx2.Response(200, content=content, request=error.request)

    def _note(self, response: httpx2.Response) -> None:
        """Keep what an answer says besides what was asked: the time, the rate limit, its ETag."""
        if at := errors.answered_at(response):
            self._ahead = at - self._clock.now()
        limit, remaining, reset = (response.headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining", "reset"))
        if limit.isdigit() and remaining.isdigit() and reset.isdigit():
            self.quota = Quota(int(limit), int(remaining), datetime.fromtimestamp(int(reset), UTC))
        if response.request.method == "GET" and response.status_code == 200:
            response.read()
            self.etags.remember(response)

    def _read_error(self, error: Exception, what: str) -> ChatopsError:
        translated = errors.of_read(error, what, self._tokens.setting, self._moved_to(error))
        return self._with_another_token(error, translated)

    def _with_another_token(self, error: Exception, translated: ChatopsError) -> ChatopsError:
        """Return `Unavailable` instead of a 401 where the next try would have another token."""
        if not isinstance(error, httpx2.HTTPStatusError) or error.response.status_code != 401:
            return translated
        used = error.request.headers.get("authorization", "").removeprefix("Bearer ")
        if not self._tokens.refused(used):
            return translated
        return Unavailable("GitHub did not accept the token of the App; nothing was done, and a new token will be fetched.")

    def _moved_to(self, error: Exception) -> str:
        """Return the `owner/repository` that a redirect leads to; "" when it can't be found out.

        GitHub redirects to the repository's number, which tells nobody what to write into chatops.toml: ask for its name.
        """
        if not isinstance(error, httpx2.HTTPStatusError) or error.response.status_code not in errors.REDIRECTS:
            return ""
        path = urlsplit(error.response.headers.get("location", "")).path
        if named := _BY_NAME.search(path):
            return named[1]
        if not (numbered := _BY_NUMBER.search(path)):
            return ""
        try:
            return str(self._repository(numbered[1])["full_name"])
        except (*FAILURES, *errors.UNREADABLE):
            return ""

    def _repository(self, number: str) -> Any:
        """Return a repository by its number; asked for once more, GitHub says that it is unchanged."""
        try:
            return self._wire.get(f"/repositories/{number}").json()
        except httpx2.HTTPStatusError as error:
            known = self._unchanged(error)
            if known is None:
                raise
            return known.json()
