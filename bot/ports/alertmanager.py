"""Prometheus' Alertmanager: what fires there, and the silences by which people mute it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.alertmanager import RemoteAlert


class Alertmanager(Protocol):
    """One Alertmanager."""

    def alerts(self, filters: Sequence[str]) -> list[RemoteAlert]:
        """Return what fires, muted or not, and matches every filter.

        Raises:
            Unavailable: it can't be asked now.
        """

    def find_silence(self, marker: str) -> str:
        """Return the id of the silence that lasts and whose comment holds the marker, "" when there is none.

        Raises:
            Unavailable: it can't be asked now.
        """

    def put_silence(
        self, labels: Mapping[str, str], author: str, comment: str, starts_at: datetime, ends_at: datetime, replaces: str = ""
    ) -> str:
        """Create a silence, or renew the one with the id `replaces`, and return its id.

        Raises:
            Unavailable: it provably did not happen.
            OutcomeUnknown: it may have happened.
            Rejected: Alertmanager says no.
        """

    def expire_silence(self, silence_id: str) -> None:
        """End a silence; one that has ended, or is not there any more, is no error.

        Raises:
            Unavailable: it can't be asked now: asking again does no harm.
        """
