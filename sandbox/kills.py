"""The kill switch of the tests: ends the daemon at a chosen request or frame, so that no test hook sits in the daemon."""

import contextlib
import os
import signal
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.record import Entry


class Moment(StrEnum):
    """When the blow falls: before the world acts on a request, after that but before it answers, or right after its answer was written."""

    BEFORE = "before"
    PROCESSED = "processed"
    ANSWERED = "answered"


@dataclass(slots=True)
class KillOrder:
    """Kill `pid` at the `at`-th entry of the record from now on (1 is the next), of those that `side` and `call` narrow it to ("": all)."""

    pid: int
    at: int
    moment: Moment
    side: str = ""
    call: str = ""
    seen: int = 0
    target: int | None = None  # the number of the entry, once it came
    fired: bool = False

    @classmethod
    def parse(cls, body: dict[str, Any]) -> "KillOrder":
        """Read an order from the control API.

        Raises:
            ValueError: a field is unknown, missing or wrong.
        """
        if unknown := set(body) - {"pid", "at", "moment", "side", "call"}:
            raise ValueError(f"A kill takes pid, at, moment, side and call, not {', '.join(sorted(unknown))}.")
        order = cls(int(body["pid"]), int(body["at"]), Moment(body["moment"]), str(body.get("side", "")), str(body.get("call", "")))
        if order.pid <= 1 or order.pid == os.getpid():
            raise ValueError(f"pid is {order.pid}; expected the process id of a daemon.")
        if order.at < 1:
            raise ValueError(f"at is {order.at}; expected 1 or more.")
        return order

    def means(self, entry: Entry) -> bool:
        return self.side in ("", entry.side) and self.call in ("", entry.call)

    def as_json(self) -> dict[str, Any]:
        place = {"pid": self.pid, "at": self.at, "moment": self.moment.value, "side": self.side, "call": self.call}
        return {**place, "seen": self.seen, "target": self.target, "fired": self.fired}


class Kills:
    """The one order that is pending, if any."""

    def __init__(self) -> None:
        self._order: KillOrder | None = None

    def order(self, order: KillOrder | None) -> None:
        """Take an order in place of the last one; None takes it back."""
        self._order = order

    def meets(self, entry: Entry) -> bool:
        """Count an entry that just came in; True when the process was killed and the entry must not be acted on."""
        order = self._order
        if order is None or order.target is not None or not order.means(entry):
            return False
        order.seen += 1
        if order.seen == order.at:
            order.target = entry.n
        return self._strikes(entry, Moment.BEFORE)

    def processed(self, entry: Entry) -> bool:
        """Tell of an entry that was acted on; True when the process was killed and no answer must be sent."""
        return self._strikes(entry, Moment.PROCESSED)

    def awaits_answer(self, entry: Entry) -> bool:
        """Say whether the blow falls once this entry's answer was written."""
        order = self._order
        return order is not None and order.target == entry.n and order.moment is Moment.ANSWERED

    def answered(self, entry: Entry) -> None:
        """Tell of an entry whose answer was written."""
        self._strikes(entry, Moment.ANSWERED)

    def passed(self, entry: Entry) -> None:
        """Tell of a frame that was acted on: there is no answer to wait for."""
        if not self.processed(entry):
            self.answered(entry)

    def _strikes(self, entry: Entry, moment: Moment) -> bool:
        order = self._order
        if order is None or order.fired or order.target != entry.n or order.moment is not moment:
            return False
        order.fired = True
        with contextlib.suppress(ProcessLookupError):  # it ended by itself in this moment
            os.kill(order.pid, signal.SIGKILL)
        return True

    def as_json(self) -> dict[str, Any]:
        return self._order.as_json() if self._order else {"fired": False, "target": None}
