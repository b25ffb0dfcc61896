"""GitHub's `${{ … }}` expressions, as far as workflows for chat use them: contexts, comparison, logic and a few functions."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Contexts = Mapping[str, Any]

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<operator>==|!=|<=|>=|&&|\|\||[!<>(),.\[\]])|(?P<name>[A-Za-z_][\w-]*))"""
)


class ExpressionError(ValueError):
    """An expression that the sandbox does not understand."""


def fill(text: str, contexts: Contexts) -> str:
    """Replace each `${{ … }}` in a text by its value."""
    return _EXPRESSION.sub(lambda match: as_text(evaluate(match[1], contexts)), text)


def holds(condition: object, contexts: Contexts) -> bool:
    """Decide an `if:`; like GitHub, it implies `success()` unless a status function is named."""
    text = str(condition).strip()
    if match := re.fullmatch(r"\$\{\{(.*)\}\}", text, re.DOTALL):
        text = match[1]
    if not re.search(r"\b(success|failure|always|cancelled)\s*\(", text):
        text = f"success() && ({text})"
    return truthy(evaluate(text, contexts))


def evaluate(text: str, contexts: Contexts) -> Any:
    """Return the value of one expression.

    Args:
        contexts: `inputs`, `github`, `env`, … by name; a callable is a function.

    Raises:
        ExpressionError: it cannot be read.
    """
    return _Reader(text, contexts).read()


def truthy(value: Any) -> bool:
    """Tell what counts as true: everything but null, false, 0 and the empty string."""
    return value not in (None, False, 0, "")


def as_text(value: Any) -> str:
    """Write a value as GitHub does inside of a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


class _Reader:
    """A recursive descent over the tokens of one expression."""

    def __init__(self, text: str, contexts: Contexts) -> None:
        self._text = text
        self._tokens = self._split(text.strip())
        self._at = 0
        self._contexts = contexts

    def read(self) -> Any:
        value = self._or()
        if self._at != len(self._tokens):
            raise ExpressionError(f"Unexpected {self._tokens[self._at][1]!r} in {self._text!r}")
        return value

    def _split(self, text: str) -> list[tuple[str, str]]:
        tokens, place = [], 0
        while place < len(text):
            match = _TOKEN.match(text, place)
            if match is None or match.lastgroup is None:
                raise ExpressionError(f"Unexpected symbol at {text[place:]!r}")
            tokens.append((match.lastgroup, match[match.lastgroup]))
            place = match.end()
        return tokens

    def _take(self, *operators: str) -> str | None:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "operator" and self._tokens[self._at][1] in operators:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return None

    def _need(self, operator: str) -> None:
        if not self._take(operator):
            raise ExpressionError(f"Expected {operator!r} in {self._text!r}")

    def _or(self) -> Any:
        value = self._and()
        while self._take("||"):
            other = self._and()
            value = value if truthy(value) else other
        return value

    def _and(self) -> Any:
        value = self._comparison()
        while self._take("&&"):
            other = self._comparison()
            value = other if truthy(value) else value
        return value

    def _comparison(self) -> Any:
        value = self._not()
        while operator := self._take("==", "!=", "<=", ">=", "<", ">"):
            value = _compare(operator, value, self._not())
        return value

    def _not(self) -> Any:
        if self._take("!"):
            return not truthy(self._not())
        return self._value()

    def _value(self) -> Any:
        if self._take("("):
            value = self._or()
            self._need(")")
            return value
        if self._at == len(self._tokens):
            raise ExpressionError(f"Unexpected end of {self._text!r}")
        kind, token = self._tokens[self._at]
        self._at += 1
        match kind:
            case "string":
                return token[1:-1].replace("''", "'")
            case "number":
                return float(token) if "." in token else int(token)
            case "name":
                return self._name(token)
        raise ExpressionError(f"Unexpected {token!r} in {self._text!r}")

    def _name(self, name: str) -> Any:
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        value: Any = self._contexts.get(name)
        if self._take("("):
            return self._call(name, value)
        while step := self._take(".", "["):
            if step == ".":
                key: Any = self._tokens[self._at][1] if self._at < len(self._tokens) else ""
                self._at += 1
            else:
                key = self._or()
                self._need("]")
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _call(self, name: str, function: Any) -> Any:
        arguments = []
        while not self._take(")"):
            arguments.append(self._or())
            self._take(",")
        known: Callable[..., Any] | None = function if callable(function) else _FUNCTIONS.get(name)
        if known is None:
            raise ExpressionError(f"Unrecognized function: '{name}'")
        return known(*arguments)


def _compare(operator: str, one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        one, other = one.casefold(), other.casefold()  # GitHub ignores case when it compares texts
    match operator:
        case "==":
            return bool(one == other)
        case "!=":
            return bool(one != other)
        case "<":
            return bool(one < other)
        case ">":
            return bool(one > other)
        case "<=":
            return bool(one <= other)
        case _:
            return bool(one >= other)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": lambda where, what: what in where if isinstance(where, list) else as_text(what).casefold() in as_text(where).casefold(),
    "startsWith": lambda text, start: as_text(text).casefold().startswith(as_text(start).casefold()),
    "endsWith": lambda text, end: as_text(text).casefold().endswith(as_text(end).casefold()),
    "format": lambda pattern, *values: re.sub(r"\{(\d+)\}", lambda match: as_text(values[int(match[1])]), pattern),
    "join": lambda values, between=",": between.join(map(as_text, values)) if isinstance(values, list) else as_text(values),
    "toJSON": lambda value: json.dumps(value, indent=2),
    "fromJSON": json.loads,
}
