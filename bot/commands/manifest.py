"""`manifest`: the Slack app, as this configuration and these plugins need it."""

import argparse
import json
from typing import TYPE_CHECKING

from bot.commands.parser import OK, add, settings_here

if TYPE_CHECKING:
    from bot.commands.parser import Commands


def register(commands: "Commands") -> None:
    """Add the command."""
    made = add(commands, "manifest", _manifest, "print the Slack app's manifest, for these settings and plugins")
    form = made.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON instead of YAML")
    form.add_argument("--link", action="store_true", help="as an address that opens Slack's page for a new app with it")


def _manifest(options: argparse.Namespace) -> int:
    from bot.opening import load_plugins
    from bot.slack_manifest import as_yaml, link, manifest

    settings = settings_here(without_secrets=True)
    content = manifest(settings.configuration, load_plugins(settings))
    if options.link:
        print(link(content))
    else:
        print(json.dumps(content, indent=2, ensure_ascii=False) if options.json else as_yaml(content).rstrip())
    return OK
