"""What every log source promises: from the same checkpoints the same lines, nothing lost, nothing twice, however reading is split."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.adapters.logs import loki, streams
from bot.adapters.logs.command import CommandLogSource
from bot.adapters.logs.files import FileLogSource
from bot.adapters.logs.journald import JournaldLogSource
from bot.adapters.logs.loki import LokiLogSource
from bot.core.lines import LONGEST_LINE
from bot.core.sources import CommandSource, JournaldSource, LokiSource
from bot.ports.errors import Unavailable
from bot.ports.logs import LogSource
from tests.adapters.logs.journal_file import JournalFile, require_journal_tools
from tests.adapters.logs.loki_server import LokiServer
from tests.adapters.logs.reader import Reader, append
from tests.clocks import FakeClock


class Place(Protocol):
    """Somewhere logs are written to, and read from. What is read ends with what was written."""

    def open(self) -> LogSource: ...
    def write(self, *lines: str) -> None: ...
    def hide(self) -> None: ...
    def show(self) -> None: ...


class Files:
    def __init__(self, folder: Path) -> None:
        self._folder, self._away = folder / "logs", folder / "away"
        self._folder.mkdir()

    def open(self) -> LogSource:
        return FileLogSource(str(self._folder / "*.log"))

    def write(self, *lines: str) -> None:
        append(self._folder / "app.log", "".join(f"{line}\n" for line in lines))

    def hide(self) -> None:
        self._folder.rename(self._away)
        self._folder.write_text("no folder")

    def show(self) -> None:
        self._folder.unlink()
        self._away.rename(self._folder)


class Journald:
    def __init__(self, folder: Path) -> None:
        require_journal_tools()
        self._journal, self._away = JournalFile(folder / "journal"), folder / "away"

    def open(self) -> LogSource:
        return JournaldLogSource(JournaldSource(directory=str(self._journal.folder)))

    def write(self, *lines: str) -> None:
        self._journal.write(*lines)

    def hide(self) -> None:
        self._journal.folder.rename(self._away)

    def show(self) -> None:
        self._away.rename(self._journal.folder)


class Loki:
    def __init__(self, server: LokiServer) -> None:
        self._server = server
        self._clock = FakeClock()

    def open(self) -> LogSource:
        return LokiLogSource(LokiSource('{app="checkout"}'), self._server.endpoint, self._clock, "ERROR")

    def write(self, *lines: str) -> None:
        """Write lines of which several have one time stamp: pages of four end between them."""
        at = int(self._clock.now().timestamp() * 1e9)
        self._server.side.push({"app": "checkout"}, [(at + n // 3, line) for n, line in enumerate(lines)])
        self._clock.advance(timedelta(minutes=1))

    def hide(self) -> None:
        self._server.fault("*", "error", status=503, times=1)

    def show(self) -> None:
        self._clock.advance(1)


class Command:
    def __init__(self, folder: Path) -> None:
        self._log, self._away = folder / "app.log", folder / "away"
        self._log.touch()

    def open(self) -> LogSource:
        return CommandLogSource(CommandSource(("cat", str(self._log)), overlaps=True), FakeClock())

    def write(self, *lines: str) -> None:
        append(self._log, "".join(f"{line}\n" for line in lines))

    def hide(self) -> None:
        self._log.rename(self._away)

    def show(self) -> None:
        self._away.rename(self._log)


@pytest.fixture(params=["file", "journald", "loki", "command"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(streams, "BLOCK", LONGEST_LINE + 1)
    match request.param:
        case "file":
            yield Files(tmp_path)
        case "journald":
            yield Journald(tmp_path)
        case "loki":
            monkeypatch.setattr(loki, "LIMIT", 4)
            with LokiServer() as server:
                yield Loki(server)
        case _:
            yield Command(tmp_path)


def ends(lines: list[str]) -> list[str]:
    """Return what was written of lines: journald's have a header."""
    return [line.partition("]: ")[2] or line for line in lines]


