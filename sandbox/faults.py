"""Faults that a test orders: which call, how it breaks, how often."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    RATE_LIMITED = "rate_limited"
    ERROR = "error"
    ERROR_AFTER = "error_after"
    SLOW = "slow"
    LOST = "lost"
    REFUSE = "refuse"
    BROKEN_JSON = "broken_json"
    REDIRECT = "redirect"


@dataclass(slots=True)
class Order:
    """One ordered fault: it skips `skip` matching calls, then breaks `times` of them."""

    side: str
    call: str
    fault: Fault
    times: int = 1
    skip: int = 0
    seconds: float = 10.0
    status: int = 500
    retry_after: int = 1
    path: str = ""  # only calls whose path holds this

    @classmethod
    def parse(cls, body: dict[str, Any]) -> "Order":
        """Read an order from the control API.

        Raises:
            ValueError: a field is unknown, missing or no such fault exists.
        """
        try:
            order = cls(**{**body, "fault": Fault(body["fault"])})
        except (TypeError, KeyError) as error:
            raise ValueError(
                f"A fault needs side, call and fault, and takes times, skip, seconds, status, retry_after, path: {error}"
            ) from error
        if order.side not in ("slack", "github", "loki"):
            raise ValueError(f"side is {order.side!r}; expected slack, github or loki")
        return order


class Faults:
    """The orders that are still to be carried out."""

    def __init__(self) -> None:
        self._orders: list[Order] = []

    def order(self, order: Order) -> None:
        self._orders.append(order)

    def clear(self) -> None:
        self._orders.clear()

    def take(self, side: str, call: str, path: str = "") -> Order | None:
        """Return the fault that befalls this call, if any, and count it as spent."""
        for order in self._orders:
            if order.side != side or order.call not in ("*", call) or order.path not in path:
                continue
            if order.skip > 0:
                order.skip -= 1
                continue
            order.times -= 1
            if order.times <= 0:
                self._orders.remove(order)
            return order
        return None
