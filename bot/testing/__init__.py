"""The pytest fixtures for plugin authors and for our own tests: the real daemon in a Slack workspace with a GitHub, and people who use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.testing.plugin_sandbox import PatientPerson as PatientPerson
from bot.testing.plugin_sandbox import PluginSandbox as PluginSandbox
from bot.testing.workspace import SPEED as SPEED
from bot.testing.workspace import Workspace as Workspace

PLUGIN_FOLDERS = "chatopsd_plugins"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option that says where the plugins under test are."""
    parser.addini(PLUGIN_FOLDERS, "folders of the plugins that `sandbox.load` finds, relative to the ini file", type="paths", default=[])


@pytest.fixture
def sandbox(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PluginSandbox]:
    """Give a workspace for the test of a plugin: `sandbox.load("live")`, then people type and look."""
    beside = [request.path.parent, request.path.parent.parent, request.config.rootpath]
    folders = [*map(Path, request.config.getini(PLUGIN_FOLDERS)), *beside, *(folder / "plugins" for folder in beside)]
    made = PluginSandbox(tmp_path, [folder for folder in dict.fromkeys(folders) if folder.is_dir()])
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Give a workspace whose daemon runs with the demo's settings."""
    made = Workspace(tmp_path)
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture
def empty_workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Give a workspace whose daemon is not started yet: set `toml` first."""
    made = Workspace(tmp_path)
    try:
        yield made
    finally:
        made.close()
