"""The digest, as plugins ask for it."""

from datetime import datetime
from typing import Protocol

from bot.core.blocks import Message


class DigestApi(Protocol):
    """What a period came to."""

    def draw(self, environment: str, since: datetime, until: datetime) -> Message:
        """Count a period and draw it: the four DORA figures of an environment, and what the alerts asked of people."""
