"""The app's manifest: valid, with the commands that we serve and the scopes that we use, and no more."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # the stubs are a package of their own
import pytest
import yaml
from referencing import Registry, Resource

from bot.engine.context import OWN_SLASH
from bot.engine.plugins import load

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared" / "data" / "slack-manifest" / "manifest.schema.json"
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "slack-app-manifest.yaml").read_text())

# Which scope each method of the Web API needs, by Slack's reference. "": none.
SCOPE_OF = {
    "api_call": "",
    "apps_connections_open": "",  # the app-level token's own
    "auth_test": "",
    "chat_getPermalink": "",
    "chat_postEphemeral": "chat:write",
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "conversations_history": "channels:history",
    "conversations_info": "channels:read",  # and groups:read for private channels
    "conversations_open": "im:write",
    "conversations_replies": "channels:history",
    "files_completeUploadExternal": "files:write",
    "files_getUploadURLExternal": "files:write",
    "respond": "",
    "usergroups_list": "usergroups:read",
    "usergroups_users_list": "usergroups:read",
    "users_info": "users:read",
    "views_open": "",
    "views_publish": "",
    "views_update": "",
}
# By Slack's reference, which scope each event needs.
SCOPE_OF_EVENT = {
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}


def resource_of(address: str) -> Resource[Any]:
    """Return a part of the schema: they name each other by addresses of the network, and stand side by side here."""
    return Resource.from_contents(json.loads((SCHEMA.parent / address.rsplit("/", 1)[-1]).read_text()))


def test_the_manifest_is_valid_by_slack_s_own_schema() -> None:
    if not SCHEMA.exists():
        pytest.skip("Slack's manifest schema is not here: ../shared/data/slack-manifest/manifest.schema.json")
    schema = json.loads(SCHEMA.read_text())
    registry: Registry[Any] = Registry(retrieve=resource_of)  # type: ignore[call-arg]  # its attribute has another name

    validator = jsonschema.Draft7Validator(schema, registry=registry)

    assert [error.message for error in validator.iter_errors(MANIFEST)] == []
    broken = MANIFEST | {"features": {"slash_commands": [{"command": "/x"}]}}
    assert not validator.is_valid(broken)


def test_the_manifest_has_the_scopes_that_are_used_and_no_more() -> None:
    source = "".join(path.read_text() for path in (ROOT / "bot" / "adapters" / "slack").glob("*.py"))
    called = set(re.findall(r"client\.((?:auth|apps|chat|conversations|users?|usergroups|views|reactions|files|team|bots)_\w+)\b", source))

    assert called <= SCOPE_OF.keys()
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    needed = {SCOPE_OF[method] for method in called} | {SCOPE_OF_EVENT[event] for event in events} | {"commands", "groups:read"}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed - {""}


def test_the_manifest_has_the_slash_commands_of_the_shipped_plugins() -> None:
    shipped = [path.stem for path in (ROOT / "plugins").glob("[a-z]*.py")] + [
        path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py")
    ]
    served = {command.name for command in load(shipped, []).described()} & OWN_SLASH
    commands = MANIFEST["features"]["slash_commands"]

    assert {command["command"] for command in commands} == {f"/{name}" for name in served} | {"/ops"}
    assert all(command["should_escape"] for command in commands)
