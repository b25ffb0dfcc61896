"""Answers of the REST API: refusals in GitHub's words, pages with Link headers, ETags."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

T = TypeVar("T")
_MOST_A_PAGE, _DEFAULT_A_PAGE = 100, 30


class Refusal(Exception):
    """A request that GitHub does not do, with the status and the message that it answers."""

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None, errors: list[Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers, self.errors = status, message, dict(headers or {}), errors


@dataclass(slots=True)
class Answer:
    """What a handler answers: JSON, or text of some media type, or nothing."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    media_type: str = "application/json"


def not_found() -> Refusal:
    """Return GitHub's 404, which it also gives for what a token may not see."""
    return Refusal(404, "Not Found")


def refused(refusal: Refusal) -> Answer:
    """Return a refusal as an answer."""
    body: dict[str, Any] = {"message": refusal.message}
    if refusal.errors is not None:
        body["errors"] = refusal.errors
    body.update(documentation_url="https://docs.github.com/rest", status=str(refusal.status))
    return Answer(body, refusal.status, refusal.headers)


def page(request: web.Request, rows: Sequence[T], base: str) -> tuple[list[T], dict[str, str]]:
    """Return the rows of the page that was asked for, and the Link header."""
    size = min(_MOST_A_PAGE, _number(request, "per_page", _DEFAULT_A_PAGE))
    number = _number(request, "page", 1)
    last = max(1, -(-len(rows) // size))
    links = []
    if number > 1:
        links += [("prev", min(number - 1, last)), ("first", 1)]
    if number < last:
        links += [("next", number + 1), ("last", last)]
    query = [(key, value) for key, value in parse_qsl(request.query_string) if key != "page"]
    header = ", ".join(f'<{base}{request.path}?{urlencode([*query, ("page", where)])}>; rel="{rel}"' for rel, where in links)
    return list(rows[(number - 1) * size : number * size]), {"Link": header} if header else {}


def _number(request: web.Request, name: str, default: int) -> int:
    try:
        return max(1, int(request.query.get(name, default)))
    except ValueError:
        return default


async def json_body(request: web.Request) -> dict[str, Any]:
    """Return the body as a JSON object; an empty one when there is none.

    Raises:
        Refusal: it is not JSON.
    """
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refusal(400, "Problems parsing JSON") from error
    if not isinstance(body, dict):
        raise Refusal(400, "Body should be a JSON object")
    return body


def text_field(body: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    """Return a text of the body.

    Raises:
        Refusal: it is missing or no text, in the words of GitHub's own schema check.
    """
    if name not in body:
        if not required:
            return ""
        raise Refusal(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
    value = body[name]
    if not isinstance(value, str):
        raise Refusal(422, f"Invalid request.\n\nFor 'properties/{name}', {json.dumps(value)} is not a string.")
    return value


def response(answer: Answer, request: web.Request, token: str) -> web.Response:
    """Return an answer as HTTP: with an ETag that belongs to the token, and 304 when the client has it already."""
    if answer.text is not None:
        shown = web.Response(text=answer.text, status=answer.status, headers=answer.headers, content_type=answer.media_type)
    elif answer.body is None:
        return web.Response(status=answer.status, headers=answer.headers)
    else:
        shown = web.json_response(answer.body, status=answer.status, headers=answer.headers)
    if request.method in ("GET", "HEAD") and answer.status == 200:
        tag = f'W/"{hashlib.sha256(token.encode() + shown.body).hexdigest()}"' if isinstance(shown.body, bytes) else ""
        if tag and tag in (part.strip() for part in request.headers.get("If-None-Match", "").split(",")):
            return web.Response(status=304, headers={"ETag": tag})
        shown.headers["ETag"] = tag
        shown.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    return shown
