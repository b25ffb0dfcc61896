"""Figures of the daemon's work, as Prometheus reads them. Counting costs the ack path about a microsecond; everything else is read when it is asked for."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, write_to_textfile
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bot import __version__
from bot.adapters.sights import Sights
from bot.log_format import event_of
from bot.ports.readings import Reading

log = logging.getLogger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Slack waits 3 s for an ack. Most take a few milliseconds; a form's may take 2.5 s.
_ACK_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 3.0)
_HANDLER_BUCKETS_S = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)


class Metrics:
    """Counts what happens, and tells it in Prometheus's text."""

    def __init__(self, sights: Sights) -> None:
        self._registry = CollectorRegistry()
        self._acks = Histogram(
            "chatopsd_ack_seconds", "From an envelope's arrival to its ack.", buckets=_ACK_BUCKETS_S, registry=self._registry
        )
        self._handlers = Histogram(
            "chatopsd_handler_seconds",
            "How long handlers ran, and how they ended: ok, refused, crashed.",
            ["plugin", "handler", "outcome"],
            buckets=_HANDLER_BUCKETS_S,
            registry=self._registry,
        )
        self._events = Counter(
            "chatopsd_log_events", "What was logged, retries among it, by level and event.", ["level", "event"], registry=self._registry
        )
        self._registry.register(_Standing(sights))
        ProcessCollector(registry=self._registry)

    def acked(self, seconds: float) -> None:
        """Count an ack."""
        self._acks.observe(seconds)

    def ran(self, plugin: str, handler: str, outcome: str, seconds: float) -> None:
        """Count a handler's run."""
        self._handlers.labels(plugin, handler, outcome).observe(seconds)

    def logged(self, level: str, event: str) -> None:
        """Count a record of the log."""
        self._events.labels(level, event).inc()

    def text(self) -> bytes:
        """Return all figures."""
        return generate_latest(self._registry)

    def write(self, file: Path) -> None:
        """Write all figures into a file, at once: whoever reads it sees the old ones or the new ones."""
        try:
            write_to_textfile(str(file), self._registry)
        except OSError as error:
            log.warning("metrics.unwritten", extra={"fields": {"file": str(file), "error": error.strerror or type(error).__name__}})


class EventCount(logging.Handler):
    """Counts every record of the log by its event, a constant word."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    def emit(self, record: logging.LogRecord) -> None:
        self._metrics.logged(record.levelname.lower(), event_of(record)[0])


class _Standing(Collector):
    """The figures that stand when somebody asks."""

    def __init__(self, sights: Sights) -> None:
        self._sights = sights

    def collect(self) -> Iterator[GaugeMetricFamily]:
        sights = self._sights
        missing = sights.missing()
        yield _labelled("chatopsd_info", "The version that runs.", "version", {__version__: 1})
        yield _labelled(
            "chatopsd_part_alive",
            "Whether a part gave its last sign of life: 1 or 0.",
            "part",
            {part: float(part not in missing) for part in sights.parts},
        )
        yield GaugeMetricFamily("chatopsd_slack_connections", "Open Socket Mode connections.", sights.connections())
        age_s = sights.frame_age_s()
        if age_s is not None:
            yield GaugeMetricFamily("chatopsd_slack_last_frame_age_seconds", "How long ago anything came from Slack.", age_s)
        quota = sights.quota()
        if quota:
            yield GaugeMetricFamily("chatopsd_github_requests_limit", "Requests to GitHub that are allowed until the reset.", quota.limit)
            yield GaugeMetricFamily(
                "chatopsd_github_requests_remaining", "Requests to GitHub that are left until the reset.", quota.remaining
            )
            yield GaugeMetricFamily(
                "chatopsd_github_requests_reset_timestamp_seconds", "When GitHub's limit is reset.", quota.resets_at.timestamp()
            )
        reading = sights.reading()
        if reading:
            yield from _of_journal(reading, sights.now())


def _of_journal(reading: Reading, now: datetime) -> Iterator[GaugeMetricFamily]:
    oldest_s = max(0.0, (now - reading.outbox_since).total_seconds()) if reading.outbox_since else 0.0
    yield GaugeMetricFamily(
        "chatopsd_journal_read_timestamp_seconds", "When the journal was read for these figures.", reading.at.timestamp()
    )
    yield GaugeMetricFamily("chatopsd_outbox_messages", "Messages that are still to be sent.", reading.outbox_rows)
    yield GaugeMetricFamily("chatopsd_outbox_oldest_seconds", "How long the oldest message has been waiting.", oldest_s)
    yield GaugeMetricFamily("chatopsd_inbox_envelopes", "Envelopes whose handling has not ended.", reading.inbox_rows)
    yield _labelled("chatopsd_operations_open", "Operations that have not ended, by state.", "state", reading.operations)
    yield _labelled("chatopsd_alerts_open", "Alerts that are not resolved, by state.", "state", reading.alerts)
    yield _labelled(
        "chatopsd_watch_window_timestamp_seconds",
        "When a watch looked last.",
        "watch",
        {watch: at.timestamp() for watch, at in reading.windows.items()},
    )


def _labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for word, value in values.items():
        family.add_metric([word], value)
    return family
