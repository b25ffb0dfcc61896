"""Values as JSON documents and back, across versions: what a newer version added is left out, what an older one lacked gets its default."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache, partial
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from bot.adapters.journal.columns import moment, stamp
from bot.ports.errors import JournalError

T = TypeVar("T")

_ZEROS: dict[object, object] = {str: "", int: 0, float: 0.0, bool: False}
_MISSING = object()


def write(value: object) -> str:
    """Write a value, or plain JSON, as a document: ASCII, so that any character (half a surrogate pair of a log line, too) survives."""
    return _document(value)


def canonical(value: object) -> str:
    """Write plain JSON in the one form that is hashed: sorted keys, no blanks, UTF-8. What UTF-8 can't hold becomes U+FFFD.

    Raises:
        ValueError: a number is not finite.
        TypeError: it is not plain JSON.
    """
    return _canonical(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read(kind: type[T], text: str) -> T:
    """Read a document that `write` made of a value of this kind.

    Raises:
        JournalError: the document can't be such a value: it is damaged, or a newer version wrote what this one does not know.
    """
    try:
        made: T = _build(kind, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise JournalError(
            f"The journal holds a {kind.__name__} that this version can't read ({error}). Run the version that wrote it, or restore a backup."
        ) from error
    return made


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _names(type(value))}
    if isinstance(value, datetime):
        return stamp(value)
    return _mapping(value)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _mapping(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} has no place in a document")


_document = json.JSONEncoder(default=_plain, sort_keys=True, separators=(",", ":")).encode
_canonical = json.JSONEncoder(default=_mapping, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def _build(kind: Any, body: Mapping[str, Any]) -> Any:
    return kind(**{name: decode(body[name]) if name in body else absent() for name, decode, absent in _plan(kind)})


@cache
def _plan(kind: Any) -> tuple[tuple[str, Callable[[Any], Any], Callable[[], Any]], ...]:
    """Return for each field of a dataclass its name, how it is read, and what it is when it is absent."""
    hints = get_type_hints(kind)
    return tuple((f.name, _decoder(hints[f.name]), _absent(kind, f, hints[f.name])) for f in fields(kind))


def _decoder(hint: Any) -> Callable[[Any], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        inner = _decoder(next(a for a in arguments if a is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _decoder(arguments[0])
        return lambda value: tuple(item(each) for each in value)
    if origin is not None:
        return dict
    if hint is datetime:
        return moment
    if is_dataclass(hint):
        return partial(_build, hint)
    if isinstance(hint, type) and issubclass(hint, (Enum, str)) and hint is not str:
        return hint
    return lambda value: value


def _absent(kind: type[Any], field: "Field[Any]", hint: Any) -> Callable[[], Any]:
    if field.default_factory is not MISSING:
        return field.default_factory
    value = field.default if field.default is not MISSING else _zero(hint)

    def absent() -> Any:
        if value is _MISSING:
            raise ValueError(f"{kind.__name__}.{field.name} is missing")
        return value

    return absent


def _zero(hint: Any) -> object:
    """Return what stands for nothing in a field that has no default; `_MISSING` when nothing does."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return None
    if origin is tuple:
        return ()
    return _ZEROS.get(hint, _MISSING)
