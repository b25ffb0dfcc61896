"""Scanning: the fast way finds what the plain way finds, wherever the blocks are cut; traces are one event."""

import re
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import scan
from bot.core.events import APART, MOST_LINES, Event, KnownTraces, may_go_on
from bot.core.fingerprints import fingerprint_of_trace
from bot.core.lines import block_of, lines_of
from bot.core.scan import PIECE, Scanner
from bot.core.structured import Structure
from bot.core.tally import Tally
from bot.core.traces import describe, own_frames, says_nothing
from tests.core.traces import TRACES, Trace

PATTERNS = ["ERROR|FATAL", r"\bERROR\b", "(?i)error", r"^2024.*(?:ERROR|Exception)", r"\d\d\d", "", "[Ee]rror: .*é", "x*", r"code=5\d\d"]
PIECES = ["ERROR", "error", "2024-05-01 12:00:00 ", "Exception", "é", " ", "\t", "code=503", "x", "1", "ſ", "\x00", "\x1b[31m", "FATA", "L"]
LINES = st.lists(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), max_size=20)
# Lines of traces and of records, in any order: what is joined must not depend on where the blocks end.
MIXED = st.lists(
    st.sampled_from(
        sorted({line for trace in TRACES.values() for line in trace.block} | {"", "2024-05-01 INFO ok", "ERROR a", "  ERROR b"})
    ),
    max_size=40,
)


def encoded(lines: list[str]) -> list[bytes]:
    return [line.encode() for line in lines]


def errors_of(errors: str, *blocks: Iterable[str]) -> list[list[str]]:
    scanner = Scanner(errors)
    found: list[list[str]] = []
    for block in blocks:
        events = scanner.scan(block_of(block))
        found += [[*lines_of(line + b"\n")] for line in events.singles] + [lines_of(b"\n".join(lines) + b"\n") for lines in events.traces]
    events = scanner.finish()
    return found + [lines_of(line + b"\n") for line in events.singles] + [lines_of(b"\n".join(lines) + b"\n") for lines in events.traces]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=30)
@given(lines=LINES)
def test_the_first_line_of_each_event_is_one_in_which_the_pattern_matches(pattern: str, lines: list[str]) -> None:
    """Lines that begin an event of their own are found exactly where `re` finds them."""
    lines = [f"2024-05-01 {line}" for line in lines]
    found = Counter(event[0] for event in errors_of(pattern, lines))

    assert found == Counter(line for line in lines_of(block_of(lines)) if re.search(pattern, line))


def counted(errors: str, windows: list[list[list[str]]]) -> tuple[int, int]:
    """Return lines and errors of windows of blocks, each window with a tally of its own as after a restart."""
    lines = total = 0
    carried = ""
    for blocks in windows:
        tally = Tally(errors)
        tally.resume({"a": carried})
        for block in blocks:
            tally.add(block_of(block), "a")
            tally.add(block_of(["ERROR of another stream"]), "b")
        tally.finish()
        carried = tally.carry("a")
        lines, total = lines + tally.lines - len(blocks), total + tally.errors - len(blocks)
    return lines, total


