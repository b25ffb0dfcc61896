from pathlib import Path

import pytest

from bot.api import Plugin
from bot.engine.loader import Loader
from bot.engine.plugins import Registry, load
from bot.ports.errors import ConfigError

LIVE = '''
"""Say which version is live."""
from bot.api import Context, Plugin

plugin = Plugin("live")


@plugin.command("live")
def live(ctx: Context, service: str) -> None:
    """Say which version of SERVICE is live."""
'''


def test_a_plugin_is_loaded_by_name_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "live.py").write_text(LIVE)
    command = load(["live"], [tmp_path]).described()[0]
    assert (command.name, command.usage, command.help, command.plugin) == (
        "live",
        "service",
        "Say which version of SERVICE is live.",
        "live",
    )


def test_every_plugin_that_can_not_be_loaded_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("1 / 0")
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(ConfigError) as refused:
        load(["broken", "empty", "nowhere"], [tmp_path])
    said = str(refused.value)
    assert "Plugin broken failed to load: ZeroDivisionError" in said
    assert "empty has no `plugin = Plugin('empty')`" in said
    assert "'nowhere': there is no such plugin; known are" in said
    assert "release" in said


def test_two_plugins_can_not_serve_the_same_command() -> None:
    registry, one, two = Registry(), Plugin("one"), Plugin("two")
    one.command("live")(lambda ctx: None)
    two.command("live")(lambda ctx: None)
    registry.add(one)
    with pytest.raises(ConfigError, match="one and two both serve the command 'live'"):
        registry.add(two)


def test_one_plugin_can_not_serve_the_same_thing_twice() -> None:
    plugin = Plugin("one")
    plugin.action("go")(lambda ctx, value: None)
    with pytest.raises(ValueError, match="serves 'go' twice"):
        plugin.action("go")(lambda ctx, value: None)


def test_a_plugin_of_several_modules_is_among_those_that_are_known() -> None:
    assert {"ops", "ack"} <= set(Loader(()).known())
