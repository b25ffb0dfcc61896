"""LogQL, the part of it that the sandbox understands: a stream selector, line filters, and `sum(count_over_time(… [5m]))`. The rest is a parse error.

Source: https://grafana.com/docs/loki/latest/query/log_queries/ and https://grafana.com/docs/loki/latest/query/metric_queries/
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Labels = Mapping[str, str]

_STRING = r'"(?:\\.|[^"\\])*"|`[^`]*`'
_MATCHER = re.compile(rf"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*({_STRING})\s*(,|\}})")
_FILTER = re.compile(rf"\s*(\|=|!=|\|~|!~)\s*({_STRING})")
_COUNT = re.compile(r"\s*sum\s*\(\s*count_over_time\s*\((.*)\[\s*([0-9a-z]+)\s*\]\s*\)\s*\)\s*", re.DOTALL)
# What Prometheus takes as a duration, and LogQL as a range: the units in this order, each at most once.
_RANGE = re.compile(r"(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?")
_UNITS_MS = (31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "b": "\b", "f": "\f"}
_NOT_RE2 = re.compile(r"\(\?[=!<]|\\[1-9]|[*+?}]\+")  # look-around, back references, possessive quantifiers


class ParseError(Exception):
    """The query is none; the text is Loki's."""


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which streams, and which of their lines."""

    streams: Callable[[Labels], bool]
    lines: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class CountQuery:
    """`sum(count_over_time(…))` over a range."""

    of: LogQuery
    range_ns: int


def parse(query: str) -> LogQuery | CountQuery:
    """Read a query.

    Raises:
        ParseError: it is none, or one that the sandbox does not know.
    """
    counted = _COUNT.fullmatch(query)
    if counted is None:
        return _log_query(query)
    found = _RANGE.fullmatch(counted[2])
    length = sum(int(number or 0) * unit for number, unit in zip(found.groups(), _UNITS_MS, strict=True)) if found else 0
    if not length:
        raise ParseError(f'parse error : not a valid duration string: "{counted[2]}"')
    return CountQuery(_log_query(counted[1]), length * 1_000_000)


def _log_query(query: str) -> LogQuery:
    text = query.lstrip()
    if not text.startswith("{"):
        raise ParseError(f"parse error at line 1, col 1: syntax error: unexpected {text[:1] or '$end'}")
    matchers, at = [], 1
    while True:
        found = _MATCHER.match(text, at)
        if found is None:
            raise ParseError(f"parse error at line 1, col {at + 1}: syntax error: unexpected STRING, expecting IDENTIFIER or }}")
        matchers.append((found[1], _test(found[2], _unquoted(found[3]), whole=True)))
        at = found.end()
        if found[4] == "}":
            break
    filters = []
    while at < len(text.rstrip()):
        found = _FILTER.match(text, at)
        if found is None:
            raise ParseError(f"parse error at line 1, col {at + 1}: syntax error: unexpected {text[at:].strip()[:1]}")
        filters.append(
            _test(found[1].replace("|=", "contains").replace("!=", "lacks").replace("|~", "=~"), _unquoted(found[2]), whole=False)
        )
        at = found.end()
    return LogQuery(
        lambda labels: all(test(labels.get(name, "")) for name, test in matchers), lambda line: all(test(line) for test in filters)
    )


def _test(operator: str, value: str, whole: bool) -> Callable[[str], bool]:
    match operator:
        case "=":
            return lambda text: text == value
        case "!=":
            return lambda text: text != value
        case "contains":
            return lambda text: value in text
        case "lacks":
            return lambda text: value not in text
    if _NOT_RE2.search(value):
        raise ParseError(f"parse error : error parsing regexp: invalid or unsupported Perl syntax: `{value}`")
    try:
        compiled = re.compile(value, re.DOTALL if whole else 0)
    except re.error as error:
        raise ParseError(f"parse error : error parsing regexp: {error}: `{value}`") from None
    find = compiled.fullmatch if whole else compiled.search
    return (lambda text: find(text) is not None) if operator == "=~" else (lambda text: find(text) is None)


def _unquoted(text: str) -> str:
    if text.startswith("`"):
        return text[1:-1]
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPES.get(m[2], m[2]), text[1:-1])