@given(MIXED, st.data())
def test_wherever_blocks_and_windows_end_each_event_counts_once(lines: list[str], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(lines)), max_size=8)))
    blocks = [lines[start:end] for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    errors = "ERROR|Exception|Error"

    whole = counted(errors, [[lines]])

    assert whole[0] == len(lines)
    assert counted(errors, [blocks]) == whole
    assert counted(errors, [[block] for block in blocks]) == whole


# Records, most of which begin with a digit, each with what may stand below it: what is remembered of one decides about the next.
BELOW = [
    *(lines for trace in TRACES.values() for lines in [list(trace.block[1:])]),
    [],
    ["  indented 7", ""],
    ["", "", "\tat com.acme.A.b(A.java:7)"],
    ["Caused by: java.io.IOException: 7", "no part of it", "\tat com.acme.A.b(A.java:7)"],
    ["x" * 9000, "\tat com.acme.A.b(A.java:7)"],
    ["java.io.IOException: 7", *["\tat com.acme.A.b(A.java:7)"] * (MOST_LINES + 3)],
]
HEADS = ["ERROR a", "ERROR Traceback (most recent call last):", "ERROR panic: b", "INFO ok", "ERROR " + "é" * 30_000]
DATED = "2024-05-01 12:00:{:02} "
BEGINNINGS = [
    DATED,
    DATED,
    DATED,
    "May 1 12:00:{:02} a b: ",
    "[2024-05-01 12:00:{:02}] ",
    "time={:02} level=x ",
    "- {:02} a ",
    "Caused by {:02} ",
]
RECORDS = st.lists(st.tuples(st.sampled_from(BEGINNINGS), st.sampled_from(HEADS), st.sampled_from(BELOW), st.integers(0, 99)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(RECORDS, st.integers(300, 3000))
def test_a_trace_that_is_remembered_is_cut_as_one_that_is_not(records: list[tuple[str, str, list[str], int]], piece: int) -> None:
    records = records * 8  # most are learned before they are met across the end of a piece
    lines = [text.replace("7", str(number)) for at, head, below, number in records for text in (at.format(number) + head, *below)]
    block = block_of(lines)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scan, "PIECE", piece)
        remembering, forgetting = Scanner("ERROR|Exception|Error"), Scanner("ERROR|Exception|Error")
        patched.setattr(forgetting, "_known", Forgetful())

        assert remembering.scan(block) == forgetting.scan(block)
        assert remembering.finish() == forgetting.finish()


class Forgetful(KnownTraces):
    """Remembers nothing."""

    def find(self, *_: object) -> None:
        return None


AFTER = [
    "\r",
    "}",
    "Foo:  bar",
    "Foo",
    "goroutine 7 [running]:",
    "main.run(0x1)",
    "panic: c",
    "created by main.run",
    "[signal SIGSEGV: x]",
    "exit status 2",
]


@pytest.mark.parametrize("first", [*HEADS, "panic: a", "goroutine 1 [running]:", "Traceback (most recent call last):", "FooError: a"])
def test_what_is_told_at_once_of_the_line_behind_an_event_is_never_wrong(first: str) -> None:
    taken = [line for line in {*LINES_OF_TRACES, *AFTER, ""} if Event.begin(first.encode()).takes(line.encode())]
    assert taken
    assert not [line for line in taken if not may_go_on(line.encode()) or APART.match(line.encode())]
    assert not may_go_on(b"[2024-05-01 12:00:00] INFO ok")
    assert not may_go_on(b"May  1 12:00:00 host sshd[1]: ok")


WORDS = [
    "Caused",
    "by",
    "Traceback",
    "(most",
    "The",
    "above",
    "goroutine",
    "7",
    "[signal",
    "exit",
    "status",
    "at",
    "f(x)",
    "Stack",
    "trace:",
    "---",
    "-",
    "--->",
]
WORDS += ["FooError", "FooError:", "Uncaught", "x.rb:7:in", "key=value", "key", "fatal", "[main]", "}", "#1", "é", "2024", "x(", "..."]


@given(
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from([" ", "  ", "", "\t", ":", "="])), min_size=1, max_size=4),
    st.sampled_from(["", "\nx by x"]),
)
def test_a_line_that_is_told_apart_in_one_step_goes_on_with_nothing(words: list[tuple[str, str]], behind: str) -> None:
    line = "".join(word + space for word, space in words)

    assert not (APART.match(f"x\n{line}{behind}".encode(), 2) and may_go_on(line.encode()))


@pytest.mark.parametrize(
    "line", ["May  1 12:00:00 host sshd[1]: ok", "[main] ok then", "level=info", "- 1117838570 2005", "2024", "host-1.lan ok", "<34> ok"]
)
def test_most_lines_of_other_systems_are_told_apart_in_one_step(line: str) -> None:
    assert APART.match(line.encode())


def test_the_kinds_are_the_same_wherever_the_blocks_end() -> None:
    lines = [line for trace in TRACES.values() for line in [*trace.block, "2024-05-01 12:00:00 INFO ok"]]
    whole = sorted(errors_of("ERROR", lines))

    for at in range(len(lines)):
        assert sorted(errors_of("ERROR", lines[:at], lines[at:])) == whole


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_a_trace_is_one_event_with_its_exceptions_and_own_frames(trace: Trace) -> None:
    lines = ["2024-05-01 12:00:00 INFO before", *trace.block, "2024-05-01 12:00:01 INFO after", *trace.block]

    found = errors_of("ERROR", lines)

    kept = [line for line in trace.block if line]
    assert found == [kept, kept]
    assert describe(kept)[0] == trace.chain
    assert own_frames(kept)[0] == trace.frame


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_line_numbers_and_values_make_no_other_kind_but_another_frame_does(trace: Trace) -> None:
    kept = [line for line in trace.block if line]
    moved = [re.sub(r"(?<=[:e ])\d{1,4}(?=[:),]|$)", "77", line) for line in kept]
    elsewhere = [line.replace(trace.frame.split(":")[-1].split(".")[-1], "elsewhere") for line in kept]

    assert fingerprint_of_trace(encoded(moved)) == fingerprint_of_trace(encoded(kept))
    assert fingerprint_of_trace(encoded(elsewhere)).id != fingerprint_of_trace(encoded(kept)).id
    assert trace.frame in fingerprint_of_trace(encoded(kept)).template


LINES_OF_TRACES = sorted({line for trace in TRACES.values() for line in trace.block})


@given(st.sampled_from([*LINES_OF_TRACES, "2024-05-01 ERROR a", "ERROR b (KeyError)", "panic: c", "d --- End of inner"]), st.data())
def test_a_first_line_that_says_nothing_changes_nothing(first: str, data: st.DataObject) -> None:
    rest = data.draw(st.lists(st.sampled_from(LINES_OF_TRACES), min_size=1, max_size=12))

    if says_nothing(first):
        assert (describe([first, *rest]), own_frames([first, *rest])) == (describe(["", *rest]), own_frames(["", *rest]))
        assert not describe([first])[0]


