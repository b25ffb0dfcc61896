"""Servers beside Slack and GitHub: their variables, and that none is missing which `chatops.toml` needs."""

import re
from collections.abc import Callable, Iterator

from bot.core.configuration import Configuration
from bot.core.endpoints import Endpoint
from bot.core.redaction import Secret
from bot.core.sources import LokiSource
from bot.settings_checks import Mistake
from bot.settings_environment import Variables

_SENDABLE = re.compile(r"[!-~]+")  # what a header can hold: printable ASCII without blanks


def read_endpoint(prefix: str, variables: Variables, address: Callable[[str, str], str], mistakes: list[Mistake]) -> Endpoint | None:
    """Read `PREFIX_URL`, and `PREFIX_TOKEN` or `PREFIX_USERNAME` and `PREFIX_PASSWORD`; None when no address is set.

    Args:
        address: checks the variable of an address and returns it; its second argument is an example.
    """
    token, username, password = (variables.get(f"{prefix}_{word}") for word in ("TOKEN", "USERNAME", "PASSWORD"))
    signs = f"{prefix}_TOKEN, or {prefix}_USERNAME and {prefix}_PASSWORD, or none of them"
    if token and (username or password):
        mistakes.append(
            Mistake(f"{prefix}_TOKEN", f"set, and {prefix}_{'USERNAME' if username else 'PASSWORD'} too", f"one way to sign in: {signs}")
        )
    elif bool(username) != bool(password):
        absent = f"{prefix}_{'PASSWORD' if username else 'USERNAME'}"
        mistakes.append(Mistake(absent, variables.missing(absent), signs))
    if token and not _SENDABLE.fullmatch(token):
        mistakes.append(Mistake(f"{prefix}_TOKEN", "found blanks or characters that no token has", "a bearer token"))
    if ":" in username:
        mistakes.append(Mistake(f"{prefix}_USERNAME", "found a colon", "a user name; the password is a variable of its own"))
    if not variables.get(f"{prefix}_URL"):
        if token or username or password:
            mistakes.append(Mistake(f"{prefix}_URL", variables.missing(f"{prefix}_URL"), "the address of the server that these sign in to"))
        return None
    url = address(f"{prefix}_URL", "https://server.example.org").rstrip("/")
    return Endpoint(url, Secret(token), username, Secret(password))


def missing_servers(configuration: Configuration, loki: Endpoint | None, alertmanager: Endpoint | None) -> Iterator[Mistake]:
    """Yield a mistake for whatever needs a server whose address is not set."""
    if configuration.alertmanager and alertmanager is None:
        yield Mistake("alertmanager", "ALERTMANAGER_URL is not set", "that variable to hold its address, such as http://127.0.0.1:9093")
    for number, watch in enumerate(configuration.watches):
        if isinstance(watch.source, LokiSource) and loki is None:
            yield Mistake(
                f"watches[{number}].source.loki",
                "LOKI_URL is not set",
                "that variable to hold Loki's address, such as http://127.0.0.1:3100",
            )
