"""The adapter against a real Alertmanager: what it reads, the silences that it makes, and what each refusal is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from bot.adapters.alertmanager import HttpAlertmanager, _refusal
from bot.core.endpoints import Endpoint
from bot.ports.errors import Rejected, Unavailable
from tests.adapters.alertmanager.real_alertmanager import RealAlertmanager, running


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAlertmanager]:
    with running(tmp_path_factory.mktemp("alertmanager")) as real:
        yield real


@pytest.fixture
def real(started: RealAlertmanager) -> RealAlertmanager:
    started.clear()
    return started


def put(adapter: HttpAlertmanager, labels: dict[str, str], marker: str = "m1", replaces: str = "") -> str:
    now = datetime.now(UTC)
    return adapter.put_silence(labels, "Ann Example", f"On it [{marker}]", now, now + timedelta(hours=1), replaces)


def test_an_alert_has_its_labels_its_words_and_whether_it_is_muted(real: RealAlertmanager) -> None:
    adapter = HttpAlertmanager(real.endpoint)
    real.fire(instance="a")

    (alert,) = adapter.alerts([])

    assert alert.labels == {"alertname": "HighErrors", "severity": "critical", "instance": "a"}
    assert alert.annotations["summary"] == "5xx above 5%"
    assert alert.url == "https://prometheus.example.org/graph"
    assert alert.starts_at.utcoffset() == timedelta()
    assert not alert.is_muted


def test_filters_narrow_what_is_asked(real: RealAlertmanager) -> None:
    adapter = HttpAlertmanager(real.endpoint)
    real.fire("One", team="a")
    real.fire("Two", team="b")

    assert [alert.labels["alertname"] for alert in adapter.alerts(['team=~"b|c"', "severity=critical"])] == ["Two"]


def test_a_silence_mutes_exactly_its_labels_and_is_found_by_its_marker(real: RealAlertmanager) -> None:
    adapter = HttpAlertmanager(real.endpoint)
    real.fire("HighErrors")
    real.fire("Other", cluster="eu")

    silence = put(adapter, {"alertname": "HighErrors", "cluster": ""})

    assert {alert.labels["alertname"]: alert.is_muted for alert in adapter.alerts([])} == {"HighErrors": True, "Other": False}
    assert adapter.find_silence("m1") == silence
    assert adapter.find_silence("m2") == ""


def test_a_silence_is_renewed_in_its_place_and_ended_more_than_once(real: RealAlertmanager) -> None:
    adapter = HttpAlertmanager(real.endpoint)
    silence = put(adapter, {"alertname": "HighErrors"})

    again = put(adapter, {"alertname": "HighErrors"}, replaces=silence)

    assert [each["id"] for each in real.silences()] == [again]
    adapter.expire_silence(again)
    adapter.expire_silence(again)
    adapter.expire_silence("00000000-0000-4000-8000-000000000000")
    assert real.silences() == []
    assert adapter.find_silence("m1") == ""


def test_what_alertmanager_does_not_take_is_rejected(real: RealAlertmanager) -> None:
    with pytest.raises(Rejected, match="Alertmanager answers 4"):
        put(HttpAlertmanager(real.endpoint), {})


def test_a_filter_that_it_does_not_understand_is_told(real: RealAlertmanager) -> None:
    with pytest.raises(Unavailable, match="bad matcher format"):
        HttpAlertmanager(real.endpoint).alerts(["bad{"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'"silence invalid: too long"', "silence invalid: too long"),
        (b'{"code": 602, "message": "matchers in body is required"}', "matchers in body is required"),
        (b'{"error": "no"}', '{"error": "no"}'),
        (b"<h1>Bad gateway</h1>", "<h1>Bad gateway</h1>"),
        (b"", ""),
    ],
)
def test_a_refusal_is_told_in_its_own_words_without_what_they_are_wrapped_into(body: bytes, said: str) -> None:
    answered = _refusal(httpx2.Response(422, content=body), True)

    assert str(answered) == f"Alertmanager answers 422. It says: {said}"


def test_another_server_is_told(real: RealAlertmanager) -> None:
    with pytest.raises((Unavailable, Rejected), match="404"):
        HttpAlertmanager(Endpoint(f"{real.url}/nowhere")).alerts([])


def test_where_nobody_listens_alertmanager_can_not_be_reached() -> None:
    adapter = HttpAlertmanager(Endpoint("http://127.0.0.1:9"))
    with pytest.raises(Unavailable, match=r"^Alertmanager can't be reached: Connection refused\.$"):
        adapter.alerts([])
    with pytest.raises(Unavailable, match="can't be reached"):
        put(adapter, {"alertname": "x"})
