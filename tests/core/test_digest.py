"""The four figures, counted by their definitions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.alerts import Alert, AlertState
from bot.core.digest import Digest, digest_card, digest_of_period
from bot.core.operations import Operation, OperationKind, OperationState

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
END = MONDAY + timedelta(days=7)


def ended(hours: float, kind: str = "release", state: str = "succeeded", **changes: Any) -> Operation:
    at = MONDAY + timedelta(hours=hours)
    made = Operation(
        id=f"op{hours}{changes.get('service', '')}",
        kind=OperationKind(kind),
        state=OperationState(state),
        service="checkout",
        repo="acme/checkout",
        workflow="release.yml",
        ref="main",
        sha=f"sha{hours}",
        version="v1",
        environment="production",
        actor="U1",
        requested_at=at,
        updated_at=at,
        dispatch_id="",
        channel="C0OPS",
        finished_at=at,
    )
    return replace(made, **changes)


def alert(hours: float, watch: str, taken_after_min: float | None = None) -> Alert:
    at = MONDAY + timedelta(hours=hours)
    made = Alert("A1", watch, "", "C1", AlertState.FIRING, at, None)
    return made if taken_after_min is None else made.acknowledge("U1", at + timedelta(minutes=taken_after_min))


def counted(*operations: Operation, alerts: tuple[Alert, ...] = (), **merged: float) -> Digest:
    merged_at = {sha: MONDAY + timedelta(hours=hours) for sha, hours in merged.items()}
    return digest_of_period(operations, alerts, merged_at, "production", MONDAY, END)


def test_a_failure_is_what_failed_or_was_rolled_back_next() -> None:
    digest = counted(
        ended(1),
        ended(2, state="failed"),
        ended(5, "deploy"),  # restores after 3 h
        ended(10),
        ended(11, "rollback"),  # takes back what came at 10: restored after 1 h
        ended(12, service="search"),
        ended(13, environment="staging", state="failed"),
        ended(14, "tag", environment=""),
        ended(15, state="cancelled"),
    )
    assert (digest.deployments, digest.attempts, digest.failures, digest.rollbacks) == (5, 5, 2, 1)
    assert digest.by_service == {"checkout": 4, "search": 1}
    assert digest.restore_time == timedelta(hours=2)


def test_a_failure_of_the_last_hour_is_restored_by_what_comes_after_the_period() -> None:
    digest = counted(ended(167, state="failed"), ended(170))
    assert (digest.deployments, digest.failures, digest.restore_time) == (0, 1, timedelta(hours=3))


def test_the_lead_time_is_from_the_merge_to_the_success_and_counts_what_is_known() -> None:
    digest = counted(ended(10), ended(20), ended(30), ended(31, "rollback"), **{"sha10": 9.0, "sha20": 15.0, "sha31": 0.0})
    assert digest.lead_time == timedelta(hours=3)


def test_alerts_are_counted_by_watch_and_by_how_long_until_somebody_took_them() -> None:
    digest = counted(alerts=(alert(1, "api", 4), alert(2, "api", 10), alert(3, "db"), alert(-1, "api", 1)))
    assert digest.alerts_by_watch == {"api": 2, "db": 1}
    assert (digest.acknowledge_time, digest.unacknowledged) == (timedelta(minutes=7), 1)


def test_the_first_who_took_an_alert_counts_however_often_it_changed_hands() -> None:
    at = MONDAY + timedelta(hours=1)
    taken = alert(1, "api", 4)
    over = taken.acknowledge("U2", at + timedelta(hours=2), take_over=True)
    again = taken.give_back(at + timedelta(minutes=30)).acknowledge("U2", at + timedelta(hours=3))
    back = taken.give_back(at + timedelta(minutes=30))
    older = replace(taken, first_acknowledged_at=None).give_back(at)  # written by a version that did not know of it

    for each in (taken, over, again, back, older, over.resolve(at + timedelta(hours=4), "U2")):
        digest = counted(alerts=(each,))
        assert (digest.acknowledge_time, digest.unacknowledged) == (timedelta(minutes=4), 0)


def test_a_quiet_week_says_so_and_draws_nothing() -> None:
    card = digest_card(counted())
    assert card.text == "16 Nov – 23 Nov: 0 deployments to production"
    assert [block["type"] for block in card.blocks] == ["header", "section", "context"]
    assert "*Failure rate* nothing to count" in str(card.blocks[1])


def test_the_days_are_a_chart() -> None:
    card = digest_card(counted(ended(1), ended(2), ended(30), ended(167)))
    chart: Any = next(block for block in card.blocks if block["type"] == "data_visualization")
    assert [point["value"] for point in chart["chart"]["series"][0]["data"]] == [2, 1, 0, 0, 0, 0, 0, 1]
    assert chart["chart"]["axis_config"]["categories"][0] == "Mon 16"
