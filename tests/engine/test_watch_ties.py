"""An alert names the release after which its errors were first seen, and offers the way back."""

from dataclasses import replace
from datetime import timedelta

from bot.core.configuration import Environment, Service
from bot.core.operations import Operation, OperationKind, OperationState
from bot.core.sources import LokiSource
from bot.ports.journal import OutboxRow
from tests.engine.log_world import CHANNEL, LogWorld, shown
from tests.engine.log_world import fire as fire_and_send


def fire(world: LogWorld, text: str) -> list[OutboxRow]:
    """Return what is said of alerts."""
    return [row for row in fire_and_send(world, text) if row.channel == CHANNEL]


def release(world: LogWorld, *versions: str) -> None:
    """Let versions reach production, five minutes apart."""
    service = Service("checkout", "acme/checkout", "main", {"production": Environment("production")})
    world.configuration = replace(world.configuration, services={"checkout": service})
    world.wire()
    for version in versions:
        at = world.clock.advance(timedelta(minutes=5))
        with world.journal.begin() as tx:
            operation = Operation(
                version, OperationKind.RELEASE, OperationState.SUCCEEDED, "checkout", "acme/checkout", "r.yml", "main", "a" * 40, version,
                "production", "U0ANN", at, at, f"d{version}", "C0OPS", finished_at=at,
            )  # fmt: skip
            tx.operations.add(operation, version)


