"""The two examples for operators load as they are, and leave no setting out."""

import re
import tomllib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import pytest
from dotenv import dotenv_values
from pydantic import BaseModel

from bot.settings_environment import VARIABLES
from bot.settings_file import INPUT_WORDS, ChatopsFile
from bot.settings_sources import SOURCES
from tests.settings.conftest import Place
from tests.settings.shipped import shipped_settings

ROOT = Path(__file__).parents[2]
ENV = (ROOT / ".env.example").read_text()
FILLED_IN = ENV.replace("your-", "our-")
TOML = (ROOT / "chatops.example.toml").read_text()


def tables(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a table's model and those of all tables in it."""
    yield model
    for info in model.model_fields.values():
        for part in annotations(info.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from tables(part)


def annotations(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in get_args(annotation):
        yield from annotations(argument)


def uncommented(text: str) -> str:
    """Return the example with every setting that it shows behind a `#` switched on."""
    return re.sub(r"^# (?=[A-Za-z_]+ ?= ?\S|\[[a-z.]+\]$)", "", text, flags=re.MULTILINE)


def test_the_env_example_names_every_variable_and_no_other() -> None:
    assert set(dotenv_values(stream=StringIO(uncommented(ENV)), interpolate=False)) == set(VARIABLES)


def test_what_was_not_filled_in_is_told_by_name(place: Place) -> None:
    place.environ.clear()
    shown = {name: value for name, value in dotenv_values(stream=StringIO(ENV), interpolate=False).items() if value}
    place.write(".env", ENV)

    assert place.mistakes() == [f"{name}: still what .env.example shows; expected a value of your own." for name in shown]
    for name, value in shown.items():
        place.write(".env", FILLED_IN + f"{name}={value}\n")
        assert [line.partition(":")[0] for line in place.mistakes()] == [name]


def test_both_examples_load_together_once_the_secrets_are_filled_in(place: Place) -> None:
    place.environ.clear()
    place.write(".env", FILLED_IN)
    place.write("chatops.toml", TOML)

    settings = place.load()

    assert list(settings.configuration.services) == ["checkout"]


def test_the_env_example_also_loads_with_everything_switched_on(place: Place) -> None:
    place.environ.clear()
    place.write("app.pem", "-----BEGIN RSA PRIVATE KEY-----\n")
    (place.path / "plugins").mkdir()
    text = re.sub(r"^(GITHUB|LOKI|ALERTMANAGER)_TOKEN=.*$", "", uncommented(FILLED_IN), flags=re.MULTILINE)
    text = text.replace("/etc/chatopsd/github-app.pem", "app.pem").replace("/etc/chatopsd/plugins", "plugins")
    place.write(".env", text)

    settings = place.load()

    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.github_api_url == "https://api.github.com"
    assert settings.state_dir == place.path / "var"


def test_the_toml_example_also_loads_with_everything_switched_on(place: Place) -> None:
    place.set(ALERTMANAGER_URL="http://127.0.0.1:9093")
    text = uncommented(re.sub(r"^# source = .*$", "", TOML, flags=re.MULTILINE))
    place.write("chatops.toml", text)

    production = place.load().configuration.services["checkout"].environments["production"]

    assert (production.approvals, production.approvers, production.after, production.required_checks) == (1, "approver", "staging", True)
    assert production.freeze


def sources_shown() -> list[str]:
    """Return each `source = …` that the example shows; behind a `#`, they are one table's only choice."""
    return re.findall(r"^(?:# )?(source = \{ .* \})(?: +#.*)?$", TOML, flags=re.MULTILINE)


@pytest.mark.parametrize("shown", sources_shown())
def test_each_source_that_the_toml_example_shows_loads(place: Place, shown: str) -> None:
    place.set(LOKI_URL="http://127.0.0.1:3100")
    place.write("chatops.toml", re.sub(r"^source = .*$", lambda _: shown, TOML, count=1, flags=re.MULTILINE))

    assert place.load().configuration.watches[0].source.kind in shown


def test_every_kind_of_source_is_shown() -> None:
    assert {kind for kind in SOURCES for shown in sources_shown() if f"{{ {kind} = " in shown} == set(SOURCES)


def test_the_toml_example_names_every_key_and_no_other() -> None:
    keys = {key for model in tables(ChatopsFile) for key in model.model_fields} | set(INPUT_WORDS)

    # Twice a `source` in one table is not TOML: each is read by itself.
    text = re.sub(r"^# source = .*$", "", TOML, flags=re.MULTILINE)
    shown = {key for each in (uncommented(text), *sources_shown()) for key in all_keys(tomllib.loads(each))}
    own_names = {
        "releaser",
        "approver",
        "checkout",
        "staging",
        "production",
        "release",
        "U0ANN",
    }  # roles, services, environments, a renamed command, a person

    of_plugins = shipped_settings()
    assert shown - own_names == keys | of_plugins.keys() | set().union(*of_plugins.values())


def all_keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from all_keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from all_keys(inner)
