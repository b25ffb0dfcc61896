"""Loki: what a LogQL query finds, read over HTTP in steps of time, each line once.

A watch's very first read starts now. Lines younger than the source's delay wait for the next read, since Loki takes lines in late. Loki pages by time alone:
where a page is full, what stands at its last instant is asked for again with the next one, so that lines of one time stamp are neither lost nor read twice.

Source: https://grafana.com/docs/loki/latest/reference/loki-http-api/ ("Query logs within a range of time", "Query logs at a single point in time", "Query
streams"); ranges in LogQL have the units of Prometheus, milliseconds being the smallest: https://grafana.com/docs/loki/latest/query/
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import groupby
from time import monotonic
from typing import Any, NamedTuple

from bot.adapters.logs.loki_client import LokiClient, TooMuch, TooWide
from bot.adapters.logs.positions import position_of
from bot.core.durations import say_duration
from bot.core.endpoints import Endpoint
from bot.core.lines import cut_long_lines, without_nuls
from bot.core.logql import split_selector
from bot.core.sources import LokiSource
from bot.ports.clock import Clock
from bot.ports.errors import Unavailable
from bot.ports.logs import Batch, Checkpoint

STREAM = "loki"
LIMIT = 5000  # lines asked for at once: what Loki gives at most, unless it is configured otherwise (max_entries_limit_per_query)
STEP = timedelta(hours=1)  # asked for at once: a long absence is caught up with in bounded queries
READ_S = 600.0  # after that a read breaks off, and what was read is written down
_SECOND = 1_000_000_000
_NARROW = "narrow the selector of the watch's query, by a further label"


@dataclass(frozen=True, slots=True)
class Position:
    """What was read: every line before `until`, and the others' count before `counted`; in nanoseconds since 1970."""

    until: int
    counted: int
    broke_off: bool = False  # before it had read all that there was, which was told

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"until": self.until, "counted": self.counted, **({"broke_off": True} if self.broke_off else {})}


class Line(NamedTuple):
    """One line: its stream's labels, its time in nanoseconds, its text."""

    labels: str
    at: int
    text: str


