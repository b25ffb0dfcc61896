"""Which file an address of SQLite names: for whoever opens it, and for what is kept beside it."""

from errno import EDQUOT, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC
from pathlib import Path

from sqlalchemy import URL

from bot.ports.errors import ChatopsError, ConfigError, JournalError

_PASSES = frozenset({EDQUOT, EIO, EMFILE, ENFILE, ENOMEM, ENOSPC})


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


def unopened(path: Path, error: OSError, advice: str) -> ChatopsError:
    """Return what to say of a file that can't be opened for writing.

    Args:
        advice: what mends it for good. What passes by itself, such as a full disk, is no mistake in the settings: a restart may help.
    """
    if error.errno in _PASSES:
        return JournalError(f"{path} can't be opened for writing now: {error.strerror}. See to the machine; the next start tries again.")
    return ConfigError(f"DATABASE_URL: {path} can't be opened for writing ({error.strerror}). {advice}")
