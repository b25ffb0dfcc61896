"""A shorter way to run the journal's statements on SQLite: SQLAlchemy writes the SQL once, the driver runs it.

SQLAlchemy's own way to execute makes some thirty objects for each statement, and takes several times what SQLite takes for it; here all that is left of it
is what its types do with values. Whatever is more than one fixed statement goes SQLAlchemy's way, on the same connection and in the same transaction.
"""

import sqlite3
import time
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ResourceClosedError, StatementError
from sqlalchemy.sql.compiler import SQLCompiler

BUSY_TIMEOUT_S = 5.0  # how long we wait for another process that writes; threads of this one queue at the turnstile
LASTING = "PRAGMA synchronous=FULL"
"""In WAL mode: each commit is on the disk when it returns."""
DOES_NOT_WAIT = "PRAGMA busy_timeout=0"

_DIALECT = sqlite.dialect()

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement as SQLite takes it."""

    sql: str
    bound: tuple[
        tuple[str, Convert | None], ...
    ]  # in the order of the question marks: which parameter, and what makes it a value of SQLite's
    fixed: Mapping[str, object]  # the parameters that the statement itself brings along
    row: Callable[[Sequence[Any]], Any]
    read: tuple[tuple[int, Convert], ...]  # which columns are converted, and how

    def values(self, parameters: Mapping[str, object]) -> list[object]:
        given = {**self.fixed, **parameters} if self.fixed else parameters
        try:
            return [given[name] if convert is None else convert(given[name]) for name, convert in self.bound]
        except (KeyError, TypeError, ValueError) as error:
            raise StatementError(str(error), self.sql, None, error) from error


class Rows:
    """What a statement gave: the part of SQLAlchemy's result that the journal uses."""

    __slots__ = ("_ready", "_rows", "lastrowid", "rowcount")

    def __init__(self, ready: _Ready, cursor: sqlite3.Cursor) -> None:
        self._ready = ready
        self._rows: list[Sequence[Any]] = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid

    def __iter__(self) -> Iterator[Any]:
        return map(self._made, self._rows)

    def all(self) -> list[Any]:
        return list(self)

    def first(self) -> Any:
        """Return the first row; None without one."""
        return self._made(self._rows[0]) if self._rows else None

    def one_or_none(self) -> Any:
        """Return the only row; None without one."""
        if len(self._rows) > 1:
            raise LookupError(f"{len(self._rows)} rows where one was expected.")
        return self.first()

    def one(self) -> Any:
        row = self.one_or_none()
        if row is None:
            raise LookupError("No row where one was expected.")
        return row

    def scalars(self) -> Iterator[Any]:
        """Return the first column of each row."""
        return (row[0] for row in self)

    def scalar(self) -> Any:
        """Return the first column of the first row; None without one."""
        return None if (row := self.first()) is None else row[0]

    def scalar_one(self) -> Any:
        return self.one()[0]

    def _made(self, values: Sequence[Any]) -> Any:
        if self._ready.read:
            converted = list(values)
            for place, convert in self._ready.read:
                converted[place] = convert(converted[place])
            values = converted
        return self._ready.row(values)


class Busy(Exception):
    """Another process writes, and the transaction was not to wait for it."""


class _Transaction:
    """A transaction over a `with`: no generator, which alone would take as long as a statement."""

    __slots__ = ("_begin", "_connection", "_direct", "_lasting", "_raw", "is_spent")

    def __init__(self, connection: Connection, begin: Callable[[sqlite3.Connection], object], lasting: bool = True) -> None:
        self._connection = connection
        self._raw = driver_connection(connection)
        self._begin = begin
        self._lasting = lasting
        self.is_spent = False
        """Whether the connection must not be used again, however well the transaction ended."""

    def __enter__(self) -> "Direct":
        if not self._lasting:
            self._raw.execute("PRAGMA synchronous=NORMAL")
        try:
            self._begin(self._raw)
        except BaseException:
            self._last_again()
            raise
        self._direct = Direct(self._connection, self._raw)
        return self._direct

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None) -> None:
        self._direct.take_back()
        if kind is None:
            try:
                self._commit()
            except BaseException:
                self._roll_back()
                raise
        else:
            self._roll_back()
        self._last_again()

    def _last_again(self) -> None:
        """Have the next transaction wait for the disk; where that can't be, this one has ended all the same, and the next one needs a new connection."""
        if self._lasting:
            return
        try:
            self._raw.execute(LASTING)
        except sqlite3.Error:
            self.is_spent = True

    def _commit(self) -> None:
        if self._connection.in_transaction():  # a statement went SQLAlchemy's way, which then believes that it has begun one
            self._connection.commit()
        else:
            self._raw.execute("COMMIT")

    def _roll_back(self) -> None:
        self._connection.rollback()
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")


def reading(connection: Connection) -> _Transaction:
    """Open a transaction on a connection to SQLite that reads: it sees one moment."""
    return _Transaction(connection, begin_reading)


