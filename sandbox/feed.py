"""What happened in the world, in order: the page and the tests wait on it instead of polling."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened. `only_for` names the one person who may see it; None means everybody."""

    n: int
    kind: str
    fields: dict[str, Any]
    only_for: str | None

    def as_json(self) -> dict[str, Any]:
        return {"n": self.n, "kind": self.kind, **self.fields}


class Feed:
    """An ordered, bounded list of changes with one condition to wait on."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self.version = 0

    def publish(self, kind: str, /, only_for: str | None = None, **fields: Any) -> Change:
        """Add a change and wake everyone who waits for one."""
        self.version += 1
        change = Change(self.version, kind, fields, only_for)
        self._changes.append(change)
        news, self._news = self._news, asyncio.Event()
        news.set()
        return change

    def since(self, version: int, person: str | None = None) -> Iterator[Change]:
        """Yield the changes after `version` that `person` may see (None: all of them), oldest first."""
        newer = []
        for change in reversed(self._changes):  # from the end: a poll is seldom far behind, and the list is long
            if change.n <= version:
                break
            if person is None or change.only_for in (None, person):
                newer.append(change)
        yield from reversed(newer)

    async def wait(self, version: int, timeout_s: float) -> bool:
        """Return True as soon as something newer than `version` exists, False after `timeout_s` seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.version <= version:
                    await self._news.wait()
        except TimeoutError:
            return False
        return True
