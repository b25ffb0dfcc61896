"""What people do by themselves: write, change, delete, react, look at the App Home."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.slack.acts import Acts
from sandbox.slack.errors import Refusal
from sandbox.slack.parts import Parts
from sandbox.slack.people import Seen

Deed = Callable[[Seen, dict[str, Any]], Awaitable[dict[str, Any]]]


class Deeds:
    """Carries out a deed of a person; the answer is what Slack would show that person."""

    def __init__(self, slack: Parts) -> None:
        self._slack = slack
        acts = Acts(slack)
        self._deeds: dict[str, Deed] = {
            "say": self._say,
            "dm": self._dm,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "unreact": self._unreact,
            "home": self._home,
            "command": acts.command,
            "click": acts.click,
            "suggest": acts.suggest,
            "submit": acts.submit,
            "close": acts.close,
            "shortcut": acts.shortcut,
        }

    async def do(self, user: str, deed: str, body: dict[str, Any]) -> dict[str, Any]:
        """Carry out one deed.

        Raises:
            Refusal: there is no such person or deed, or this person can't do that here.
        """
        act = self._deeds.get(deed)
        if act is None:
            raise Refusal(f"Nobody can {deed!r}; people can {', '.join(self._deeds)}.")
        try:
            return await act(Seen.by(self._slack, user), body)
        except KeyError as error:
            raise Refusal(f"{deed} needs {error}.") from error

    async def _say(self, seen: Seen, body: dict[str, Any]) -> dict[str, Any]:
        channel = seen.writable(body["channel"])
        thread_ts = body.get("thread_ts") or None
        if thread_ts is not None:
            parent = seen.message(channel, thread_ts)
            thread_ts = parent.thread_ts or parent.ts
        text = self._slack.typing.message(body["text"])
        if not text.strip():
            raise Refusal("An empty message can't be sent.")
        return {"ts": self._slack.posts.by_person(seen.person, channel, text, thread_ts).ts}

    async def _dm(self, seen: Seen, body: dict[str, Any]) -> dict[str, Any]:
        channel = self._slack.workspace.direct_channel(seen.person.id)
        message = self._slack.posts.by_person(seen.person, channel, self._slack.typing.message(body["text"]))
        return {"channel": channel.id, "ts": message.ts}

    async def _edit(self, seen: Seen, body: dict[str, Any]) -> dict[str, Any]:
        channel = seen.writable(body["channel"])
        message = seen.own_message(channel, body["ts"])
        self._slack.posts.rewrite(channel, message, self._slack.typing.message(body["text"]))
        return {"ok": True}

    async def _delete(self, seen: Seen, body: dict[str, Any]) -> dict[str, Any]:
        channel = seen.writable(body["channel"])
        self._slack.posts.delete(channel, seen.own_message(channel, body["ts"]))
        return {"ok": True}

    async def _react(self, seen: Seen, body: dict[str, Any]) -> dict[str, Any]:
        channel = seen.writable(body["channel"])
        self._slack.posts.react(channel, seen.message(channel, body["ts"]), seen.person.id, body["name"].strip(":"))
        return {"ok": True}

    async def _unreact(self, seen: Seen, body: dict[str, Any]) -> dict[str, Any]:
        channel = seen.writable(body["channel"])
        self._slack.posts.unreact(channel, seen.message(channel, body["ts"]), seen.person.id, body["name"].strip(":"))
        return {"ok": True}

    async def _home(self, seen: Seen, body: dict[str, Any]) -> dict[str, Any]:
        channel = self._slack.workspace.direct_channel(seen.person.id)
        view = self._slack.views.home(seen.person.id)
        self._slack.events.home_opened(channel, seen.person.id, self._slack.views.as_slack(view) if view else None)
        return {"ok": True}
