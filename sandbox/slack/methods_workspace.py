"""`auth.test`, `apps.connections.open`, `users.*`, `usergroups.*`, `bots.info`, `team.info`."""

from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.methods import Call, method
from sandbox.slack.paging import page
from sandbox.slack.state import APP, APP_NAME, BOT, BOT_USER, TEAM, TEAM_DOMAIN, TEAM_NAME

URL = f"https://{TEAM_DOMAIN}.slack.com/"


@method("auth.test", any_token=True)
def auth_test(call: Call) -> dict[str, Any]:
    if call.token.is_app_level:
        return {"app_name": APP_NAME, "app_id": APP}
    return {
        "url": URL,
        "team": TEAM_NAME,
        "user": APP_NAME,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


@method("apps.connections.open", "connections:write", app_level=True)
def open_connection(call: Call) -> dict[str, Any]:
    return {"url": call.slack.sockets.open_url()}


@method("users.info", "users:read", required=("user",))
def user_info(call: Call) -> dict[str, Any]:
    person = call.slack.workspace.people.get(call.args.text("user"))
    if person is None:
        raise SlackError("user_not_found")
    return {"user": person.as_slack()}


@method("users.list", "users:read")
def list_users(call: Call) -> dict[str, Any]:
    people, metadata = page(call.args, list(call.slack.workspace.people.values()))
    return {"members": [person.as_slack() for person in people], "cache_ts": int(call.slack.world.clock.timestamp()), **metadata}


@method("usergroups.list", "usergroups:read")
def list_groups(call: Call) -> dict[str, Any]:
    with_users = call.args.flag("include_users")
    return {"usergroups": [group.as_slack(with_users) for group in call.slack.workspace.groups.values()]}


@method("usergroups.users.list", "usergroups:read", required=("usergroup",))
def list_group_users(call: Call) -> dict[str, Any]:
    group = call.slack.workspace.groups.get(call.args.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


@method("bots.info", "users:read")
def bot_info(call: Call) -> dict[str, Any]:
    if call.args.text("bot", BOT) != BOT:
        raise SlackError("bot_not_found")
    bot = {"id": BOT, "deleted": False, "name": APP_NAME, "updated": 1764000000, "app_id": APP, "user_id": BOT_USER, "icons": {}}
    return {"bot": bot}


@method("team.info", "team:read")
def team_info(call: Call) -> dict[str, Any]:
    if call.args.text("team", TEAM) != TEAM:
        raise SlackError("team_not_found")
    return {"team": {"id": TEAM, "name": TEAM_NAME, "url": URL, "domain": TEAM_DOMAIN, "email_domain": "", "icon": {"image_default": True}}}
