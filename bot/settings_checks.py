"""Mistakes in `chatops.toml`: those of each table, and those between tables, each as one line with its path, all of them at once."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.core.configuration import ALWAYS
from bot.core.quoting import one_line, quoted
from bot.settings_file import ChatopsFile
from bot.settings_sources import SOURCES

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_COMMAND = 32  # Slack's limit for a slash command, with its slash
_EXPECTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "too_short": "at least one",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong. `at`: the variable, or the path in the file. `found` never holds a secret."""

    at: str
    found: str
    expected: str

    def __str__(self) -> str:
        return one_line(f"{self.at}: {self.found}; expected {self.expected}.")


def check_file(raw: Mapping[str, Any]) -> ChatopsFile | list[Mistake]:
    """Check the parsed file as a whole: return it, or everything that is wrong with it."""
    mistakes = list(_between_tables(raw))
    try:
        file = ChatopsFile.model_validate(raw)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return sorted([as_mistake(detail) for detail in details] + mistakes, key=lambda mistake: mistake.at)
    return mistakes or file


def show_path(path: Iterable[str | int]) -> str:
    """Write a path as it would stand in the file: `services.checkout.repo`, `watches[0].every`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            shown += ("." if shown else "") + (part if _BARE_KEY.fullmatch(part) else quoted(part))
    return shown


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return a hint at the known word that is nearest to `word`, "" when none is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"did you mean {near[0]}?" if near else ""


def as_mistake(detail: ErrorDetails, above: tuple[str, ...] = (), keys: Iterable[str] = ()) -> Mistake:
    """Say what pydantic found.

    Args:
        above: the path of the table that was checked.
        keys: the keys that this table may have; without them, those of `chatops.toml`.
    """
    path: tuple[str | int, ...] = (*above, *detail["loc"])
    kind, found = detail["type"], _show(detail["input"])
    if path and path[-1] == "[key]":  # pydantic's mark for a key that is wrong, not its value
        path = path[:-1]
        found = f"the key {_show(path[-1])}"
    match kind:
        case "missing":
            return Mistake(show_path(path), "not set", _required(path))
        case "extra_forbidden":
            known = list(keys) or _keys_of(path[:-1])
            hint = did_you_mean(str(path[-1]), known)
            # What stands there is not shown: a key that we don't know may well hold a token.
            return Mistake(show_path(path), "not a key of this table" + (f", {hint}" if hint else ""), f"one of: {', '.join(known)}")
        case "greater_than_equal":
            return Mistake(show_path(path), f"found {found}", f"at least {detail['ctx']['ge']}")
        case "less_than_equal":
            return Mistake(show_path(path), f"found {found}", f"at most {detail['ctx']['le']}")
    return Mistake(show_path(path), f"found {found}", _EXPECTED.get(kind, detail["msg"]))


def _required(path: tuple[str | int, ...]) -> str:
    examples = {
        "channel": 'the id of the timeline\'s channel, such as "C0123456789"',
        "plugins": 'a list such as ["release", "ops"]',
        "repo": 'owner/repository, such as "acme/checkout"',
        "environments": "at least one table such as [services.checkout.environments.production]",
        "every": 'a duration such as "15m"',
        "source": 'what to read, such as { file = "/var/log/checkout/*.log" }',
        "name": "a name for this watch",
        "chatops": "the table [chatops]",
    }
    return examples.get(str(path[-1]), "a value")


def _keys_of(path: Iterable[str | int]) -> list[str]:
    """Return the keys that the table at `path` may have, in the order of its model."""
    here: Any = ChatopsFile
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel):
            here = here.model_fields[str(part)].annotation
            here = next((arm for arm in get_args(here) if arm is not type(None)), here) if get_origin(here) not in (dict, list) else here
        else:
            here = get_args(here)[-1]
    return list(here.model_fields)


def _show(value: object) -> str:
    """Show a value of the file, short."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, str):
        return quoted(value if len(value) <= 60 else value[:59] + "…")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)[:60]


# Between tables. These read the raw file, so that they are reported together with whatever else is wrong:
# what has not the right form is left out here, its own mistake tells of it.


