"""Alerts of a real Alertmanager: told, taken, given back, resolved; silences that are made once whatever is lost."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.adapters.alertmanager import HttpAlertmanager
from bot.core.alertmanager import AlertmanagerRules
from bot.core.alerts import AlertState
from bot.core.configuration import Environment, Service
from bot.core.endpoints import Endpoint
from bot.core.operations import Operation, OperationKind, OperationState
from bot.engine.alertmanager import AlertmanagerEngine
from bot.ports.errors import OutcomeUnknown, Unavailable
from tests.adapters.alertmanager.real_alertmanager import RealAlertmanager, running
from tests.engine.log_world import CHANNEL, LogWorld, shown

MARKERS = count(1)


class LosesAnswers(HttpAlertmanager):
    """The adapter over a network that loses answers, or requests, when told so."""

    lost: str = ""

    def put_silence(
        self, labels: Mapping[str, str], author: str, comment: str, starts_at: datetime, ends_at: datetime, replaces: str = ""
    ) -> str:
        lost, self.lost = self.lost, ""
        if lost == "request":
            raise OutcomeUnknown("nobody knows")
        made = super().put_silence(labels, author, comment, starts_at, ends_at, replaces)
        if lost == "answer":
            raise OutcomeUnknown("nobody knows")
        return made


class World(LogWorld):
    """Alerts over a real Alertmanager."""

    is_shared = False
    group_by: tuple[str, ...] = ("alertname", "cluster", "service")

    def __init__(self, folder: Path, real: RealAlertmanager) -> None:
        self.real = real
        self.remote = LosesAnswers(real.endpoint)
        super().__init__(folder)
        self.clock.advance(datetime.now(self.clock.now().tzinfo) - self.clock.now())  # Alertmanager goes by its own clock

    def wire(self) -> None:
        rules = AlertmanagerRules(CHANNEL, self.group_by, escalation=("S0ONCALL",))
        self.configuration = replace(self.configuration, alertmanager=rules)
        super().wire()
        self.follower = AlertmanagerEngine(
            self.journal,
            self.clock,
            self.desk,
            self.configuration,
            self.remote,
            self.releases,
            lambda: f"m{next(MARKERS)}x",
            lambda _: self.is_shared,
        )
        self.alerts.follow(self.follower.look)

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.clock.advance(1)
            self.alerts.follow_alertmanager()

    def fire_one(self, **labels: str) -> str:
        """Let an alert fire, look, and return its id here."""
        self.real.fire(**labels)
        self.look()
        (alert,) = self.alerts.open()
        return alert.id

    def kept(self) -> int:
        """Return how many silences the journal holds."""
        with self.journal.read() as tx:
            return len(tx.silences.all())


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAlertmanager]:
    with running(tmp_path_factory.mktemp("alertmanager")) as real:
        yield real


@pytest.fixture
def world(started: RealAlertmanager, tmp_path: Path) -> Iterator[World]:
    started.clear()
    made = World(tmp_path, started)
    yield made
    made.journal.close()


def test_alerts_with_the_same_labels_are_one_alert_in_one_message(world: World) -> None:
    world.real.fire(instance="web1", service="checkout")
    world.real.fire(instance="web2", service="checkout", summary="<!channel> & more")
    world.look(2)

    (alert,) = world.alerts.open()
    (message,) = world.sent()
    assert (alert.title, alert.origin.severity) == ("HighErrors · checkout", "critical")
    assert message.channel == CHANNEL
    said = shown(message.message)
    for words in ("5xx above 5%", "2 alerts: web", "&lt;!channel&gt; &amp; more", "Runbook", "Acknowledge"):
        assert words in said
    assert "<!channel>" not in said


def test_where_other_companies_read_only_its_name_and_how_bad_it_is_are_told(world: World) -> None:
    world.is_shared = True
    world.real.fire(instance="web1", service="checkout", summary="the password is hunter2")
    world.look()
    (message,) = world.sent()
    said = shown(message.message)
    for words in ("HighErrors · checkout", "critical", "not shown here", "Acknowledge"):
        assert words in said
    for words in ("hunter2", "5xx above 5%", "Runbook", "web1"):
        assert words not in said


def test_who_takes_an_alert_silences_it_with_their_name_and_note(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN", "looking at the database")
    assert world.real.silences() == []
    world.look(2)

    (silence,) = world.real.silences()
    assert silence["createdBy"] == "Ann Example"
    assert str(silence["comment"]).startswith("looking at the database [chatopsd A")
    assert {"name": "alertname", "value": "HighErrors", "isRegex": False, "isEqual": True} in silence["matchers"]  # type: ignore[operator]
    assert world.real.state() == "suppressed"
    assert world.alerts.get(alert).state is AlertState.ACKNOWLEDGED


def test_giving_it_back_ends_the_silence(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    world.look()
    world.alerts.give_back(alert, "U0ANN")
    world.look()

    assert world.real.silences() == []
    assert world.real.state() == "active"
    assert world.alerts.get(alert).state is AlertState.FIRING
    assert world.kept() == 0


def test_a_snooze_is_a_silence_that_ends_with_it(world: World) -> None:
    alert = world.fire_one()
    world.alerts.snooze(alert, "U0ANN", timedelta(minutes=20))
    world.look()

    (silence,) = world.real.silences()
    assert silence["createdBy"] == "Ann Example"
    ends_at = datetime.fromisoformat(str(silence["endsAt"]))
    assert abs(ends_at - world.clock.now() - timedelta(minutes=20)) < timedelta(seconds=5)


def test_taking_over_leaves_one_silence_of_the_new_owner(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    world.look()
    world.alerts.acknowledge(alert, "U0BOB", take_over=True)
    world.look()

    assert [silence["createdBy"] for silence in world.real.silences()] == ["Bob Example"]


def test_what_is_over_in_alertmanager_is_resolved_here_and_its_silence_ended(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    world.look()
    world.real.fire(ended=True)
    world.look()
    assert world.alerts.get(alert).is_open  # Alertmanager may just have restarted
    world.look(2)

    assert world.alerts.get(alert).reason == "over, says Alertmanager"
    assert world.real.silences() == []


def test_an_owner_who_does_not_answer_loses_the_alert_its_silence_ends_and_the_next_is_told(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    world.look()
    for _ in range(2):  # asked, and not answered
        world.clock.advance(timedelta(hours=1, minutes=1))
        world.alerts.look_at_clock()
    world.look()

    assert world.alerts.get(alert).state is AlertState.FIRING
    assert world.real.silences() == []
    assert [row for row in world.sent() if "S0ONCALL" in shown(row.message)]


def test_what_somebody_resolved_by_hand_is_not_told_again_while_it_fires_on(world: World) -> None:
    alert = world.fire_one()
    world.alerts.resolve(alert, "U0ANN")
    world.look(3)

    assert world.alerts.open() == []


def regroup(world: World, *labels: str) -> None:
    world.group_by = labels
    world.restart()


def test_an_alert_that_was_grouped_by_other_labels_goes_on_and_its_silence_mutes_what_it_did(world: World) -> None:
    alert = world.fire_one(service="checkout", instance="web1")
    world.alerts.acknowledge(alert, "U0ANN")
    regroup(world, "alertname", "instance")
    world.look(3)

    assert [(each.id, each.state) for each in world.alerts.open()] == [(alert, AlertState.ACKNOWLEDGED)]
    world.alerts.note(alert, "U0ANN", "it is the disk")  # another silence takes the place of the first
    world.look()
    (silence,) = world.real.silences()
    assert {"name": "service", "value": "checkout", "isRegex": False, "isEqual": True} in silence["matchers"]  # type: ignore[operator]
    assert world.real.state() == "suppressed"
    world.real.fire(ended=True, service="checkout", instance="web1")
    world.look(3)
    assert world.alerts.get(alert).reason == "over, says Alertmanager"


def test_what_is_new_under_other_labels_is_told_beside_and_what_was_resolved_by_hand_stays_so(world: World) -> None:
    alert = world.fire_one(service="checkout", instance="web1")
    regroup(world, "alertname", "instance")
    world.real.fire(service="search", instance="web2")
    world.look(2)
    assert [each.title for each in world.alerts.open()] == ["HighErrors · web2", "HighErrors · checkout"]

    world.alerts.resolve(alert, "U0ANN")
    world.look(3)

    assert [each.title for each in world.alerts.open()] == ["HighErrors · web2"]


def test_what_is_silenced_elsewhere_is_not_told(world: World) -> None:
    now = world.clock.now()
    world.remote.put_silence({"alertname": "HighErrors"}, "Bob", "maintenance", now, now + timedelta(hours=1))
    world.real.fire()
    world.look(2)

    assert world.alerts.open() == []


@pytest.mark.parametrize("lost", ["answer", "request"])
def test_a_silence_is_made_once_when_the_answer_or_the_request_was_lost_even_over_a_restart(world: World, lost: str) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    world.remote.lost = lost
    world.look()
    world.restart()
    world.look(3)

    assert len(world.real.silences()) == 1
    assert world.real.state() == "suppressed"


def test_given_back_after_a_lost_answer_leaves_no_silence(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    world.remote.lost = "answer"
    world.look()
    assert len(world.real.silences()) == 1
    world.alerts.give_back(alert, "U0ANN")
    world.look()

    assert world.real.silences() == []
    assert world.kept() == 0


def test_a_silence_is_renewed_before_it_ends(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    world.look()
    (first,) = world.real.silences()
    world.clock.advance(timedelta(hours=3, minutes=30))
    world.look()

    (renewed,) = world.real.silences()
    assert datetime.fromisoformat(str(renewed["endsAt"])) - datetime.fromisoformat(str(first["endsAt"])) > timedelta(hours=3)


def test_a_silence_that_alertmanager_lost_is_made_anew(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    world.look()
    with world.journal.begin() as tx:
        (silence,) = tx.silences.all()
        tx.silences.put(replace(silence, remote_id="11111111-2222-3333-4444-555555555555"))
    world.remote.expire_silence(silence.remote_id)
    world.clock.advance(timedelta(hours=3, minutes=30))
    world.look(2)

    assert len(world.real.silences()) == 1
    assert [row for row in world.sent() if row.thread_of] == []


def test_what_alertmanager_does_not_take_is_said_in_the_thread_once(world: World) -> None:
    alert = world.fire_one()
    world.alerts.acknowledge(alert, "U0ANN")
    with world.journal.begin() as tx:
        (silence,) = tx.silences.all()
        tx.silences.put(replace(silence, labels={}))
    world.look(2)

    said = [shown(row.message) for row in world.sent() if row.thread_of]
    (told,) = [words for words in said if "does not take the silence" in words]
    assert told.startswith(
        f"<@U0ANN> ⚠️ Alertmanager does not take the silence of `{alert}`: it goes on telling others. Silence it there by hand."
    )

    world.clock.advance(timedelta(hours=2))
    world.alerts.look_at_clock()
    world.alerts.confirm(alert, "U0ANN")
    assert world.kept() == 0, "an answer asks for no other silence, and nobody is told of it again"


def test_an_alertmanager_that_can_not_be_reached_is_an_alert_after_a_while_and_over_when_it_answers(world: World) -> None:
    working = world.remote
    world.follower._alertmanager = HttpAlertmanager(Endpoint("http://127.0.0.1:9"))
    world.look()
    assert world.alerts.open() == []
    world.clock.advance(timedelta(minutes=3))
    world.look(2)

    (alert,) = world.alerts.open()
    assert alert.title == "Alertmanager can't be reached"
    world.alerts.acknowledge(alert.id, "U0ANN")
    world.follower._alertmanager = working
    world.look()
    assert world.alerts.open() == []
    assert world.real.silences() == []


def test_alerts_that_fired_stay_open_while_it_can_not_be_reached(world: World) -> None:
    alert = world.fire_one()
    world.follower._alertmanager = HttpAlertmanager(Endpoint("http://127.0.0.1:9"))
    world.look(5)

    assert world.alerts.get(alert).is_open


def test_what_nobody_follows_any_more_ends_after_a_day_and_its_silence_when_somebody_does_again(world: World) -> None:
    alert_id = world.fire_one(alertname="DiskFull", service="checkout")
    world.alerts.acknowledge(alert_id, "U0ANN")
    world.look()
    assert len(world.real.silences()) == 1
    rules = world.configuration.alertmanager
    world.configuration = replace(world.configuration, alertmanager=None)
    LogWorld.wire(world)
    world.clock.advance(timedelta(hours=23))
    world.alerts.look_at_clock()
    assert world.alerts.get(alert_id).is_open
    world.clock.advance(timedelta(hours=2))
    world.alerts.look_at_clock()
    assert world.alerts.get(alert_id).reason == "nothing watches it any more"

    world.configuration = replace(world.configuration, alertmanager=rules)
    world.wire()
    world.look()
    assert world.real.silences() == []
    assert world.kept() == 0


def test_what_fired_unchanged_for_long_stays_open_for_a_day_too_when_nobody_follows_it_any_more(world: World) -> None:
    alert_id = world.fire_one(alertname="DiskFull", service="checkout")
    for _ in range(26):
        world.clock.advance(timedelta(hours=1))
        world.look()
    world.configuration = replace(world.configuration, alertmanager=None)
    LogWorld.wire(world)
    world.clock.advance(timedelta(hours=22))
    world.alerts.look_at_clock()
    assert world.alerts.get(alert_id).is_open


def test_without_alertmanager_nothing_is_asked(tmp_path: Path) -> None:
    world = LogWorld(tmp_path)

    world.alerts.follow_alertmanager()

    with pytest.raises(Unavailable):
        HttpAlertmanager(Endpoint("http://127.0.0.1:9")).find_silence("x")


def released(world: World, version: str, minutes_ago: float, environment: str = "production") -> None:
    """Let a version have reached an environment."""
    at = world.clock.now() - timedelta(minutes=minutes_ago)
    with world.journal.begin() as tx:
        operation = Operation(
            f"{version}{environment}", OperationKind.RELEASE, OperationState.SUCCEEDED, "checkout", "acme/checkout", "r.yml", "main", "a" * 40,
            version, environment, "U0ANN", at, at, f"d{version}{environment}", "C0OPS", finished_at=at,
        )  # fmt: skip
        tx.operations.add(operation, operation.id)


def services(world: World) -> None:
    environments = {"staging": Environment("staging"), "production": Environment("production", after="staging")}
    world.configuration = replace(world.configuration, services={"checkout": Service("checkout", "acme/checkout", "main", environments)})
    world.wire()


@pytest.fixture
def releasing(world: World) -> World:
    services(world)
    released(world, "v1.8.2", 300)
    released(world, "v1.8.3", 6.6)
    released(world, "v1.9.0", 2, "staging")
    return world


def test_what_begins_to_fire_after_a_release_names_it_with_the_way_back(releasing: World) -> None:
    releasing.fire_one(service="checkout")

    said = shown(releasing.sent()[0].message)
    assert re.search(r"🚀 Began to fire \*6 min \d+ s\* after checkout `v1.8.3` reached production", said)
    assert "Roll back to v1.8.2" in said
    assert "checkout|production|v1.8.2" in said


def test_what_is_told_late_offers_no_way_back_from_what_is_live_no_more(releasing: World) -> None:
    releasing.real.fire(service="checkout")
    releasing.clock.advance(600)  # in which nobody looked
    released(releasing, "v1.8.4", 5)
    releasing.look()

    said = shown(releasing.sent()[0].message)
    assert "after checkout `v1.8.3` reached production · `v1.8.4` is live there since" in said
    assert "Roll back" not in said


def test_the_thread_of_a_release_hears_of_the_first_alerts_after_it(releasing: World) -> None:
    for n in range(5):
        releasing.real.fire(f"Rule{n}", service="checkout")
    releasing.look()

    told = [row for row in releasing.sent() if row.channel == "C0OPS"]

    assert [row.thread_of for row in told] == ["operation:v1.8.3production"] * 3
    assert re.match(r"<@U0ANN> 🔴 \*Rule\d · checkout\* fires · `A\d` in <#C0ALERTS>\n🚀 Began to fire", told[0].message.text)
    assert "5xx" not in str([shown(row.message) for row in told])  # others may read there


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"env": "staging"}, "after checkout `v1.9.0` reached staging"),
        ({"environment": "production"}, "after checkout `v1.8.3` reached production"),
        ({"env": "canary"}, ""),
        ({"service": "search"}, ""),
    ],
)
def test_its_labels_say_where_it_fires(releasing: World, labels: dict[str, str], words: str) -> None:
    releasing.fire_one(**{"service": "checkout", **labels})

    said = shown(releasing.sent()[0].message)
    assert words in said
    assert bool(words) == ("🚀" in said)


def test_what_somebody_brought_there_by_hand_is_named_too(releasing: World) -> None:
    releasing.live = replace(releasing.live, version="v1.8.4", by="bob", at=releasing.clock.now() - timedelta(minutes=3.6))

    releasing.fire_one(service="checkout")

    assert re.search(r"Began to fire \*3 min \d+ s\* after checkout `v1.8.4` reached production", shown(releasing.sent()[0].message))


def test_what_fires_hours_after_a_release_has_another_cause(world: World) -> None:
    services(world)
    released(world, "v1.8.3", 190)

    world.fire_one(service="checkout")

    assert "🚀" not in shown(world.sent()[0].message)
