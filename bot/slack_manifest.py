"""The Slack app's manifest, made of the configuration and of what the loaded plugins serve: no command too few, no scope too many.

Source: https://docs.slack.dev/reference/app-manifest
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import yaml

from bot.core.configuration import Configuration
from bot.core.markup import shorten
from bot.engine.context import OWN_SLASH, slash
from bot.engine.plugins import Registry

# Slack's limits.
_SHORTCUT_NAME = 24
_DESCRIPTION = 100  # a slash command's may be longer, but no menu shows it
_USAGE = 100

ALWAYS: Mapping[str, str] = {
    "app_mentions:read": "@chatops release checkout 1.5.0",
    "channels:history": "replies in threads of public channels; finding a message again whose posting got no answer",
    "channels:read": "whether people of other companies read a public channel: no log line is shown there",
    "chat:write": "messages, and their edits",
    "commands": "the slash commands",
    "files:write": "the picture of a trend, where the workspace does not know charts",
    "groups:history": "the same in private channels",
    "groups:read": "the same of a private channel",
    "im:history": "words to the bot alone",
    "im:write": "telling one person what can't be shown in a channel",
    "users:read": "who is a guest, or of another company",
}
REACTIONS = {"reactions:read": "an emoji on a message"}
GROUPS = {"usergroups:read": "who is in a role; user groups need a paid plan"}
APP_TOKEN_SCOPE = "connections:write"  # noqa: S105 - of the app-level token; no manifest can make that one

_OPS = ("How things stand, and every other command", "status | watches | help")


def scopes(configuration: Configuration, registry: Registry) -> dict[str, str]:
    """Return the scopes of the bot's token, each with what it is for, by name."""
    has_groups = any(holder.startswith("S") for holders in configuration.roles.values() for holder in holders)
    return dict(sorted({**ALWAYS, **(REACTIONS if registry.reactions else {}), **(GROUPS if has_groups else {})}.items()))


def events(registry: Registry) -> list[str]:
    """Return the events that Slack shall send."""
    found = ["app_mention", "message.channels", "message.groups", "message.im"]
    found += ["app_home_opened"] if registry.homes else []
    found += ["reaction_added", "reaction_removed"] if registry.reactions else []
    return sorted(found)


def manifest(configuration: Configuration, registry: Registry) -> dict[str, Any]:
    """Return the whole manifest. In Socket Mode the bot calls out, so there is no address in it."""
    features: dict[str, Any] = {
        "app_home": {
            "home_tab_enabled": bool(registry.homes),
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": "chatops", "always_online": True},
        "slash_commands": list(_commands(configuration, registry)),
    }
    if registry.shortcuts:
        features["shortcuts"] = list(_shortcuts(registry))
    return {
        "display_information": {
            "name": "chatopsd",
            "description": "Releases, log watch and acknowledgement, where the team talks",
            "background_color": "#1f2d3d",
        },
        "features": features,
        "oauth_config": {"scopes": {"bot": list(scopes(configuration, registry))}},
        "settings": {
            "event_subscriptions": {"bot_events": events(registry)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def _commands(configuration: Configuration, registry: Registry) -> Iterator[dict[str, Any]]:
    """Yield the commands that have a slash of their own; every other one is reached through /ops."""
    for command in registry.described():
        if command.name in OWN_SLASH:
            yield _command(slash(configuration, command.name), _first_sentence(command.help), command.usage)
    yield _command(slash(configuration, "ops"), *_OPS)


def _command(name: str, description: str, usage: str) -> dict[str, Any]:
    shown = {"command": name, "description": shorten(description, _DESCRIPTION) or name}
    if usage:
        shown["usage_hint"] = shorten(usage, _USAGE)
    # Mentions in a command's text arrive as ids, which can't be forged.
    return {**shown, "should_escape": True}


def _shortcuts(registry: Registry) -> Iterator[dict[str, Any]]:
    for callback_id, found in sorted(registry.shortcuts.items()):
        name = callback_id.partition("_")[0].capitalize() + "…"
        yield {
            "name": shorten(name, _SHORTCUT_NAME),
            "type": "global",
            "callback_id": callback_id,
            "description": shorten(_first_sentence(found.handler.__doc__ or ""), _DESCRIPTION) or name,
        }


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")


def as_yaml(content: Mapping[str, Any]) -> str:
    """Write a manifest as YAML."""
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=120)


def link(content: Mapping[str, Any]) -> str:
    """Return the address that opens Slack's page for a new app, with this manifest filled in."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))  # JSON is YAML, and the shortest form of it
    return f"https://api.slack.com/apps?new_app=1&manifest_yaml={quote(text, safe='')}"
