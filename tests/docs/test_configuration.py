"""docs/configuration.md names every setting, in the table where it belongs, and no other."""

import re
from pathlib import Path

import pytest

from bot.settings_alertmanager import AlertmanagerTable
from bot.settings_alerts import ExploreTable
from bot.settings_environment import VARIABLES
from bot.settings_fields import FieldsTable
from bot.settings_file import INPUT_WORDS, ChatopsTable, EnvironmentTable, LocksTable, MetricsTable, ServiceTable, WatchTable
from bot.settings_forms import Table
from bot.settings_sources import SOURCES, CommandTable, JournaldTable, LokiTable
from tests.settings.shipped import shipped_settings

TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()


def keys_below(heading: str) -> set[str]:
    """Return the first column of the table below a heading."""
    section = TEXT.partition(f"\n{heading}\n")[2]
    section = re.split(r"^##", section, maxsplit=1, flags=re.MULTILINE)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE))


def test_every_variable_is_named_and_no_other() -> None:
    assert keys_below("## Variables") == set(VARIABLES)


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("### `[chatops]`", ChatopsTable),
        ("### `[locks]`", LocksTable),
        ("### `[metrics]`", MetricsTable),
        ("### `[alertmanager]`", AlertmanagerTable),
        ("### `[services.NAME]`", ServiceTable),
        ("### `[services.NAME.environments.NAME]`", EnvironmentTable),
        ("### `[[watches]]`", WatchTable),
        ("#### `fields`", FieldsTable),
        ("#### `journald`", JournaldTable),
        ("#### `loki`", LokiTable),
        ("#### `command`", CommandTable),
        ("#### `explore`", ExploreTable),
    ],
)
def test_every_key_of_a_table_is_named_and_no_other(heading: str, model: type[Table]) -> None:
    assert keys_below(heading) == set(model.model_fields)


def test_every_setting_of_the_plugins_that_come_with_it_is_named_and_no_other() -> None:
    part = re.split(r"^## ", TEXT.partition("\n### `[plugins.NAME]`\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    declared = {(plugin, key) for plugin, keys in shipped_settings().items() for key in keys}

    assert set(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", part, flags=re.MULTILINE)) == declared


def test_every_input_word_and_every_kind_of_source_is_named() -> None:
    for word in (*INPUT_WORDS, *SOURCES):
        assert f"`{word}`" in TEXT