def test_a_trace_is_the_same_kind_below_any_log_record() -> None:
    rest = [line for line in TRACES["java"].block if line][1:]

    kinds = {fingerprint_of_trace(encoded([f"2024-05-01 12:00:00 ERROR request {id_} failed", *rest])) for id_ in ("7", "9a3f", "0b1c2d")}

    assert len(kinds) == 1


def test_interleaved_threads_are_grouped_by_their_first_line() -> None:
    one, other = TRACES["java"].block, TRACES["python"].block
    lines = [one[0], other[0], *one[1:4], *other[1:4]]

    found = errors_of("ERROR", lines)

    assert sorted(event[0] for event in found) == sorted([one[0], other[0]])


def test_an_event_without_end_is_cut_at_its_bound() -> None:
    lines = ["2024-05-01 ERROR a", *("  ERROR more" if n % 2 else "  more" for n in range(3 * MOST_LINES))]

    assert max(map(len, errors_of("a|more", lines))) <= MOST_LINES


def test_a_record_ends_a_trace_even_when_it_is_indented() -> None:
    lines = ["2024-05-01 12:00:00 ERROR a", "  2024-05-01 12:00:01 ERROR b", "    detail"]

    assert errors_of("ERROR", lines) == [[lines[0]], lines[1:]]


@pytest.mark.parametrize(
    "lines",
    [
        ["Traceback (most recent call last):", '  File "a.py", line 7, in b', "    c()", "ValueError: d"],
        ["panic: a", "", "goroutine 1 [running]:", "main.main()", "\t/app/main.go:7 +0x1d", "exit status 2"],
        ["a.rb:7:in `b': c (FooError)", "\tfrom d.rb:7:in `e'"],
    ],
)
def test_crashes_of_a_program_that_is_started_again_and_again_count_each(lines: list[str]) -> None:
    assert errors_of("Error|Traceback|panic", lines * 3) == [[line for line in lines if line]] * 3
    assert counted("ERROR|Error|Traceback|panic", [[lines], [lines * 2]])[1] == 3


def test_an_exception_that_comes_while_another_is_handled_is_one_event_with_it() -> None:
    trace = ["Traceback (most recent call last):", '  File "a.py", line 7, in b', "ValueError: d"]
    said = ["", "During handling of the above exception, another exception occurred:", ""]

    assert len(errors_of("Error|Traceback", [*trace, *said, *trace])) == 1


def test_the_exception_that_follows_an_exception_is_another_event() -> None:
    assert len(errors_of("Error", ["ValueError: a", "ValueError: b", "KeyError: c"])) == 3


def test_a_block_and_a_line_larger_than_a_piece_count_as_others_do() -> None:
    lines = ["2024 ok " + "x" * 50] * 9000 + ["y" * (2 * PIECE) + "ERROR" + "y" * PIECE] + ["2024 ERROR b"] * 3

    scanner = Scanner("ERROR")
    events = scanner.scan(block_of(lines))
    last = scanner.finish()

    assert (len(events.singles) + len(last.singles), scanner.lines) == (4, len(lines))


LEVELS = Structure(error_levels=frozenset({"error", "50"}))


@pytest.mark.parametrize(
    ("line", "is_error"),
    [
        ('{"level":"error","msg":"cannot charge"}', True),
        ('{"level": "ERROR", "msg": "cannot charge"}', True),
        ('{"level":"info","msg":"ERROR is only a word here"}', False),
        ('{"level":50,"msg":"x"}', True),
        ('{"log":{"level":"error"},"message":"x"}', True),
        ('{"log.level": "error","message":"x"}', True),
        ('time=2024-05-01T12:00:00Z level=error msg="cannot charge"', True),
        ('time=2024-05-01T12:00:00Z level=info msg="level=error"', False),
        ("2024-05-01 ERROR plain text", True),
        ("2024-05-01 INFO plain text", False),
        ('{"level":"error", broken', False),
    ],
)
def test_the_level_of_a_structured_line_decides_where_it_is_configured(line: str, is_error: bool) -> None:
    scanner = Scanner("ERROR", LEVELS)
    scanner.scan(block_of([line]))

    assert bool(scanner.finish().singles) is is_error


def test_a_structured_line_is_told_by_its_message() -> None:
    structure = Structure(message=("what",), error_levels=frozenset({"error"}))
    tally = Tally("ERROR", structure)
    tally.add(
        block_of(
            [
                '{"level":"error","what":"cannot charge order 7","user":"ann"}',
                '{"user":"bob","level":"error","what":"cannot charge order 12"}',
            ]
        )
    )
    tally.finish()

    assert (tally.errors, tally.distinct) == (2, 1)


def test_the_sample_of_a_structured_line_names_its_service_and_trace() -> None:
    tally = Tally("ERROR", Structure(service=("svc",)))
    tally.add(block_of(['{"level":"ERROR","msg":"cannot charge","svc":"checkout","trace_id":"4bf92f"}', "2024-05-01 ERROR plain"]))
    tally.finish()

    assert sorted(kind.sample for kind in tally.kinds()) == ["checkout: cannot charge (trace 4bf92f)", "plain"]
