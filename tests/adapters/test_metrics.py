"""What Prometheus reads, and what is answered on loopback."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import RemoteDisconnected
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot.adapters.metrics import EventCount, Metrics
from bot.adapters.metrics_page import MetricsPage
from bot.adapters.sights import Sights
from bot.ports.github import Quota
from bot.ports.readings import Reading

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
READING = Reading(NOW, 3, NOW - timedelta(seconds=40), 2, {"running": 1}, {"firing": 4}, {'a "b"\\': NOW})


def sights(reading: Reading | None = READING, missing: frozenset[str] = frozenset()) -> Sights:
    return Sights(
        reading=lambda: reading,
        connections=lambda: 2,
        frame_age_s=lambda: 1.5,
        quota=lambda: Quota(5000, 4321, NOW),
        missing=lambda: missing,
        parts=("the socket", "the workers"),
        now=lambda: NOW,
    )


@pytest.fixture
def page() -> Iterator[MetricsPage]:
    made = MetricsPage(0, {"/metrics": lambda: (200, b"x 1\n"), "/readyz": lambda: (503, b"no\n")})
    made.start()
    yield made
    made.stop(5)


def test_every_figure_is_there() -> None:
    metrics = Metrics(sights(missing=frozenset({"the workers"})))
    metrics.acked(0.004)
    metrics.ran("release", "release", "crashed", 0.5)

    said = dict(line.rsplit(" ", 1) for line in metrics.text().decode().splitlines() if not line.startswith("#"))

    for name, value in {
        'chatopsd_ack_seconds_bucket{le="0.005"}': 1,
        'chatopsd_ack_seconds_bucket{le="0.0025"}': 0,
        'chatopsd_handler_seconds_count{handler="release",outcome="crashed",plugin="release"}': 1,
        'chatopsd_part_alive{part="the socket"}': 1,
        'chatopsd_part_alive{part="the workers"}': 0,
        "chatopsd_slack_connections": 2,
        "chatopsd_slack_last_frame_age_seconds": 1.5,
        "chatopsd_github_requests_remaining": 4321,
        "chatopsd_outbox_messages": 3,
        "chatopsd_outbox_oldest_seconds": 40,
        "chatopsd_inbox_envelopes": 2,
        'chatopsd_operations_open{state="running"}': 1,
        'chatopsd_alerts_open{state="firing"}': 4,
        'chatopsd_watch_window_timestamp_seconds{watch="a \\"b\\"\\\\"}': NOW.timestamp(),
    }.items():
        assert float(said[name]) == value, name


def test_before_the_first_reading_nothing_is_said_of_the_journal() -> None:
    assert b"outbox" not in Metrics(sights(reading=None)).text()


def test_the_log_is_counted_by_event_and_prose_is_one_event() -> None:
    metrics = Metrics(sights())
    logger = logging.Logger("x")
    logger.addHandler(EventCount(metrics))

    logger.warning("outbox.waits")
    logger.warning("outbox.waits")
    logger.error("User U1 of %s", "somewhere")

    text = metrics.text().decode()
    assert 'chatopsd_log_events_total{event="outbox.waits",level="warning"} 2.0' in text
    assert 'chatopsd_log_events_total{event="log.message",level="error"} 1.0' in text


def test_a_text_file_appears_whole_and_one_that_can_t_be_written_harms_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics(sights())

    metrics.write(tmp_path / "chatopsd.prom")
    metrics.write(tmp_path / "gone" / "chatopsd.prom")

    assert [path.name for path in tmp_path.iterdir()] == ["chatopsd.prom"]
    assert "chatopsd_slack_connections 2.0" in (tmp_path / "chatopsd.prom").read_text()
    assert "metrics.unwritten" in caplog.text


def test_the_page_answers_what_there_is_and_says_what_there_is(page: MetricsPage) -> None:
    at = f"http://127.0.0.1:{page.port}"

    assert urlopen(f"{at}/metrics?x=1", timeout=5).read() == b"x 1\n"  # noqa: S310 - loopback
    for path, status, text in (("/readyz", 503, b"no\n"), ("/etc/passwd", 404, b"There are: /metrics, /readyz\n")):
        with pytest.raises(HTTPError) as refused:
            urlopen(at + path, timeout=5)  # noqa: S310
        assert (refused.value.code, refused.value.read()) == (status, text)


def test_a_port_that_is_taken_is_logged_and_nothing_else(page: MetricsPage, caplog: pytest.LogCaptureFixture) -> None:
    second = MetricsPage(page.port, {})

    second.start()
    second.stop(1)

    assert "metrics.unheard" in caplog.text


def test_a_page_that_fails_is_in_the_log_and_nowhere_else(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> tuple[int, bytes]:
        raise RuntimeError("xoxb-1234-abcdef")

    page = MetricsPage(0, {"/metrics": fail})
    page.start()

    with pytest.raises(RemoteDisconnected):
        urlopen(f"http://127.0.0.1:{page.port}/metrics", timeout=5)

    page.stop(5)
    assert [record.message for record in caplog.records] == ["metrics.failed"]
    assert capfd.readouterr().err == ""
