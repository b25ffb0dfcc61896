"""`doctor`: look at everything that a release, an alert or a restart will need, and say what is wrong and what mends it."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.commands.parser import FAILED, OK, add, settings_here
from bot.ports.errors import ConfigError

if TYPE_CHECKING:
    from bot.commands.parser import Commands
    from bot.doctor.finding import Finding
    from bot.settings import Settings

EXITS = "0: nothing failed; 1: something did"


def register(commands: "Commands") -> None:
    """Add the command."""
    made = add(
        commands, "doctor", _doctor, "look at settings, Slack, GitHub, journal and logs, and say what mends each thing that is wrong"
    )
    made.epilog = f"Exit code {EXITS}. It changes nothing; --ask posts one button that only the person named sees."
    made.add_argument("--json", action="store_true", help="as a JSON list")
    made.add_argument(
        "--ask", metavar="USER", type=_user, help="post a test button to this person (a member id, U…) and wait for the click"
    )


def _doctor(options: argparse.Namespace) -> int:
    from bot.core.redaction import Redactor
    from bot.doctor.finding import Level, fail

    found: list[Finding] = []
    try:
        settings = settings_here()
    except ConfigError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        findings, redactor = iter([fail("settings", line) for line in lines[1:] or lines]), Redactor()
    else:
        findings, redactor = _findings(settings, options.ask or ""), Redactor(settings.secrets)
    for each in findings:
        found.append(each.redacted(redactor))
        if not options.json:
            print(found[-1], flush=True)
    count = {level: sum(each.level is level for each in found) for level in Level}
    if options.json:
        print(json.dumps([each.as_json() for each in found], indent=2, ensure_ascii=False))
    else:
        print(f"\n{count[Level.OK]} ok, {count[Level.WARN]} to look at, {count[Level.FAIL]} wrong.")
    return FAILED if count[Level.FAIL] else OK


def _findings(settings: "Settings", asked: str) -> "Iterator[Finding]":
    from bot.adapters.clock import SystemClock
    from bot.core.plurals import counted
    from bot.doctor import machine
    from bot.doctor.finding import examined, fail, ok
    from bot.doctor.github import GitHubExamination
    from bot.doctor.round_trip import round_trip
    from bot.doctor.slack import SlackExamination
    from bot.opening import load_plugins

    configuration, clock = settings.configuration, SystemClock()
    yield ok(
        "settings",
        f"{settings.config_path}: {counted(len(configuration.services), 'service')}, {counted(len(configuration.watches), 'watch')}",
    )
    yield from machine.secrets(Path.cwd() / ".env")
    yield from machine.unencrypted(settings)
    try:
        registry = load_plugins(settings)
    except ConfigError as error:
        for line in str(error).splitlines():
            yield fail("plugins", line, "mend it, or take it out of `plugins`")
        return
    yield ok("plugins", f"{', '.join(configuration.plugins)}: {counted(len(registry.commands), 'command')}")
    yield from examined("Slack", SlackExamination(settings, registry).findings)
    yield from round_trip(settings, asked, lambda text: print(text, file=sys.stderr, flush=True))
    yield from examined("GitHub", lambda: GitHubExamination(settings, clock).findings())
    yield from machine.journal(settings)
    yield from machine.disk(settings)
    yield from machine.watches(settings, clock)
    yield from machine.alertmanager(settings)


def _user(text: str) -> str:
    if not re.fullmatch(r"[UW][A-Z0-9]{2,30}", text):
        raise argparse.ArgumentTypeError("expected a member id such as U0123456789: in Slack, the profile, “Copy member ID”")
    return text
