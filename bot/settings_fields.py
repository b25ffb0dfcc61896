"""A watch's `fields` in `chatops.toml`: which fields of JSON and logfmt lines say what."""

from typing import Annotated

from pydantic import AfterValidator

from bot.core.structured import Structure
from bot.settings_forms import Table, one_or_many

Names = Annotated[
    list[str], one_or_many('the name of a field such as "msg" or "log.level", or a list of names of which the first that a line has counts')
]
Levels = Annotated[
    list[str],
    one_or_many('a level such as "error", or a list of them'),
    AfterValidator(lambda levels: [level.strip().lower() for level in levels]),
]


class FieldsTable(Table):
    """`[watches.fields]`: what is left out keeps the usual names."""

    message: Names = list(Structure().message)
    level: Names = list(Structure().level)
    service: Names = list(Structure().service)
    trace_id: Names = list(Structure().trace_id)
    error_levels: Levels = []


def as_structure(table: FieldsTable | None) -> Structure | None:
    """Turn the table into our own value."""
    if table is None:
        return None
    return Structure(tuple(table.message), tuple(table.level), tuple(table.service), tuple(table.trace_id), frozenset(table.error_levels))
