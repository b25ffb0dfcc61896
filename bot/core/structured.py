"""Structured lines: what JSON and logfmt lines say, at which level, of which service and trace."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_LOGFMT = re.compile(r'(?:^|\s)([A-Za-z_@][\w.@/-]*)=(?:"((?:[^"\\]|\\.)*)"|(\S*))')


@dataclass(frozen=True)
class Structure:
    """Which fields of a structured line say what; the first name that a line has counts. Names with dots lead into nested JSON.

    `error_levels` are lower-case; when there are none, the watch's pattern decides as for any other line.
    """

    message: tuple[str, ...] = ("message", "msg", "event", "error.message", "error", "err")
    level: tuple[str, ...] = ("level", "severity", "lvl", "log.level", "levelname")
    service: tuple[str, ...] = ("service", "service.name", "app")
    trace_id: tuple[str, ...] = ("trace_id", "traceId", "trace.id", "dd.trace_id")
    error_levels: frozenset[str] = frozenset()

    @cached_property
    def level_literals(self) -> tuple[str, ...]:
        """Texts of which every structured line at an error level holds one."""
        found: list[str] = []
        for level in sorted(self.error_levels):
            for spelled in {level, level.upper(), level.capitalize()} if not level.isdigit() else {level}:
                found += [f'":"{spelled}', f'": "{spelled}', f"={spelled}", f'="{spelled}', f'":{spelled}', f'": {spelled}']
        return tuple(found)

    def level_of(self, line: str) -> str:
        """Return the level that a structured line names, in lower case; "" when it is none or names none."""
        return self._said(line, self.level).lower()

    def message_of(self, line: str) -> str:
        """Return what a structured line says; "" when it is none or says nothing."""
        return self._said(line, self.message)

    def summary_of(self, line: str) -> str:
        """Return what a structured line says, for people: with the service in front and the trace behind, where it names them."""
        said, service, trace_id = (self._said(line, names) for names in (self.message, self.service, self.trace_id))
        return f"{f'{service}: ' if service else ''}{said}{f' (trace {trace_id})' if trace_id else ''}" if said else ""

    def _said(self, line: str, names: tuple[str, ...]) -> str:
        fields = fields_of(line)
        return next((text for name in names if (text := _text(_value(fields, name)))), "")


def fields_of(line: str) -> Mapping[str, Any]:
    """Return the fields of a JSON or logfmt line, which may have a header in front; none when it is neither."""
    at = line.find("{")
    if at >= 0 and line.rstrip().endswith("}"):
        try:
            found = json.loads(line[at:])
        except (ValueError, RecursionError):
            pass
        else:
            return found if isinstance(found, dict) else {}
    pairs = _LOGFMT.findall(line)
    if len(pairs) < 2:
        return {}
    return {name: quoted.replace('\\"', '"') if quoted else plain for name, quoted, plain in reversed(pairs)}  # the first one counts


def _value(fields: Mapping[str, Any], name: str) -> Any:
    if name in fields:
        return fields[name]
    first, dot, rest = name.partition(".")
    inner = fields.get(first) if dot else None
    return _value(inner, rest) if isinstance(inner, dict) else None


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
