"""Wires what counts and tells the daemon's figures; the composition root's part for `[metrics]`, the status, and the health pages."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from bot.adapters.sights import Sights
from bot.core.configuration import MetricsSettings
from bot.engine.gauges import Gauges

if TYPE_CHECKING:
    from bot.adapters.metrics import Metrics
    from bot.adapters.metrics_page import MetricsPage


class Figures:
    """Started with the daemon and stopped with it; without `[metrics]` it counts nothing, and loads nothing to count with."""

    def __init__(self, settings: MetricsSettings, sights: Sights, gauges: Gauges) -> None:
        self._settings = settings
        self._sights = sights
        self._gauges = gauges
        self._metrics: Metrics | None = None
        self._count: logging.Handler | None = None
        self._page: MetricsPage | None = None
        if settings.port or settings.textfile:
            self._make()

    def _make(self) -> None:
        from bot.adapters.metrics import EventCount, Metrics
        from bot.adapters.metrics_page import MetricsPage

        metrics = self._metrics = Metrics(self._sights)
        self._count = EventCount(metrics)
        if self._settings.port:
            pages = {"/metrics": lambda: (200, metrics.text()), "/healthz": self._healthz, "/readyz": self._readyz}
            self._page = MetricsPage(self._settings.port, pages)

    def acked(self, seconds: float) -> None:
        """Count an ack."""
        if self._metrics:
            self._metrics.acked(seconds)

    def ran(self, plugin: str, handler: str, outcome: str, seconds: float) -> None:
        """Count a handler's run."""
        if self._metrics:
            self._metrics.ran(plugin, handler, outcome, seconds)

    def start(self) -> None:
        """Begin to count what is logged, and listen where a port is set."""
        if self._count:
            logging.getLogger().addHandler(self._count)
        if self._page:
            self._page.start()

    def stop(self, timeout_s: float) -> None:
        if self._count:
            logging.getLogger().removeHandler(self._count)
        if self._page:
            self._page.stop(timeout_s)

    def write(self) -> None:
        """Write the text file, where one is set."""
        if self._metrics and self._settings.textfile:
            self._metrics.write(Path(self._settings.textfile))

    def _healthz(self) -> tuple[int, bytes]:
        missing = sorted(self._sights.missing())
        return (503, f"no sign of life from {', '.join(missing)}\n".encode()) if missing else (200, b"alive\n")

    def _readyz(self) -> tuple[int, bytes]:
        if not self._sights.connections():
            return 503, b"Slack can't be reached\n"
        if not self._gauges.can_read:
            return 503, b"the journal can't be read\n"
        return 200, b"ready\n"


def stands(gauges: Gauges, connections: int, complaint: str) -> str:
    """Return in a sentence how things stand, for whoever asks the service manager."""
    if not connections:
        return f"Slack can't be reached; trying again. {complaint}".rstrip()
    parts = [_count(connections, "connection") + " to Slack"]
    reading = gauges.last
    if reading:
        parts.append(_count(sum(reading.operations.values()), "operation") + " on the way")
        parts.append(_count(sum(reading.alerts.values()), "alert") + " open")
    return f"Serving: {', '.join(parts)}. {complaint}".rstrip()


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