def test_what_is_new_after_a_release_names_it(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    world.scan()

    (row,) = fire(world, "ERROR disk 1 is slow\n")

    assert "First seen *15 min to 30 min* after checkout `v1.8.3` reached production" in shown(row.message)
    assert "checkout|production|v1.8.2" in shown(row.message)


def test_what_is_new_after_a_deployment_by_hand_is_not_laid_to_our_last_release(world: LogWorld) -> None:
    release(world, "v1.8.2")
    world.live = replace(world.live, version="v1.8.3", by="bob", at=world.clock.now() + timedelta(minutes=5))
    world.scan()

    (row,) = fire(world, "ERROR disk 1 is slow\n")

    assert "after checkout `v1.8.3` reached production" in shown(row.message)
    assert "checkout|production|v1.8.2" in shown(row.message)


def test_a_way_back_that_was_taken_is_offered_no_more(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    world.scan()
    assert "Roll back to v1.8.2" in shown(fire(world, "ERROR disk 1 is slow\n")[0].message)
    world.scan()
    world.sent()
    release(world, "v1.8.1")

    (row,) = fire(world, "")  # a quiet window, not the first: only that is news

    assert "`v1.8.1` is live there since" in shown(row.message)
    assert "Roll back" not in shown(row.message)


def test_a_way_back_that_somebody_else_took_is_offered_no_more(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    world.scan()
    assert "Roll back to v1.8.2" in shown(fire(world, "ERROR disk 1 is slow\n")[0].message)
    world.live = replace(world.live, version="v1.8.2", by="bob", at=world.clock.now())

    (row,) = fire(world, "")

    assert "`v1.8.2` is live there since" in shown(row.message)
    assert "Roll back" not in shown(row.message)
    world.live = replace(world.live, version="", at=None)  # nobody knows: what was known stays
    assert fire(world, "") == []


def test_a_rollback_is_said_in_the_alert_at_once(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    world.scan()
    assert "Roll back to v1.8.2" in shown(fire(world, "ERROR disk 1 is slow\n")[0].message)
    at = world.clock.advance(timedelta(minutes=1))
    with world.journal.read() as tx:
        last = next(each for each in tx.operations.recent(9, "checkout") if each.version == "v1.8.3")
    back = replace(last, id="back", kind=OperationKind.ROLLBACK, version="v1.8.2", dispatch_id="back", finished_at=at, updated_at=at)
    elsewhere = replace(back, environment="staging"), replace(back, service="cart"), replace(back, state=OperationState.FAILED, run_id=7)

    def ends(operation: Operation) -> list[OutboxRow]:
        with world.journal.begin() as tx:
            assert world.ties.moved(tx, operation) == operation
        return world.sent()

    assert [ends(each) for each in elsewhere] == [[], [], []]
    (row,) = ends(back)

    assert "`v1.8.2` is live there since" in shown(row.message)
    assert "Roll back" not in shown(row.message)


def test_the_time_stamp_of_the_line_tells_before_from_after_within_the_window_of_a_release(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")  # 5 and 10 minutes after the last scan; the next is 15 minutes later
    before, after = (f"{world.clock.now() + timedelta(minutes=m):%Y-%m-%dT%H:%M:%SZ} ERROR disk 1 is slow\n" for m in (-2, 6))
    world.append(after)
    (world.folder / "other.log").write_text(before)  # read after the other one

    (row,) = fire(world, "")

    assert "First seen *3 min* after checkout `v1.8.2` reached production" in shown(row.message)
    assert "Roll back" not in shown(row.message)


def test_without_a_time_stamp_a_release_in_the_window_is_not_blamed(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")

    (row,) = fire(world, "ERROR disk 1 is slow\n")

    assert "First seen in the window in which checkout `v1.8.3` reached production: before or after is not known" in shown(row.message)


def test_what_is_new_in_an_open_alert_names_the_release_that_came_meanwhile(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    world.scan()
    assert "Roll back to v1.8.2" in shown(fire(world, "ERROR disk 1 is slow\n")[0].message)
    release(world, "v1.8.4")
    world.scan()
    world.sent()

    card, note = fire(world, "ERROR disk 1 is slow\nERROR voucher refused\n")

    assert "The newest was first seen *15 min to 30 min* after checkout `v1.8.4` reached production" in shown(card.message)
    assert "Roll back to v1.8.3" in shown(card.message)
    assert "is live there since" not in shown(card.message)
    assert "voucher refused" in shown(note.message)
    assert "🚀 First seen *15 min to 30 min* after checkout `v1.8.4` reached production" in shown(note.message)


def test_what_is_new_in_an_open_alert_without_a_release_since_keeps_the_first(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    world.scan()
    fire(world, "ERROR disk 1 is slow\n")

    card, note = fire(world, "ERROR voucher refused\n")

    assert "First seen *15 min to 30 min* after checkout `v1.8.3` reached production" in shown(card.message)
    assert "First seen *30 min to 45 min* after checkout `v1.8.3` reached production" in shown(note.message)


def test_what_is_back_names_its_past_with_the_version_that_was_live_when_it_was_resolved(world: LogWorld) -> None:
    release(world, "v1.8.2")
    world.scan()
    fire(world, "ERROR disk 1 is slow\n")
    world.alerts.acknowledge("A1", "U0BOB", "cleaned up disk 1")
    world.alerts.resolve("A1", "U0ANN")
    fire(world, "ERROR voucher refused\n")  # another alert, of another kind, is not its past
    world.alerts.resolve("A2", "U0ANN")
    release(world, "v1.8.3")
    world.scan()
    world.sent()

    (card,) = fire(world, "ERROR disk 1 is slow\n")

    assert "↩️ *BACK*" in shown(card.message)
    assert "↩️ Told before in `A1`, which was resolved <!date^" in shown(card.message)
    assert "(by Ann Example), with `v1.8.2` live" in shown(card.message)
    assert "📝 Bob Example: cleaned up disk 1" in shown(card.message)

    edited, note = fire(world, "ERROR disk 1 is slow\nERROR voucher refused\n")
    assert "Told before in `A2`" in note.message.text
    assert "Told before in `A2`" in shown(edited.message)


def test_what_loki_gives_late_is_not_laid_to_a_release_that_came_meanwhile(world: LogWorld) -> None:
    world.configure(source=LokiSource("{}", delay=timedelta(minutes=20)))
    release(world, "v1.8.2", "v1.8.3")
    world.scan()

    (row,) = fire(world, "ERROR disk 1 is slow\n")

    assert "First seen in the window in which checkout `v1.8.3` reached production: before or after is not known" in shown(row.message)


def test_what_is_back_after_a_release_names_it(world: LogWorld) -> None:
    release(world, "v1.8.2")
    world.scan()
    fire(world, "ERROR disk 1 is slow\n")
    world.alerts.resolve("A1", "U0ANN")
    world.scan()
    release(world, "v1.8.3")
    world.scan()
    world.sent()

    (card,) = fire(world, "ERROR disk 1 is slow\n")

    assert "🚀 Back *15 min to 30 min* after checkout `v1.8.3` reached production" in shown(card.message)
    assert "Roll back to v1.8.2" in shown(card.message)

    _, note = fire(world, "ERROR disk 1 is slow\nERROR voucher refused\n")
    assert "🚀 First seen *30 min to 45 min* after checkout `v1.8.3` reached production" in shown(note.message)


def test_a_spike_after_a_release_names_it_as_long_as_it_goes_on(world: LogWorld) -> None:
    few, many = "ERROR disk 1 is slow\n" * 3, "ERROR disk 1 is slow\n" * 90
    release(world, "v1.8.2")
    for _ in range(4 * 5):
        fire(world, few)
    world.alerts.resolve("A1", "U0ANN")
    release(world, "v1.8.3")
    fire(world, few)

    (card,) = fire(world, many)

    assert "🚀 The spike began *15 min to 30 min* after checkout `v1.8.3` reached production" in shown(card.message)
    assert "Roll back to v1.8.2" in shown(card.message)
    release(world, "v1.8.4")
    world.sent()
    (edited,) = fire(world, many)
    assert "The spike began *15 min to 30 min* after checkout `v1.8.3` reached production · `v1.8.4` is live there" in shown(edited.message)


def test_a_spike_hours_after_a_release_is_not_laid_to_it(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    for _ in range(4 * 5):
        fire(world, "ERROR disk 1 is slow\n" * 3)
    world.alerts.resolve("A1", "U0ANN")
    fire(world, "ERROR disk 1 is slow\n" * 3)

    (card,) = fire(world, "ERROR disk 1 is slow\n" * 90)

    assert "📈 *SPIKING*" in shown(card.message)
    assert "🚀" not in shown(card.message)


def test_a_spike_of_what_was_told_before_names_its_past_once(world: LogWorld) -> None:
    few, many = "ERROR disk 1 is slow\n" * 3, "ERROR disk 1 is slow\n" * 90
    for _ in range(4 * 5):
        fire(world, few)
    world.alerts.resolve("A1", "U0ANN", "disk 1 is old")
    fire(world, few)

    (card,) = fire(world, many)

    assert "↩️ Told before in `A1`, which was resolved <!date^" in shown(card.message)
    assert "📝 Ann Example: disk 1 is old" in shown(card.message)
    assert "Told before in `A1`" in shown(fire(world, many)[0].message)


def test_who_released_is_told_in_the_thread_of_their_release_once(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    world.scan()

    (told,) = [row for row in fire_and_send(world, "ERROR disk 1 is slow\n") if row.channel == "C0OPS"]

    assert told.thread_of == "operation:v1.8.3"
    assert told.message.text == (
        "<@U0ANN> 🔴 *api*: *1 error* in 15 min · `A1` in <#C0ALERTS>\n🚀 First seen *15 min to 30 min* after checkout `v1.8.3` reached production"
    )
    assert [row for row in fire_and_send(world, "ERROR disk 1 is slow\nERROR voucher refused\n") if row.channel == "C0OPS"] == []
    release(world, "v1.8.4")
    world.scan()
    (next_one,) = [row for row in fire_and_send(world, "ERROR no such cart\n") if row.channel == "C0OPS"]
    assert next_one.thread_of == "operation:v1.8.4"
    assert "🚀 The newest was first seen" in next_one.message.text


def test_who_released_hours_ago_is_not_told(world: LogWorld) -> None:
    release(world, "v1.8.2", "v1.8.3")
    world.clock.advance(timedelta(hours=3))
    world.scan()

    assert {row.channel for row in fire_and_send(world, "ERROR disk 1 is slow\n")} == {CHANNEL}


def look(world: LogWorld, after: timedelta, text: str = "") -> list[OutboxRow]:
    """Let the watch look early, and return what is seen of it."""
    world.append(text)
    world.clock.advance(after)
    world.watches.scan(world.watch)
    return world.sent()


def test_a_spike_that_goes_on_is_not_laid_to_a_release_because_its_watch_looked_for_seconds(world: LogWorld) -> None:
    few, many = "ERROR disk 1 is slow\n" * 3, "ERROR disk 1 is slow\n" * 90
    release(world, "v1.8.2", "v1.8.3")
    for _ in range(4 * 5):
        fire_and_send(world, few)
    world.alerts.resolve("A1", "U0ANN")
    fire_and_send(world, few)
    (card,) = fire_and_send(world, many)
    assert "📈 *SPIKING*" in shown(card.message)
    release(world, "v1.8.4")

    minutes = [look(world, timedelta(minutes=4), many), look(world, timedelta(seconds=5)), look(world, timedelta(minutes=2), many)]

    assert [[row.thread_of for row in rows] for rows in minutes] == [[""], [], [""]], "nothing began, and nothing is over"
    assert not any("The spike began" in shown(row.message) for rows in minutes for row in rows)


def test_what_was_written_before_the_last_release_of_its_window_offers_no_way_back_from_the_one_before(world: LogWorld) -> None:
    release(world, "v1.8.1", "v1.8.2", "v1.8.3")
    stamp = world.clock.now() - timedelta(minutes=2)

    (row,) = fire(world, f"{stamp:%Y-%m-%dT%H:%M:%SZ} ERROR disk 1 is slow\n")

    assert "after checkout `v1.8.2` reached production · `v1.8.3` is live there since" in shown(row.message)
    assert "Roll back" not in shown(row.message)


def test_a_spike_that_began_before_is_not_laid_to_the_release_before_another_one(world: LogWorld) -> None:
    disk, cart = "ERROR disk 1 is slow\n", "ERROR no such cart\n"
    release(world, "v1.8.2")
    for _ in range(4 * 5):
        fire(world, disk * 3 + cart * 3)
    world.alerts.resolve("A1", "U0ANN")
    fire(world, disk * 3 + cart * 3)
    fire(world, disk * 90 + cart * 3)
    release(world, "v1.8.3")
    fire(world, disk * 90 + cart * 3)

    _, note = fire(world, disk * 90 + cart * 90)

    assert "slow" in shown(note.message)
    assert "🚀 The last spike began *15 min to 30 min* after checkout `v1.8.3` reached production" in shown(note.message)
