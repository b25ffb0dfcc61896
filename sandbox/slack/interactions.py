"""The payloads of what people do, in Slack's words."""

from typing import Any

from sandbox.slack import inputs, walk
from sandbox.slack.parts import Parts
from sandbox.slack.state import APP, TEAM, TEAM_DOMAIN, VERIFICATION_TOKEN, Channel, Message, Person, View

Element = dict[str, Any]
Block = dict[str, Any]


class Interactions:
    """Builds payloads; each comes with a fresh trigger id."""

    def __init__(self, slack: Parts) -> None:
        self._slack = slack

    def command(self, person: Person, channel: Channel, name: str, text: str) -> dict[str, Any]:
        """Return the payload of a slash command."""
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": person.team_id,
            "team_domain": _domain(person),
            "channel_id": channel.id,
            "channel_name": "directmessage" if channel.is_im else channel.name,
            "user_id": person.id,
            "user_name": person.name,
            "command": name,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._slack.response_urls.give(channel, person.id),
            "trigger_id": self._slack.triggers.give(person.id),
        }

    def message_action(
        self, person: Person, channel: Channel, message: Message, block: Block, element: Element, value: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the `block_actions` payload of something clicked or chosen in a message."""
        mine = {(block_id, action_id): state for (user, block_id, action_id), state in message.chosen.items() if user == person.id}
        container = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral_to is not None,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        payload = {
            **self._head("block_actions", person),
            "container": container,
            "trigger_id": self._slack.triggers.give(person.id),
            "channel": _place(channel),
            "state": {"values": inputs.state_values(message.content.get("blocks") or [], mine)},
            "response_url": self._slack.response_urls.give(channel, person.id, message, message.thread_ts if message.is_reply else None),
            "actions": [self._action(block, element, value)],
        }
        if message.ephemeral_to is None:
            payload["message"] = message.as_slack(with_metadata=False)
        return payload

    def view_action(self, person: Person, view: View, block: Block, element: Element, value: dict[str, Any]) -> dict[str, Any]:
        """Return the `block_actions` payload of something clicked or chosen in a modal or an App Home."""
        return {
            **self._head("block_actions", person),
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self._slack.triggers.give(person.id, view.id),
            "view": self._slack.views.as_slack(view),
            "actions": [self._action(block, element, value)],
        }

    def _action(self, block: Block, element: Element, value: dict[str, Any]) -> dict[str, Any]:
        kept = ("text", "value", "style", "placeholder", "url", "confirm")
        own = {name: content for name, content in element.items() if name in kept or name.startswith("initial_")}
        ids = {"type": element["type"], "block_id": block["block_id"], "action_id": element["action_id"]}
        return {**own, **value, **ids, "action_ts": self._slack.workspace.new_ts()}

    def submission(self, person: Person, view: View) -> dict[str, Any]:
        """Return the payload of a submitted modal."""
        return {
            **self._head("view_submission", person),
            "trigger_id": self._slack.triggers.give(person.id, view.id),
            "view": self._slack.views.as_slack(view),
            "response_urls": self._response_urls(person, view),
        }

    def _response_urls(self, person: Person, view: View) -> list[dict[str, Any]]:
        urls = []
        for block, element in walk.elements(view.body["blocks"]):
            if not element.get("response_url_enabled"):
                continue
            state = view.chosen.get((block["block_id"], element["action_id"])) or inputs.initial(element)
            channel = self._slack.workspace.channels.get(str(state.get(inputs.KINDS[element["type"]].key)))
            if channel is not None:
                url = self._slack.response_urls.give(channel, person.id)
                urls.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": channel.id,
                        "response_url": url,
                    }
                )
        return urls

    def closed(self, person: Person, view: View, cleared: bool) -> dict[str, Any]:
        """Return the payload of a modal that the person closed."""
        return {**self._head("view_closed", person), "view": self._slack.views.as_slack(view), "is_cleared": cleared}

    def shortcut(self, person: Person, callback_id: str) -> dict[str, Any]:
        """Return the payload of a global shortcut."""
        return {
            **self._head("shortcut", person),
            "action_ts": self._slack.workspace.new_ts(),
            "callback_id": callback_id,
            "trigger_id": self._slack.triggers.give(person.id),
        }

    def message_shortcut(self, person: Person, callback_id: str, channel: Channel, message: Message) -> dict[str, Any]:
        """Return the payload of a shortcut on a message."""
        return {
            **self._head("message_action", person),
            "action_ts": self._slack.workspace.new_ts(),
            "callback_id": callback_id,
            "trigger_id": self._slack.triggers.give(person.id),
            "channel": _place(channel),
            "response_url": self._slack.response_urls.give(channel, person.id, message),
            "message_ts": message.ts,
            "message": message.as_slack(with_metadata=False),
        }

    def suggestion(self, person: Person, view: View, block: Block, element: Element, query: str) -> dict[str, Any]:
        """Return the payload that asks the app for options."""
        return {
            **self._head("block_suggestion", person),
            "container": {"type": "view", "view_id": view.id},
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": query,
            "view": self._slack.views.as_slack(view),
        }

    def _head(self, kind: str, person: Person) -> dict[str, Any]:
        return {
            "type": kind,
            "team": {"id": person.team_id, "domain": _domain(person)},
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
            "api_app_id": APP,
            "token": VERIFICATION_TOKEN,
            "enterprise": None,
            "is_enterprise_install": False,
        }


def _domain(person: Person) -> str:
    return TEAM_DOMAIN if person.team_id == TEAM else "partner"


def _place(channel: Channel) -> dict[str, str]:
    return {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name}
