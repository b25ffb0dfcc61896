"""A place with settings that are fine, so that each test changes the one thing it is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.ports.errors import ConfigError
from bot.settings import Settings, load_settings

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1234-abcdef", "SLACK_APP_TOKEN": "xapp-1-A0-abcdef", "GITHUB_TOKEN": "plain-github-token"}
SMALLEST = '[chatops]\nchannel = "C0OPS"\nplugins = ["release"]\n'


@dataclass
class Place:
    """A directory that the daemon is started in, and its environment."""

    path: Path
    environ: dict[str, str] = field(default_factory=lambda: dict(TOKENS))

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def set(self, **variables: str) -> None:
        self.environ.update(variables)

    def load(self) -> Settings:
        return load_settings(self.environ, self.path)

    def mistakes(self) -> list[str]:
        """Load, expect it to fail, and return the mistakes as they are told, a line each."""
        with pytest.raises(ConfigError) as caught:
            self.load()
        first, *lines = str(caught.value).splitlines()
        assert first == f"The settings can't be used: {len(lines)} mistake{'' if len(lines) == 1 else 's'}."
        assert all(line.startswith("  ") for line in lines)
        return [line.strip() for line in lines]

    def mistakes_in(self, toml: str) -> list[str]:
        self.write("chatops.toml", toml)
        return self.mistakes()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A directory with the smallest chatops.toml, and all that is required in the environment."""
    place = Place(tmp_path)
    place.write("chatops.toml", SMALLEST)
    return place


def without(environ: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in names}
