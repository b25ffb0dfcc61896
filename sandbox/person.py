"""One person of the sandbox, to act and to look as them."""

from typing import TYPE_CHECKING, Any

from sandbox.shown import everything_in, pressables, text_of

if TYPE_CHECKING:
    from sandbox.client import Sandbox

Json = dict[str, Any]
OPS = "C0OPS"


class Person:
    """Types, clicks, and sees what this person would see."""

    def __init__(self, sandbox: "Sandbox", user: str, name: str) -> None:
        self._sandbox = sandbox
        self.id = user
        self.name = name

    def __repr__(self) -> str:
        return f"Person({self.name})"

    def does(self, deed: str, **body: Any) -> Json:
        """Do a deed of the control API; what is None is left out.

        Raises:
            Refused: this person can't do that.
        """
        given = {name: value for name, value in body.items() if value is not None}
        answer: Json = self._sandbox.call("POST", f"people/{self.id}/{deed}", given)
        return answer

    def types(self, text: str, channel: str = OPS, thread: str | None = None) -> Json:
        """Type into the composer: a slash command when it begins with '/', else a message.

        Returns:
            `{"ok", "error"?}` of a command, `{"ts"}` of a message.
        """
        deed = "command" if text.startswith("/") else "say"
        return self.does(deed, channel=channel, text=text, thread_ts=thread)

    def replies(self, message: Json, text: str) -> Json:
        """Write into the thread of a message."""
        return self.types(text, message["channel"], message.get("thread_ts") or message["ts"])

    def writes_to_bot(self, text: str) -> Json:
        """Write a direct message to the bot."""
        return self.does("dm", text=text)

    def edits(self, message: Json, text: str) -> None:
        self.does("edit", channel=message["channel"], ts=message["ts"], text=text)

    def deletes(self, message: Json) -> None:
        self.does("delete", channel=message["channel"], ts=message["ts"])

    def reacts(self, message: Json, name: str) -> None:
        self.does("react", channel=message["channel"], ts=message["ts"], name=name)

    def unreacts(self, message: Json, name: str) -> None:
        self.does("unreact", channel=message["channel"], ts=message["ts"], name=name)

    def opens_home(self) -> Json:
        """Open the App Home."""
        return self.does("home")

    def uses_shortcut(self, callback_id: str, message: Json | None = None) -> Json:
        """Use a global shortcut, or one on a message."""
        place = {"channel": message["channel"], "ts": message["ts"]} if message else {}
        return self.does("shortcut", callback_id=callback_id, **place)

    def clicks(self, shown: Json, what: str, value: Any = None, confirm: bool = True) -> Json:
        """Click a button or choose in a menu, in a message or a view.

        Args:
            shown: a message or a view, as `sees` or `modal` returned it.
            what: the action_id, or the text that is on the button or the menu's option.
            value: for menus, dates, checkboxes: what is chosen.
            confirm: what to answer to a confirm dialog.

        Raises:
            AssertionError: there is no such thing to click.
        """
        for block_id, action_id, label, chosen in pressables(shown):
            if what in (action_id, label):
                place = _place(shown)
                picked = chosen if value is None and chosen is not None and what == label else value
                return self.does("click", **place, block_id=block_id, action_id=action_id, value=picked, confirm=confirm)
        there = ", ".join(f"{label!r} ({action_id})" for _, action_id, label, _ in pressables(shown))
        raise AssertionError(f"There is no {what!r} to click; there is {there or 'nothing'}.")

    def chooses(self, shown: Json, what: str, value: Any) -> Json:
        """Choose a value in a select, a date picker, checkboxes, … by action_id or block_id."""
        for block_id, action_id, _, _ in pressables(shown):
            if what in (action_id, block_id):
                return self.does("click", **_place(shown), block_id=block_id, action_id=action_id, value=value)
        raise AssertionError(f"There is no {what!r} to choose in.")

    def searches(self, view: Json, action_id: str, query: str) -> list[Json]:
        """Type into an external select; return the options that the app offers."""
        options: list[Json] = self.does("suggest", view_id=view["id"], action_id=action_id, query=query)["options"]
        return options

    def submits(self, values: Json | None = None, view: Json | None = None) -> dict[str, str]:
        """Fill and submit the top modal, or `view`.

        Args:
            values: by block_id (or action_id); what is left out stays as it is.

        Returns:
            The errors by block_id; empty: it was accepted.

        Raises:
            AssertionError: the app did not answer, or wrongly.
        """
        answer = self.does("submit", view_id=(view or self.modal)["id"], values=values or {})
        if "error" in answer:
            raise AssertionError(f"Submitting failed: {answer['error']}.\n{self._sandbox.transcript()}")
        errors: dict[str, str] = answer.get("errors", {})
        return errors

    def closes(self, view: Json | None = None) -> None:
        """Close the top modal, or `view`."""
        self.does("close", view_id=(view or self.modal)["id"])

    # Looking

    def state(self) -> Json:
        """Return the world as this person sees it."""
        return self._sandbox.state(self.id)

    def _workspace(self) -> Json:
        return self._sandbox.state(self.id, with_github=False)

    def sees(self, channel: str | None = None) -> list[Json]:
        """Return the messages of a channel, or of all channels, in order, with those that only this person sees."""
        messages = self._workspace()["messages"]
        if channel is not None:
            found: list[Json] = messages.get(channel, [])
            return found
        return sorted((message for each in messages.values() for message in each), key=lambda message: float(message["ts"]))

    def sees_last(self, channel: str | None = None) -> str:
        """Return all text of the last message of a channel, or of all; "" when there is none."""
        messages = self.sees(channel)
        return everything_in(messages[-1]) if messages else ""

    def sees_thread(self, message: Json) -> list[Json]:
        """Return the replies to a message, in order."""
        return [m for m in self.sees(message["channel"]) if m.get("thread_ts") == message["ts"] != m["ts"]]

    def sees_message(self, text: str, channel: str | None = None) -> Json | None:
        """Return the last message that contains `text`, or None."""
        return next((m for m in reversed(self.sees(channel)) if text in everything_in(m)), None)

    def waits_for(self, text: str, channel: str | None = None, timeout_s: float = 10.0) -> Json:
        """Return the last message that contains `text`, as soon as there is one."""
        found = self._sandbox.wait_until(lambda: self.sees_message(text, channel), timeout_s, f"{self.name} to see {text!r}")
        return found or {}

    def waits_for_modal(self, title: str | None = None, timeout_s: float = 10.0) -> Json:
        """Return the top modal as soon as there is one (with this title)."""

        def top() -> Json | None:
            view = next(reversed(self.modals), None)
            return view if view and title in (None, view["title"]["text"]) else None

        return self._sandbox.wait_until(top, timeout_s, f"{self.name} to see a modal {title or ''}") or {}

    @property
    def modals(self) -> list[Json]:
        """The open modals, top last."""
        views: list[Json] = self._workspace()["views"]
        return views

    @property
    def modal(self) -> Json:
        """The top modal.

        Raises:
            AssertionError: none is open.
        """
        views = self.modals
        if not views:
            raise AssertionError(f"{self.name} has no modal open.\n{self._sandbox.transcript()}")
        return views[-1]

    @property
    def home(self) -> Json | None:
        """The App Home, None when the app has published none."""
        home: Json | None = self._workspace()["home"]
        return home

    @property
    def notices(self) -> list[Json]:
        """The errors that this person was shown, oldest first."""
        notices: list[Json] = self._workspace()["notices"]
        return notices

    def reads(self, shown: Json) -> str:
        """Return a message or a view as plain text."""
        return text_of(shown)


def _place(shown: Json) -> Json:
    if shown.get("type") == "home":
        return {"home": True}
    return {"view_id": shown["id"]} if "ts" not in shown else {"channel": shown["channel"], "ts": shown["ts"]}