def test_a_watch_begins_at_the_end(place: Place) -> None:
    place.write("long ago", "yesterday")
    reader = Reader(place.open())

    assert reader.read() == []
    place.write("now")
    assert ends(reader.read()) == ["now"]
    assert reader.read() == []
    assert reader.notes == []


def test_a_watch_over_nothing_begins_with_what_comes(place: Place) -> None:
    reader = Reader(place.open())

    assert reader.read() == []
    place.write("first")
    assert ends(reader.read()) == ["first"]


def test_the_same_checkpoints_yield_the_same_lines_and_later_ones_behind_them(place: Place) -> None:
    reader = Reader(place.open())
    reader.read()
    place.write("one", "two")

    first, again = reader.peek(), reader.peek()
    place.write("three")
    later = reader.peek()

    assert [batch.lines for batch in first] == [batch.lines for batch in again]
    assert ends([line for batch in later for line in batch.lines]) == ["one", "two", "three"]


def test_nothing_is_lost_and_nothing_twice_wherever_reading_is_cut_off_and_the_process_is_another(place: Place) -> None:
    reader = Reader(place.open())
    reader.read()
    written = [f"line {n} " + "x" * 40_000 for n in range(70)]  # more than a batch of each source
    place.write(*written)
    batches = reader.peek()
    assert len([batch for batch in batches if batch.data]) > 1

    for stop in range(len(batches) + 1):
        begun = Reader(reader.source)
        begun.checkpoints = dict(reader.checkpoints)
        found = begun.take(batches[:stop])
        begun.source = place.open()
        assert ends(found + begun.read()) == written


def test_lines_are_complete_and_bounded(place: Place) -> None:
    reader = Reader(place.open())
    reader.read()
    place.write("x" * (LONGEST_LINE + 10), "tail \0 of it", "")

    blocks = [batch.data for batch in reader.peek() if batch.data]

    assert all(block.endswith(b"\n") for block in blocks)
    lines = b"".join(blocks).split(b"\n")[:-1]
    assert max(map(len, lines)) == LONGEST_LINE
    assert b"tail  of it" in lines[-2]


def test_what_can_not_be_read_is_unavailable_and_nothing_of_it_is_lost(place: Place) -> None:
    reader = Reader(place.open())
    reader.read()
    place.write("before")
    place.hide()

    with pytest.raises(Unavailable):
        reader.read()

    place.show()
    place.write("after")
    assert ends(reader.read()) == ["before", "after"]


def test_a_place_that_a_newer_version_wrote_with_further_fields_is_gone_on_from(place: Place) -> None:
    reader = Reader(place.open())
    reader.read()
    place.write("one")
    reader.read()
    place.write("two")
    reader.checkpoints = {
        name: replace(each, position={"new": 1, **{key: with_more(value) for key, value in each.position.items()}})
        for name, each in reader.checkpoints.items()
    }

    assert ends(reader.read()) == ["two"]
    assert reader.notes == []


def with_more(value: Any) -> Any:
    return {**value, "new": []} if isinstance(value, dict) else value


def test_a_place_in_a_form_that_is_not_known_is_told_plainly_or_passed_over(place: Place) -> None:
    reader = Reader(place.open())
    reader.read()
    place.write("one")
    reader.read()
    told = []
    for name, checkpoint in reader.checkpoints.items():
        for position in spoilt(dict(checkpoint.position)):
            other = Reader(place.open())
            other.checkpoints = reader.checkpoints | {name: replace(checkpoint, position=position)}
            try:
                other.peek()
            except Unavailable as error:
                told.append(str(error))

    assert any(
        why.startswith("Where reading goes on was written by another version of chatopsd, and this one can't read it") for why in told
    )


def spoilt(position: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a position with one of its values, at any depth, gone or of another kind."""
    for key, value in position.items():
        rest = {name: each for name, each in position.items() if name != key}
        yield rest
        yield from ({**rest, key: other} for other in ("odd", 7, 7.5, True, None, ["odd"], {"odd": 7}))
        if isinstance(value, dict):
            yield from ({**rest, key: inner} for inner in spoilt(value))
