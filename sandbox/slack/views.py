"""The views that people look at: a stack of at most three modals each, and an App Home."""

import hashlib
from typing import Any

from sandbox.slack import inputs, walk
from sandbox.slack.errors import SlackError
from sandbox.slack.state import APP, BOT, TEAM, View, new_id
from sandbox.world import World

DEEPEST = 3


class Views:
    """All open views."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}
        self._by_id: dict[str, View] = {}
        self._by_external: dict[str, View] = {}
        self._made = 0

    def stack(self, user: str) -> list[View]:
        """Return a person's open modals, top last."""
        return self._stacks.get(user, [])

    def home(self, user: str) -> View | None:
        return self._homes.get(user)

    def all(self) -> list[View]:
        """Return every open modal."""
        return [view for stack in self._stacks.values() for view in stack]

    def find(self, view_id: str | None, external_id: str | None = None) -> View:
        """Return a view by its id, or by the id that the app gave it.

        Raises:
            SlackError: `not_found`.
        """
        view = self._by_id.get(view_id) if view_id else self._by_external.get(external_id or "")
        if view is None:
            raise SlackError("not_found")
        return view

    def open(self, user: str, body: dict[str, Any]) -> View:
        """Show a modal; what the person had open before is gone."""
        for old in reversed(self.stack(user)[:]):
            self.close(old)
        return self._add(user, body)

    def push(self, user: str, body: dict[str, Any]) -> View:
        """Show a modal on top of those that are open.

        Raises:
            SlackError: `push_limit_reached`.
        """
        if len(self.stack(user)) >= DEEPEST:
            raise SlackError("push_limit_reached")
        return self._add(user, body)

    def _add(self, user: str, body: dict[str, Any]) -> View:
        external = body.get("external_id")
        if external and external in self._by_external:
            raise SlackError("duplicate_external_id")
        stack = self._stacks.setdefault(user, [])
        view_id = new_id("V")
        root = stack[0].id if stack else view_id
        view = View(view_id, user, self._settled(body), self._hash(), root, stack[-1].id if stack else None)
        stack.append(view)
        self._register(view)
        self._world.feed.publish("view_opened", only_for=user, user=user, view=self.as_slack(view))
        return view

    def update(self, view: View, body: dict[str, Any]) -> None:
        """Replace what a view shows; fields with the same ids keep what was entered."""
        external = body.get("external_id")
        if external and self._by_external.get(external) not in (None, view):
            raise SlackError("duplicate_external_id")
        self._by_external.pop(view.body.get("external_id") or "", None)
        view.body = self._settled(body)
        view.hash = self._hash()
        kept = {(block["block_id"], element["action_id"]) for block, element in walk.elements(view.body["blocks"])}
        view.chosen = {key: value for key, value in view.chosen.items() if key in kept}
        self._register(view)
        kind = "home" if view.body["type"] == "home" else "view_updated"
        self._world.feed.publish(kind, only_for=view.user, user=view.user, view=self.as_slack(view))

    def publish(self, user: str, body: dict[str, Any]) -> View:
        """Show an App Home."""
        view = self._homes.get(user)
        if view is not None:
            self.update(view, body)
            return view
        view_id = new_id("V")
        view = View(view_id, user, self._settled(body), self._hash(), view_id)
        self._homes[user] = view
        self._register(view)
        self._world.feed.publish("home", only_for=user, user=user, view=self.as_slack(view))
        return view

    def close(self, view: View) -> None:
        """Take a modal away."""
        stack = self.stack(view.user)
        if view in stack:
            stack.remove(view)
        self._by_id.pop(view.id, None)
        self._by_external.pop(view.body.get("external_id") or "", None)
        self._world.feed.publish("view_closed", only_for=view.user, user=view.user, view=self.as_slack(view))

    def changed(self, view: View) -> None:
        """Tell the world what a person entered."""
        kind = "home" if view.body["type"] == "home" else "view_updated"
        self._world.feed.publish(kind, only_for=view.user, user=view.user, view=self.as_slack(view))

    def _register(self, view: View) -> None:
        self._by_id[view.id] = view
        if view.body.get("external_id"):
            self._by_external[view.body["external_id"]] = view

    def _settled(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "blocks": walk.with_ids(body.get("blocks") or [])}

    def _hash(self) -> str:
        self._made += 1
        return f"{int(self._world.clock.timestamp())}.{hashlib.sha256(str(self._made).encode()).hexdigest()[:8]}"

    def as_slack(self, view: View) -> dict[str, Any]:
        """Return the view object of payloads and answers."""
        body = view.body
        shown: dict[str, Any] = {
            "id": view.id,
            "team_id": TEAM,
            "type": body["type"],
            "blocks": body["blocks"],
            "private_metadata": body.get("private_metadata", ""),
            "callback_id": body.get("callback_id", ""),
            "state": {"values": inputs.state_values(body["blocks"], view.chosen)},
            "hash": view.hash,
            "title": body.get("title"),
            "clear_on_close": body.get("clear_on_close", False),
            "notify_on_close": body.get("notify_on_close", False),
            "close": body.get("close"),
            "submit": body.get("submit"),
            "previous_view_id": view.previous_view_id,
            "root_view_id": view.root_view_id,
            "app_id": APP,
            "external_id": body.get("external_id", ""),
            "app_installed_team_id": TEAM,
            "bot_id": BOT,
        }
        if "submit_disabled" in body:
            shown["submit_disabled"] = body["submit_disabled"]
        return shown
