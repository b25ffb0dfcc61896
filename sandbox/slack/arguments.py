"""The arguments of a Web API call, whether they came as JSON, as a form or in the query."""

import json
from typing import Any

from aiohttp import web

from sandbox.slack.errors import SlackError

TRUE = ("1", "true", "True", "yes")


class Arguments:
    """What the caller passed. Forms carry everything as text, so each reader says what it expects."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given

    def has(self, name: str) -> bool:
        """Say whether an argument was passed and is not empty."""
        return self._given.get(name) not in (None, "")

    def require(self, *names: str) -> None:
        """Check that arguments are there.

        Raises:
            SlackError: `invalid_arguments`, with every one that is missing.
        """
        missing = [name for name in names if not self.has(name)]
        if missing:
            raise SlackError("invalid_arguments", [f"missing required field: {name}" for name in missing])

    def text(self, name: str, default: str = "") -> str:
        value = self._given.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._given.get(name)
        if value is None or value == "":
            return default
        return value if isinstance(value, bool) else str(value) in TRUE

    def number(self, name: str, default: int, at_least: int, at_most: int) -> int:
        """Return a whole number.

        Raises:
            SlackError: `invalid_arguments`: it is none, or out of bounds.
        """
        if not self.has(name):
            return default
        try:
            value = int(self._given[name])
        except (TypeError, ValueError) as error:
            raise SlackError("invalid_arguments", [f"must be an integer [json-pointer:/{name}]"]) from error
        if value < at_least:
            raise SlackError("invalid_arguments", [f"must be at least {at_least} [json-pointer:/{name}]"])
        return min(value, at_most)

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """Return a list or an object, which forms carry as JSON text; None when it was not passed.

        Raises:
            SlackError: `error`: the text is not JSON.
        """
        value = self._given.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as cause:
            raise SlackError(error, [f"invalid JSON [json-pointer:/{name}]"]) from cause

    def names(self, name: str) -> list[str]:
        """Return a comma-separated list."""
        value = self._given.get(name)
        if isinstance(value, list):
            return [str(item) for item in value]
        return [item.strip() for item in self.text(name).split(",") if item.strip()]


async def read(request: web.Request) -> tuple[Arguments, str | None, list[str]]:
    """Read a request.

    Returns:
        The arguments, the token (from the header, else from the arguments), and Slack's warnings on the request's form.

    Raises:
        SlackError: the body is not what its content type says.
    """
    given: dict[str, Any] = dict(request.query)
    warnings: list[str] = []
    if request.content_type == "application/json" and request.body_exists:
        if request.charset is None:
            warnings.append("missing_charset")
        given |= _parse(await request.text())
    elif request.body_exists:
        given |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    scheme, _, header_token = request.headers.get("Authorization", "").partition(" ")
    body_token = given.pop("token", None)
    return Arguments(given), header_token.strip() if scheme.lower() == "bearer" else body_token, warnings


def _parse(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body
