"""The app's manifest: valid, with the commands that we serve and the scopes that we use, and no more."""

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema  # type: ignore[import-untyped]  # the stubs are a package of their own
import pytest
import yaml
from referencing import Registry, Resource

from bot.__main__ import main
from bot.core.configuration import ALWAYS, Configuration
from bot.engine.context import OWN_SLASH
from bot.engine.plugins import load
from bot.settings_checks import check_file
from bot.settings_file import ChatopsFile, as_configuration
from bot.slack_manifest import link, manifest

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT.parent / "shared" / "data" / "slack-manifest" / "manifest.schema.json"
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "slack-app-manifest.yaml").read_text())

README = ROOT / "README.md"
FILE = check_file(tomllib.loads((ROOT / "chatops.example.toml").read_text()))
assert isinstance(FILE, ChatopsFile), FILE
EXAMPLE = as_configuration(FILE)

# Slack's scopes for bots, as far as they may ever concern us: https://docs.slack.dev/reference/scopes
SCOPES_OF_SLACK = {
    *("app_mentions:read", "bookmarks:read", "bookmarks:write", "canvases:read", "canvases:write", "channels:history", "channels:join"),
    *(
        "channels:manage",
        "channels:read",
        "chat:write",
        "chat:write.customize",
        "chat:write.public",
        "commands",
        "emoji:read",
        "files:read",
    ),
    *(
        "files:write",
        "groups:history",
        "groups:read",
        "groups:write",
        "im:history",
        "im:read",
        "im:write",
        "incoming-webhook",
        "links:read",
    ),
    *("links:write", "metadata.message:read", "mpim:history", "mpim:read", "mpim:write", "pins:read", "pins:write", "reactions:read"),
    *("reactions:write", "reminders:read", "reminders:write", "team:read", "usergroups:read", "usergroups:write", "users.profile:read"),
    *("users:read", "users:read.email", "users:write"),
}
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


SHIPPED = replace(EXAMPLE, plugins=("release", "deploy", "rollback", "tag", "ack", "logwatch", "ops"))


def generated(configuration: Configuration) -> dict[str, Any]:
    return manifest(configuration, load(dict.fromkeys((*ALWAYS, *configuration.plugins)), []))


def checked(content: dict[str, Any]) -> list[str]:
    if not SCHEMA.exists():
        pytest.skip("Slack's manifest schema is not here: ../shared/data/slack-manifest/manifest.schema.json")
    registry: Registry[Any] = Registry(retrieve=resource_of)  # type: ignore[call-arg]  # its attribute has another name
    return [error.message for error in jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()), registry=registry).iter_errors(content)]


def test_the_manifest_that_is_made_is_valid_by_slack_s_own_schema() -> None:
    assert checked(generated(SHIPPED)) == []


def test_the_manifest_that_is_made_asks_for_what_the_one_in_the_papers_does() -> None:
    """A new scope, event or shortcut goes into docs/slack-app-manifest.yaml and into bot/slack_manifest.py."""
    made = generated(SHIPPED)
    homeless = {"app_home_opened"} - set(made["settings"]["event_subscriptions"]["bot_events"])

    assert made["oauth_config"] == MANIFEST["oauth_config"]
    assert (
        set(made["settings"]["event_subscriptions"]["bot_events"])
        == set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) - homeless
    )
    for what, key in (("slash_commands", "command"), ("shortcuts", "callback_id")):
        assert {each[key] for each in made["features"][what]} == {each[key] for each in MANIFEST["features"][what]}
    assert made["settings"] | {"event_subscriptions": {}} == MANIFEST["settings"] | {"event_subscriptions": {}}


def test_no_scope_or_event_is_misspelt() -> None:
    made = generated(SHIPPED)

    assert set(made["oauth_config"]["scopes"]["bot"]) <= SCOPES_OF_SLACK
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) <= SCOPE_OF_EVENT.keys()


def test_a_bot_without_reactions_and_groups_asks_for_neither() -> None:
    few = generated(replace(EXAMPLE, plugins=("ops",), roles={"releaser": ("U0ANN",)}))

    assert not {"reactions:read", "usergroups:read"} & set(few["oauth_config"]["scopes"]["bot"])
    assert "reaction_added" not in few["settings"]["event_subscriptions"]["bot_events"]
    commands = {each["command"] for each in few["features"]["slash_commands"]}
    assert "/ops" in commands
    assert not {"/release", "/ack"} & commands
    assert checked(few) == []


def test_commands_are_called_as_the_workspace_calls_them() -> None:
    made = generated(replace(SHIPPED, command_prefix="/acme-", command_names={"release": "/ship"}))

    named = {each["command"] for each in made["features"]["slash_commands"]}
    assert {"/ship", "/acme-deploy", "/acme-ops"} <= named
    assert all(len(each["description"]) <= 100 for each in made["features"]["slash_commands"])


def test_the_link_of_the_readme_opens_the_manifest_of_the_papers() -> None:
    """After a change: python -c "from tests.docs.test_manifest import write_link; write_link()"."""
    (address,) = re.findall(r"\((https://api\.slack\.com/apps\?new_app=1&manifest_yaml=[^)\s]+)\)", README.read_text())

    assert yaml.safe_load(unquote(address.partition("manifest_yaml=")[2])) == MANIFEST


def write_link() -> None:
    """Put the address of today's manifest into the README."""
    text = re.sub(r"\(https://api\.slack\.com/apps\?new_app=1&manifest_yaml=[^)\s]*\)", f"({link(MANIFEST)})", README.read_text())
    README.write_text(text)


def test_the_command_prints_it_before_there_is_any_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "GITHUB_TOKEN", "CHATOPS_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "chatops.toml").write_text((ROOT / "chatops.example.toml").read_text())

    assert main(["manifest"]) == 0
    as_yaml = yaml.safe_load(capsys.readouterr().out)
    assert main(["manifest", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == as_yaml
    assert main(["manifest", "--link"]) == 0
    assert yaml.safe_load(unquote(capsys.readouterr().out.strip().partition("manifest_yaml=")[2])) == as_yaml
