"""`views.*`."""

from typing import Any

from sandbox.slack.blocks import check_view
from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Call, method
from sandbox.slack.state import View


def _body(call: Call, kind: str) -> dict[str, Any]:
    body = call.args.structure("view")
    check_view(body, kind)
    return dict(body)


def _trigger_id(call: Call) -> str:
    trigger_id = call.args.text("trigger_id") or call.args.text("interactivity_pointer")
    if not trigger_id:
        raise SlackError("invalid_arguments", ["missing required field: trigger_id"])
    return trigger_id


def _answer(call: Call, view: View) -> dict[str, Any]:
    return {"view": call.slack.views.as_slack(view)}


@method("views.open", required=("view",))
def open_view(call: Call) -> dict[str, Any]:
    body = _body(call, "modal")
    trigger = call.slack.triggers.take(_trigger_id(call))
    return _answer(call, call.slack.views.open(trigger.user, body))


@method("views.push", required=("view",))
def push(call: Call) -> dict[str, Any]:
    body = _body(call, "modal")
    trigger = call.slack.triggers.take(_trigger_id(call))
    if trigger.view_id is None:
        raise SlackError("not_found")
    return _answer(call, call.slack.views.push(trigger.user, body))


@method("views.update", required=("view",))
def update(call: Call) -> dict[str, Any]:
    if not call.args.has("view_id") and not call.args.has("external_id"):
        raise SlackError("invalid_arguments", ["missing required field: view_id"])
    view = call.slack.views.find(call.args.text("view_id") or None, call.args.text("external_id"))
    body = _body(call, view.body["type"])
    _check_hash(call, view)
    call.slack.views.update(view, body)
    return _answer(call, view)


@method("views.publish", required=("user_id", "view"))
def publish(call: Call) -> dict[str, Any]:
    user = call.args.text("user_id")
    if user not in call.slack.workspace.people:
        raise SlackError("invalid_arguments", ["invalid `user_id`"])
    body = _body(call, "home")
    view = call.slack.views.home(user)
    if view is not None:
        _check_hash(call, view)
    return _answer(call, call.slack.views.publish(user, body))


def _check_hash(call: Call, view: View) -> None:
    if call.args.has("hash") and call.args.text("hash") != view.hash:
        raise SlackError("hash_conflict")
