"""Which file an address of SQLite names: for whoever opens it, and for what is kept beside it."""

from pathlib import Path

from sqlalchemy import URL

from bot.ports.errors import ConfigError


def file_of(url: URL) -> Path:
    """Return the journal's file.

    Raises:
        ConfigError: it is to lie in the home of somebody who has none.
    """
    path = Path(url.database or "journal")
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ConfigError(
            f"DATABASE_URL: {path} begins with the home of a user that this machine does not know. Write the whole path."
        ) from error
