"""What `[plugins.digest]` takes, and what it says to the rest."""

import pytest

from bot.ports.errors import BrokenPlugin, ConfigError
from bot.settings_plugins import read_plugin_settings
from plugins.digest import plugin


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"day": "Monday"}, "day is 'Monday'; expected one of Mon, "),
        ({"at": "nine"}, "at is 'nine'; expected a time of day such as 09:00"),
        ({"zone": "Berlin"}, "zone is 'Berlin'; expected a time zone such as Europe/Berlin"),
        ({"zone": "Europe"}, "zone is 'Europe'; expected a time zone such as Europe/Berlin"),  # a folder of zones, and none itself
    ],
)
def test_what_can_not_be_a_time_is_a_mistake_with_its_place(table: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_plugin_settings("digest", plugin.settings, table)
    assert str(refused.value).startswith(f"plugins.digest: {told}")
    assert not isinstance(refused.value, BrokenPlugin)
