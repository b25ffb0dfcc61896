"""Variables: where they come from, which one wins, and what is said of those that can't be used."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from bot.core.redaction import Secret
from bot.ports.errors import ConfigError
from bot.settings import load_settings
from tests.settings.conftest import SMALLEST, TOKENS, Place, without

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----\n"


def test_the_defaults_are_those_of_the_design(place: Place) -> None:
    settings = place.load()

    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.github_api_url == "https://api.github.com"
    assert settings.config_path == place.path / "chatops.toml"
    assert settings.state_dir == place.path / "var"
    assert settings.database_url == f"sqlite:///{place.path}/var/chatopsd.db"
    assert settings.plugin_path == ()
    assert settings.github_app is None


def test_loading_makes_no_file_and_no_directory(place: Place) -> None:
    place.load()

    assert [path.name for path in place.path.iterdir()] == ["chatops.toml"]


def test_every_variable_reaches_its_setting(place: Place) -> None:
    (place.path / "mine").mkdir()
    (place.path / "yours").mkdir()
    place.write("ops.toml", SMALLEST)
    place.set(
        SLACK_API_URL="http://127.0.0.1:8765/api",
        GITHUB_API_URL="http://127.0.0.1:8765/",
        CHATOPS_CONFIG="ops.toml",
        DATABASE_URL="postgresql+psycopg://bot:hunter22@db/chatops",
        CHATOPS_STATE_DIR="state",
        PLUGIN_PATH="mine:yours",
    )

    settings = place.load()

    assert settings.slack_bot_token == Secret("xoxb-1234-abcdef")
    assert settings.slack_app_token == Secret("xapp-1-A0-abcdef")
    assert settings.github_token == Secret("plain-github-token")
    assert settings.slack_api_url == "http://127.0.0.1:8765/api/"
    assert settings.github_api_url == "http://127.0.0.1:8765"
    assert settings.config_path == place.path / "ops.toml"
    assert settings.database_url == "postgresql+psycopg://bot:hunter22@db/chatops"
    assert settings.state_dir == place.path / "state"
    assert settings.plugin_path == (place.path / "mine", place.path / "yours")


def test_a_line_of_dotenv_is_read_as_it_stands(place: Place) -> None:
    place.environ = without(place.environ, "GITHUB_TOKEN")
    place.write(".env", "# a comment\nexport GITHUB_TOKEN='pa$$word-${HOME}-x'  # of May\n")

    assert place.load().github_token == Secret("pa$$word-${HOME}-x")


def test_a_line_that_can_not_be_read_is_the_only_mistake_where_the_others_say_what_is_needed(place: Place) -> None:
    place.environ.clear()
    place.write(".env", "".join(f"{name}={value}\n" for name, value in TOKENS.items()) + "garbage line\n")

    assert place.mistakes() == [".env line 4: can't be read; expected NAME=value."]


def test_the_mark_that_some_editors_put_in_front_of_a_file_is_no_part_of_it(place: Place) -> None:
    place.environ = without(place.environ, "GITHUB_TOKEN")
    place.write(".env", "\ufeffGITHUB_TOKEN=from-dotenv\n")
    place.write("chatops.toml", f"\ufeff{SMALLEST}")

    settings = place.load()

    assert (settings.github_token, settings.configuration.channel) == (Secret("from-dotenv"), "C0OPS")


def test_the_real_environment_wins_over_dotenv_and_a_credential_over_both(place: Place) -> None:
    place.write(".env", "GITHUB_TOKEN=from-dotenv\n")
    assert place.load().github_token == Secret("plain-github-token")

    place.write("credentials/github_token", "from-credential\n")
    place.set(CREDENTIALS_DIRECTORY=str(place.path / "credentials"))
    assert place.load().github_token == Secret("from-credential")


@pytest.mark.parametrize("spelling", ["SLACK_BOT_TOKEN", "slack_bot_token"])
def test_a_credential_is_named_as_its_variable_in_capitals_or_small_letters(place: Place, spelling: str) -> None:
    place.environ = without(place.environ, "SLACK_BOT_TOKEN")
    place.write(f"credentials/{spelling}", "xoxb-from-credential\n")
    place.set(CREDENTIALS_DIRECTORY=str(place.path / "credentials"))

    assert place.load().slack_bot_token == Secret("xoxb-from-credential")


def test_a_blank_variable_counts_as_not_set(place: Place) -> None:
    place.write(".env", "SLACK_API_URL=http://127.0.0.1:1/api/\n")
    place.set(SLACK_API_URL="  ", GITHUB_APP_ID="")

    assert place.load().slack_api_url == "http://127.0.0.1:1/api/"


def test_the_state_goes_where_systemd_says_unless_told_otherwise(place: Place) -> None:
    place.set(STATE_DIRECTORY=f"{place.path}/lib:{place.path}/more")
    assert place.load().state_dir == place.path / "lib"

    place.set(CHATOPS_STATE_DIR="mine")
    assert place.load().state_dir == place.path / "mine"


def test_the_journal_lies_in_the_state_directory_whatever_that_is_called(place: Place) -> None:
    place.set(CHATOPS_STATE_DIR="50%20of it?")

    assert make_url(place.load().database_url).database == str(place.path / "50%20of it?" / "chatopsd.db")


def test_a_github_app_takes_the_place_of_a_token(place: Place) -> None:
    place.environ = without(place.environ, "GITHUB_TOKEN")
    place.write("app.pem", PEM)
    place.set(GITHUB_APP_ID="12", GITHUB_INSTALLATION_ID="34", GITHUB_APP_PRIVATE_KEY_FILE="app.pem")

    settings = place.load()

    assert settings.github_token is None
    assert settings.github_app is not None
    assert (settings.github_app.app_id, settings.github_app.installation_id) == (12, 34)
    assert settings.github_app.private_key == Secret(PEM)


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    lines = Place(tmp_path, {}).mistakes()

    assert [line.split(":")[0] for line in lines] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "GITHUB_TOKEN", "CHATOPS_CONFIG"]
    assert "chatops.example.toml" in lines[-1]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1-swapped", "begins with xapp-; expected the bot token, which begins with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-1-swapped", "begins with xoxb-; expected the app-level token, which begins with xapp-"),
        ("SLACK_APP_TOKEN", "hush-hush-hush", "another kind of value"),
        ("SLACK_BOT_TOKEN", "xoxb-12 34secret", "blanks"),
        ("GITHUB_TOKEN", "töken-of-ours", "characters that no token has"),
        ("SLACK_API_URL", "slack.com/api", "an address without a query or a password, such as https://slack.com/api/"),
        ("SLACK_API_URL", "http://host:port/", "such as https://slack.com/api/"),
        ("GITHUB_API_URL", "https://user:hunter22@github.example.org", "without a query or a password"),
        ("GITHUB_API_URL", "ftp://github.example.org", "such as https://api.github.com"),
        ("DATABASE_URL", "postgres://bot:hunter22@db/x", "did you mean postgresql://?"),
        ("DATABASE_URL", "mysql://bot:hunter22@db/x", "another kind of address"),
        ("DATABASE_URL", "chatops.db", "sqlite:///PATH"),
        ("CHATOPS_STATE_DIR", "chatops.toml", "is not a directory"),
        ("PLUGIN_PATH", "nowhere", "is not a directory"),
        ("CHATOPS_CONFIG", "nowhere.toml", "nowhere.toml: no such file or directory"),
        ("CHATOPS_CONFIG", ".", "is a directory"),
    ],
)
def test_a_value_that_can_t_be_used_is_told_by_name(place: Place, name: str, value: str, told: str) -> None:
    place.set(**{name: value})

    (line,) = place.mistakes()

    assert line.startswith(f"{name}: ")
    assert told in line
    for secret in ("swapped", "hush", "34secret", "öken", "hunter22"):
        assert secret not in line


def test_two_ways_to_sign_in_to_github_are_one_too_many(place: Place) -> None:
    place.set(GITHUB_APP_ID="12", GITHUB_INSTALLATION_ID="x34", GITHUB_APP_PRIVATE_KEY_FILE="gone.pem")

    lines = place.mistakes()

    assert [line.split(":")[0] for line in lines] == ["GITHUB_TOKEN", "GITHUB_INSTALLATION_ID", "GITHUB_APP_PRIVATE_KEY_FILE"]
    assert "one way to sign in" in lines[0]


def test_a_key_that_stands_in_the_variable_or_no_key_in_the_file_is_told(place: Place) -> None:
    place.environ = without(place.environ, "GITHUB_TOKEN")
    place.write("app.pem", "hush, not a key")
    place.set(GITHUB_APP_ID="12", GITHUB_INSTALLATION_ID="34", GITHUB_APP_PRIVATE_KEY_FILE="app.pem")
    assert "app.pem holds no private key" in place.mistakes()[0]

    place.set(GITHUB_APP_PRIVATE_KEY_FILE=PEM)
    (line,) = place.mistakes()
    assert "found the key itself" in line
    assert "MIIEow" not in line


def test_a_misspelt_variable_is_offered(place: Place) -> None:
    place.environ = without(place.environ, "SLACK_BOT_TOKEN")
    place.write(".env", "SLACK_BOT_TOKN=xoxb-1-hidden\n")

    (line,) = place.mistakes()

    assert "SLACK_BOT_TOKN is, and is none of ours" in line
    assert "hidden" not in line


def test_a_line_of_dotenv_that_can_t_be_read_is_told_by_its_number_only(place: Place) -> None:
    place.write(".env", "# fine\nGITHUB_TOKEN='never-closed-secret\n")

    (line,) = place.mistakes()

    assert line.startswith(".env line 2: ")
    assert "never-closed" not in line


def test_files_that_are_not_text_are_told_by_their_line(place: Place) -> None:
    (place.path / ".env").write_bytes(b"A=1\nGITHUB_TOKEN=\xff\xfe\n")
    (place.path / "chatops.toml").write_bytes(b"[chatops]\n\n# \xff\n")

    lines = place.mistakes()

    assert [line.partition("; ")[0].partition(" is ")[2] for line in lines] == ["not UTF-8 (line 2)", "not UTF-8 (line 3)"]


def test_a_file_that_may_not_be_read_is_told_by_its_path(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests may be root, whom no file mode stops.
    def refuse(self: Path, *args: object, **options: object) -> str:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_text", refuse)

    lines = place.mistakes()

    assert [line.partition(";")[0] for line in lines] == [
        f".env: {place.path}/.env: permission denied",
        f"CHATOPS_CONFIG: {place.path}/chatops.toml: permission denied",
    ]


def test_mistakes_of_the_environment_and_of_the_file_come_together(place: Place) -> None:
    place.environ = without(place.environ, "SLACK_BOT_TOKEN")
    place.set(GITHUB_API_URL="nonsense")

    lines = place.mistakes_in('[chatops]\nchannel = "#ops"\nplugins = []\n')

    assert [line.split(": ")[0] for line in lines] == ["SLACK_BOT_TOKEN", "GITHUB_API_URL", "chatops.channel", "chatops.plugins"]


def test_no_secret_shows_in_the_settings_own_words(place: Place) -> None:
    place.set(DATABASE_URL="postgresql+psycopg://bot:hunter%2F22@db/chatops?sslmode=require&password=other%2022")

    settings = place.load()

    shown = f"{settings!r} {settings} {settings.secrets} {settings.slack_bot_token} {settings.slack_bot_token!r}"
    for secret in [*TOKENS.values(), "hunter%2F22", "hunter/22", "other%2022", "other 22"]:
        assert secret not in shown
        assert Secret(secret) in settings.secrets


hostile = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=40)


@given(
    values=st.fixed_dictionaries(
        {"SLACK_BOT_TOKEN": hostile, "SLACK_APP_TOKEN": hostile, "GITHUB_TOKEN": hostile},
        optional={
            "DATABASE_URL": hostile,
            "SLACK_API_URL": hostile,
            "CHATOPS_CONFIG": hostile,
            "PLUGIN_PATH": hostile,
            "GITHUB_APP_ID": hostile,
        },
    )
)
def test_whatever_stands_in_the_variables_it_loads_or_tells_and_gives_no_secret_away(
    values: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    marked = {name: value + "-Mark5-" * ("TOKEN" in name or name == "DATABASE_URL") for name, value in values.items()}
    place = tmp_path_factory.getbasetemp()

    try:
        told = repr(load_settings(marked, place))
    except ConfigError as error:
        told = str(error)

    assert "Mark5" not in told
