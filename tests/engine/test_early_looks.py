"""Watches look when a run begins and ends, and when somebody calls their errors over; nobody else's do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.configuration import Configuration, Environment, Service, Watch
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.sources import CommandSource, FileSource
from bot.engine.early_looks import EarlyLooks

AT = datetime(2024, 5, 1, 14, 30, tzinfo=UTC)
RUN = Operation(
    "1", OperationKind.RELEASE, OperationState.RUNNING, "checkout", "acme/checkout", "r.yml", "main", "a" * 40, "v1.8.3", "production",
    "U0ANN", AT, AT, "d", "C0OPS", run_id=7,
)  # fmt: skip


def watch(name: str, service: str = "checkout", environment: str = "", every: timedelta = timedelta(minutes=15)) -> Watch:
    return Watch(name, FileSource(("/x",)), every, "C0OPS", "ERROR", service=service, environment=environment)


class Looks:
    """What is to look, and in how many minutes."""

    def __init__(self) -> None:
        service = Service("checkout", "acme/checkout", "main", {"production": Environment("production")})
        watches = (watch("api"), watch("staged", environment="staging"), watch("web", "search"), watch("quick", every=timedelta(minutes=3)))
        self.found: list[tuple[str, float]] = []
        configuration = replace(Configuration("C0OPS", (), {}, {}, watches), services={"checkout": service})
        self.early = EarlyLooks(configuration, lambda watch, after: self.found.append((watch.name, after / timedelta(minutes=1))))


@pytest.fixture
def looks() -> Looks:
    return Looks()


def test_a_run_that_begins_has_the_watches_of_its_environment_look(looks: Looks) -> None:
    looks.early.moved(RUN)

    assert looks.found == [("api", 0), ("quick", 0)]


@pytest.mark.parametrize("state", [OperationState.SUCCEEDED, OperationState.FAILED, OperationState.CANCELLED])
def test_a_run_that_ends_has_them_look_again_soon_unless_they_do_anyway(looks: Looks, state: OperationState) -> None:
    looks.early.moved(replace(RUN, state=state))

    assert looks.found == [("api", 0), ("api", 2), ("api", 5), ("quick", 0), ("quick", 2)]


def test_what_runs_nowhere_or_for_nobody_we_know_has_nobody_look(looks: Looks) -> None:
    looks.early.moved(replace(RUN, run_id=None, state=OperationState.CANCELLED))
    looks.early.moved(replace(RUN, kind=OperationKind.TAG))
    looks.early.moved(replace(RUN, service="gone"))
    looks.early.moved(replace(RUN, environment="elsewhere"))
    looks.early.moved(replace(RUN, state=OperationState.UNKNOWN))

    assert looks.found == []


def test_who_calls_errors_over_has_their_watch_look(looks: Looks) -> None:
    looks.early.resolved("web")
    looks.early.resolved("nobody's")

    assert looks.found == [("web", 0)]


@pytest.mark.parametrize(
    ("source", "looks"),
    [
        (CommandSource(("kubectl", "logs", "--since=15m")), 0),  # of an early run much would count twice
        (CommandSource(("kubectl", "logs", "--since-time={since}")), 1),
        (CommandSource(("kubectl", "logs", "--since=1h", "--timestamps"), overlaps=True), 1),
    ],
)
def test_a_program_that_is_not_told_since_when_runs_at_its_pace(source: CommandSource, looks: int) -> None:
    found: list[Watch] = []
    configuration = Configuration("C0OPS", (), {}, {}, (replace(watch("api"), source=source),))

    EarlyLooks(configuration, lambda each, _after: found.append(each)).resolved("api")

    assert len(found) == looks
