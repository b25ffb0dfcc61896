"""One call to Slack's Web API: made once, and its failure named by what there is to do about it."""

import json
import logging
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener, getproxies, proxy_bypass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.adapters.slack.payloads import items, text_at
from bot.adapters.slack.response_urls import Answered, ResponseUrls
from bot.core.redaction import Secret
from bot.ports.errors import ChatopsError, NotFound, OutcomeUnknown, Rejected, Unavailable

TIMEOUT_S = 10

# The SDK logs whatever it also raises, and at DEBUG tickets, trigger ids and response_urls with it. A level of its own (not inherited) also keeps
# it from building those lines at all.
sdk_log = logging.getLogger("bot.adapters.slack.sdk")
sdk_log.setLevel(logging.CRITICAL)

TOKEN_REFUSED: Mapping[str, str] = {
    "invalid_auth": "it is wrong, or was revoked",
    "not_authed": "it is empty",
    "account_inactive": "the app was removed from the workspace",
    "user_removed_from_team": "the app was removed from the workspace",
    "team_disabled": "the workspace is closed",
    "token_revoked": "it was revoked",
    "token_expired": "it has expired",
    "not_allowed_token_type": "it is a token of another kind",
    "missing_scope": "it lacks a scope",
    "no_permission": "it lacks a permission",
    "socket_mode_disabled": "Socket Mode is switched off for the app",
}
"""Refusals that no retry mends, in words that complete "Slack refuses X: …"."""

_NOT_FOUND = frozenset(
    {
        "channel_not_found",
        "message_not_found",
        "no_such_subteam",
        "not_found",
        "subteam_not_found",
        "thread_not_found",
        "user_not_found",
        "users_not_found",
    }
)
# "It's possible some aspect of the operation succeeded before the error was raised" (https://docs.slack.dev/reference/methods, internal_error).
_BROKE = frozenset({"internal_error", "fatal_error", "service_unavailable", "server_error"})
_NOTHING_DONE = frozenset({"ratelimited", "rate_limited", "request_timeout", "team_added_to_org", "org_login_required"})
_CODE = re.compile(r"[a-z0-9_:.\-]+")


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Follow nothing: urllib would repeat a POST as a GET without its body, and take the token along to wherever it is sent."""
        return


class OnceClient(WebClient):
    """A `WebClient` that tries once, follows no redirect, and honours `NO_PROXY`."""

    @cached_property
    def _opener(self) -> OpenerDirector:
        # It reads the proxy from the environment by itself; `self.proxy` is the SDK's reading, which does not know NO_PROXY.
        return build_opener(_NoRedirect(), HTTPSHandler(context=self.ssl))

    def _reaches(self, url: str) -> bool:
        """Tell whether an address is reached without a proxy; the environment, which says so, is asked once for each host."""
        address = urlsplit(url)
        host = f"{address.scheme}://{address.netloc}"
        known = self._reached.get(host)
        if known is None:
            known = self._reached[host] = proxy_for(url) is None
        return known

    @cached_property
    def _reached(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _response_urls(self) -> ResponseUrls:
        return ResponseUrls(self.ssl, self.timeout)

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        # The one place where the SDK opens the connection; tests/adapters/slack/test_chat_faults.py fails should it move.
        with self._opener.open(req, timeout=self.timeout) as response:
            charset = response.headers.get_content_charset() or "utf-8"
            return {"status": response.status, "headers": response.headers, "body": response.read().decode(charset)}

    def send_file(self, url: str, content: bytes) -> int:
        """Send a file to the address that `files.getUploadURLExternal` gave, which takes no token, and return the status of the answer.

        Raises:
            OSError, HTTPException: as urllib does.
        """
        if not url.startswith(("https://", "http://")):
            raise Rejected("An upload's address must be an https address.", "invalid_url")
        request = Request(url, content, {"Content-Type": "application/octet-stream"}, method="POST")  # noqa: S310 - checked above
        try:
            with self._opener.open(request, timeout=self.timeout) as response:
                return int(response.status)
        except HTTPError as error:
            with error:
                return error.code

    def respond(self, url: str, body: Mapping[str, object]) -> Answered:
        """Post to a `response_url`, which takes no token, and return the answer.

        Raises:
            OSError, HTTPException: as urllib does.
        """
        if not url.startswith(("https://", "http://")):
            raise Rejected("A response_url must be an https address.", "invalid_url")
        if self._reaches(url):
            return self._response_urls.post(url, body)
        request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json; charset=utf-8"})  # noqa: S310 - checked above
        try:
            with self._opener.open(request, timeout=self.timeout) as response:
                return Answered(response.status, response.read().decode("utf-8", "replace"))
        except HTTPError as error:
            with error:
                return Answered(error.code, error.read().decode("utf-8", "replace"), error.headers.get("Retry-After", ""))


def web_client(bot_token: Secret, base_url: str, timeout_s: int = TIMEOUT_S) -> OnceClient:
    """Make the client for the Web API. It makes no request.

    Args:
        bot_token: `xoxb-…`.
        base_url: such as `https://slack.com/api/`; Python's SDK does not read `SLACK_API_URL`.
    """
    # One context for all calls: without it each call would read the certificates again, some 20 ms.
    context = ssl.create_default_context() if base_url.startswith("https:") else None
    return OnceClient(bot_token.value, base_url, timeout_s, context, retry_handlers=[], logger=sdk_log)


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment asks for, None when `url` is reached directly."""
    address = urlsplit(url)
    if address.hostname is None or proxy_bypass(address.hostname):
        return None
    return getproxies().get(address.scheme)


