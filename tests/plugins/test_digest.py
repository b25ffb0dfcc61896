"""What `[plugins.digest]` takes, and what it says to the rest."""

import pytest

from bot.core.configuration import Configuration, Environment, Service
from bot.ports.errors import BrokenPlugin, ConfigError
from bot.settings_plugins import read_plugin_settings
from plugins.digest import plugin


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"day": "Monday"}, "day is 'Monday'; expected one of Mon, "),
        ({"at": "nine"}, "at is 'nine'; expected a time of day such as 09:00"),
        ({"zone": "Berlin"}, "zone is 'Berlin'; expected a time zone such as Europe/Berlin"),
        ({"channel": "#ops"}, "channel is '#ops'; expected a channel's id, such as C0123456789, not its name"),
        ({"channel": "U0ANN"}, "channel is 'U0ANN'; expected a channel's id"),
        ({"zone": "Europe"}, "zone is 'Europe'; expected a time zone such as Europe/Berlin"),  # a folder of zones, and none itself
    ],
)
def test_what_can_not_be_is_a_mistake_with_its_place(table: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_plugin_settings("digest", plugin.settings, table)
    assert str(refused.value).startswith(f"plugins.digest: {told}")
    assert not isinstance(refused.value, BrokenPlugin)


def configured(*environments: str) -> Configuration:
    there = {name: Environment(name) for name in environments}
    services = {"checkout": Service("checkout", "acme/checkout", "main", there)} if there else {}
    return Configuration("C0OPS", ("digest",), {}, services)


@pytest.mark.parametrize(("table", "named"), [({"environment": "prod"}, "prod"), ({}, "production")])
def test_an_environment_that_no_service_has_is_refused_with_those_that_there_are(table: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_plugin_settings("digest", plugin.settings, table, configured("staging", "live"))
    assert str(refused.value) == f"plugins.digest: environment is '{named}', which no service has; expected one of staging, live."
    assert not isinstance(refused.value, BrokenPlugin)


@pytest.mark.parametrize("environments", [("production",), ()])
def test_the_environment_that_counts_is_one_of_a_service_or_there_is_none(environments: tuple[str, ...]) -> None:
    assert read_plugin_settings("digest", plugin.settings, {}, configured(*environments))
