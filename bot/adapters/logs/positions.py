"""Positions in a log as JSON and back, across versions: what a newer version added is left out, what an older one lacked gets its default."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from bot.ports.errors import Unavailable

T = TypeVar("T")


def position_of(kind: type[T], body: object) -> T:
    """Return a position that was written as JSON. Its fields are texts, whole numbers and truths.

    Raises:
        Unavailable: it has another form.
    """
    if not isinstance(body, Mapping):
        raise unreadable(kind.__name__)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in body:
            values[field.name] = body[field.name]
            if type(values[field.name]) is not field.type:
                raise unreadable(field.name)
        elif field.default is MISSING:
            raise unreadable(field.name)
    return kind(**values)


def unreadable(what: str) -> Unavailable:
    """Return what says that a position has a form that this version does not know."""
    return Unavailable(
        f"Where reading goes on was written by another version of chatopsd, and this one can't read it ({what}). "
        "Run that version; or give the watch another name, and it begins anew at the end of its logs."
    )
