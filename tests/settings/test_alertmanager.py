"""`[alertmanager]` and the variables of servers: what may stand there, and each mistake."""

from datetime import timedelta

import pytest

from bot.core.alertmanager import AlertmanagerRules
from bot.core.endpoints import Endpoint
from bot.core.redaction import Secret
from tests.settings.conftest import SMALLEST, Place

URL = "http://127.0.0.1:9093"


def test_a_table_without_keys_has_the_defaults_and_brings_its_plugin(place: Place) -> None:
    place.set(ALERTMANAGER_URL=f"{URL}/")
    place.write("chatops.toml", SMALLEST + "[alertmanager]")

    settings = place.load()

    assert settings.configuration.alertmanager == AlertmanagerRules("C0OPS")
    assert settings.alertmanager == Endpoint(URL)
    assert settings.configuration.plugins == ("release", "alertmanager")


def test_every_key_reaches_its_rule(place: Place) -> None:
    place.set(ALERTMANAGER_URL=URL, ALERTMANAGER_USERNAME="ann", ALERTMANAGER_PASSWORD="a secret word")
    lines = [
        'channel = "C0ALERTS"',
        'group_by = ["team"]',
        """filters = ['severity=~"a|b"', "x!=y"]""",
        'silence = "1d"',
        'escalation = ["S0A"]',
        'remind_after = "2h"',
    ]
    place.write("chatops.toml", "\n".join([SMALLEST, "[alertmanager]", *lines]))

    settings = place.load()

    assert settings.configuration.alertmanager == AlertmanagerRules(
        "C0ALERTS", ("team",), ('severity=~"a|b"', "x!=y"), timedelta(days=1), ("S0A",), timedelta(hours=2)
    )
    assert settings.alertmanager is not None
    assert settings.alertmanager.headers == {"Authorization": "Basic YW5uOmEgc2VjcmV0IHdvcmQ="}
    assert Secret("a secret word") in settings.secrets
    assert Secret("YW5uOmEgc2VjcmV0IHdvcmQ=") in settings.secrets


MISTAKES = [
    ({}, "[alertmanager]", "alertmanager: ALERTMANAGER_URL is not set"),
    ({"ALERTMANAGER_URL": "9093"}, "[alertmanager]", "ALERTMANAGER_URL: found no such address"),
    ({"ALERTMANAGER_URL": "http://a:b@c"}, "[alertmanager]", "ALERTMANAGER_URL: found no such address"),
    ({"ALERTMANAGER_URL": URL}, "[alertmanager]\ngroup_by = []", "alertmanager.group_by: found an empty list; expected at least one."),
    ({"ALERTMANAGER_URL": URL}, '[alertmanager]\ngroup_by = ["a", "a"]', "alertmanager.group_by: found a list; expected each label once."),
    (
        {"ALERTMANAGER_URL": URL},
        '[alertmanager]\ngroup_by = ["a b"]',
        'alertmanager.group_by[0]: found "a b"; expected the name of a label',
    ),
    ({"ALERTMANAGER_URL": URL}, '[alertmanager]\nfilters = ["severity"]', 'alertmanager.filters[0]: found "severity"; expected a matcher'),
    ({"ALERTMANAGER_URL": URL}, '[alertmanager]\nsilence = "8d"', 'alertmanager.silence: found "8d"; expected a duration of at most 7d.'),
    ({"ALERTMANAGER_URL": URL}, '[alertmanager]\nchannel = "alerts"', 'alertmanager.channel: found "alerts"; expected a channel id'),
    (
        {"ALERTMANAGER_URL": URL},
        '[alertmanager]\nescalation = ["ann"]',
        'alertmanager.escalation[0]: found "ann"; expected the id of a user',
    ),
    ({"ALERTMANAGER_URL": URL}, '[alertmanager]\nurl = "x"', "alertmanager.url: not a key of this table"),
    ({"LOKI_TOKEN": "x"}, "", "LOKI_URL: not set"),
    ({"LOKI_URL": URL, "LOKI_USERNAME": "ann"}, "", "LOKI_PASSWORD: not set"),
    ({"LOKI_URL": URL, "LOKI_PASSWORD": "x"}, "", "LOKI_USERNAME: not set"),
    ({"LOKI_URL": URL, "LOKI_TOKEN": "x", "LOKI_USERNAME": "ann", "LOKI_PASSWORD": "y"}, "", "LOKI_TOKEN: set, and LOKI_USERNAME too"),
    ({"LOKI_URL": URL, "LOKI_TOKEN": "x y"}, "", "LOKI_TOKEN: found blanks"),
    ({"LOKI_URL": URL, "LOKI_USERNAME": "a:b", "LOKI_PASSWORD": "x"}, "", "LOKI_USERNAME: found a colon"),
]


@pytest.mark.parametrize(("variables", "toml", "told"), MISTAKES)
def test_mistakes_are_told(place: Place, variables: dict[str, str], toml: str, told: str) -> None:
    place.set(**variables)

    (line,) = place.mistakes_in(SMALLEST + toml)

    assert line.startswith(told)
