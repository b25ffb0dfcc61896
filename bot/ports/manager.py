"""Whoever started the daemon and watches over it, such as systemd."""

from typing import Protocol


class ServiceManager(Protocol):
    """Is told how the daemon is. No call raises, and none blocks."""

    @property
    def watchdog_s(self) -> float | None:
        """Within how many seconds it wants to hear `alive` again, else it ends the daemon; None when it does not watch."""

    def status(self, text: str) -> None:
        """Show a sentence to whoever asks how the daemon is."""

    def starting(self, text: str, within_s: float) -> None:
        """Say what the start waits for, and that it will say more within so many seconds."""

    def ready(self, text: str) -> None:
        """Say that the daemon serves, also after `reloading`."""

    def alive(self) -> None:
        """Say that every part of the daemon lives."""

    def reloading(self) -> None:
        """Say that the settings are being read again; `ready` ends it."""

    def stopping(self) -> None:
        """Say that the daemon ends."""