def transaction(connection: Connection, *, waits: bool = True, lasting: bool = True) -> _Transaction:
    """Open a transaction on a connection to SQLite; rolled back when an exception leaves it.

    Args:
        waits: for another process that writes, up to `BUSY_TIMEOUT_S`.
        lasting: it is on the disk once it is committed. Without that it is there with the next one that is, and a power cut may take it back until then;
            the end of this process does not. Source: https://sqlite.org/pragma.html#pragma_synchronous.

    Raises:
        Busy: it is not to wait, and would have to. Nothing was done.
    """
    return _Transaction(connection, begin_writing if waits else _begin_at_once, lasting)


def driver_connection(connection: Connection) -> sqlite3.Connection:
    """Return the driver's connection behind SQLAlchemy's."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError(f"SQLite's driver gave {type(raw).__name__}, expected sqlite3.Connection.")
    return raw


def begin_reading(raw: sqlite3.Connection) -> None:
    """Begin a transaction that only reads."""
    raw.execute("BEGIN")


def begin_writing(raw: sqlite3.Connection) -> None:
    """Begin a transaction that writes; see `when_free`."""
    when_free(raw, "BEGIN IMMEDIATE")


def when_free(raw: sqlite3.Connection, sql: str) -> sqlite3.Cursor:
    """Run a statement on a connection that does not wait by itself, as soon as no other process is in its way.

    Raises:
        sqlite3.OperationalError: one has been there for `BUSY_TIMEOUT_S`.
    """
    until = time.monotonic() + BUSY_TIMEOUT_S
    pause_s = 0.001
    while True:
        try:
            return raw.execute(sql)
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(pause_s)
            pause_s = min(0.05, 2 * pause_s)


def _begin_at_once(raw: sqlite3.Connection) -> None:
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise Busy from None
        raise


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Tell whether another connection is in the way, and a wait may help."""
    return error.sqlite_errorname.startswith("SQLITE_BUSY")


# By the names of the parameters, since they say which columns an insert fills; None once it was seen, False where it can't be made ready.
_known: WeakKeyDictionary[Any, dict[tuple[str, ...], _Ready | Literal[False] | None]] = WeakKeyDictionary()


class Direct:
    """SQLAlchemy's connection for the time of one transaction, with a shorter way to execute.

    Whoever keeps a part of a transaction that has ended must not write on the next one's: it is taken back.
    """

    __slots__ = ("_connection", "_raw")

    def __init__(self, connection: Connection, raw: sqlite3.Connection) -> None:
        self._connection: Connection | None = connection
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lent(), name)

    def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        """Run a statement; `parameters` is a mapping, or a sequence of them for as many runs."""
        connection = self._lent()
        runs: Sequence[Mapping[str, object]] = parameters if isinstance(parameters, Sequence) else [parameters or {}]
        ready = _ready(statement, tuple(runs[0])) if runs and not options else None
        if ready is None:
            return connection.execute(statement, parameters, **options)
        if runs is parameters:
            return Rows(ready, self._raw.executemany(ready.sql, [ready.values(each) for each in runs]))
        return Rows(ready, self._raw.execute(ready.sql, ready.values(runs[0])))

    def take_back(self) -> None:
        self._connection = None

    def _lent(self) -> Connection:
        if self._connection is None:
            raise ResourceClosedError("This transaction is closed: it has ended.")
        return self._connection


def _ready(statement: Any, names: tuple[str, ...]) -> _Ready | None:
    """Return a statement made ready, from its second run on: one that is built anew each time would be made ready in vain."""
    by_names = _known.setdefault(statement, {})
    if names not in by_names:
        by_names[names] = None
        return None
    ready = by_names[names]
    if ready is None:
        ready = by_names[names] = _make_ready(statement, names) or False
    return ready or None


def _make_ready(statement: Any, names: Sequence[str]) -> _Ready | None:
    """Have a statement written as SQL; None when SQLAlchemy has more to do with it at each run than to put values in."""
    compiled = statement.compile(dialect=_DIALECT, column_keys=list(names))
    if not isinstance(compiled, SQLCompiler) or compiled.insert_prefetch or compiled.update_prefetch:
        return None
    binds = {compiled.bind_names[bind]: bind for bind in compiled.bind_names}
    order = [binds[name] for name in compiled.positiontup or ()]
    if any(bind.expanding or bind.literal_execute for bind in order):
        return None
    columns = list(statement.exported_columns) if hasattr(statement, "exported_columns") else []
    readers = [column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None) for column in columns]
    return _Ready(
        sql=str(compiled),
        bound=tuple((bind.key, bind.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for bind in order),
        fixed={bind.key: bind.effective_value for bind in order if not bind.required},
        row=_row(columns),
        read=tuple((place, reader) for place, reader in enumerate(readers) if reader),
    )


def _row(columns: Sequence[Any]) -> Convert:
    if not columns:
        return tuple
    make: Convert = namedtuple("Row", [column.name for column in columns], rename=True)._make  # type: ignore[attr-defined]
    return make
