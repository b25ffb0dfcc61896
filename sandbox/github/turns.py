"""Concurrency groups: one holder at a time, and one who waits; a newer one takes the place of whoever waited."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

Key = tuple[str, str]


@dataclass(slots=True, eq=False)
class Live:
    """The moving part of a run: how it is told to stop, and that it was reviewed."""

    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    reviewed: asyncio.Event = field(default_factory=asyncio.Event)
    decisions: dict[str, str] = field(default_factory=dict)
    taken: list[Key] = field(default_factory=list)

    async def wait(self, event: asyncio.Event) -> bool:
        """Return True once `event` is set, False when the run is cancelled first."""
        return await self.outlast(event.wait())

    async def outlast(self, doing: Coroutine[Any, Any, object]) -> bool:
        """Return True once `doing` is done, False when the run is cancelled first."""
        waiters = [asyncio.ensure_future(doing), asyncio.ensure_future(self.cancelled.wait())]
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()
        return not self.cancelled.is_set()


@dataclass(slots=True)
class _Group:
    holder: Live | None = None
    waiting: tuple[Live, asyncio.Event] | None = None


class Turns:
    """All concurrency groups, by (repository, group)."""

    def __init__(self) -> None:
        self._groups: dict[Key, _Group] = {}

    def must_wait(self, key: Key, live: Live) -> bool:
        """Tell whether somebody else holds the group."""
        group = self._groups.get(key)
        return group is not None and group.holder not in (None, live)

    async def take(self, key: Key, live: Live, *, cancel_in_progress: bool) -> bool:
        """Wait for the group and hold it; False when cancelled meanwhile."""
        group = self._groups.setdefault(key, _Group())
        if group.holder in (None, live):
            group.holder = live
            live.taken.append(key)
            return True
        if group.waiting:
            group.waiting[0].cancelled.set()
        if cancel_in_progress and group.holder:
            group.holder.cancelled.set()
        turn = asyncio.Event()
        group.waiting = (live, turn)
        if await live.wait(turn):
            return True
        if group.waiting and group.waiting[0] is live:
            group.waiting = None
        if group.holder is live:
            self.give_back(key, live)
        return False

    def give_back(self, key: Key, live: Live) -> None:
        """Let whoever waits have the group."""
        group = self._groups.get(key)
        if group is None or group.holder is not live:
            return
        group.holder, waiting, group.waiting = None, group.waiting, None
        if key in live.taken:
            live.taken.remove(key)
        if waiting and not waiting[0].cancelled.is_set():
            group.holder = waiting[0]
            waiting[0].taken.append(key)
            waiting[1].set()
