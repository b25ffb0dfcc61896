"""Column types that mean the same on every database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import TIMESTAMP, BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

# SQLite gives out numbers by itself only in an INTEGER PRIMARY KEY.
Number = BigInteger().with_variant(Integer(), "sqlite")


def stamp(at: datetime) -> str:
    """Write a time in UTC at fixed width, so that its text sorts as the time does: `2026-03-01T09:00:00.000000Z`.

    Raises:
        ValueError: the time has no zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"The journal takes aware times only, not {at!r}.")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """Read what `stamp` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


def storable(text: str) -> str:
    """Return text that any database can hold: half surrogates and NUL become visible escapes."""
    if "\0" not in text and (text.isascii() or text.isprintable()):
        return text
    return text.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


class AnyText(TypeDecorator[str]):
    """Text of whatever origin: a key, a name or a file's path that no database could hold is written, and looked for, as `storable` has it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: fixed-width text on SQLite, timestamptz on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return TIMESTAMP(timezone=True) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        text = stamp(value)
        return value if dialect.name == "postgresql" else text

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return moment(value) if isinstance(value, str) else value.astimezone(UTC)
