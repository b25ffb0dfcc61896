"""Small rules that say what a JSON value must look like, and complain in Slack's words with a JSON pointer."""

import re
from collections.abc import Callable
from typing import Any

Problems = list[str]
Rule = Callable[[Any, str, Problems], None]
"""Looks at a value at a JSON pointer and adds what is wrong with it to the problems."""


def complain(problems: Problems, message: str, pointer: str) -> None:
    problems.append(f"{message} [json-pointer:{pointer}]")


def string(most: int | None = None, least: int = 1, pattern: str | None = None) -> Rule:
    """Make a rule for a string of so many characters."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, str):
            complain(problems, "must provide a string", pointer)
        elif len(value) < least:
            complain(problems, f"must be more than {least - 1} characters", pointer)
        elif most is not None and len(value) > most:
            complain(problems, f"must be less than {most + 1} characters", pointer)
        elif pattern and not re.fullmatch(pattern, value):
            complain(problems, "must be a valid value", pointer)

    return check


def boolean(value: Any, pointer: str, problems: Problems) -> None:
    """Want true or false."""
    if not isinstance(value, bool):
        complain(problems, "must be a boolean", pointer)


def number(least: float | None = None, most: float | None = None, whole: bool = False) -> Rule:
    """Make a rule for a number between two bounds, both allowed."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            complain(problems, "must be an integer" if whole else "must be a number", pointer)
        elif (least is not None and value < least) or (most is not None and value > most):
            complain(problems, f"must be between {least} and {most}", pointer)

    return check


def one_of(*values: Any) -> Rule:
    """Make a rule for a value out of a list."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if value not in values:
            complain(problems, f"must be one of {', '.join(map(str, values))}", pointer)

    return check


def array(item: Rule, most: int | None = None, least: int = 0) -> Rule:
    """Make a rule for a list whose items follow a rule."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, list):
            complain(problems, "must provide an array", pointer)
            return
        if len(value) < least:
            complain(problems, f"no fewer than {least} items required", pointer)
        if most is not None and len(value) > most:
            complain(problems, f"no more than {most} items allowed", pointer)
            return
        for n, each in enumerate(value):
            item(each, f"{pointer}/{n}", problems)

    return check


def shape(required: dict[str, Rule], optional: dict[str, Rule] | None = None, *also: Rule) -> Rule:
    """Make a rule for an object with these fields and no others; `also` are rules for the object as a whole."""
    known = {**required, **(optional or {}), "type": anything}

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if not isinstance(value, dict):
            complain(problems, "must provide an object", pointer)
            return
        before = len(problems)
        for name in required:
            if value.get(name) is None:
                complain(problems, f"missing required field: {name}", pointer)
        for name, content in value.items():
            rule = known.get(name)
            if rule is None:
                complain(problems, f"invalid additional property: {name}", pointer)
            elif content is not None:
                rule(content, f"{pointer}/{name}", problems)
        if len(problems) == before:
            for rule in also:
                rule(value, pointer, problems)

    return check


def by_type(rules: dict[str, Rule]) -> Rule:
    """Make a rule that looks at an object's `type` and applies the rule for it."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            complain(problems, "must provide an object", pointer)
        elif kind is None:
            complain(problems, "missing required field: type", pointer)
        elif kind not in rules:
            complain(problems, f"unsupported type: {kind}", f"{pointer}/type")
        else:
            rules[kind](value, pointer, problems)

    return check


def anything(value: Any, pointer: str, problems: Problems) -> None:
    """Want nothing in particular."""


def exactly_one(*names: str) -> Rule:
    """Make a rule that one and only one of these fields is there."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if sum(value.get(name) is not None for name in names) != 1:
            complain(problems, f"must provide exactly one of: {', '.join(names)}", pointer)

    return check


def at_least_one(*names: str) -> Rule:
    """Make a rule that any of these fields is there."""

    def check(value: Any, pointer: str, problems: Problems) -> None:
        if all(value.get(name) is None for name in names):
            complain(problems, f"must provide at least one of: {', '.join(names)}", pointer)

    return check
