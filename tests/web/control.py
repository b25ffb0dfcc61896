"""The control API of a running sandbox."""

import json
from typing import Any
from urllib.request import Request, urlopen


class Sandbox:
    """The control API of a running sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the control API: GET without a body, else POST."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/_sandbox/{path}", data, {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(request, timeout=15) as answer:  # noqa: S310
            return json.load(answer)

    def does(self, person: str, deed: str, **body: Any) -> Any:
        """Let a person do something."""
        return self.call(f"people/{person}/{deed}", body)
