"""Plugins that are switched, loaded anew and counted while everything else goes on."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.adapters.journal import SqlJournal, open_journal
from bot.api import PluginState, Registered, UserError
from bot.core.configuration import Configuration
from bot.core.gates import Gate, Verdict
from bot.engine.live_plugins import LivePlugins
from bot.engine.overseer import Overseer
from bot.ports.errors import ConfigError
from bot.ports.events import Envelope, EnvelopeKind
from bot.settings_plugins import read_plugin_settings
from tests.clocks import FakeClock

SOURCE = '''
from dataclasses import dataclass
from bot.api import Plugin

@dataclass(frozen=True)
class Settings:
    words: str = "{words}"
    at: int = 1

plugin = Plugin("{name}", Settings)

@plugin.command("{command}")
def handler(ctx):
    """Say {words}."""
    return "{words}"

@plugin.action("{name}_go")
def go(ctx, value):
    """Go."""
'''


@dataclass
class World:
    folder: Path
    journal: SqlJournal
    clock: FakeClock
    configuration: Configuration

    def write(self, name: str, words: str = "hello", command: str = "", source: str = SOURCE) -> None:
        (self.folder / f"{name}.py").write_text(source.format(name=name, words=words, command=command or name))

    def plugins(self, **changes: Any) -> LivePlugins:
        permissions = SimpleNamespace(
            role=lambda user, role: Verdict(Gate.ROLE, user == "U0RIA", "You don't hold it.", "Ask ria."), name_of=lambda user: user.lower()
        )
        live = LivePlugins(
            self.configuration, [self.folder], self.journal, self.clock, permissions, read_plugin_settings, lambda word: f"/ops {word}"
        )
        live.start()
        return live

    def said(self) -> list[str]:
        said = []
        with self.journal.begin() as tx:
            while row := tx.outbox.next("C0OPS"):
                said.append(row.message.text)
                tx.outbox.sent(row, "1.0", self.clock.now())
        return said

    def actions(self) -> list[str]:
        with self.journal.read() as tx:
            return [event.action for event in reversed(tx.audit.recent(50))]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = FakeClock()
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", clock)
    configuration = Configuration(channel="C0OPS", plugins=("one", "two"), roles={}, services={}, operators="operator", crash_budget=3)
    made = World(tmp_path, journal, clock, configuration)
    made.write("one")
    made.write("two")
    yield made
    journal.close()


def test_a_plugin_that_is_broken_leaves_the_others_running_and_is_named_in_the_timeline(world: World) -> None:
    (world.folder / "two.py").write_text("1 / 0")
    live = world.plugins()
    assert {"one", "status", "plugins"} <= live.current.commands.keys()
    broken = next(status for status in live.all() if status.name == "two")
    assert (broken.state, broken.error) == (PluginState.BROKEN, "Plugin two failed to load: ZeroDivisionError: division by zero")
    (said,) = world.said()
    assert "*two* could not be loaded" in said
    assert "/ops plugins enable two" in said
    assert world.actions() == ["plugin.broken"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("class Settings: pass", "Plugin two: its settings must be a dataclass"),
        ("@dataclass\nclass Settings:\n    x: Nowhere", "Plugin two declares settings that can't be read: NameError"),
        (
            "@dataclass\nclass Settings:\n    x: int = 0\n    def __post_init__(self): 1 / self.x",
            "Plugin two could not check its settings: ZeroDivisionError",
        ),
    ],
    ids=["no dataclass", "unknown type", "its check crashes"],
)
def test_a_plugin_whose_settings_are_broken_code_leaves_the_others_running(world: World, settings: str, told: str) -> None:
    head = "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom bot.api import Plugin\n"
    (world.folder / "two.py").write_text(f'{head}{settings}\nplugin = Plugin("two", Settings)\n')
    live = world.plugins()
    assert "one" in live.current.commands
    assert told in next(status for status in live.all() if status.name == "two").error


@pytest.mark.parametrize("broken", [("ops", "1 / 0"), ("nowhere", None)])
def test_a_start_ends_when_a_name_is_unknown_or_what_is_always_needed_is_broken(world: World, broken: tuple[str, str | None]) -> None:
    name, source = broken
    if source:
        (world.folder / f"{name}.py").write_text(source)
    else:
        world.configuration = Configuration(channel="C0OPS", plugins=("one", name), roles={}, services={})
    with pytest.raises(ConfigError, match=name):
        world.plugins()


def test_what_is_switched_off_stays_off_after_a_restart_and_is_told_when_it_is_asked_for(world: World) -> None:
    live = world.plugins()
    live.disable("one", "U0RIA")
    again = world.plugins()
    assert "one" not in again.current.commands
    assert "switched off by u0ria" in again.current.why_off["one"]
    click = Envelope(EnvelopeKind.CLICK, "k", world.clock.now(), name="one_go")
    assert again.current.serves(click)
    asleep = again.current.find_asleep(click)
    assert asleep is not None
    assert asleep.plugin == "one"
    again.enable("one", "U0RIA")
    assert "one" in world.plugins().current.commands
    assert world.said() == [
        "🔌 The plugin *one* is off, switched off by u0ria. `/ops plugins enable one` brings it back.",
        "🔌 The plugin *one* is on again, switched on by u0ria.",
    ]
    assert world.actions() == ["plugin.disabled", "plugin.enabled"]


def test_a_reload_puts_the_new_one_in_place_at_once_and_old_handlers_come_to_their_end(world: World) -> None:
    live = world.plugins()
    swapped = []
    live.listen(swapped.append)
    old = live.current
    world.write("one", words="HELLO")  # of the same length, within the same second
    live.reload("one", "U0RIA")
    assert live.current.commands["one"].handler(None) == "HELLO"
    assert old.commands["one"].handler(None) == "hello"
    assert swapped == [live.current]


def test_a_reload_that_fails_leaves_the_old_one_and_says_why(world: World) -> None:
    live = world.plugins()
    before = live.current
    (world.folder / "one.py").write_text("from bot.api import Plugin\nplugin = Plugin('one')\nraise OSError('token=xyzzy')")
    with pytest.raises(UserError, match=r"Nothing was changed. Plugin one failed to load: OSError: token=\[hidden\]"):
        live.reload("one", "U0RIA")
    assert live.current is before
    status = next(each for each in live.all() if each.name == "one")
    assert status.state is PluginState.ON
    assert "OSError" in status.error


def test_a_reload_that_takes_another_plugin_s_command_is_refused(world: World) -> None:
    live = world.plugins()
    before = live.current
    world.write("two", command="one")
    with pytest.raises(UserError, match="both serve the command"):
        live.reload("two", "U0RIA")
    assert live.current is before


def test_nobody_else_may_switch_and_without_a_role_nobody_at_all(world: World) -> None:
    with pytest.raises(UserError, match="Ask ria"):
        world.plugins().disable("one", "U0ANN")
    world.configuration = Configuration(channel="C0OPS", plugins=("one",), roles={}, services={})
    with pytest.raises(UserError, match="Nobody may switch plugins: set `operators`"):
        world.plugins().disable("one", "U0RIA")


def test_what_brings_others_back_can_not_be_switched_off(world: World) -> None:
    live = world.plugins()
    for _ in range(9):
        live.crashed("plugins", "ValueError: x")
    assert "plugins" in live.current.commands
    with pytest.raises(UserError, match="can't be switched off"):
        live.disable("ops", "U0RIA")


def test_a_plugin_that_crashes_too_often_is_switched_off_and_another_is_not(world: World) -> None:
    live = world.plugins()
    for _ in range(2):
        live.crashed("one", "ValueError: <!channel>")
        live.crashed("two", "ValueError: x")
    world.clock.advance(timedelta(minutes=11))
    live.crashed("one", "ValueError: x")
    assert "one" in live.current.commands  # the first two are too long ago
    live.crashed("one", "ValueError: x")
    live.crashed("one", "KeyError: x")
    assert "one" not in live.current.commands
    assert "two" in live.current.commands
    (said,) = world.said()
    assert said.startswith("🔌 The plugin *one* is off: it crashed 3 times within 10 min, last with KeyError.")
    assert "one" not in world.plugins().current.commands  # also after a restart
    assert next(status.crashes for status in live.all() if status.name == "one") == 5


def test_another_configuration_loads_anew_and_a_broken_file_keeps_the_old(world: World) -> None:
    live = world.plugins()
    world.write("three")
    world.write("one", words="HELLO")
    (world.folder / "two.py").write_text("1 / 0")
    loaded = live.prepare(Configuration(channel="C0OPS", plugins=("one", "two", "three"), roles={}, services={}))
    assert "three" not in live.current.commands
    assert live.kept(loaded) == ("plugin two is broken and stays as it was",)
    live.adopt(loaded)
    assert live.current.commands["one"].handler(None) == "HELLO"
    assert {"two", "three"} <= live.current.commands.keys()
    with pytest.raises(ConfigError, match="nowhere"):
        live.prepare(Configuration(channel="C0OPS", plugins=("nowhere",), roles={}, services={}))
    assert "three" in live.current.commands


def test_the_mistakes_in_the_settings_of_all_plugins_are_told_at_once(world: World) -> None:
    tables = {"one": {"words": 1, "wrods": "x"}, "two": {"at": "x"}}
    world.configuration = Configuration(channel="C0OPS", plugins=("one", "two"), roles={}, services={}, plugin_settings=tables)
    with pytest.raises(ConfigError) as refused:
        world.plugins()
    assert str(refused.value).splitlines() == [
        "plugins.one.words: found 1; expected a text in quotes.",
        "plugins.one.wrods: not a key of this table, did you mean words?; expected one of: words, at.",
        'plugins.two.at: found "x"; expected a whole number.',
    ]
    fine = {"one": {"words": "hi"}}
    world.configuration = Configuration(channel="C0OPS", plugins=("one", "two"), roles={}, services={}, plugin_settings=fine)
    settings: Any = world.plugins().current.settings["one"]
    assert (settings.words, settings.at) == ("hi", 1)


def test_a_handler_that_runs_too_long_is_reported_once_with_where_it_stands(world: World, caplog: pytest.LogCaptureFixture) -> None:
    overseer = Overseer(world.configuration, world.journal, world.clock, lambda *_: None)
    handler = Registered("one", "dig", lambda ctx: None)
    began, go_on = threading.Event(), threading.Event()

    def dig() -> None:
        with overseer.running(handler):
            began.set()
            go_on.wait(30)

    digging = threading.Thread(target=dig)
    digging.start()
    began.wait(30)
    overseer.look()
    assert world.said() == []
    world.clock.advance(timedelta(minutes=3))
    overseer.look()
    overseer.look()
    go_on.set()
    digging.join(30)
    overseer.look()
    (said,) = world.said()
    assert "`dig` of the plugin *one* has been running for 3 min" in said
    (record,) = [record for record in caplog.records if record.message == "handler.slow"]
    assert "go_on.wait(30)" in record.fields["stack"]  # type: ignore[attr-defined]
    assert world.actions() == ["plugin.slow"]


def test_of_many_long_runs_of_one_handler_the_timeline_hears_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    overseer = Overseer(world.configuration, world.journal, world.clock, lambda *_: None)
    scan, dig = Registered("logwatch", "scan", lambda ctx: None), Registered("one", "dig", lambda ctx: None)
    with ExitStack() as first:
        first.enter_context(overseer.running(scan))
        world.clock.advance(timedelta(minutes=1))
        with overseer.running(scan), overseer.running(scan), overseer.running(dig):
            for _ in range(3):
                world.clock.advance(timedelta(minutes=1, seconds=30))
                overseer.look()
            first.close()
    assert [words.split()[1] for words in world.said()] == ["`scan`", "`dig`"]
    assert len([record for record in caplog.records if record.message == "handler.slow"]) == 4

    with overseer.running(scan):
        world.clock.advance(timedelta(minutes=3))
        overseer.look()
    assert len(world.said()) == 1, "all those runs are over: this is another story"


def test_a_business_no_is_no_crash(world: World) -> None:
    crashes: list[str] = []
    overseer = Overseer(world.configuration, world.journal, world.clock, lambda plugin, error: crashes.append(f"{plugin} {error}"))
    handler = Registered("one", "dig", lambda ctx: None)
    with pytest.raises(UserError), overseer.running(handler):
        raise UserError("No.")
    with pytest.raises(ValueError, match="x"), overseer.running(handler):
        raise ValueError("x")
    assert crashes == ["one ValueError: x"]
