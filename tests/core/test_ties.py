"""What is new in a log is tied to the release after which it was first seen, and to no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.configuration import Environment, Service, Watch
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.sources import FileSource
from bot.core.ties import environment_of, tie_of

SEEN = datetime(2024, 5, 1, 14, 30, tzinfo=UTC)


def live(version: str, minutes_before: float, environment: str = "production", **changes: object) -> Operation:
    at = SEEN - timedelta(minutes=minutes_before)
    made = Operation(
        version, OperationKind.RELEASE, OperationState.SUCCEEDED, "checkout", "acme/checkout", "release.yml", "main", "a" * 40, version,
        environment, "U0ANN", at, at, "d", "C0OPS", finished_at=at,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_last_version_that_reached_the_environment_is_named_with_the_one_before() -> None:
    operations = [live("v1.8.2", 900), live("v1.8.3", 6), live("v1.9.0", 2, "staging"), live("v1.8.3", 60)]

    tie = tie_of(SEEN, "production", operations)

    assert tie
    assert (tie.version, tie.previous, tie.seen_at - tie.live_at) == ("v1.8.3", "v1.8.2", timedelta(minutes=6))


def test_what_failed_came_later_or_only_made_a_tag_is_no_cause() -> None:
    operations = [
        live("v1.8.4", 5, state=OperationState.FAILED),
        live("v1.8.5", -3),
        live("v1.8.6", 4, kind=OperationKind.TAG),
    ]

    assert tie_of(SEEN, "production", operations) is None


def test_a_release_of_days_ago_is_no_cause() -> None:
    assert tie_of(SEEN, "production", [live("v1.8.3", 25 * 60)]) is None


def test_without_a_version_before_there_is_none_to_go_back_to() -> None:
    tie = tie_of(SEEN, "production", [live("v1.0.0", 6)])

    assert tie
    assert tie.previous == ""


def test_the_environment_is_the_last_of_the_promotion_order_unless_the_watch_names_one() -> None:
    watch = Watch("api", FileSource(("/x",)), timedelta(minutes=15), "C1", "ERROR", "checkout")
    environments = {"production": Environment("production", after="staging"), "staging": Environment("staging")}
    service = Service("checkout", "acme/checkout", "main", environments)

    assert environment_of(watch, service) == "production"
    assert environment_of(replace(watch, environment="staging"), service) == "staging"
