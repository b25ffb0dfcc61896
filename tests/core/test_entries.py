"""Entries of containers and of journald: a trace whose lines are entries of their own counts as it does in a file, whoever writes between them."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.entries import Unwrapper, are_entries, end_of_whole
from bot.core.fingerprints import fingerprint
from bot.core.interleaved import MOST_OPEN, MOST_WRITERS, Interleaved
from bot.core.lines import block_of, lines_of
from bot.core.tally import Tally
from bot.core.traces import own_frames
from tests.core.traces import TRACES

AT = "2024-05-01T12:00:00.123456789Z"
ERRORS = "ERROR|Exception|Error|panic|Traceback"
QUIET = ["worker started", "GET /health 200", "12 items", "- 5", "done"]


def cri(line: str, writer: str = "stderr", tag: str = "F") -> str:
    return f"{AT} {writer} {tag} {line}"


def docker(line: str, writer: str = "stderr", tag: str = "F") -> str:
    said = {"log": line + ("" if tag == "P" else "\n"), "stream": writer, "time": AT}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def syslog(line: str, writer: str = "stderr") -> str:
    tabs = len(line) - len(line.lstrip("\t"))
    return f"May  1 12:00:00 web1 {writer}[4711]: {'#011' * tabs}{line[tabs:]}"


def dated(line: str, _: str = "") -> str:
    return f"{AT} {line}"


HEADER = re.compile(r"[^ ]+Z (?:std(?:out|err) F )?|May  1 12:00:00 web1 std(?:out|err)\[4711\]: ")
CONTAINERS = pytest.mark.parametrize("wrapped", [cri, docker])
ALL = pytest.mark.parametrize("wrapped", [cri, docker, syslog, dated])
ALL_WRITERS = pytest.mark.parametrize("wrapped", [cri, docker, syslog])


def kinds(*windows: Sequence[str]) -> list[tuple[str, int]]:
    """Return what windows count, each as after a restart."""
    found: Counter[str] = Counter()
    carried = ""
    for lines in windows:
        tally = Tally(ERRORS)
        tally.resume({"a": carried})
        tally.add(block_of(lines), "a")
        tally.finish()
        carried = tally.carry("a")
        found.update({kind.id: kind.count for kind in tally.kinds()})
    return sorted(found.items())


def unwrapped(entries: Sequence[str]) -> list[str]:
    unwrapper = Unwrapper()
    return lines_of(unwrapper.unwrap(block_of(entries)) + unwrapper.rest())


@ALL
@pytest.mark.parametrize("name", TRACES)
def test_a_trace_counts_as_it_does_in_a_file(name: str, wrapped) -> None:  # type: ignore[no-untyped-def]
    lines = TRACES[name].block
    between = zip(map(wrapped, lines), (wrapped(QUIET[n % len(QUIET)], "stdout") for n in range(len(lines))), strict=True)
    entries = [dated(line) for line in [*lines, *QUIET]] if wrapped is dated else [*chain.from_iterable(between)]
    in_a_file = [wrapped(lines[0]) if wrapped in (syslog, dated) else lines[0], *lines[1:]]

    assert kinds(entries) == kinds([*in_a_file, *QUIET])
    again = [wrapped(line) for line in [*lines, "2024-05-01 12:00:00 INFO ok"]] * 2
    assert kinds(again) == kinds([*in_a_file, f"{AT} stderr F ok"] * 2)


@ALL
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*QUIET, *(line for each in TRACES.values() for line in each.block)]), st.sampled_from(["stdout", "stderr"])
        )
    )
)
def test_no_line_is_lost_nor_made(wrapped, lines: list[tuple[str, str]]) -> None:  # type: ignore[no-untyped-def]
    found = unwrapped([wrapped(line, writer) for line, writer in lines])

    assert sorted(HEADER.sub("", line).replace("#011", "\t") for line in found) == sorted(line for line, _ in lines)


@ALL
@pytest.mark.parametrize("name", TRACES)
def test_wherever_reading_ended_a_trace_counts_once(name: str, wrapped) -> None:  # type: ignore[no-untyped-def]
    entries = [wrapped(line) for line in [*TRACES[name].block, "2024-05-01 12:00:01 INFO ok"]]
    assert sum(count for _, count in kinds(entries)) == 1

    # Without a frame nothing tells that what a window has of syslog holds a trace: but for the first line, they are errors of their own.
    first = next(n for n, line in enumerate(TRACES[name].block) if own_frames([line])) if wrapped in (syslog, dated) else 0
    for cut in {1, *range(first + 1, len(entries))}:
        assert sum(count for _, count in kinds(entries[:cut], entries[cut:])) == 1, cut


@ALL
def test_messages_of_their_own_stay_errors_of_their_own(wrapped) -> None:  # type: ignore[no-untyped-def]
    said = ["ValueError: a", "KeyError: b", "ERROR c", "ERROR d", "    ERROR e"]

    assert sum(count for _, count in kinds([wrapped(line) for line in said])) == len(said)


@CONTAINERS
def test_parts_of_a_line_become_one(wrapped) -> None:  # type: ignore[no-untyped-def]
    entries = [wrapped("ERROR a", tag="P"), wrapped("between", "stdout"), wrapped("b", tag="P"), wrapped("c"), wrapped("d")]

    assert unwrapped(entries) == [f"{AT} stderr F ERROR abc", f"{AT} stdout F between", f"{AT} stderr F d"]


@CONTAINERS
def test_a_line_of_which_only_parts_are_there_waits(wrapped) -> None:  # type: ignore[no-untyped-def]
    parts = block_of([wrapped("ERROR a", tag="P"), wrapped("b", tag="P")])
    whole = block_of([wrapped("ok")])

    assert end_of_whole(whole + parts, len(whole + parts)) == len(whole)
    assert end_of_whole(parts, len(parts)) == 0


@CONTAINERS
def test_what_another_stream_prints_behind_parts_of_a_line_waits_with_them(wrapped) -> None:  # type: ignore[no-untyped-def]
    entries = [
        wrapped("ok " + wrapped("a", tag="P"), tag="P"),  # whatever a message looks like
        wrapped("between", "stdout"),
        wrapped("whole"),
        wrapped("ERROR a", tag="P"),
        wrapped("b", tag="P"),
        wrapped("begun", "stdout", tag="P"),
        wrapped("ended", "stdout"),
        wrapped("done", "stdout"),
    ]
    block = block_of(entries)

    assert end_of_whole(block, len(block)) == len(block_of(entries[:3]))
    assert end_of_whole(block + block_of([wrapped("c")]), len(block_of([*entries, wrapped("c")]))) == len(
        block_of([*entries, wrapped("c")])
    )


@CONTAINERS
def test_parts_of_a_line_wait_for_a_minute_of_what_others_print_and_only_while_something_is_printed(wrapped) -> None:  # type: ignore[no-untyped-def]
    part, soon, late = (
        block_of([wrapped("ERROR a", tag="P")]),
        block_of([wrapped("b", "stdout").replace("12:00:00", "12:00:59")]),
        block_of([wrapped("c", "stdout").replace("12:00:00", "12:01:01")]),
    )

    assert end_of_whole(part + soon, len(part + soon)) == 0
    assert end_of_whole(part + soon + late, len(part + soon + late)) == len(part + soon + late)
    assert end_of_whole(part + soon, len(part + soon), is_idle=True) == len(part + soon)
    assert end_of_whole(part + soon + part, len(part + soon + part), is_idle=True) == len(part + soon + part)
    assert end_of_whole(part, len(part), is_idle=True) == 0


def test_json_that_a_container_printed_is_read_by_its_fields() -> None:
    line = '{"level":"error","msg":"disk 7 is full"}'

    assert kinds([docker(line)]) == kinds([cri(line)]) == kinds([line])


@pytest.mark.parametrize(
    "line", ['{"log":"no more', '{"log":["a"],"stream":"stdout","time":""}', '{"log":"a"}', '{"log":7,"stream":1,"time":""}']
)
def test_what_is_no_entry_stays_as_it_is(line: str) -> None:
    assert unwrapped([docker("a"), line])[1:] == [line]


def test_a_log_of_no_container_is_left_alone() -> None:
    lines = ["2024-05-01 12:00:00 stdout of x", cri("ERROR a"), cri("  ERROR b")]

    assert not are_entries(block_of(lines))
    assert kinds(lines) == sorted(Counter(fingerprint(line).id for line in lines[1:]).items())


def test_lines_of_syslog_without_a_trace_stay_as_they_are() -> None:
    lines = [syslog("ERROR a"), syslog("  indented ERROR"), syslog("ValueError: x")] * 9

    assert unwrapped(lines) == lines
    assert sum(count for _, count in kinds(lines)) == len(lines)


def test_lines_with_a_time_whose_traces_have_none_stay_as_they_are() -> None:
    lines = [
        f"{AT} ERROR app: a",
        "\tat com.acme.A.b(A.java:7)",
        f"{AT} INFO app: b",
        f"{AT}  WARN mod: c",
        f"{AT} ERROR app: a",
        "  d",
    ] * 9

    assert unwrapped(lines) == lines


def test_what_is_no_entry_goes_with_the_line_before_it() -> None:
    lines = [syslog("ERROR a"), "  of a", syslog("ERROR b", "stdout"), syslog("\tat com.acme.A.b(A.java:7)"), "  of a, too"]

    assert unwrapped(lines) == [lines[2], lines[0], "  of a", "\tat com.acme.A.b(A.java:7)", "  of a, too"]


def test_who_wrote_long_ago_does_not_go_on_with_what_was_taken() -> None:
    lines = Interleaved()
    lines.add("a", b"1 ", b"ERROR a")
    lines.add("b", b"2 ", b"ERROR b")
    assert lines.take() == b"1 ERROR a\n2 ERROR b\n"
    lines.add("a", b"3 ", b"  of a")
    lines.add("b", b"4 ", b"  of b")

    assert lines.take() == b"  of b\n3   of a\n"


@ALL_WRITERS
def test_what_goes_on_with_a_trace_that_was_read_joins_no_error_that_others_wrote_meanwhile(wrapped) -> None:  # type: ignore[no-untyped-def]
    trace = [wrapped(line) for line in ("ERROR a", "java.io.IOException: x", "\tat com.acme.A.b(A.java:7)", "\tat com.acme.C.d(C.java:7)")]
    other = [wrapped(line, "stdout") for line in ("ERROR b", "\tat com.acme.E.f(E.java:7)")]

    assert kinds(trace[:3], [*other, trace[3]]) == kinds(trace[:3], other)


@ALL_WRITERS
def test_traces_of_two_writers_that_were_being_written_when_reading_ended_both_go_on(wrapped) -> None:  # type: ignore[no-untyped-def]
    began = [
        wrapped("ERROR a", "stdout"),
        wrapped("\tat com.acme.A.b(A.java:7)", "stdout"),
        wrapped("ERROR b"),
        wrapped("\tat com.acme.C.d(C.java:7)"),
    ]
    rest = [wrapped("Caused by: java.io.IOException: x", "stdout"), wrapped("Caused by: java.io.IOException: y")]

    assert kinds(began, rest) == kinds(began)


@pytest.mark.parametrize("wrapped", [syslog, dated])
def test_the_end_of_a_trace_that_is_read_without_its_frames_is_no_error(wrapped) -> None:  # type: ignore[no-untyped-def]
    lines = [
        "ERROR a",
        "Traceback (most recent call last):",
        '  File "a.py", line 7, in b',
        "    raise ValueError(7)",
        "ValueError: x",
        "ok",
        "ok",
    ]
    entries = [wrapped(line) for line in lines]

    assert sum(count for _, count in kinds(entries[:4], entries[4:])) == 1
    assert sum(count for _, count in kinds(entries[:4], entries[4:5], entries[5:])) == 1


def test_of_many_writers_only_the_last_are_kept_back(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Interleaved()
    for n in range(MOST_OPEN + 7):
        lines.add(f"{n}", b"1 ", b"ERROR a")
    assert lines.take(keeps_open=True) == b"1 ERROR a\n" * 7

    monkeypatch.setattr("bot.core.interleaved.MOST_OPEN_BYTES", 100)
    assert lines.take(keeps_open=True) == b"1 ERROR a\n" * (MOST_OPEN - 11)
    assert lines.take() == b"1 ERROR a\n" * 11


def test_what_an_earlier_version_kept_of_the_last_writer_is_understood() -> None:
    lines = Interleaved(",455252,2,30,0,0,1,0|app")
    lines.add("app", b"1 ", b"\tat com.acme.A.b(A.java:7)")

    assert lines.take() == b"\tat com.acme.A.b(A.java:7)\n"


@pytest.mark.parametrize("lines", range(25, 40))
def test_what_is_no_entry_stays_with_the_line_before_it_wherever_the_first_lines_of_a_block_end(lines: int) -> None:
    unwrapper = Unwrapper()
    unwrapper.unwrap(block_of([syslog("ERROR a")]))
    block = [*[syslog("ok", "b")] * lines, syslog("ERROR c", "c"), "  of c", syslog("ERROR d", "d"), "  of d", syslog("ok", "e")]

    found = lines_of(unwrapper.unwrap(block_of(block)) + unwrapper.rest())

    assert found.index("  of c") == found.index(syslog("ERROR c", "c")) + 1
    assert found.index("  of d") == found.index(syslog("ERROR d", "d")) + 1


def test_lines_of_the_writers_that_wrote_last_stand_in_parts_of_their_own_which_go_on() -> None:
    lines = Interleaved()
    for n in range(MOST_WRITERS + 5):
        lines.add(f"w{n}", b"header ", b"ERROR %d" % n)
    parts = dict(lines.take_by_writer())
    places = {name for name in parts if name}
    lines = Interleaved(lines.carried)
    for n in range(MOST_WRITERS + 5):
        lines.add(f"w{n}", b"header ", b"ValueError: %d" % n)

    (name, further) = next((name, data) for name, data in lines.take_by_writer() if b"ValueError: %d\n" % (MOST_WRITERS + 4) in data)
    assert further.startswith(b"ValueError: ")
    assert parts[name] == b"header ERROR %d\n" % (MOST_WRITERS + 4)
    assert 0 < len(places) <= MOST_WRITERS
    assert parts[""].count(b"\n") == MOST_WRITERS + 5 - len(places)
