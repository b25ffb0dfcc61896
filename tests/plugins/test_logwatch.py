"""The log watch's plugin: scans when it is due and when somebody asks."""

from pathlib import Path

import pytest

from bot.api import EnvelopeKind, UserError
from plugins.logwatch import plugin, scan, scan_now
from tests.engine.log_world import CHANNEL, LogWorld
from tests.plugins.log_context import as_context, context


def asked(world: LogWorld, *words: str) -> str:
    spoken = context(world, EnvelopeKind.COMMAND)
    scan_now(as_context(spoken), *words)
    return " ".join(spoken.said)


def test_a_tick_scans_the_watch(tmp_path: Path) -> None:
    world = LogWorld(tmp_path)
    tick = as_context(context(world, EnvelopeKind.TICK, ""))
    scan(tick, world.watch)
    world.append("ERROR disk is full\n")

    scan(tick, world.watch)

    assert [alert.window.errors for alert in world.alerts.open()] == [1]
    assert plugin.jobs["logwatch.scan"].each_watch


def test_asking_scans_at_once_and_says_what_was_found(tmp_path: Path) -> None:
    world = LogWorld(tmp_path)
    assert asked(world) == "*api*: 0 new lines, no errors."
    world.append("INFO ok\n" * 1200)
    assert asked(world, "api") == "*api*: 1,200 new lines, no errors."
    world.append("ERROR disk is full\n")
    assert asked(world, "api") == f"*api*: 1 error in 1 new line, told in <#{CHANNEL}>."


def test_an_unknown_watch_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no watch `web`\. There are: `api`\."):
        asked(LogWorld(tmp_path), "web")
