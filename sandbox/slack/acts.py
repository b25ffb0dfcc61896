"""What people do to the app: commands, clicks, modals, shortcuts. The app has three seconds to answer."""

from typing import Any

from sandbox.slack import inputs, walk
from sandbox.slack.blocks import check_options, check_view
from sandbox.slack.delivery import Outcome
from sandbox.slack.errors import Refusal, SlackError
from sandbox.slack.interactions import Interactions
from sandbox.slack.parts import Parts
from sandbox.slack.people import Seen
from sandbox.slack.state import View

Answer = dict[str, Any]
WORDS = {
    "dispatch_failed": "{what} failed because the app did not respond (dispatch_failed).",
    "operation_timeout": "{what} failed because the app did not answer in time (operation_timeout).",
}


class Acts:
    """The interactive deeds."""

    def __init__(self, slack: Parts) -> None:
        self._slack = slack
        self._payloads = Interactions(slack)
        self._offered: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        """The options that the app suggested last, by view, block and action."""

    async def command(self, seen: Seen, body: Answer) -> Answer:
        """Type a slash command."""
        channel = seen.channel(body["channel"])
        name, _, text = body["text"].strip().partition(" ")
        if name not in self._slack.workspace.commands:
            return self._failed(seen, "unknown_command", f"{name} is not a valid command.")
        if body.get("thread_ts"):
            return self._failed(seen, "not_supported_in_threads", f"{name} is not supported in threads. Sorry!")
        payload = self._payloads.command(seen.person, channel, name, self._slack.typing.command(text.strip()))
        outcome = await self._slack.delivery.ask("slash_commands", payload)
        if outcome.error:
            return self._lost(seen, outcome, name)
        if not isinstance(outcome.payload, dict) or not outcome.payload:
            return {"ok": True}
        try:
            self._slack.response_urls.answer_command(channel, seen.person.id, outcome.payload)
        except SlackError as error:
            return self._failed(seen, error.code, f"{name} failed: the app's answer was {error.code}. {' '.join(error.messages)}")
        return {"ok": True}

    async def click(self, seen: Seen, body: Answer) -> Answer:
        """Click or choose something in a message, a modal or the App Home."""
        if body.get("confirm") is False:
            return {"ok": True}
        if "ts" in body:
            return await self._click_message(seen, body)
        view = seen.home() if body.get("home") else seen.view(body["view_id"])
        block, element = self._element(view.body["blocks"], body)
        value = self._value(element, body.get("value"), self._offered.get((view.id, block["block_id"], element["action_id"]), []))
        if element["type"] in inputs.KINDS:
            view.chosen[(block["block_id"], element["action_id"])] = value
            self._slack.views.changed(view)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {"ok": True}
        return await self._interact(seen, self._payloads.view_action(seen.person, view, block, element, value))

    async def _click_message(self, seen: Seen, body: Answer) -> Answer:
        channel = seen.channel(body["channel"])
        message = seen.message(channel, body["ts"])
        # Slack takes a click from the message as it was drawn, though an edit took the button away meanwhile.
        drawn = next((old for old in message.drawn_before if walk.find(old, body["action_id"], body.get("block_id"))), [])
        block, element = self._element([*message.blocks, *drawn], body)
        value = self._value(element, body.get("value"), [])
        if element["type"] in inputs.KINDS:
            message.chosen[(seen.person.id, block["block_id"], element["action_id"])] = value
        payload = self._payloads.message_action(seen.person, channel, message, block, element, value)
        return await self._interact(seen, payload)

    def _element(self, blocks: list[dict[str, Any]], body: Answer) -> tuple[dict[str, Any], dict[str, Any]]:
        found = walk.find(blocks, body["action_id"], body.get("block_id"))
        if found is None:
            known = ", ".join(element["action_id"] for _, element in walk.elements(blocks))
            raise Refusal(f"There is nothing called {body['action_id']} to click; there is {known or 'nothing'}.")
        return found

    def _value(self, element: dict[str, Any], raw: Any, offered: list[dict[str, Any]]) -> dict[str, Any]:
        if element["type"] in inputs.KINDS:
            return inputs.entered(element, raw, offered)
        if element["type"] == "overflow":
            for option in element["options"]:
                if option.get("value") == raw:
                    return {"selected_option": option}
            raise Refusal(f"The menu {element['action_id']} has no option {raw!r}.")
        if element["type"] == "feedback_buttons":
            chosen = next((element[name] for name in ("positive_button", "negative_button") if element[name]["value"] == raw), None)
            if chosen is None:
                raise Refusal(f"The feedback {element['action_id']} has no button {raw!r}.")
            return {"text": chosen["text"], "value": chosen["value"]}
        return {}

    async def _interact(self, seen: Seen, payload: dict[str, Any]) -> Answer:
        outcome = await self._slack.delivery.ask("interactive", payload)
        return self._lost(seen, outcome, "The click") if outcome.error else {"ok": True}

    async def suggest(self, seen: Seen, body: Answer) -> Answer:
        """Type into an external select, and get what the app offers."""
        view = seen.view(body["view_id"])
        block, element = self._element(view.body["blocks"], body)
        payload = self._payloads.suggestion(seen.person, view, block, element, str(body.get("query", "")))
        outcome = await self._slack.delivery.ask("interactive", payload)
        if outcome.error:
            return {**self._lost(seen, outcome, "The search"), "options": []}
        try:
            check_options(outcome.payload)
        except SlackError as error:
            return {**self._failed(seen, error.code, f"The search failed: {' '.join(error.messages)}"), "options": []}
        options = inputs.options_of(outcome.payload)
        self._offered[(view.id, block["block_id"], element["action_id"])] = options
        return {"options": options}

    async def submit(self, seen: Seen, body: Answer) -> Answer:
        """Fill a modal and submit it."""
        view = seen.view(body["view_id"])
        if not view.body.get("submit") and not any(block["type"] == "input" for block in view.body["blocks"]):
            raise Refusal("This modal has no submit button.")
        self._fill(view, body.get("values") or {})
        complaints = self._complaints(view)
        if complaints:
            return {"ok": False, "errors": complaints}
        payload = self._payloads.submission(seen.person, view)
        outcome = await self._slack.delivery.ask("interactive", payload)
        if outcome.error:
            return self._lost(seen, outcome, "Submitting")
        try:
            return self._follow(seen, view, outcome.payload)
        except SlackError as error:
            return self._failed(seen, error.code, f"Submitting failed: {error.code}. {' '.join(error.messages)}")

    def _fill(self, view: View, values: dict[str, Any]) -> None:
        entered = {}
        for block, element in walk.elements(view.body["blocks"]):
            key = block["block_id"] if block["block_id"] in values else element["action_id"]
            if key in values and element["type"] in inputs.KINDS:
                place = (block["block_id"], element["action_id"])
                entered[place] = inputs.entered(element, values[key], self._offered.get((view.id, *place), []))
        known = {name for place in entered for name in place}
        unknown = [name for name in values if name not in known]
        if unknown:
            raise Refusal(f"The modal has no field {', '.join(unknown)}.")
        view.chosen |= entered

    def _complaints(self, view: View) -> dict[str, str]:
        found = {}
        for block, element in walk.elements(view.body["blocks"]):
            if block["type"] == "input":
                state = view.chosen.get((block["block_id"], element["action_id"])) or inputs.initial(element)
                complaint = inputs.complaint(block, state)
                if complaint:
                    found[block["block_id"]] = complaint
        return found

    def _follow(self, seen: Seen, view: View, payload: Any) -> Answer:
        """Do what the app's `response_action` says; without one the modal closes."""
        action = payload.get("response_action") if isinstance(payload, dict) else None
        views = self._slack.views
        match action:
            case None:
                views.close(view)
            case "errors":
                return self._errors(view, payload.get("errors"))
            case "update":
                check_view(payload.get("view"), "modal")
                views.update(view, payload["view"])
            case "push":
                check_view(payload.get("view"), "modal")
                views.push(seen.person.id, payload["view"])
            case "clear":
                for open_view in reversed(views.stack(seen.person.id)[:]):
                    views.close(open_view)
            case _:
                raise SlackError("invalid_response_action")
        return {"ok": True}

    def _errors(self, view: View, errors: Any) -> Answer:
        fields = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= fields:
            raise SlackError("invalid_errors", [f"errors must name input blocks: {', '.join(sorted(fields))}"])
        return {"ok": False, "errors": errors}

    async def close(self, seen: Seen, body: Answer) -> Answer:
        """Close a modal with its X or its close button."""
        view = seen.view(body["view_id"])
        stack = self._slack.views.stack(seen.person.id)
        cleared = bool(view.body.get("clear_on_close"))
        closing = stack[:] if cleared else stack[stack.index(view) :]
        payloads = [self._payloads.closed(seen.person, each, cleared) for each in closing if each.body.get("notify_on_close")]
        for each in reversed(closing):
            self._slack.views.close(each)
        for payload in payloads:
            await self._slack.delivery.ask("interactive", payload, accepts_response=False)
        return {"ok": True}

    async def shortcut(self, seen: Seen, body: Answer) -> Answer:
        """Use a shortcut, on a message when `ts` is given."""
        if "ts" in body:
            channel = seen.channel(body["channel"])
            message = seen.message(channel, body["ts"])
            payload = self._payloads.message_shortcut(seen.person, body["callback_id"], channel, message)
        else:
            payload = self._payloads.shortcut(seen.person, body["callback_id"])
        outcome = await self._slack.delivery.ask("interactive", payload, accepts_response=False)
        return self._lost(seen, outcome, "The shortcut") if outcome.error else {"ok": True}

    def _lost(self, seen: Seen, outcome: Outcome, what: str) -> Answer:
        error = outcome.error or ""
        return self._failed(seen, error, WORDS[error].format(what=what))

    def _failed(self, seen: Seen, error: str, text: str) -> Answer:
        self._slack.workspace.notice(seen.person.id, error, text)
        return {"ok": False, "error": error}
