"""The settings: secrets and addresses from the environment, everything else from `chatops.toml`; read once, all mistakes told at once."""

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from bot.core.configuration import Configuration
from bot.core.endpoints import Endpoint
from bot.core.redaction import Redactor, Secret
from bot.ports.errors import ConfigError
from bot.settings_checks import Mistake, check_file
from bot.settings_endpoints import missing_servers, read_endpoint
from bot.settings_environment import Variables, read_text, read_variables
from bot.settings_file import as_configuration

_SLACK_API_URL = "https://slack.com/api/"
_GITHUB_API_URL = "https://api.github.com"
_TOKENS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "GITHUB_TOKEN")
_APP_VARIABLES = ("GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY_FILE", "GITHUB_INSTALLATION_ID")
_TOKEN = re.compile(r"[!-~]+")  # a header can hold it: printable ASCII without blanks
_DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """The credentials of a GitHub App that is installed in the organisation."""

    app_id: int
    private_key: Secret  # the PEM text
    installation_id: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the daemon was told, checked. Of `github_token` and `github_app` exactly one is set."""

    slack_bot_token: Secret
    slack_app_token: Secret
    github_token: Secret | None
    github_app: GitHubApp | None
    slack_api_url: str  # ends with a slash
    github_api_url: str  # does not
    config_path: Path
    database_url: str = field(repr=False)  # may hold a password
    state_dir: Path
    plugin_path: tuple[Path, ...]
    configuration: Configuration
    loki: Endpoint | None = None
    alertmanager: Endpoint | None = None

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every configured secret, for the redactor."""
        app = (self.github_app.private_key,) if self.github_app else ()
        token = (self.github_token,) if self.github_token else ()
        servers = [secret for server in (self.loki, self.alertmanager) if server for secret in server.secrets]
        return (self.slack_bot_token, self.slack_app_token, *token, *app, *servers, *_passwords(self.database_url))


def load_settings(environ: Mapping[str, str], cwd: Path, *, without_secrets: bool = False) -> Settings:
    """Read `.env`, the environment, systemd's credentials and `chatops.toml`.

    Args:
        environ: the real environment; it wins over `.env`, and credentials win over both.
        cwd: where `.env` is looked for, and what relative paths are relative to.
        without_secrets: let tokens be missing, for whoever needs none of them.

    Raises:
        ConfigError: every mistake, one line each, without any secret.
    """
    mistakes: list[Mistake] = []
    variables = read_variables(environ, cwd, mistakes)
    reader = _Reader(variables, cwd, mistakes)
    state_dir = reader.state_dir(environ.get("STATE_DIRECTORY", ""))
    settings = Settings(
        slack_bot_token=reader.slack_token("SLACK_BOT_TOKEN", "xoxb-", "the bot token"),
        slack_app_token=reader.slack_token("SLACK_APP_TOKEN", "xapp-", "the app-level token"),
        github_token=reader.github_token(),
        github_app=reader.github_app(),
        slack_api_url=reader.address("SLACK_API_URL", _SLACK_API_URL).rstrip("/") + "/",
        github_api_url=reader.address("GITHUB_API_URL", _GITHUB_API_URL).rstrip("/"),
        config_path=cwd / (variables.get("CHATOPS_CONFIG") or "chatops.toml"),
        database_url=reader.database_url(state_dir),
        state_dir=state_dir,
        plugin_path=reader.plugin_path(),
        configuration=reader.configuration(cwd / (variables.get("CHATOPS_CONFIG") or "chatops.toml")),
        loki=read_endpoint("LOKI", variables, reader.address, mistakes),
        alertmanager=read_endpoint("ALERTMANAGER", variables, reader.address, mistakes),
    )
    mistakes += missing_servers(settings.configuration, settings.loki, settings.alertmanager)
    if without_secrets:
        mistakes = [mistake for mistake in mistakes if mistake.at not in _TOKENS]
    if mistakes:
        raise ConfigError(_tell(mistakes, settings.secrets))
    return settings