class LokiLogSource:
    """What a query finds: one stream.

    Args:
        errors: what is an error, for a source that lets Loki pick them.
    """

    def __init__(self, source: LokiSource, endpoint: Endpoint, clock: Clock, errors: str) -> None:
        self._delay = source.delay
        self._clock = clock
        self._client = LokiClient(endpoint, source.tenant)
        self._most = self._limit = LIMIT
        self._step_s = int(STEP.total_seconds())
        self._until = 0.0  # by when the read that goes on breaks off
        selector, rest = split_selector(source.query)
        self._selector = selector
        self._rest = rest
        self._others = ""
        if source.errors_only:
            pattern = json.dumps(errors, ensure_ascii=False)  # LogQL's quoted strings are Go's, of which JSON's are a part
            self._rest = f"{rest} |~ {pattern}"
            self._others = f"{selector}{rest} !~ {pattern}"

    def read(self, checkpoints: Mapping[str, Checkpoint]) -> Iterator[Batch]:
        """See `bot.ports.logs.LogSource.read`."""
        end = int((self._clock.now() - self._delay).timestamp()) * _SECOND
        saved = checkpoints.get(STREAM)
        if saved is None:
            yield _batch([], Position(end, end))
            return
        self._until = monotonic() + READ_S
        began = position = position_of(Position, saved.position)
        try:
            for batch in self._read(position, end):
                position = position_of(Position, batch.checkpoint.position)
                yield batch
        except Unavailable as error:
            if position == began:
                raise
            yield self._broken_off(position, error, again=began.broke_off)

    def _read(self, position: Position, end: int) -> Iterator[Batch]:
        while position.counted < end:
            stop = min(end, position.counted + self._step_s * _SECOND)
            try:
                for batch in self._read_step(position, stop):
                    position = position_of(Position, batch.checkpoint.position)
                    yield batch
            except TooWide as error:
                self._step_s = (stop - position.counted) // _SECOND // 2
                if not self._step_s:
                    self._step_s = 1
                    raise Unavailable(f"Loki refuses the query even for one second of its logs: {_NARROW}. It says: {error}") from error
                continue
            position = Position(max(position.until, stop), stop)
            self._step_s = min(self._step_s * 2, int(STEP.total_seconds()))

    def _broken_off(self, position: Position, error: Unavailable, *, again: bool) -> Batch:
        """Return what keeps what was read: however far the end is, each read comes closer. It is noted once, and is no mere note when it comes again."""
        at = datetime.fromtimestamp(position.until / _SECOND, UTC)
        why = (f"Loki was read up to {at:%Y-%m-%d %H:%M:%S} UTC only; what was written since then waits for the next read. {error}",)
        checkpoint = Checkpoint(STREAM, replace(position, broke_off=True).as_json())
        return Batch(b"", checkpoint, notes=() if again else why, unreadable=why if again else (), unread_since=at + self._delay)

    def streams(self, within: timedelta) -> int:
        """Return how many streams the selector finds in the last while.

        Raises:
            Unavailable: Loki can't tell, or does not let us.
        """
        end = self._clock.now()
        try:
            return len(self._client.series(self._selector, _nanoseconds(end - within), _nanoseconds(end)))
        except (TooMuch, TooWide) as error:
            raise Unavailable(f"Loki has more streams of the last day than it can list: {_NARROW}. {error}") from error

    def _read_step(self, position: Position, stop: int) -> Iterator[Batch]:
        """Yield the lines from the position to `stop`, then the count of the others in that step."""
        at = position.until
        while at < stop:
            lines, is_all = self._page(f"{self._selector}{self._rest}", at, stop)
            if is_all:
                at = stop
                yield _batch(lines, Position(stop, stop if not self._others else position.counted))
                break
            last = max(line.at for line in lines)
            whole = [line for line in lines if line.at < last]
            if whole:
                yield _batch(whole, Position(last, position.counted))
                at = last
            else:
                yield self._instant(last, position)
                at = last + 1
        if self._others:
            yield _batch([], Position(max(at, stop), stop), others=self._count_others(position.counted, stop))

    def _page(self, query: str, start: int, end: int) -> tuple[list[Line], bool]:
        """Return the oldest lines from `start` on and before `end`, and whether these are all."""
        if monotonic() > self._until:
            raise Unavailable(f"One read takes no longer than {say_duration(timedelta(seconds=READ_S))}.")
        while True:
            limit = self._limit
            try:
                lines = _lines_in(self._client.query_range(query, start, end, limit))
            except TooMuch as error:
                if limit == 1:
                    raise Unavailable(f"{error} That is for one line: leave such lines out in the watch's query, by a filter.") from error
                self._most = min(self._most, error.most or self._most)
                self._limit = max(1, min(error.most or limit // 4, limit - 1))
                continue
            self._limit = max(limit, min(limit * 2, self._most))  # large lines are rare: those that follow come at once again
            return lines, len(lines) < limit

    def _instant(self, at: int, position: Position) -> Batch:
        """Return the lines of one instant that has more of them than a page: stream by stream, since no page can be turned within it."""
        lines: list[Line] = []
        notes: list[str] = []
        for labels in self._streams_at(at):
            exact = ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in sorted(labels.items()))
            found, is_all = self._page(f"{{{exact}}}{self._rest}", at, at + 1)
            lines += found
            if not is_all:
                notes.append(f"More than {len(found):,} lines of one stream have the same time stamp in Loki: the others can't be read.")
        return _batch(lines, Position(at + 1, position.counted), tuple(notes))

    def _streams_at(self, at: int) -> list[dict[str, str]]:
        try:
            return self._client.series(self._selector, at, at + 1)
        except TooMuch as error:
            raise Unavailable(f"{error} It lists the streams that have a line at the same time: {_NARROW}.") from error

    def _count_others(self, start: int, stop: int) -> int:
        # A range reaches back from its evaluation, which it includes: evaluated a nanosecond before `stop` it holds exactly what is asked for.
        seconds = (stop - start) // _SECOND
        try:
            found = self._client.query(f"sum(count_over_time({self._others} [{seconds}s]))", stop - 1)
        except TooMuch as error:
            raise Unavailable(f"Loki does not count the lines that are no errors: {_NARROW}. {error}") from error
        return sum(int(float(sample["value"][1])) for sample in found)


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp()) * _SECOND


def _lines_in(streams: list[dict[str, Any]]) -> list[Line]:
    """Return the lines of an answer, those of one stream together, in the order of their times."""
    return sorted(
        (Line(json.dumps(stream["stream"], sort_keys=True), int(entry[0]), entry[1]) for stream in streams for entry in stream["values"]),
        key=lambda line: (line.labels, line.at),
    )


def _batch(lines: list[Line], position: Position, notes: tuple[str, ...] = (), others: int = 0) -> Batch:
    parts: list[tuple[str, bytes]] = []
    for labels, found in groupby(lines, key=lambda line: line.labels):
        data = "".join(line.text.rstrip("\r\n") + "\n" for line in found).encode("utf-8", "replace")
        parts.append((blake2b(labels.encode(), digest_size=6).hexdigest(), without_nuls(cut_long_lines(data))))
    writers = tuple((writer, len(data)) for writer, data in parts)
    return Batch(b"".join(data for _, data in parts), Checkpoint(STREAM, position.as_json()), notes, others, writers=writers)
