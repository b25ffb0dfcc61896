"""What people type, and what Slack makes of it: escapes, mentions, links."""

import re
from typing import Any

from sandbox.slack.state import BOT_USER
from sandbox.slack.workspace import Workspace

_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_TOKEN = re.compile(
    r"(?P<url>https?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"])"
    r"|(?<![\w.@])@(?P<who>[A-Za-z0-9][\w.-]*)"
    r"|(?<![\w#&])#(?P<where>[a-z0-9][\w-]*)"
)
_SPECIAL = ("here", "channel", "everyone")


def escape(text: str) -> str:
    """Escape the three characters that mean something in Slack's text."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Typing:
    """Turns typed text into Slack's, with the names that this workspace knows."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def message(self, text: str) -> str:
        """Return the text of a message: `@ann` becomes `<@U0ANN>`; code spans are only escaped."""
        return self._convert(text, with_names=False)

    def command(self, text: str) -> str:
        """Return the text of a slash command whose manifest says `should_escape`: `@ann` becomes `<@U0ANN|ann>`."""
        return self._convert(text, with_names=True)

    def _convert(self, text: str, with_names: bool) -> str:
        parts = _CODE.split(text)
        return "".join(escape(part) if n % 2 else self._mentions(part, with_names) for n, part in enumerate(parts))

    def _mentions(self, text: str, with_names: bool) -> str:
        done, at = [], 0
        for found in _TOKEN.finditer(text):
            done.append(escape(text[at : found.start()]))
            done.append(self._token(found, with_names) or escape(found[0]))
            at = found.end()
        return "".join(done) + escape(text[at:])

    def _token(self, found: re.Match[str], with_names: bool) -> str | None:
        if found["url"]:
            return f"<{escape(found['url'])}>"
        if found["who"]:
            return self._who(found["who"], with_names)
        channel = next((c for c in self._workspace.channels.values() if c.name == found["where"] and not c.is_im), None)
        return f"<#{channel.id}|{channel.name}>" if channel else None

    def _who(self, name: str, with_names: bool) -> str | None:
        if name in _SPECIAL:
            return f"<!{name}>"
        wanted = name.rstrip(".")
        dots = name[len(wanted) :]
        if wanted in ("bot", BOT_USER):
            wanted = self._workspace.people[BOT_USER].name
        for person in self._workspace.people.values():
            if wanted in (person.name, person.id):
                return (f"<@{person.id}|{person.name}>" if with_names else f"<@{person.id}>") + dots
        for group in self._workspace.groups.values():
            if wanted in (group.handle, group.id):
                return (f"<!subteam^{group.id}|@{group.handle}>" if with_names else f"<!subteam^{group.id}>") + dots
        return None


_RICH = re.compile(r"```(?P<pre>.*?)```|`(?P<code>[^`\n]+)`|<(?P<tag>[^<>]+)>", re.DOTALL)


def rich_text(text: str, block_id: str) -> list[dict[str, Any]]:
    """Return the rich_text block that Slack's composer sends along with a person's text."""
    elements: list[dict[str, Any]] = []
    inline: list[dict[str, Any]] = []

    def flush() -> None:
        if inline:
            elements.append({"type": "rich_text_section", "elements": inline[:]})
            inline.clear()

    at = 0
    for found in _RICH.finditer(text):
        _plain(inline, text[at : found.start()])
        if found["pre"] is not None:
            flush()
            elements.append({"type": "rich_text_preformatted", "elements": [_text(found["pre"].strip("\n"))]})
        else:
            inline.append(_text(found["code"], code=True) if found["code"] else _tag(found["tag"]))
        at = found.end()
    _plain(inline, text[at:])
    flush()
    return [{"type": "rich_text", "block_id": block_id, "elements": elements}]


def _plain(inline: list[dict[str, Any]], text: str) -> None:
    if text:
        inline.append(_text(text))


def _text(text: str, code: bool = False) -> dict[str, Any]:
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return {"type": "text", "text": plain} | ({"style": {"code": True}} if code else {})


def _tag(tag: str) -> dict[str, Any]:
    target, _, label = tag.partition("|")
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    if target.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": target.removeprefix("!subteam^")}
    if target.startswith("!"):
        return {"type": "broadcast", "range": target[1:]}
    return {"type": "link", "url": target} | ({"text": label} if label else {})
