"""Puts together what reads logs and what keeps alerts: they share one desk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.configuration import Configuration, Watch
from bot.core.gates import Verdict
from bot.core.live import Live
from bot.core.windows import Samples
from bot.engine.alert_clock import AlertClock
from bot.engine.alert_desk import AlertDesk
from bot.engine.alert_ties import AlertTies
from bot.engine.alerts import AlertEngine
from bot.engine.release_ties import ReleaseTies
from bot.engine.watch_alerts import WatchAlerts
from bot.engine.watches import NewTally, WatchEngine
from bot.ports.clock import Clock
from bot.ports.journal import Journal
from bot.ports.logs import LogSource


@dataclass(frozen=True, slots=True)
class Alerting:
    desk: AlertDesk
    alerts: AlertEngine
    watches: WatchEngine
    ties: AlertTies
    releases: ReleaseTies


def alerting(
    journal: Journal,
    clock: Clock,
    configuration: Configuration,
    sources: Mapping[str, LogSource],
    *,
    name_of: Callable[[str], str],
    may_take: Callable[[str], Verdict],
    may_show: Callable[[Watch], Samples],
    tally: NewTally | None = None,
    live: Callable[[str, str], Live] | None = None,
) -> Alerting:
    """Make the engines of alerts and watches. What each callable promises stands with the engine that takes it."""
    desk, releases = AlertDesk(configuration), ReleaseTies(configuration, live)
    return Alerting(
        desk,
        AlertEngine(journal, clock, desk, AlertClock(journal, clock, desk, configuration), name_of, may_take),
        WatchEngine(journal, clock, sources, configuration, WatchAlerts(desk, configuration, releases), may_show, tally),
        AlertTies(desk, clock),
        releases,
    )
