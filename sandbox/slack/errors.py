"""How Slack says no."""

from typing import Any


class SlackError(Exception):
    """The answer `{"ok": false, "error": code, …}` of a Web API method."""

    def __init__(self, code: str, messages: list[str] | None = None, **fields: Any) -> None:
        super().__init__(code, messages)
        self.code = code
        self.messages = messages or []
        self.fields = fields

    def answer(self) -> dict[str, Any]:
        """Return the body that Slack sends."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.fields}
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        if self.messages and self.code == "invalid_blocks":
            body["errors"] = list(self.messages)
        return body


class Refusal(ValueError):
    """A deed or an order of the control API that makes no sense in this world; the message is a sentence."""
