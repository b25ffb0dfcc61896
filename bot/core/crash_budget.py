"""How many crashes a plugin may have before it is switched off."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class CrashBudget:
    """The crashes of one plugin that still count: those within `window` of the last one."""

    limit: int
    window: timedelta
    crashes: tuple[datetime, ...] = ()

    def spend(self, at: datetime) -> "CrashBudget":
        """Count one more crash, and forget those that are too old to count."""
        recent = tuple(crash for crash in self.crashes if crash > at - self.window)
        return replace(self, crashes=(*recent, at))

    @property
    def is_spent(self) -> bool:
        """Whether the plugin has had as many as it may have."""
        return len(self.crashes) >= self.limit