def _tell(mistakes: list[Mistake], secrets: tuple[Secret, ...]) -> str:
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    lines = [f"The settings can't be used: {count}.", *(f"  {mistake}" for mistake in mistakes)]
    return Redactor(secrets).redact("\n".join(lines))


def _passwords(url: str) -> tuple[Secret, ...]:
    """Return the password in an address, as it stands there and as it is meant."""
    found = re.findall(r"^[^:]+://[^:/@]*:([^/]*)@|[?&](?:ssl)?password=([^&]+)", url)
    written = [text for places in found for text in places if text]
    return tuple(Secret(text) for text in dict.fromkeys([*written, *map(unquote, written)]))


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


class _Reader:
    """Turns variables into values; a value that can't be used becomes a mistake, and a stand-in that is never seen."""

    def __init__(self, variables: Variables, cwd: Path, mistakes: list[Mistake]) -> None:
        self._variables = variables
        self._cwd = cwd
        self._mistakes = mistakes

    def slack_token(self, name: str, prefix: str, what: str) -> Secret:
        value = self._variables.get(name)
        expected = f"{what}, which begins with {prefix}"
        if not value:
            self._add(name, self._variables.missing(name), expected)
        elif not _TOKEN.fullmatch(value):
            self._add(name, "found blanks or characters that no token has", expected)
        elif not value.startswith(prefix):
            kind = next((kind for kind in ("xoxb-", "xapp-", "xoxp-", "xoxe", "gh") if value.startswith(kind)), "")
            self._add(name, f"found a token that begins with {kind}" if kind else "found another kind of value", expected)
        return Secret(value)

    def github_token(self) -> Secret | None:
        value = self._variables.get("GITHUB_TOKEN")
        app = [name for name in _APP_VARIABLES if self._variables.get(name)]
        either = f"GITHUB_TOKEN, or {', '.join(_APP_VARIABLES)}"
        if value and app:
            self._add("GITHUB_TOKEN", f"set, and {' and '.join(app)} too", f"one way to sign in: {either}")
        elif not value and not app:
            self._add("GITHUB_TOKEN", self._variables.missing("GITHUB_TOKEN"), either)
        elif value and not _TOKEN.fullmatch(value):
            self._add("GITHUB_TOKEN", "found blanks or characters that no token has", "a token of GitHub")
        return Secret(value) if value else None

    def github_app(self) -> GitHubApp | None:
        if not any(self._variables.get(name) for name in _APP_VARIABLES):
            return None
        app_id, installation_id = self._number("GITHUB_APP_ID"), self._number("GITHUB_INSTALLATION_ID")
        return GitHubApp(app_id, self._private_key("GITHUB_APP_PRIVATE_KEY_FILE"), installation_id)

    def _number(self, name: str) -> int:
        value = self._variables.get(name)
        expected = "the number that GitHub shows on the app's page"
        if not value:
            self._add(name, self._variables.missing(name), expected)
        elif not re.fullmatch(r"[0-9]{1,18}", value):
            self._add(name, "found something else", expected)
        else:
            return int(value)
        return 0

    def _private_key(self, name: str) -> Secret:
        value = self._variables.get(name)
        expected = "the path of the private key that GitHub gave for the app, a .pem file"
        if not value:
            self._add(name, self._variables.missing(name), expected)
            return Secret("")
        if "PRIVATE KEY" in value:
            self._add(name, "found the key itself", expected)
            return Secret(value)
        before = len(self._mistakes)
        key = read_text(self._cwd / value, name, self._mistakes, expected)
        if len(self._mistakes) == before and "PRIVATE KEY-----" not in key:
            self._add(name, f"{value} holds no private key", expected)
        return Secret(key)

    def address(self, name: str, default: str) -> str:
        value = self._variables.get(name) or default
        try:
            parts = urlsplit(value)
            fine = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment or parts.username)
            fine = fine and _TOKEN.fullmatch(value) and (parts.port is None or parts.port > 0)
        except ValueError:  # a port that is no number, a bracket without its pair
            fine = False
        if not fine:
            self._add(name, "found no such address", f"an address without a query or a password, such as {default}")
        return value

    def state_dir(self, of_systemd: str) -> Path:
        # systemd joins several directories with colons; the first is the state's.
        path = self._cwd / (self._variables.get("CHATOPS_STATE_DIR") or of_systemd.split(":")[0] or "var")
        name = "CHATOPS_STATE_DIR" if self._variables.get("CHATOPS_STATE_DIR") or not of_systemd else "STATE_DIRECTORY"
        expected = "a directory that the daemon may write to, for the database and what else must survive"
        try:
            is_dir = stat.S_ISDIR(path.stat().st_mode)
        except FileNotFoundError:
            return path  # it is made at the start
        except (OSError, ValueError):
            self._add(name, f"{path} can't be reached", expected)
            return path
        if not is_dir:
            self._add(name, f"{path} is not a directory", expected)
        elif not os.access(path, os.W_OK | os.X_OK):
            self._add(name, f"{path} can't be written", expected)
        return path

    def database_url(self, state_dir: Path) -> str:
        url = self._variables.get("DATABASE_URL")
        if not url:
            return f"sqlite:///{quote(str(state_dir / 'chatopsd.db'), safe='/ ')}"
        scheme, separator, rest = url.partition("://")
        kind = scheme.partition("+")[0]
        if kind not in _DATABASES or not separator or not rest or not _TOKEN.fullmatch(scheme):
            hint = ", did you mean postgresql://?" if kind == "postgres" else ""
            self._add("DATABASE_URL", f"found another kind of address{hint}", "sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE")
        return url

    def plugin_path(self) -> tuple[Path, ...]:
        paths = tuple(self._cwd / part for part in self._variables.get("PLUGIN_PATH").split(os.pathsep) if part)
        for path in paths:
            if not _is_dir(path):
                self._add("PLUGIN_PATH", f"{path} is not a directory", f"directories that hold plugins, joined by “{os.pathsep}”")
        return paths

    def configuration(self, path: Path) -> Configuration:
        before = len(self._mistakes)
        text = read_text(
            path, "CHATOPS_CONFIG", self._mistakes, "the file with the rest of the settings; begin with a copy of chatops.example.toml"
        )
        if len(self._mistakes) == before:
            try:
                file = check_file(tomllib.loads(text))
            except tomllib.TOMLDecodeError as error:
                self._add(path.name, f"not TOML: {error}", "a file in the form of chatops.example.toml")
            except RecursionError:
                self._add(path.name, "nested too deep", "a file in the form of chatops.example.toml")
            else:
                if not isinstance(file, list):
                    return as_configuration(file)
                self._mistakes += file
        return Configuration(channel="", plugins=(), roles={}, services={})

    def _add(self, at: str, found: str, expected: str) -> None:
        self._mistakes.append(Mistake(at, found, expected))


def needs_restart(before: Settings, after: Settings) -> tuple[str, ...]:
    """Return which settings differ and are only read at a start, a sentence each."""
    names = {
        "slack_bot_token": "SLACK_BOT_TOKEN",
        "slack_app_token": "SLACK_APP_TOKEN",
        "github_token": "GITHUB_TOKEN",
        "github_app": "the GitHub App",
        "slack_api_url": "SLACK_API_URL",
        "github_api_url": "GITHUB_API_URL",
        "database_url": "DATABASE_URL",
        "state_dir": "CHATOPS_STATE_DIR",
        "plugin_path": "PLUGIN_PATH",
        "loki": "LOKI_URL, or how to sign in there,",
        "alertmanager": "ALERTMANAGER_URL, or how to sign in there,",
    }
    changed = [name for field, name in names.items() if getattr(before, field) != getattr(after, field)]
    changed += ["metrics"] if before.configuration.metrics != after.configuration.metrics else []
    return tuple(f"{name} changed, which takes a restart" for name in changed)
