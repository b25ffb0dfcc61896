"""What an answer of GitHub, or the lack of one, means: the one place where it becomes our error.

A read can always be asked again. A dispatch can't: it has no idempotency key, and a 5xx may come after the run was made.

| outcome of the dispatch | becomes |
| --- | --- |
| connect error, connect timeout, pool timeout, proxy refused | `Unavailable`: not sent |
| 403, 429 with a rate-limit message | `Unavailable` with the wait: refused |
| 301, 302, 307, 308 (not followed) | `Rejected`: the configuration is wrong |
| 400, 401, 403 (permission), 404, 422, other 4xx | `Rejected` |
| read or write error or timeout, protocol error, broken body, 408, 5xx | `OutcomeUnknown` |
"""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from bot.ports.errors import ChatopsError, NotFound, OutcomeUnknown, Rejected, Unavailable

# Nothing was written to the network yet. A proxy error comes from building the tunnel, before the request.
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
MISCONFIGURED = (httpx2.UnsupportedProtocol, httpx2.InvalidURL)

# What reading an answer of another shape than the documented one ends in.
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError)
REDIRECTS = (301, 302, 303, 307, 308)
_RATE_WORDS = ("rate limit", "abuse detection")
_SECONDARY_WAIT_S = 60.0  # GitHub's advice where no header says how long


def of_read(error: Exception, what: str, setting: str, moved_to: str = "") -> ChatopsError:
    """Return what a failed read means.

    Args:
        error: what httpx2 or the decoding of the body raised.
        what: what was asked for, in words: "the tag v1.0.0 of acme/checkout".
        setting: the setting that holds the token.
        moved_to: where a redirect leads, as `owner/repository`; "" when that is not known.
    """
    if isinstance(error, httpx2.HTTPStatusError):
        if _is_their_trouble(error.response):
            text = f"GitHub has trouble (HTTP {error.response.status_code}) and did not tell me about {what}."
            return Unavailable(text, _retry_after_s(error.response))
        return _refusal(error.response, what, setting, moved_to)
    if isinstance(error, MISCONFIGURED):
        return Rejected(f"GITHUB_API_URL is no address that can be asked: {error}", "bad_address")
    if isinstance(error, httpx2.RequestError):
        return Unavailable(f"GitHub can't be reached for {what} ({type(error).__name__}).")
    return Unavailable(f"GitHub's answer about {what} can't be read ({type(error).__name__}).")


def of_dispatch(error: Exception, what: str, setting: str, moved_to: str = "") -> ChatopsError:
    """Return what a failed dispatch means; only what provably did nothing is anything else than `OutcomeUnknown`."""
    if isinstance(error, httpx2.HTTPStatusError):
        if _is_their_trouble(error.response):
            return OutcomeUnknown(f"GitHub answered HTTP {error.response.status_code} to {what}: the run may have been started.")
        return _refusal(error.response, what, setting, moved_to)
    if isinstance(error, MISCONFIGURED):
        return Rejected(f"GITHUB_API_URL is no address that can be asked: {error}", "bad_address")
    if isinstance(error, NOT_SENT):
        return Unavailable(f"GitHub can't be reached for {what} ({type(error).__name__}); nothing was sent.")
    return OutcomeUnknown(f"GitHub's answer to {what} was lost ({type(error).__name__}): the run may have been started.")


def of_store(error: Exception, what: str) -> ChatopsError:
    """Return what it means that the store of logs, which is not GitHub's API and knows no token of ours, did not give one."""
    if not isinstance(error, httpx2.HTTPStatusError):
        return Unavailable(f"The store of GitHub's logs can't be reached for {what} ({type(error).__name__}).")
    status = error.response.status_code
    if status in (404, 410):
        return NotFound(f"The store of GitHub's logs does not have {what}.", str(status))
    return Unavailable(f"The store of GitHub's logs answered HTTP {status} for {what}.")


def message(response: httpx2.Response) -> str:
    """Return GitHub's own words from an error, in one line."""
    try:
        body = json.loads(response.content)
    except ValueError:
        return f"HTTP {response.status_code}"
    if not isinstance(body, dict):
        return f"HTTP {response.status_code}"
    details = body.get("errors")
    parts = [body.get("message"), *(_detail(one) for one in (details if isinstance(details, list) else [details]))]
    text = " ".join(" ".join(str(part).split()) for part in parts if part)
    return text[:400] or f"HTTP {response.status_code}"


def answered_at(response: httpx2.Response) -> datetime | None:
    """Return GitHub's clock when it answered; None when the answer carries no readable `Date`."""
    try:
        return parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None


def _refusal(response: httpx2.Response, what: str, setting: str, moved_to: str) -> ChatopsError:
    status, words = response.status_code, message(response)
    code = str(status)
    if status in REDIRECTS:
        place = f' to "{moved_to}"' if moved_to else f" (GitHub names {response.headers.get('location', 'no place')})"
        return Rejected(f"GitHub says that {what} has moved: update `repo` in chatops.toml{place}.", code)
    if status == 401:
        return Rejected(f"GitHub does not accept {setting} ({words}): it is wrong, expired or revoked.", code)
    if _is_rate_limit(response, words):
        wait_s = _rate_wait_s(response, words)
        return Unavailable(f"GitHub's rate limit is used up: it asks to wait {wait_s:.0f} s.", wait_s)
    if status == 403:
        return Rejected(f"GitHub refuses {what}: {words} {_permission(response, setting)}", code)
    if status == 404 or (status == 422 and words.startswith("No commit found")) or (status == 409 and "is empty" in words):
        return NotFound(f"GitHub finds nothing for {what}, or {setting} may not see it ({words}).", code)
    return Rejected(f"GitHub refuses {what}: {words}", code)


def _is_their_trouble(response: httpx2.Response) -> bool:
    return response.status_code >= 500 or response.status_code == 408


def _is_rate_limit(response: httpx2.Response, words: str) -> bool:
    if response.status_code == 429:
        return True
    return response.status_code == 403 and ("retry-after" in response.headers or any(word in words.lower() for word in _RATE_WORDS))


def _rate_wait_s(response: httpx2.Response, words: str) -> float:
    asked = _retry_after_s(response)
    if asked is not None:
        return asked
    reset = response.headers.get("x-ratelimit-reset", "")
    if "secondary" in words.lower() or response.headers.get("x-ratelimit-remaining") != "0" or not reset.isdigit():
        return _SECONDARY_WAIT_S
    now = answered_at(response)  # both by GitHub's clock: ours may be wrong
    return max(1.0, int(reset) - now.timestamp() + 1.0) if now else _SECONDARY_WAIT_S


def _retry_after_s(response: httpx2.Response) -> float | None:
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else None


def _permission(response: httpx2.Response, setting: str) -> str:
    needed = response.headers.get("x-accepted-github-permissions", "")
    if needed:
        return f"{setting} needs the permission {needed.replace('=', ': ').replace(';', ' or')}."
    return f"{setting} needs the permissions actions: write and contents: read on this repository."


def _detail(detail: object) -> str:
    """Return one entry of `errors`: GitHub sends texts, and objects with a message or with a field and a code."""
    if not isinstance(detail, dict):
        return str(detail or "")
    return str(detail.get("message") or " ".join(str(detail[key]) for key in ("resource", "field", "code") if key in detail))
