"""What a database's errors mean, in a sentence that says what to do about it."""

import sqlite3
from types import TracebackType

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from bot.ports.errors import JournalError

RESTORE = "Stop the daemon, keep a copy of the file, and put the newest backup in its place (`chatopsd journal backup` makes them)."
_REPORT = "This is a mistake in the program; please report it."

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
    "SQLITE_CORRUPT": f"the file is damaged. {RESTORE}",
    "SQLITE_IOERR": "its disk answers with errors. Look into the system's log, and see whether the disk is failing or full.",
    "SQLITE_CONSTRAINT": f"it refused a row that contradicts what it holds. {_REPORT}",
    "SQLITE_NOMEM": "there is not enough memory. End other programs, or give this one more.",
    "SQLITE_SCHEMA": "its tables were changed by another program. Restart the daemon.",
}
# The same for PostgreSQL's SQLSTATE.
# Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "08": "the line to its server is gone. The daemon goes on by itself when the server is back.",
    "57P": "its server is starting, or was stopped. The daemon goes on by itself when the server is back.",
    "25P03": "the server ended a transaction that stood still for too long. The machine may be overloaded.",
    "25006": "its server is read-only: a standby? DATABASE_URL must name the primary.",
    "28": "its server refuses the user or the password in DATABASE_URL.",
    "3D000": "its server has no such database. Create it: createdb --encoding=UTF8 NAME.",
    # Our writers come one after the other, and no reader waits for a row: it takes somebody else in the same database. It is not run again here, since
    # what a transaction did between its beginning and its end is its caller's, who does so where that is right.
    "40003": "its server does not say whether it took the transaction. The daemon looks at what is there, and goes on by itself.",
    "40": (
        "its server undid the transaction, so that somebody else's could go on; nothing of it was written, and what can be done again is. "
        "If it comes back, look who works in that database: SELECT * FROM pg_stat_activity."
    ),
    "42501": "the user in DATABASE_URL may not do this. Make it the owner of the database: ALTER DATABASE NAME OWNER TO USER.",
    "42P": "its tables were changed by another program. Restart the daemon.",
    "23": f"it refused a row that contradicts what it holds. {_REPORT}",
    "53100": "its server's disk is full. Free some space; the daemon goes on by itself.",
    "53300": "its server has no connection left. Raise max_connections, or look who holds them: SELECT * FROM pg_stat_activity.",
    "53": "its server is short of memory or of other resources.",
    "55P03": "another daemon holds it locked. If this lasts, look who does: SELECT * FROM pg_stat_activity.",
    "57014": "its server cancelled the statement: somebody asked it to, or statement_timeout is too short.",
    "58": "its server's disk answers with errors. Look into the server's log.",
    "XX": "its server found damage. Look into the server's log, and restore a backup.",
}
_NO_SERVER = "its server can't be reached, or does not let us in. The daemon goes on by itself when the server is back."
_OTHER = "it answered with an error."
_READS_ONLY = f"a transaction that only reads tried to write. {_REPORT}"


class explained:  # noqa: N801 - it is used as a verb
    """Turns the database's errors into JournalErrors that name the journal and say what to do, over a `with`, as often as one likes.

    Args:
        where: the journal, for people; no password in it.
        reads_only: that the transaction may not write, which explains a refusal to.
    """

    __slots__ = ("_reads_only", "_where")

    def __init__(self, where: str, reads_only: bool = False) -> None:
        self._where = where
        self._reads_only = reads_only

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None) -> None:
        if isinstance(error, (SQLAlchemyError, sqlite3.Error)):
            advice = _advice(error, self._reads_only)
            text = f"The journal ({self._where}) can't be used: {advice} [{_words(error)}]"
            raise JournalError(text, is_mistake=advice == _OTHER or advice.endswith(_REPORT)) from error


def _advice(error: Exception, reads_only: bool) -> str:
    cause = _cause(error)
    if hasattr(cause, "sqlstate"):
        return _advice_of_server(error, cause.sqlstate, reads_only)
    name = getattr(cause, "sqlite_errorname", "")
    if reads_only and name.startswith("SQLITE_READONLY"):
        return _READS_ONLY
    return next((advice for code, advice in _SQLITE.items() if name.startswith(code)), _OTHER)


def _advice_of_server(error: Exception, state: str | None, reads_only: bool) -> str:
    """Return the advice for an error of PostgreSQL's driver; it has no SQLSTATE when the server did not get to say anything."""
    if reads_only and state == "25006":
        return _READS_ONLY
    if state is None:
        return _NO_SERVER if isinstance(error, OperationalError) else _OTHER
    return next((advice for code, advice in _POSTGRESQL.items() if state.startswith(code)), _OTHER)


def _cause(error: Exception) -> BaseException:
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def _words(error: Exception) -> str:
    """Return the database's own words, without the statement and its values: those may hold what people wrote."""
    cause = _cause(error)
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    orig = getattr(cause, "orig", None)
    words = str(orig or (cause.args[0] if cause.args else cause))
    # The further lines of PostgreSQL's may quote the row.
    return f"{name}: {words.splitlines()[0] if words else ''}"
