"""Alertmanager over its API v2.

Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml; how version 0.25 answers was looked at.
"""

import json
import logging
import re
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx2

from bot.core.alertmanager import UNREACHABLE, RemoteAlert
from bot.core.endpoints import Endpoint
from bot.core.quoting import one_line
from bot.ports.errors import ChatopsError, NotFound, OutcomeUnknown, Rejected, Unavailable

TIMEOUT = httpx2.Timeout(15.0, connect=5.0)
_FAILURES = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError)
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.InvalidURL)
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


class HttpAlertmanager:
    """See `bot.ports.alertmanager.Alertmanager` for what each member promises."""

    def __init__(self, endpoint: Endpoint) -> None:
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        self._url = f"{endpoint.url}/api/v2"
        headers = {"User-Agent": "chatopsd", **endpoint.headers}
        self._http = httpx2.Client(verify=_trusted(), timeout=TIMEOUT, follow_redirects=False, headers=headers)

    def alerts(self, filters: Sequence[str]) -> list[RemoteAlert]:
        """Return what fires, muted or not, and matches every filter."""
        found = self._ask("GET", "/alerts", params={"filter": list(filters)})
        try:
            return [_alert(raw) for raw in json.loads(found)]
        except _UNREADABLE as error:
            raise _not_documented() from error

    def find_silence(self, marker: str) -> str:
        """Return the id of the silence that lasts and whose comment holds the marker."""
        found = self._ask("GET", "/silences")
        try:
            lasting = [raw for raw in json.loads(found) if raw["status"]["state"] != "expired" and marker in raw["comment"]]
            return str(lasting[0]["id"]) if lasting else ""
        except _UNREADABLE as error:
            raise _not_documented() from error

    def put_silence(
        self, labels: Mapping[str, str], author: str, comment: str, starts_at: datetime, ends_at: datetime, replaces: str = ""
    ) -> str:
        """Create a silence, or renew the one with the id `replaces`, and return its id."""
        body = {
            "matchers": [{"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in sorted(labels.items())],
            "startsAt": _written(starts_at),
            "endsAt": _written(ends_at),
            "createdBy": author,
            "comment": comment,
            **({"id": replaces} if replaces else {}),
        }
        found = self._ask("POST", "/silences", is_effect=True, json=body)
        try:
            return str(json.loads(found)["silenceID"])
        except _UNREADABLE as error:
            raise OutcomeUnknown("Alertmanager's answer to a silence can't be read.") from error

    def expire_silence(self, silence_id: str) -> None:
        """End a silence; one that is not there any more is no error."""
        with suppress(NotFound):
            self._ask("DELETE", f"/silence/{silence_id}")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, method: str, path: str, *, is_effect: bool = False, **more: Any) -> bytes:
        try:
            response = self._http.request(method, self._url + path, **more)
        except _NOT_SENT as error:
            raise Unavailable(f"{UNREACHABLE}: {_why(error)}.") from error
        except _FAILURES as error:
            if is_effect:
                raise OutcomeUnknown(f"Alertmanager did not answer: {_why(error)}.") from error
            raise Unavailable(f"{UNREACHABLE}: {_why(error)}.") from error
        if response.is_success:
            return response.content
        raise _refusal(response, is_effect)


def _why(error: Exception) -> str:
    """Return what went wrong, without the system's number for it."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def _refusal(response: httpx2.Response, is_effect: bool) -> ChatopsError:
    status, said = response.status_code, one_line(_said(response))[:300]
    text = f"Alertmanager answers {status}. It says: {said}"
    if status == 404 or "silence not found" in said:  # which version 0.25 calls a 500
        return NotFound(text, "404")
    if status in (401, 403):
        return Unavailable(f"Alertmanager answers {status}: check ALERTMANAGER_TOKEN, or ALERTMANAGER_USERNAME and ALERTMANAGER_PASSWORD.")
    if status >= 500 and is_effect:
        return OutcomeUnknown(text)
    if is_effect and 400 <= status < 500 and status != 429:
        return Rejected(text, str(status))
    return Unavailable(text)


def _said(response: httpx2.Response) -> str:
    """Return an error's own words: the API wraps them into JSON, a string or an object with a `message`, a proxy into anything."""
    try:
        found = json.loads(response.content)
    except ValueError:
        return response.text.strip()
    if isinstance(found, dict):
        found = found.get("message")
    return found.strip() if isinstance(found, str) else response.text.strip()


def _not_documented() -> Unavailable:
    return Unavailable("Alertmanager's answer has not the documented form: does ALERTMANAGER_URL lead to it?")


def _alert(raw: Mapping[str, Any]) -> RemoteAlert:
    return RemoteAlert(
        labels={str(name): str(value) for name, value in raw["labels"].items()},
        annotations={str(name): str(value) for name, value in raw.get("annotations", {}).items()},
        starts_at=datetime.fromisoformat(raw["startsAt"]).astimezone(UTC),
        url=str(raw.get("generatorURL", "")),
        is_muted=raw["status"]["state"] == "suppressed",
    )


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
