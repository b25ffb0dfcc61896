"""What a database's errors mean, in a sentence that says what to do about it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.ports.errors import JournalError

# The beginning of SQLite's name for the error → what is wrong and what to do. The first that fits is taken.
# Source: https://sqlite.org/rescode.html
_SQLITE = {
    "SQLITE_FULL": "its disk is full. Free some space; the daemon goes on by itself.",
    "SQLITE_BUSY": "another process holds it locked. If this lasts, look who has the file open (lsof) and end that program.",
    "SQLITE_LOCKED": "another process holds it locked. If this lasts, look who has the file open (lsof) and end that program.",
    "SQLITE_READONLY": "it can't be written: the file, its folder or the disk is read-only. Give the daemon's user the right to write there.",
    "SQLITE_PERM": "it may not be opened. Give the daemon's user the right to read and write it.",
    "SQLITE_CANTOPEN": "it can't be opened. Its folder must exist and be writable for the daemon's user.",
    "SQLITE_NOTADB": "the file is no SQLite database. DATABASE_URL must name the journal's own file, or one that does not exist yet.",
    "SQLITE_CORRUPT": "the file is damaged. Stop the daemon, keep a copy of the file, and restore a backup.",
    "SQLITE_IOERR": "its disk answers with errors. Look into the system's log, and see whether the disk is failing or full.",
    "SQLITE_CONSTRAINT": "it refused a row that contradicts what it holds. This is a mistake in the program; please report it.",
    "SQLITE_NOMEM": "there is not enough memory. End other programs, or give this one more.",
    "SQLITE_SCHEMA": "its tables were changed by another program. Restart the daemon.",
}
_OTHER = "it answered with an error."
_READS_ONLY = "a transaction that only reads tried to write. This is a mistake in the program; please report it."


@contextmanager
def explained(where: str, reads_only: bool = False) -> Iterator[None]:
    """Turn the database's errors into JournalErrors that name the journal and say what to do.

    Args:
        where: the journal, for people; no password in it.
        reads_only: that the transaction may not write, which explains a refusal to.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise JournalError(f"The journal ({where}) can't be used: {_advice(error, reads_only)} [{_words(error)}]") from error


def _advice(error: Exception, reads_only: bool) -> str:
    name = getattr(_cause(error), "sqlite_errorname", "")
    if reads_only and name.startswith("SQLITE_READONLY"):
        return _READS_ONLY
    return next((advice for code, advice in _SQLITE.items() if name.startswith(code)), _OTHER)


def _cause(error: Exception) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _words(error: Exception) -> str:
    """Return the database's own words, without the statement and its values: those may hold what people wrote."""
    cause = _cause(error)
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    orig = getattr(cause, "orig", None)
    return f"{name}: {orig or (cause.args[0] if cause.args else cause)}"
