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

    def __init__(self, settings: MetricsSettings) -> None:
        self._settings = settings
        self._metrics: Metrics | None = None
        self._count: logging.Handler | None = None
        self._page: MetricsPage | None = None

    def look_at(self, sights: Sights, gauges: Gauges) -> None:
        """Tell what stands there, too, and count from now on. It comes before `start`, when the parts that are counted are made."""
        if not (self._settings.port or self._settings.textfile):
            return
        from bot.adapters.metrics import EventCount, Metrics
        from bot.adapters.metrics_page import MetricsPage

        metrics = self._metrics = Metrics(sights)
        self._count = EventCount(metrics)
        if self._settings.port:
            pages = {
                "/metrics": lambda: (200, metrics.text()),
                "/healthz": lambda: _healthz(sights),
                "/readyz": lambda: _readyz(sights, gauges),
            }
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


def _healthz(sights: Sights) -> tuple[int, bytes]:
    missing = sorted(sights.missing())
    return (503, f"no sign of life from {', '.join(missing)}\n".encode()) if missing else (200, b"alive\n")


def _readyz(sights: Sights, gauges: Gauges) -> tuple[int, bytes]:
    if not sights.connections():
        return 503, b"Slack can't be reached\n"
    if not gauges.can_read:
        return 503, b"the journal can't be read\n"
    return 200, b"ready\n"
