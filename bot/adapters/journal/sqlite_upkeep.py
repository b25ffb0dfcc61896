"""Care for a SQLite file: look for damage, and copy it while it is written.

Source: https://sqlite.org/pragma.html#pragma_quick_check, https://sqlite.org/backup.html.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, Table

from bot.adapters.journal.tables import metadata
from bot.ports.errors import JournalError

# The start may take a second and a half in all. A whole quick_check of a file of 1 GB takes 0.6 s from memory and 18 s from a slow cold disk
# (measured), and SQLite before 3.41 can't be stopped within one. So the start looks at the tables that are not large, one after the other, until its
# time is over. The large ones hold what is long done; `chatopsd journal check` looks at everything.
GLANCE_S = 0.5
GLANCE_ROWS = 50_000


def glance(reader: Engine) -> list[str]:
    """Check the structure of the tables that are not large, in about half a second, and return what is wrong with the first that is broken."""
    until = time.monotonic() + GLANCE_S
    with reader.begin() as connection:
        for table in metadata.sorted_tables:
            if time.monotonic() > until:
                break
            if _extent(connection, table) <= GLANCE_ROWS and (found := _told(connection, f"PRAGMA quick_check('{table.name}')")):
                return found
    return []


def examine(reader: Engine) -> list[str]:
    """Check the whole file, its indexes too, and return what is wrong; about 100 findings at most."""
    with reader.begin() as connection:
        return _told(connection, "PRAGMA integrity_check")


def _extent(connection: Connection, table: Table) -> int:
    """Return about how many rows a table has, from its ends: counting them would take as long as checking them."""
    ends = f"coalesce((SELECT max(rowid) FROM {table.name}), 0) - coalesce((SELECT min(rowid) FROM {table.name}), 0)"  # noqa: S608 - our own table's name
    return int(connection.exec_driver_sql(f"SELECT {ends}").scalar_one())


def _told(connection: Connection, pragma: str) -> list[str]:
    """Return what a check says, a line for each finding."""
    lines = (line for finding in connection.exec_driver_sql(pragma).scalars() for line in finding.splitlines())
    return [line for line in lines if line != "ok" and not line.startswith("***")]


def copy(reader: Engine, target: Path) -> None:
    """Copy one moment of the database into a new file, while others write. The file appears when it is whole and was checked.

    Raises:
        JournalError: the file exists, or can't be written; or another backup to it is under way.
    """
    if target.exists():
        raise _taken(target)
    part = target.with_name(target.name + ".part")
    try:
        with _made(part):
            try:
                _copy(reader, part)
                _publish(part, target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        _sync(target.parent)
    except FileExistsError:
        raise _taken(target) from None
    except (OSError, sqlite3.Error) as error:
        raise JournalError(
            f"The backup {target} can't be written: {error}. See whether its folder exists, may be written, and has room."
        ) from error


def _taken(target: Path) -> JournalError:
    return JournalError(f"The backup can't be written: {target} exists. Name a file that does not.")


@contextmanager
def _made(part: Path) -> Iterator[None]:
    """Make an empty file for nobody else to read, in the place of one that a backup before may have left by halves.

    It is locked as long as it is written: of two backups to one file the second must not take the first one's for a rest.
    """
    file = _locked(part)
    try:
        os.fchmod(file, 0o600)
        os.ftruncate(file, 0)
        yield
    finally:
        os.close(file)


def _locked(part: Path) -> int:
    file = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _is_ours(file, part):
        os.close(file)
        raise JournalError(f"The backup can't be written: another one to {part.with_suffix('')} is under way.")
    if os.fstat(file).st_nlink == 1:
        return file
    part.unlink()  # of a whole backup, which was ended between its name and this one: it must not be written over
    os.close(file)
    return _locked(part)


def _is_ours(file: int, part: Path) -> bool:
    """Lock a file; False when another one has it, or had it until this moment and gave it another name."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file), part.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _publish(part: Path, target: Path) -> None:
    """Give the file its name, in the place of none that was made meanwhile.

    Raises:
        FileExistsError: there is one.
    """
    try:
        target.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: the name is taken first, and an end in this very moment would leave it with nothing in it.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
        try:
            part.rename(target)
        except OSError:
            target.unlink(missing_ok=True)
            raise
    else:
        part.unlink()


def _copy(reader: Engine, path: Path) -> None:
    source = reader.raw_connection()
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as copied:
            assert source.driver_connection is not None  # noqa: S101 - it was taken from the pool in this moment
            # All pages in one step: writers go on beside it. Step by step it would begin anew after each of their commits, and never end.
            source.driver_connection.backup(copied, pages=-1)
            copied.execute("PRAGMA journal_mode=DELETE")  # the copy is this one file
            found = copied.execute("PRAGMA integrity_check(1)").fetchone()[0]
    finally:
        source.close()
    if found != "ok":
        raise JournalError(f"The journal is damaged, and no backup was written: {found}. Keep the backups that you have.")


def _sync(folder: Path) -> None:
    """Make the file's name durable."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
