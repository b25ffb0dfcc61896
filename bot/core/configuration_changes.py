"""What a reload of the configuration changed, in words."""

from collections.abc import Callable, Mapping
from dataclasses import fields

from bot.core.blocks import Message, preformatted, section
from bot.core.configuration import Configuration
from bot.core.markup import Mrkdwn, code, join, md

MOST_LINES = 15

# Fields that hold named things are compared by their names; of every other field it is said that it changed.
_NAMED: Mapping[str, tuple[str, Callable[[Configuration], Mapping[str, object]]]] = {
    "services": ("service", lambda configuration: configuration.services),
    "roles": ("role", lambda configuration: configuration.roles),
    "watches": ("watch", lambda configuration: {watch.name: watch for watch in configuration.watches}),
    "plugins": ("plugin", lambda configuration: dict.fromkeys(configuration.plugins)),
}


def changes(before: Configuration, after: Configuration) -> list[str]:
    """Return what differs, a short sentence each: "service checkout changed", "role approver added", "approval_expires changed"."""
    said: list[str] = []
    for field in fields(Configuration):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new:
            continue
        if field.name == "metrics":  # read at a start only: who reloads says so
            continue
        if field.name not in _NAMED:
            said.append(f"{field.name} changed")
            continue
        what, named = _NAMED[field.name]
        lines = _differences(what, named(before), named(after))
        said += lines or [f"the order of {field.name} changed"]
    return said


def _differences(what: str, before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    added = [f"{what} {name} added" for name in after if name not in before]
    removed = [f"{what} {name} removed" for name in before if name not in after]
    return added + removed + [f"{what} {name} changed" for name in after if name in before and before[name] != after[name]]


def reloaded_card(changed: list[str]) -> Message:
    """Return what the timeline shows after a reload."""
    headline = md("🔧 The configuration was reloaded: {} changed.", "1 thing" if len(changed) == 1 else f"{len(changed)} things")
    return Message.of(headline, section(join("\n", [headline, *_listed(changed)])))


def refused_card(mistakes: str, kept: str) -> Message:
    """Return what the timeline shows when the file on the disk can't be used.

    Args:
        mistakes: what is wrong, a line each.
        kept: what goes on meanwhile.
    """
    headline = md("⚠️ *The configuration was not reloaded.* {}", kept)
    step = md("Mend the file, then {}.", code("systemctl reload chatopsd"))
    return Message.of(headline, section(headline), preformatted("\n".join(mistakes.splitlines()[:MOST_LINES])), section(step))


def _listed(lines: list[str]) -> list[Mrkdwn]:
    shown = [md("• {}", line) for line in lines[:MOST_LINES]]
    return shown + ([md("… and {} more", len(lines) - MOST_LINES)] if len(lines) > MOST_LINES else [])
