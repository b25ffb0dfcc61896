"""Everything that the world was asked and answered, in order: the observer of the tests."""

from dataclasses import dataclass, fields
from typing import Any


@dataclass(slots=True)
class Entry:
    """One request to Slack or GitHub, or one socket frame. `status` and `answer` are None until it was answered."""

    n: int
    at: float
    side: str
    call: str
    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int | None = None
    answer: Any = None


class Record:
    """An append-only list of entries."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(
        self, at: float, side: str, call: str, *, method: str = "", path: str = "", query: dict[str, str] | None = None, body: Any = None
    ) -> Entry:
        entry = Entry(len(self._entries) + 1, at, side, call, method, path, query or {}, body)
        self._entries.append(entry)
        return entry

    def select(self, side: str | None = None, call: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """Return the entries after number `since`, oldest first, narrowed to a side and a call."""
        return [_json(e) for e in self._entries[since:] if side in (None, e.side) and call in (None, e.call)]


_NAMES = tuple(field.name for field in fields(Entry))


def _json(entry: Entry) -> dict[str, Any]:
    """Return an entry as it is; `asdict` would copy every body, and there are thousands."""
    return {name: getattr(entry, name) for name in _NAMES}
