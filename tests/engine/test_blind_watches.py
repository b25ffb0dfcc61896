"""A watch that can't be read, or that reads nothing where it always read much, is an alert itself."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from bot.core.alerts import AlertState
from bot.core.windows import Samples
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint
from tests.engine.log_world import LogWorld, fire, shown


class Broken:
    """A source that can't be read until it is mended."""

    def __init__(self, why: str = "/var/log/api.log: permission denied") -> None:
        self.works = False
        self.why = why

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        if not self.works:
            raise Unavailable(self.why)
        yield Batch(b"INFO ok\n", Checkpoint("x", {"offset": 8}))


def test_a_watch_that_can_not_be_read_is_an_alert_itself_until_it_can(world: LogWorld) -> None:
    source = Broken()
    watches = world.engines({"api": source}).watches
    for _ in range(3):
        world.clock.advance(timedelta(minutes=15))
        with pytest.raises(Unavailable):
            watches.scan(world.watch)
        if _ == 0:
            assert world.sent() == []

    (row,) = world.sent()
    assert "🔴 *api can't be read*" in shown(row.message)
    assert "permission denied\nUntil it can be read again, nobody is told of errors in it." in row.message.blocks[1]["text"]["text"]  # type: ignore[index]
    assert len(world.alerts.open()) == 1

    source.works = True
    watches.scan(world.watch)
    assert "✅ *api can't be read* · Resolved" in shown(world.sent()[-1].message)
    assert world.alerts.open() == []


def test_a_watch_that_fails_in_early_looks_alone_may_only_be_restarted(world: LogWorld) -> None:
    watches = world.engines({"api": Broken()}).watches

    def fails(after: timedelta) -> None:
        world.clock.advance(after)
        with pytest.raises(Unavailable):
            watches.scan(world.watch)

    for minutes in (15, 2, 3):  # as a run ends, and two and five minutes later
        fails(timedelta(minutes=minutes))
    assert world.sent() == []

    fails(timedelta(minutes=5))
    assert [alert.title for alert in world.alerts.open()] == ["api can't be read"]


class Crashing(Broken):
    """A source that fails with what nobody thought of."""

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        if not self.works:
            raise KeyError("values")
        yield from super().read(checkpoints)


def test_a_watch_whose_reading_crashes_is_an_alert_too(world: LogWorld) -> None:
    crashing = Crashing()
    engines = world.engines({"api": crashing})
    for _ in range(2):
        world.clock.advance(timedelta(minutes=15))
        with pytest.raises(KeyError):
            engines.watches.scan(world.watch)

    (told,) = world.sent()
    assert "api can't be read" in shown(told.message)
    assert "Reading it fails with KeyError: the daemon's own log has the rest." in shown(told.message)

    crashing.works = True
    engines.watches.scan(world.watch)
    assert world.alerts.open() == []


def test_a_file_that_can_not_be_read_is_an_alert_and_no_quiet(world: LogWorld) -> None:
    fire(world, "ERROR disk 1 is slow\n")
    kept = world.log.with_suffix(".kept")
    world.log.rename(kept)
    world.log.symlink_to(world.log)  # what nobody can open: root may read everything else
    other = world.log.with_name("other.log")
    for _ in range(6):
        with other.open("a") as file:
            file.write("INFO ok\n")
        assert world.scan().lines <= 1

    found = {alert.title: alert.state for alert in world.alerts.open()}
    assert found == {"api": AlertState.FIRING, "Not all of api can be read": AlertState.FIRING}
    (told,) = [row for row in world.sent() if row.story == "alert:A2"]
    assert "api.log can't be read: Too many levels of symbolic links." in shown(told.message)

    world.log.unlink()
    kept.rename(world.log)
    for _ in range(6):
        world.scan()
    assert world.alerts.open() == []