def read(method: Callable[..., SlackResponse], **arguments: object) -> SlackResponse:
    """Call a method that changes nothing.

    Raises:
        Unavailable: no usable answer came; a retry does no harm.
        Rejected: Slack says no; NotFound when there is no such thing.
    """
    return _call(method, arguments, Unavailable)


def write(method: Callable[..., SlackResponse], **arguments: object) -> SlackResponse:
    """Call a method that changes something.

    Raises:
        Unavailable: Slack provably did nothing.
        OutcomeUnknown: the answer was lost, or Slack broke while it worked on it.
        Rejected: Slack says no; NotFound when there is no such thing.
    """
    return _call(method, arguments, OutcomeUnknown)


def _call(method: Callable[..., SlackResponse], arguments: dict[str, object], lost: type[ChatopsError]) -> SlackResponse:
    name = method_name(method)
    try:
        with losing(name, lost):
            return method(**arguments)
    except SlackApiError as error:
        raise refusal(name, error.response, lost) from error
    except AttributeError as error:  # the SDK takes for granted that the answer is a JSON object
        raise lost(f"Slack's answer to {name} can't be read.") from error


@contextmanager
def losing(name: str, lost: type[ChatopsError]) -> Iterator[None]:
    """Name a connection that fails: before the request was wholly sent nothing happened; after it, the answer is lost."""
    try:
        yield
    except URLError as error:
        # urllib wraps only what happens before the last byte of the request has left: refused, no such host, no TLS, timed out on the way.
        raise Unavailable(f"Slack can't be reached for {name}: {error.reason}") from error
    except (OSError, HTTPException, UnicodeDecodeError) as error:
        raise lost(f"Slack's answer to {name} was lost: {error or type(error).__name__}") from error


def method_name(method: Callable[..., object]) -> str:
    """Return Slack's name for a method of the client: `chat_postMessage` is `chat.postMessage`."""
    return getattr(method, "__name__", "a method").replace("_", ".")


def refusal(name: str, response: Any, lost: type[ChatopsError]) -> ChatopsError:
    """Name an answer that is not ok.

    Args:
        response: the SDK's response, of either client.
        lost: what to raise when something may have been done.
    """
    code = text_at(response.data, "error")
    status = response.status_code
    if status == 429 or code in _NOTHING_DONE:
        return Unavailable(f"Slack asks to wait before {name} ({code or status}).", retry_after_s(response.headers))
    if 300 <= status < 400:
        return Unavailable(f"Slack's address answers {name} with a redirect ({status}); check SLACK_API_URL.")
    if status >= 500 or code in _BROKE or not _CODE.fullmatch(code):
        said = code if _CODE.fullmatch(code) else f"HTTP status {status}, and nothing that can be read"
        return lost(f"Slack broke on {name}: {said}.")
    detail = _detail(response.data)
    if code in _NOT_FOUND:
        return NotFound(f"Slack refuses {name}: {code}{detail}.", code)
    return Rejected(f"Slack refuses {name}: {code}{detail}.", code)


def retry_after_s(headers: Mapping[str, Any]) -> float | None:
    """Return the seconds of an answer's Retry-After; None without one that can be read."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    try:
        return float(value[0] if isinstance(value, list) else str(value))
    except ValueError:
        return None


def _detail(body: object) -> str:
    """Return what Slack says besides the code: which block is wrong, which scope is missing."""
    notes = [note for note in items(body, "response_metadata", "messages") if isinstance(note, str)]
    needed = text_at(body, "needed")
    notes += [f"needs {needed}"] if needed else []
    return f" ({'; '.join(notes)})" if notes else ""
