"""A watch's `source` in `chatops.toml`: its four kinds, each in a short form and as a table with options."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from bot.core.logql import split_selector
from bot.core.sources import CommandSource, FileSource, JournaldSource, LokiSource, Source
from bot.settings_forms import Table, duration, matching, one_or_many, short_for, wrong

SOURCES = (FileSource.kind, JournaldSource.kind, LokiSource.kind, CommandSource.kind)
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")  # journalctl's words, the gravest first


def _query(text: str) -> str:
    try:
        split_selector(text)
    except ValueError:
        raise wrong(
            'a LogQL query that begins with a stream selector, such as {app="checkout"}; for lines, without count_over_time or the like'
        ) from None
    return text.strip()


def _argv(argv: list[str]) -> list[str]:
    if not argv[0].strip() or any("\0" in word for word in argv):
        raise wrong('a program and its arguments, each a text of its own, such as ["kubectl", "logs", "deploy/checkout"]')
    return argv


def _list_of_words(found: object) -> object:
    if isinstance(found, str):
        raise wrong('a list of the program and its arguments, such as ["kubectl", "logs", "deploy/checkout"]: there is no shell')
    return found


Place = Annotated[str, matching(r"(?s)\s*[^~\s\0][^\0]*", "a path such as /var/log/checkout/*.log, written out: ~ stands for no home")]
PathList = Annotated[list[Place], one_or_many('a path such as "/var/log/checkout/*.log", or a list of them')]
Unit = Annotated[str, matching(r"[A-Za-z0-9:_.\\@*?\[\]-]{1,255}", "the name of a unit, such as checkout.service")]
Units = Annotated[list[Unit], one_or_many("the name of a unit such as checkout.service, or a list of them")]
Priority = Annotated[str, matching("|".join(PRIORITIES), f"one of: {', '.join(PRIORITIES)}")]
Match = Annotated[str, matching(r"(?s)_?[A-Z0-9][A-Z0-9_]{0,63}=.*", "FIELD=value, such as _TRANSPORT=kernel")]
Query = Annotated[str, AfterValidator(_query)]
Tenant = Annotated[str, matching(r"[A-Za-z0-9!_.*'()|-]{1,150}", "a tenant of Loki: letters, digits and !-_.*'(), several joined by |")]
Argv = Annotated[list[str], Field(min_length=1), AfterValidator(_argv)]
Delay = Annotated[timedelta, duration("30s", timedelta(hours=1))]
Timeout = Annotated[timedelta, duration("30s", timedelta(minutes=10))]
ExitCode = Annotated[int, Field(ge=0, le=255)]


class JournaldTable(Table):
    """`source = { journald = … }`: which entries of a systemd journal."""

    units: Units = []
    priority: Priority | None = None
    matches: list[Match] = []
    directory: Place | None = None


class LokiTable(Table):
    """`source = { loki = … }`: a query. Where Loki is, and how to sign in there, are variables."""

    query: Query
    tenant: Tenant | None = None
    delay: Delay = timedelta(seconds=30)
    errors_only: bool = False


class CommandTable(Table):
    """`source = { command = … }`: a program and its arguments."""

    argv: Argv
    timeout: Timeout = timedelta(seconds=60)
    output_mb: int = Field(default=64, ge=1, le=1024)
    exit_codes: list[ExitCode] = Field(default=[0], min_length=1)
    overlaps: bool = False


class SourceTable(Table):
    """A watch's `source`: exactly one kind, and where."""

    file: PathList | None = None
    journald: Annotated[JournaldTable | None, short_for("units", str, list)] = None
    loki: Annotated[LokiTable | None, short_for("query", str)] = None
    command: Annotated[CommandTable | None, short_for("argv", list), BeforeValidator(_list_of_words)] = None


def as_source(table: SourceTable) -> Source:
    """Turn the one kind that is set into our own value."""
    if table.journald:
        found = table.journald
        return JournaldSource(tuple(found.units), found.priority or "", tuple(found.matches), found.directory or "")
    if table.loki:
        return LokiSource(table.loki.query, table.loki.tenant or "", table.loki.delay, table.loki.errors_only)
    if table.command:
        program = table.command
        return CommandSource(tuple(program.argv), program.timeout, program.output_mb, tuple(program.exit_codes), program.overlaps)
    return FileSource(tuple(table.file or ()))