def _between_tables(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    roles = _table(raw, "roles")
    services = _tables(raw, "services")
    for name, service in services.items():
        yield from _check_environments(("services", name), _tables(service, "environments"), roles)
        yield from _check_repeats(("services", name, "inputs"), _table(service, "inputs"), "one input for each of our words")
    yield from _check_watches(raw.get("watches"), services)
    yield from _check_chatops(_table(raw, "chatops"))
    yield from _check_known(("chatops", "operators"), _table(raw, "chatops").get("operators"), roles, "a role of [roles]")
    loaded = _table(raw, "chatops").get("plugins")
    for name in _table(raw, "plugins"):
        if isinstance(loaded, list) and name not in loaded and name not in ALWAYS:
            yield Mistake(show_path(("plugins", name)), "found settings of a plugin that is not loaded", "a plugin of chatops.plugins")


def _check_environments(
    path: tuple[str, ...], environments: Mapping[str, Mapping[str, Any]], roles: Mapping[str, Any]
) -> Iterator[Mistake]:
    for name, environment in environments.items():
        here = (*path, "environments", name)
        for key in ("approvers", "releasers", "overriders"):
            yield from _check_known((*here, key), environment.get(key), roles, "a role of [roles]")
        yield from _check_known((*here, "after"), environment.get("after"), environments, "another environment of this service")
        yield from _check_approvals(here, environment, roles)
        if environment.get("github_reviews") is True and environment.get("approvers") is None:
            yield Mistake(show_path((*here, "approvers")), "not set, but github_reviews = true", "the role that may review by our buttons")
    yield from _check_order(path, environments)


def _check_known(path: tuple[str | int, ...], name: object, known: Iterable[str], what: str) -> Iterator[Mistake]:
    known = list(known)
    if isinstance(name, str) and name not in known:
        hint = did_you_mean(name, known)
        choice = f"{what} ({', '.join(known)})" if known else f"{what}, of which there is none"
        yield Mistake(show_path(path), f"found {_show(name)}" + (f", {hint}" if hint else ""), choice)


def _check_approvals(path: tuple[str, ...], environment: Mapping[str, Any], roles: Mapping[str, Any]) -> Iterator[Mistake]:
    approvals, approvers = environment.get("approvals"), environment.get("approvers")
    if not isinstance(approvals, int) or isinstance(approvals, bool) or approvals <= 0:
        return
    if approvers is None:
        yield Mistake(show_path((*path, "approvers")), f"not set, but approvals = {approvals}", "the role that approves")
        return
    holders = roles.get(approvers) if isinstance(approvers, str) else None
    if not isinstance(holders, list) or any(not isinstance(holder, str) or holder.startswith("S") for holder in holders):
        return  # how many people a user group has, only Slack knows
    if 0 < len(set(holders)) < approvals:
        people = "1 person" if len(set(holders)) == 1 else f"{len(set(holders))} people"
        yield Mistake(
            show_path((*path, "approvals")), f"found {approvals}, but {approvers} is {people}", "no more than there are approvers"
        )


def _check_order(path: tuple[str, ...], environments: Mapping[str, Mapping[str, Any]]) -> Iterator[Mistake]:
    """Follow each environment's `after`; a circle is told once, at the first of its environments."""
    told: set[str] = set()
    for start in environments:
        way, here = [start], environments[start].get("after")
        while isinstance(here, str) and here in environments and here not in way:
            way.append(here)
            here = environments[here].get("after")
        if here == start and start not in told:
            told.update(way)
            circle = " → ".join([*way, start])
            yield Mistake(
                show_path((*path, "environments", start, "after")), f"found a circle, {circle}", "an order with a first environment"
            )


def _check_watches(watches: object, services: Mapping[str, Any]) -> Iterator[Mistake]:
    if not isinstance(watches, list):
        return
    names = Counter(watch["name"] for watch in watches if isinstance(watch, dict) and isinstance(watch.get("name"), str))
    for number, watch in enumerate(watches):
        if not isinstance(watch, dict):
            continue
        yield from _check_known(("watches", number, "service"), watch.get("service"), services, "a service of [services]")
        yield from _check_environment_of(number, watch, services)
        name = watch.get("name")
        if isinstance(name, str) and names[name] > 1:
            yield Mistake(
                show_path(("watches", number, "name")), f"found {_show(name)} {names[name]} times", "a name of its own for each watch"
            )
        source = watch.get("source")
        kinds = [kind for kind in SOURCES if kind in source] if isinstance(source, dict) else []
        if isinstance(source, dict) and len(kinds) != 1:
            found = f"found {' and '.join(kinds)}" if kinds else "found none"
            yield Mistake(show_path(("watches", number, "source")), found, f"exactly one of: {', '.join(SOURCES)}")


def _check_environment_of(number: int, watch: Mapping[str, Any], services: Mapping[str, Any]) -> Iterator[Mistake]:
    """A watch's environment is one of its service's."""
    environment, service = watch.get("environment"), services.get(str(watch.get("service")))
    path = ("watches", number, "environment")
    if environment is not None and watch.get("service") is None:
        yield Mistake(show_path(path), f"found {_show(environment)}, but the watch has no service", "a service, too")
    elif isinstance(service, Mapping):
        yield from _check_known(path, environment, _tables(service, "environments"), f"an environment of {watch['service']}")


def _check_chatops(chatops: Mapping[str, Any]) -> Iterator[Mistake]:
    plugins = chatops.get("plugins")
    counts = Counter(plugin for plugin in plugins if isinstance(plugin, str)) if isinstance(plugins, list) else {}
    for plugin, count in counts.items():
        if count > 1:
            yield Mistake("chatops.plugins", f"found {_show(plugin)} {count} times", "each plugin once")
    names = _table(chatops, "command_names")
    yield from _check_repeats(("chatops", "command_names"), names, "one name for each command")
    prefix = chatops.get("command_prefix")
    if not isinstance(prefix, str):
        return
    for ours, name in names.items():
        whole = prefix + name.removeprefix("/") if isinstance(name, str) else ""
        if len(whole) > _LONGEST_COMMAND:
            yield Mistake(
                show_path(("chatops", "command_names", ours)),
                f"found {_show(whole)} with its prefix",
                f"at most {_LONGEST_COMMAND} characters",
            )


def _check_repeats(path: tuple[str, ...], table: Mapping[str, Any], expected: str) -> Iterator[Mistake]:
    counts = Counter(value for value in table.values() if isinstance(value, str))
    for value, count in counts.items():
        if count > 1:
            keys = [key for key, other in table.items() if other == value]
            yield Mistake(show_path(path), f"found {_show(value)} for {' and '.join(keys)}", expected)


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _tables(raw: Mapping[str, Any], key: str) -> Mapping[str, Mapping[str, Any]]:
    return {name: table for name, table in _table(raw, key).items() if isinstance(table, dict)}
