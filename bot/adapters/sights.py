"""Where the figures that stand are looked up; apart from the metrics, whose library a daemon without `[metrics]` does not load."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.ports.github import Quota
from bot.ports.readings import Reading


@dataclass(frozen=True, slots=True)
class Sights:
    """Where the figures that stand are looked up; each answers at once, without asking anybody outside."""

    reading: Callable[[], Reading | None]
    connections: Callable[[], int]
    frame_age_s: Callable[[], float | None]
    quota: Callable[[], Quota | None]
    missing: Callable[[], frozenset[str]]  # the parts that give no sign of life
    parts: tuple[str, ...]
    now: Callable[[], datetime]
