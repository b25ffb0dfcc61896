"""The settings' outer half: variables from the environment, from `.env`, and from systemd's credentials, the last of which wins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from bot.settings_checks import Mistake, did_you_mean

VARIABLES = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_API_URL",
    "GITHUB_TOKEN",
    "GITHUB_APP_ID",
    "GITHUB_APP_PRIVATE_KEY_FILE",
    "GITHUB_INSTALLATION_ID",
    "GITHUB_API_URL",
    "CHATOPS_CONFIG",
    "DATABASE_URL",
    "CHATOPS_STATE_DIR",
    "PLUGIN_PATH",
    "LOKI_URL",
    "LOKI_TOKEN",
    "LOKI_USERNAME",
    "LOKI_PASSWORD",
    "ALERTMANAGER_URL",
    "ALERTMANAGER_TOKEN",
    "ALERTMANAGER_USERNAME",
    "ALERTMANAGER_PASSWORD",
)
_KEY = "github_app_private_key"
_PLACEHOLDER = re.compile(r"(?:xoxb-|xapp-)?your-[a-z-]+")  # as .env.example writes them


@dataclass(frozen=True, slots=True, repr=False)
class Variables:
    """What is set, wherever it came from. A variable that is blank counts as not set."""

    values: Mapping[str, str]
    strangers: tuple[str, ...]  # names that are set and are none of ours: one may be a misspelt one

    def get(self, name: str) -> str:
        """Return a variable's value without the blanks around it, "" when it is not set."""
        return self.values.get(name, "")

    def missing(self, name: str) -> str:
        """Say that a variable is not set, and which name that is set may have been meant for it."""
        hint = did_you_mean(name, self.strangers, cutoff=0.85)
        return "not set" + (f" ({hint.removesuffix('?').removeprefix('did you mean ')} is, and is none of ours)" if hint else "")


def read_variables(environ: Mapping[str, str], cwd: Path, mistakes: list[Mistake]) -> Variables:
    """Read every source and merge them. What can't be read is added to `mistakes`, without its contents."""
    values: dict[str, str] = {}
    sources = [_read_dotenv(cwd / ".env", mistakes), environ, _read_credentials(environ.get("CREDENTIALS_DIRECTORY", ""), mistakes)]
    for source in sources:
        values.update({name: value.strip() for name in VARIABLES if (value := source.get(name) or "").strip()})
    mistakes += [
        Mistake(name, "still what .env.example shows", "a value of your own")
        for name, value in values.items()
        if _PLACEHOLDER.fullmatch(value)
    ]
    return Variables(values, tuple(sorted({name for source in sources for name in source} - set(VARIABLES))))


def _read_dotenv(path: Path, mistakes: list[Mistake]) -> Mapping[str, str]:
    text = read_text(path, ".env", mistakes, optional=True)
    # The parser alone: python-dotenv's readers interpolate, and only warn of a line that can't be read. What the others say counts all the same,
    # or each would be told as not set.
    lines = list(parse_stream(StringIO(text)))
    mistakes += [Mistake(f".env line {line.original.line}", "can't be read", "NAME=value") for line in lines if line.error]
    return {line.key: line.value for line in lines if line.key and line.value is not None}


def _read_credentials(directory: str, mistakes: list[Mistake]) -> Mapping[str, str]:
    """Read systemd's `LoadCredential` files, each named as its variable, in capitals or small letters."""
    found: dict[str, str] = {}
    for name in VARIABLES if directory else ():
        for spelling in (name.lower(), name):
            path = Path(directory) / spelling
            if path.is_file():
                found[name] = read_text(path, f"{name} (credential {spelling})", mistakes)
    # The key itself is the credential; the variable names a file.
    key = Path(directory) / _KEY
    if directory and key.is_file() and read_text(key, f"GITHUB_APP_PRIVATE_KEY_FILE (credential {_KEY})", mistakes).strip():
        found["GITHUB_APP_PRIVATE_KEY_FILE"] = str(key)
    return found


def read_text(
    path: Path, at: str, mistakes: list[Mistake], expected: str = "a file that the daemon may read", *, optional: bool = False
) -> str:
    """Read a text file. What can't be read is "" and a mistake, but for an `optional` file that is not there."""
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors put a mark in front of the first line, which is no part of it
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        mistakes.append(Mistake(at, f"{path} is not UTF-8 (line {line})", "a text file in UTF-8"))
    except ValueError:  # a NUL in the path
        mistakes.append(Mistake(at, "no path", expected))
    except OSError as error:
        if not (optional and isinstance(error, FileNotFoundError)):
            mistakes.append(Mistake(at, f"{path}: {(error.strerror or 'unreadable').lower()}", expected))
    return ""
