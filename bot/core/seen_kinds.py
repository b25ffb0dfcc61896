"""Kinds of line as a window makes them known, and the texts in which many of them go to the journal at once."""

import json
from collections.abc import Iterable
from typing import NamedTuple


class SeenKind(NamedTuple):
    """A kind of line, and how many there were of it."""

    id: str
    template: str
    times: int


def batch_of(kinds: Iterable[SeenKind]) -> str:
    """Return kinds as one text: in ASCII, whatever their templates hold."""
    return json.dumps(list(kinds), separators=(",", ":"))


def kinds_in(batch: str) -> list[SeenKind]:
    """Return what `batch_of` was given.

    Raises:
        ValueError: this is no such text.
    """
    try:
        return [SeenKind(str(id_), str(template), int(times)) for id_, template, times in json.loads(batch)]
    except TypeError as error:
        raise ValueError(f"expected is a list of kinds: {error}") from error
