"""Silences as they are written down: what is meant, before anything is asked of Alertmanager."""

from typing import Protocol

from bot.core.alertmanager import Silence


class Silences(Protocol):
    def put(self, silence: Silence) -> None:
        """Write a silence down, or how it stands now."""

    def of(self, alert: str) -> list[Silence]:
        """Return the silences of an alert, wanted or not yet ended."""

    def all(self) -> list[Silence]:
        """Return every silence that is wanted, or not yet ended."""

    def remove(self, marker: str) -> None:
        """Forget a silence that has ended."""
