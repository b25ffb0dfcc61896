"""The alert engine: one owner, whoever comes first; each move is one edit of one message, audited."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.alerts import Alert, AlertState, Origin
from bot.ports.errors import UserError
from tests.engine.log_world import CHANNEL, LogWorld, shown


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LogWorld]:
    made = LogWorld(tmp_path)
    made.scan()
    made.fire()
    made.sent()
    yield made
    made.journal.close()


def test_who_acknowledges_has_the_alert_and_the_message_is_edited(world: LogWorld) -> None:
    taken = world.alerts.acknowledge("A1", "U0ANN", "the disk again")

    assert (taken.state, taken.acknowledged_by, taken.note) == (AlertState.ACKNOWLEDGED, "U0ANN", "the disk again")
    assert taken.acknowledged_at == world.clock.now()
    (row,) = world.sent()
    assert (row.story, row.channel) == ("alert:A1", CHANNEL)
    assert "Acknowledged by Ann Example" in shown(row.message)
    assert "<@" not in shown(row.message)
    assert world.audited()[-1] == ("U0ANN", "alert.acknowledged", "alert:A1")


def test_acknowledging_twice_is_acknowledging_once(world: LogWorld) -> None:
    first = world.alerts.acknowledge("A1", "U0ANN")
    world.sent()
    audited = world.audited()

    assert world.alerts.acknowledge("a1 ", "U0ANN") == first
    assert world.sent() == []
    assert world.audited() == audited


def test_who_had_it_first_keeps_it(world: LogWorld) -> None:
    first = world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    assert world.alerts.acknowledge("A1", "U0BOB") == first
    assert world.sent() == []


def test_what_somebody_else_adds_goes_into_the_thread(world: LogWorld) -> None:
    first = world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    assert world.alerts.acknowledge("A1", "U0BOB", "I see it <!here> too") == first
    (row,) = world.sent()
    assert (row.thread_of, row.story) == ("alert:A1", "")
    assert row.message.text == "Bob Example: I see it &lt;!here&gt; too"
    assert world.audited()[-1] == ("U0BOB", "alert.noted", "alert:A1")


def test_the_owner_can_change_the_note(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    assert world.alerts.acknowledge("A1", "U0ANN", "restarted it").note == "restarted it"
    assert "restarted it" in shown(world.sent()[0].message)


def test_giving_back_makes_it_fire_again_and_says_so_in_the_thread(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")
    world.sent()

    back = world.alerts.give_back("A1", "U0ANN")

    assert (back.state, back.acknowledged_by, back.acknowledged_at) == (AlertState.FIRING, "", None)
    card, line = world.sent()
    assert "Firing" in shown(card.message)
    assert (line.thread_of, line.message.text) == ("alert:A1", "Ann Example gave this back: nobody has it now.")
    assert world.audited()[-1] == ("U0ANN", "alert.given_back", "alert:A1")
    assert world.alerts.give_back("A1", "U0ANN") == back
    assert world.sent() == []


def test_only_who_has_it_can_give_it_back(world: LogWorld) -> None:
    world.alerts.acknowledge("A1", "U0ANN")

    with pytest.raises(UserError, match="`A1` is Ann Example's"):
        world.alerts.give_back("A1", "U0BOB")
    assert world.alerts.open()[0].acknowledged_by == "U0ANN"


@pytest.mark.parametrize("alert_id", ["A99", "", "x'; drop table alerts", "<!channel>"])
def test_an_alert_that_does_not_exist_is_named_in_the_refusal(world: LogWorld, alert_id: str) -> None:
    with pytest.raises(UserError, match="There is no alert"):
        world.alerts.acknowledge(alert_id, "U0ANN")


def test_ten_people_at_once_make_one_owner(world: LogWorld) -> None:
    people = [f"U{n}" for n in range(10)]
    starting, answers = threading.Barrier(len(people)), []

    def take(person: str) -> None:
        starting.wait()
        answers.append(world.alerts.acknowledge("A1", person).acknowledged_by)

    threads = [threading.Thread(target=take, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 10
    assert len(set(answers)) == 1
    assert [action for _, action, _ in world.audited()].count("alert.acknowledged") == 1


def test_an_alert_is_found_by_its_message(world: LogWorld) -> None:
    ts = world.ts_of("A1")

    found = world.alerts.at(CHANNEL, ts)

    assert found == world.alerts.open()[0]
    assert world.alerts.at(CHANNEL, "1.0") is None
    assert world.alerts.at("C0OTHER", ts) is None
    assert world.alerts.at(CHANNEL, "") is None


def test_who_answers_before_slack_does_is_waited_for(world: LogWorld) -> None:
    world.alerts.resolve("A1", "U0ANN")
    world.sent()
    alert = world.fire("ERROR out of memory\n")
    with world.journal.begin() as tx:
        row = tx.outbox.next(CHANNEL)
        assert row is not None
        tx.outbox.sending(row.id)

    def note() -> None:
        with world.journal.begin() as tx:
            tx.outbox.sent(row, "7.0", world.clock.now())

    later = threading.Timer(0.3, note)
    later.start()
    found = world.alerts.at(CHANNEL, "7.0")
    later.join()

    assert found is not None
    assert found.id == alert


def test_what_stays_unknown_is_not_waited_for_for_ever(world: LogWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.alerts.POSTED_WITHIN_S", 0.2)
    world.alerts.resolve("A1", "U0ANN")
    world.sent()
    world.fire("ERROR out of memory\n")
    with world.journal.begin() as tx:
        row = tx.outbox.next(CHANNEL)
        assert row is not None
        tx.outbox.sending(row.id)

    assert world.alerts.at(CHANNEL, "7.0") is None


def test_open_alerts_come_newest_first_by_channel_or_all(world: LogWorld) -> None:
    world.fire_elsewhere()

    assert [alert.id for alert in world.alerts.open(CHANNEL)] == ["A2", "A1"]
    assert [alert.id for alert in world.alerts.open()] == ["A2", "A1"]
    assert world.alerts.open("C0OTHER") == []


def test_an_alert_keeps_its_owner_over_a_restart(world: LogWorld) -> None:
    taken = world.alerts.acknowledge("A1", "U0ANN", "note")
    world.restart()

    assert world.alerts.open() == [taken]


def test_who_calls_the_errors_of_a_watch_over_has_it_look_soon(world: LogWorld) -> None:
    looked: list[str] = []
    world.alerts.when_resolved(looked.append)
    world.fire()

    world.alerts.resolve("A1", "U0ANN")
    world.alerts.resolve("A1", "U0BOB")  # it is over already

    assert looked == ["api"]
    with world.journal.begin() as tx:
        origin = Origin("watch", "api/blind", "api can't be read")
        blind = Alert(tx.alerts.next_id(), "api", "", CHANNEL, AlertState.FIRING, world.clock.now(), None, origin=origin)
        world.desk.open(tx, blind, world.clock.now())
    world.alerts.resolve(blind.id, "U0ANN")
    assert looked == ["api"]
