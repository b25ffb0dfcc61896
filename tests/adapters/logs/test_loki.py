"""Loki: paging, tenants, signing in, limits, counting, and everything that it refuses. The server is the sandbox's."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.logs import loki, loki_client
from bot.adapters.logs.loki import LokiLogSource
from bot.core.endpoints import Endpoint
from bot.core.redaction import Secret
from bot.core.sources import LokiSource
from bot.ports.errors import Unavailable
from tests.adapters.logs.loki_server import LokiServer
from tests.adapters.logs.reader import Reader
from tests.clocks import FakeClock

SECOND = 1_000_000_000
QUERY = '{app="checkout"}'


@pytest.fixture(scope="module")
def running() -> Iterator[LokiServer]:
    with LokiServer() as started:
        yield started


@pytest.fixture
def server(running: LokiServer) -> LokiServer:
    running.side.__init__()  # type: ignore[misc] - as new
    running.world.faults.clear()
    return running


class Watch:
    """A watch of one query that has begun, and a clock."""

    def __init__(
        self, server: LokiServer, query: str = QUERY, errors: str = "ERROR", endpoint: Endpoint | None = None, **more: object
    ) -> None:
        self.clock = FakeClock()
        self.server = server
        source = LokiSource(query, **more)  # type: ignore[arg-type]
        self.reader = Reader(LokiLogSource(source, endpoint or server.endpoint, self.clock, errors))
        assert self.reader.read() == []

    @property
    def now_ns(self) -> int:
        return int(self.clock.now().timestamp()) * SECOND

    def push(self, *lines: str, at: int = 0, **labels: str) -> None:
        """Write lines, a nanosecond apart, `at` nanoseconds from now."""
        values = [(self.now_ns + at + n, line) for n, line in enumerate(lines)]
        self.server.side.push({"app": "checkout", **labels}, values, self.tenant)

    tenant = "fake"

    def later(self, length: timedelta = timedelta(minutes=15)) -> list[str]:
        self.clock.advance(length)
        return self.reader.read()


def test_what_is_younger_than_the_delay_waits(server: LokiServer) -> None:
    watch = Watch(server, delay=timedelta(seconds=30))
    watch.push("now")
    watch.push("late", at=20 * SECOND)

    assert watch.later(timedelta(seconds=40)) == ["now"]
    assert watch.later(timedelta(seconds=40)) == ["late"]


def test_a_clock_that_goes_backwards_reads_nothing_and_loses_nothing(server: LokiServer) -> None:
    watch = Watch(server)
    watch.later()
    assert watch.later(timedelta(hours=-1)) == []
    assert watch.later(timedelta(hours=1)) == []
    watch.push("new")
    assert watch.later() == ["new"]


@given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from("ab")), max_size=40), st.integers(1, 7))
@settings(max_examples=40, deadline=None)
def test_lines_of_equal_time_stamps_are_read_once_whatever_the_page(running: LokiServer, lines: list[tuple[int, str]], limit: int) -> None:
    """Pages of as many lines as the fullest instant of one stream and more: below that, nobody could read all."""
    running.side.__init__()  # type: ignore[misc]
    watch = Watch(running)
    fullest = max((lines.count(line) for line in lines), default=1)
    watch.reader.source._limit = fullest + limit  # type: ignore[attr-defined]
    written = []
    for n, (at, pod) in enumerate(lines):
        running.side.push({"app": "checkout", "pod": pod}, [(watch.now_ns + at, f"line {n}")])
        written.append(f"line {n}")

    assert sorted(watch.later()) == sorted(written)
    assert watch.reader.notes == []


def test_an_instant_with_more_lines_than_a_page_is_read_stream_by_stream(server: LokiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loki, "LIMIT", 4)
    watch = Watch(server)
    for pod in ("a", "b", 'with "quotes"'):
        server.side.push({"app": "checkout", "pod": pod}, [(watch.now_ns, f"{pod} {n}") for n in range(3)])

    assert len(watch.later()) == 9
    assert watch.reader.notes == []


def test_more_lines_of_one_stream_and_one_time_stamp_than_a_page_holds_are_told(
    server: LokiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loki, "LIMIT", 4)
    watch = Watch(server)
    server.side.push({"app": "checkout"}, [(watch.now_ns, f"line {n}") for n in range(7)])
    watch.push("after", at=1)

    assert watch.later() == ["line 0", "line 1", "line 2", "line 3", "after"]
    assert watch.reader.notes == ["More than 4 lines of one stream have the same time stamp in Loki: the others can't be read."]


def test_a_long_absence_is_caught_up_with_in_steps_of_an_hour(server: LokiServer) -> None:
    watch = Watch(server)
    before = len(server.asked("query_range"))
    watch.push("one")
    watch.push("two", at=5 * 3600 * SECOND)

    assert watch.later(timedelta(hours=6)) == ["one", "two"]

    asked = server.asked("query_range")[before:]
    assert len(asked) == 6
    assert max(int(each["end"]) - int(each["start"]) for each in asked) == 3600 * SECOND


def test_lines_of_one_pod_stand_together(server: LokiServer) -> None:
    watch = Watch(server)
    for n, text in enumerate(["Traceback:", "  File", "ValueError"]):
        watch.push(f"a {text}", at=n * 10, pod="a")
        watch.push(f"b {text}", at=n * 10 + 1, pod="b")

    watch.clock.advance(timedelta(minutes=15))
    (batch,) = watch.reader.peek()

    assert batch.lines == ["a Traceback:", "a   File", "a ValueError", "b Traceback:", "b   File", "b ValueError"]
    (a, of_a), (b, of_b) = batch.parts
    assert a != b
    assert (of_a, of_b) == (b"a Traceback:\na   File\na ValueError\n", b"b Traceback:\nb   File\nb ValueError\n")
    watch.reader.take([batch])
    watch.push("b again", pod="b")
    watch.clock.advance(timedelta(minutes=15))
    assert [writer for batch in watch.reader.peek() for writer, lines in batch.parts if lines] == [b]


def test_when_loki_allows_fewer_lines_its_limit_is_kept(server: LokiServer) -> None:
    server.side.settings.max_entries = 3
    watch = Watch(server)
    watch.push(*(f"line {n}" for n in range(10)))

    assert watch.later() == [f"line {n}" for n in range(10)]


def test_an_answer_that_is_too_large_is_asked_for_in_smaller_pieces(server: LokiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loki_client, "MOST_BYTES", 20_000)
    watch = Watch(server)
    lines = [f"line {n} " + "x" * 1000 for n in range(100)]
    watch.push(*lines)

    assert watch.later() == lines
    watch.push(*(f"short {n}" for n in range(300)))
    assert len(watch.later()) == 300
    assert int(server.asked("query_range")[-1]["limit"]) > 100  # it does not stay with small pieces


@pytest.mark.parametrize("errors_only", [False, True])
def test_of_a_time_that_holds_too_much_for_loki_less_is_asked_for_at_once(
    server: LokiServer, monkeypatch: pytest.MonkeyPatch, errors_only: bool
) -> None:
    monkeypatch.setattr(loki, "LIMIT", 3)  # pages, too
    watch = Watch(server, errors_only=errors_only)
    lines = [f"{'ERROR' if n % 2 else 'fine'} {n:04}" for n in range(60)]
    for n, line in enumerate(lines):
        watch.push(line, at=(n // 2 if n < 30 else n * 60) * SECOND)
    server.side.settings.max_query_bytes = 80

    found = watch.later(timedelta(hours=2))

    assert found == [line for line in lines if not errors_only or "ERROR" in line]
    assert watch.reader.others == (30 if errors_only else 0)
    assert watch.later() == []


def test_when_one_second_holds_too_much_it_is_said_how_to_narrow_the_query(server: LokiServer) -> None:
    watch = Watch(server)
    watch.push("x" * 200)
    server.side.settings.max_query_bytes = 100
    assert watch.later() == []
    (note,) = watch.reader.notes
    assert note.startswith("Loki was read up to 2024-05-01 12:00:00 UTC only")
    with pytest.raises(Unavailable, match=r"even for one second of its logs: narrow the selector.*It says: the query would read too many"):
        watch.later()
    server.side.settings.max_query_bytes = 0

    assert watch.later() == ["x" * 200]


def test_an_answer_that_is_too_large_and_can_not_be_cut_is_no_crash(server: LokiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(server)
    watch.push("x" * 3000)
    for pod in range(40):
        server.side.push({"app": "checkout", "pod": f"{pod}" * 20}, [(watch.now_ns + SECOND, "same time")])
    monkeypatch.setattr(loki_client, "MOST_BYTES", 2_000)
    with pytest.raises(Unavailable, match="That is for one line: leave such lines out"):
        watch.later()
    server.side.__init__()  # type: ignore[misc]
    for pod in range(40):
        server.side.push({"app": "checkout", "pod": f"{pod}" * 20}, [(watch.now_ns + SECOND, "same time")])

    with pytest.raises(Unavailable, match="lists the streams that have a line at the same time: narrow the selector"):
        watch.later()


def test_loki_counts_what_is_no_error(server: LokiServer) -> None:
    watch = Watch(server, errors="ERROR|FATAL", errors_only=True)
    watch.push("ERROR one", "fine", "fine too", "FATAL two")
    watch.push("at the end", at=3600 * SECOND - 30 * SECOND)

    assert watch.later(timedelta(hours=1)) == ["ERROR one", "FATAL two"]
    assert watch.reader.others == 2
    watch.push("ERROR three", *["fine"] * 1, at=-1)
    assert watch.later(timedelta(hours=1)) == ["ERROR three"]
    assert watch.reader.others == 4  # "at the end", exactly where a step begins, is in one of them only


def test_what_is_counted_adds_up_when_reading_is_cut_off_between_pages(server: LokiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loki, "LIMIT", 3)
    watch = Watch(server, errors_only=True)
    watch.push(*(f"{'ERROR' if n % 2 else 'fine'} {n}" for n in range(20)))
    watch.clock.advance(timedelta(hours=3))
    batches = watch.reader.peek()

    for stop in range(len(batches) + 1):
        begun = Reader(watch.reader.source)
        begun.checkpoints = dict(watch.reader.checkpoints)
        errors = begun.take(batches[:stop]) + begun.read()
        assert (errors, begun.others) == ([f"ERROR {n}" for n in range(1, 20, 2)], 10)


def test_a_pipeline_goes_on_behind_the_selector(server: LokiServer) -> None:
    watch = Watch(server, query='{app="checkout"} != `debug` |= "x"', errors_only=True, errors='"quoted"')
    watch.push('x "quoted"', "x debug", "y", "x other")

    assert watch.later() == ['x "quoted"']
    assert watch.reader.others == 1


def test_a_tenant_is_named(server: LokiServer) -> None:
    server.side.settings.has_tenants = True
    watch = Watch(server, tenant="acme")
    watch.tenant = "acme"
    watch.push("mine")
    server.side.push({"app": "checkout"}, [(watch.now_ns, "theirs")], "other")

    assert watch.later() == ["mine"]


@pytest.mark.parametrize(
    ("shown", "endpoint"),
    [
        ("a-token", {"token": Secret("a-token")}),
        ("ann:pass word", {"username": "ann", "password": Secret("pass word")}),
    ],
)
def test_it_signs_in(server: LokiServer, shown: str, endpoint: dict[str, object]) -> None:
    server.side.settings.tokens = [shown]
    watch = Watch(server, endpoint=replace(server.endpoint, **endpoint))  # type: ignore[arg-type]
    watch.push("one")

    assert watch.later() == ["one"]


REFUSED = [
    ({"tokens": ["another"]}, {}, r"Loki answers 401: check LOKI_TOKEN.* It says: invalid credentials"),
    ({"has_tenants": True}, {}, r"Loki answers 401: it has several tenants: set `tenant`.*no org id"),
    ({}, {"query": '{app="checkout"} | nonsense'}, r"Loki answers 400: check the watch's query.*parse error"),
    ({}, {"errors": "(?=ERROR)", "errors_only": True}, r"Loki answers 400: .*a pattern that Loki understands \(RE2\)"),
]


@pytest.mark.parametrize(("set_up", "source", "said"), REFUSED)
def test_a_refusal_says_what_to_do(server: LokiServer, set_up: dict[str, object], source: dict[str, object], said: str) -> None:
    watch = Watch(server, **source)  # type: ignore[arg-type]
    for name, value in set_up.items():
        setattr(server.side.settings, name, value)

    with pytest.raises(Unavailable, match=said):
        watch.later()


@pytest.mark.parametrize(
    ("fault", "said", "wait"),
    [
        ({"fault": "error", "status": 503}, "Loki answers 503: it is tried again", None),
        ({"fault": "rate_limited", "retry_after": 7}, "Loki answers 429: it limits how much is asked", 7.0),
        ({"fault": "lost"}, "Loki can't be reached", None),
        ({"fault": "broken_json"}, "not the documented form", None),
        ({"fault": "redirect"}, "Loki answers 301", None),
    ],
)
def test_a_loki_that_is_not_well_makes_the_watch_unavailable_and_nothing_is_lost(
    server: LokiServer, fault: dict[str, object], said: str, wait: float | None
) -> None:
    watch = Watch(server)
    watch.push("one")
    server.fault("query_range", **fault)  # type: ignore[arg-type]

    with pytest.raises(Unavailable, match=said) as caught:
        watch.later()

    assert caught.value.retry_after_s == wait
    assert watch.later() == ["one"]


@pytest.mark.parametrize("errors_only", [False, True])
def test_what_was_read_before_loki_refuses_is_kept_and_the_next_read_goes_on_from_there(
    server: LokiServer, monkeypatch: pytest.MonkeyPatch, errors_only: bool
) -> None:
    monkeypatch.setattr(loki, "LIMIT", 10)
    watch = Watch(server, errors_only=errors_only)
    began = watch.clock.now()
    for n in range(60):
        watch.push(f"ERROR {n:02}", "fine", at=n * 600 * SECOND)
    watch.clock.advance(timedelta(hours=10))
    asked = len(server.asked("query_range"))
    found = []
    for n in range(4):
        server.fault("query_range", "rate_limited", skip=2, times=1)
        batches = watch.reader.peek()
        *others, last = batches
        assert last.unread_since
        assert not any(batch.unread_since for batch in others)
        assert last.unread_since > began
        told = last.notes if n == 0 else last.unreadable
        assert (len(told), len(last.notes) + len(last.unreadable)) == (1, 1)
        until = last.unread_since - timedelta(seconds=30)
        assert told[0].startswith(
            f"Loki was read up to {until:%Y-%m-%d %H:%M:%S} UTC only; what was written since then waits for the next read. Loki answers 429"
        )
        found += watch.reader.take(batches)
        began = last.unread_since
    assert len(server.asked("query_range")) == asked + 12
    rest = watch.reader.peek()
    assert not any(batch.unread_since or batch.unreadable or batch.notes for batch in rest)
    found += watch.reader.take(rest)

    assert found == (
        [f"ERROR {n:02}" for n in range(60)] if errors_only else [f"{word}" for n in range(60) for word in (f"ERROR {n:02}", "fine")]
    )
    assert watch.reader.others == (60 if errors_only else 0)
    assert watch.later() == []
    assert watch.reader.checkpoints["loki"].position.keys() == {"until", "counted"}


def test_where_nothing_could_be_read_the_watch_can_not_be_read(server: LokiServer) -> None:
    watch = Watch(server)
    watch.push("one")
    server.fault("query_range", "rate_limited", skip=1)
    watch.clock.advance(timedelta(hours=2))
    assert watch.reader.read() == ["one"]
    server.fault("query_range", "rate_limited")

    with pytest.raises(Unavailable, match="Loki answers 429"):
        watch.reader.read()


def test_a_read_that_takes_too_long_breaks_off_and_keeps_what_it_has(server: LokiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 10_000, 200))
    monkeypatch.setattr(loki, "monotonic", lambda: next(seconds))
    watch = Watch(server)
    for n in range(6):
        watch.push(f"line {n}", at=n * 3600 * SECOND)
    watch.clock.advance(timedelta(hours=6))

    assert watch.reader.read() == ["line 0", "line 1", "line 2"]
    (note,) = watch.reader.notes
    assert note.endswith("what was written since then waits for the next read. One read takes no longer than 10 min.")
    assert watch.reader.read() == ["line 3", "line 4", "line 5"]


class Trickle(BaseHTTPRequestHandler):
    """A server that sends a byte now and then. Packed, they unpack to nothing: they are a name in the head."""

    is_over = threading.Event()
    beginning = b""

    def do_GET(self) -> None:
        with suppress(OSError):
            self.wfile.write(self.beginning)
            for _ in range(500):
                self.wfile.write(b" ")
                if self.is_over.wait(0.02):
                    return

    def log_message(self, *_: object) -> None:
        pass


HEAD = b"HTTP/1.0 200 OK\r\nContent-Length: 1000000\r\n"
PACKED = b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff"


@pytest.mark.parametrize(
    "beginning", [HEAD + b"\r\n{", HEAD + PACKED, HEAD + b"X-Name: ", b"HTTP/1.0 200 "], ids=["text", "packed", "header", "status"]
)
def test_an_answer_that_trickles_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    monkeypatch.setattr(loki_client, "DEADLINE_S", 0.3)
    handler = type("Handler", (Trickle,), {"is_over": threading.Event(), "beginning": beginning})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        client = loki_client.LokiClient(Endpoint(f"http://127.0.0.1:{server.server_port}"))
        try:
            with pytest.raises(Unavailable, match=r"Loki's answer takes longer than 0.3 s: it is not waited for"):
                client.series("{}", 0, 1)
        finally:
            handler.is_over.set()
            server.shutdown()
            thread.join()


def test_each_answer_has_its_own_time_on_a_connection_that_is_kept(server: LokiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(loki_client, "monotonic", lambda: now[0])
    client = loki_client.LokiClient(server.endpoint)
    client.series(QUERY, 0, 1)
    now[0] += 2 * loki_client.DEADLINE_S

    assert client.series(QUERY, 0, 1) == []


def test_where_nobody_listens_loki_can_not_be_reached() -> None:
    clock = FakeClock()
    reader = Reader(LokiLogSource(LokiSource(QUERY), Endpoint("http://127.0.0.1:9"), clock, "ERROR"))
    assert reader.read() == []
    clock.advance(timedelta(hours=1))

    with pytest.raises(Unavailable, match="Loki can't be reached"):
        reader.read()


def test_the_checkpoint_is_plain_and_small(server: LokiServer) -> None:
    watch = Watch(server)

    assert json.loads(json.dumps(watch.reader.checkpoints["loki"].position)).keys() == {"until", "counted"}