def test_a_file_that_can_not_be_read_for_minutes_around_a_release_is_no_alert_until_that_lasts(world: LogWorld) -> None:
    world.append("INFO ok\n")
    world.scan()
    world.log.unlink()
    world.log.symlink_to(world.log)

    for minutes in (1, 1, 3, 3):
        window = world.scan(minutes)
        assert window.notes or window.unreadable
        assert world.alerts.open() == []
    world.scan(4)
    (alert,) = world.alerts.open()
    assert alert.title == "Not all of api can be read"
    world.scan(1)
    assert world.alerts.open()[0].id == alert.id


@pytest.mark.parametrize(("may_show", "is_said"), [(Samples.MASKED, True), (Samples.NONE, False)])
def test_why_a_watch_can_not_be_read_is_masked_and_not_said_where_others_read(world: LogWorld, may_show: Samples, is_said: bool) -> None:
    source = Broken("curl says: denied for ann@example.org, token=s3cr3tv4lue")
    world.may_show = may_show
    watches = world.engines({"api": source}).watches
    for _ in range(2):
        world.clock.advance(timedelta(minutes=15))
        with pytest.raises(Unavailable):
            watches.scan(world.watch)

    (row,) = world.sent()
    assert "s3cr3tv4lue" not in shown(row.message)
    assert "ann@example.org" not in shown(row.message)
    assert ("curl says" in shown(row.message)) == is_said


def test_a_watch_that_can_be_read_again_and_has_nothing_to_say_is_not_called_unreadable(world: LogWorld) -> None:
    broken = world.engines({"api": Broken()}).watches
    for _ in range(2):
        world.clock.advance(timedelta(minutes=15))
        with pytest.raises(Unavailable):
            broken.scan(world.watch)
    assert [alert.title for alert in world.alerts.open()] == ["api can't be read"]

    assert world.scan().lines == 0

    assert world.alerts.open() == []


def test_a_watch_that_reads_nothing_where_much_is_usual_is_an_alert_until_it_reads_again(world: LogWorld) -> None:
    for _ in range(24):
        world.append("INFO ok\n" * 100)
        world.scan()
    assert world.sent() == []

    world.scan()
    assert world.sent() == []
    world.scan()
    (row,) = world.sent()
    assert "🔴 *api reads nothing*" in shown(row.message)
    assert "Nothing writes there any more, or it writes elsewhere: does the service still run?" in shown(row.message)
    assert "No line for 30 min, where 200 are usual." in shown(row.message)

    world.scan()
    assert [row.story for row in world.sent()] == ["alert:A1"]
    world.append("INFO ok\n")
    world.scan()
    assert world.alerts.open() == []


def test_a_few_seconds_without_a_line_are_no_silence(world: LogWorld) -> None:
    for _ in range(24):
        world.append("INFO ok\n" * 15_000)
        world.scan()

    for seconds in (5, 5, 60):  # a run ended, somebody resolved something, and a tick was due
        world.clock.advance(timedelta(seconds=seconds))
        world.watches.scan(world.watch)
    assert world.sent() == []

    world.scan(minutes=2)
    (row,) = world.sent()
    assert "No line for 3 min 10 s, where" in shown(row.message)


def test_an_alert_does_not_end_while_its_watch_reads_nothing_where_much_is_usual(world: LogWorld) -> None:
    for _ in range(24):
        world.append("INFO ok\n" * 100)
        world.scan()
    fire(world, "ERROR disk 1 is slow\n")

    for _ in range(10):
        world.scan()
    assert [alert.title for alert in world.alerts.open()] == ["api reads nothing", "api"]

    for _ in range(4):
        world.append("INFO ok\n" * 100)
        world.scan()
    assert world.alerts.open() == []


def test_a_watch_that_always_read_little_is_not_called_silent(world: LogWorld) -> None:
    for _ in range(24):
        world.append("INFO ok\n" * 3)
        world.scan()
    for _ in range(10):
        world.scan()

    assert world.sent() == []
