"""A tally: every line counts once, the numbers add up, and memory is bounded."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.fingerprints import fingerprint
from bot.core.judging import SHOWN, Judged, Known
from bot.core.lines import block_of
from bot.core.seen_kinds import kinds_in
from bot.core.tally import BATCH, MOST_NOTES, SAMPLE, Tally
from bot.core.windows import FingerprintCount, Samples, Window

BEGAN = datetime(2024, 5, 1, 12, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=15)

LINES = st.lists(
    st.sampled_from(
        [
            "INFO all is well",
            "ERROR disk is full",
            "ERROR disk 7 is slow",
            "ERROR disk 12 is slow",
            "FATAL out of memory",
            "",
            "error in lower case",
        ]
    ),
    max_size=60,
)


STAMPED = st.builds(
    "{} ERROR [main-{}] shop.Pay - {}".format,
    st.sampled_from(["2024-05-01 12:03:04", "2024-05-01T12:02:09Z", "2024-05-01T14:01:01+02:00", "May  1 12:04:05", "no time"]),
    st.integers(0, 99),
    st.sampled_from(
        ["disk 7 is full", "password=hunter2 is wrong", "mail to ann@example.com failed\n  at Pay.java:3\nCaused by: x.IOError: y"]
    ),
)


def window_of(*batches: list[str], known: frozenset[str] = frozenset(), errors: str = "ERROR|FATAL", kinds: int = 5000) -> Window:
    tally = Tally(errors, kinds=kinds)
    for batch in batches:
        tally.add(block_of(batch))
    return tally.judged(Window("api", BEGAN, ENDED), Known(kinds=known)).window


@pytest.mark.parametrize("kinds", [1, 5000])
@given(
    lines=st.lists(
        st.builds(
            "{} {}{}".format,
            st.sampled_from(["ERROR disk", "ERROR host", "INFO disk"]),
            st.integers(0, 99),
            st.sampled_from(["", "\n  and more"]),
        ),
        max_size=30,
    ),
    data=st.data(),
)
def test_the_sample_of_a_kind_is_its_first_event_wherever_blocks_end(kinds: int, lines: list[str], data: st.DataObject) -> None:
    lines = [line for event in lines for line in event.split("\n")]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(lines)), max_size=5)))
    tally = Tally("ERROR", kinds=kinds)
    for start, end in pairwise([0, *cuts, len(lines)]):
        tally.add(block_of(lines[start:end]))
    tally.finish()

    firsts: dict[str, str] = {}
    for line in lines:
        if line.startswith("ERROR"):
            firsts.setdefault(line.split()[1], line.removeprefix("ERROR "))
    assert {kind.sample for kind in tally.kinds()} == {*list(firsts.values())[:kinds]}


def test_lines_errors_and_kinds_are_counted() -> None:
    window = window_of(["INFO ok", "ERROR disk 7 is slow", "ERROR disk 12 is slow", "ERROR disk is full"])

    assert (window.lines, window.errors, window.distinct, window.new) == (4, 3, 2, 2)
    assert [(kind.count, kind.template) for kind in window.fingerprints] == [(2, "disk <*> is slow"), (1, "disk is full")]
    assert window.fingerprints[0].sample == "disk 7 is slow"


@given(LINES, st.data())
def test_however_the_lines_are_split_the_window_is_the_same(lines: list[str], data: st.DataObject) -> None:
    at = sorted(data.draw(st.lists(st.integers(0, len(lines)), max_size=5)))
    pieces = [lines[start:end] for start, end in zip([0, *at], [*at, len(lines)], strict=True)]

    assert window_of(*pieces) == window_of(lines)


@given(LINES)
def test_the_counts_of_the_kinds_add_up_to_the_errors(lines: list[str]) -> None:
    window = window_of(lines)
    plain = Counter(fingerprint(line).id for line in lines if "ERROR" in line or "FATAL" in line)

    assert window.lines == len(lines)
    assert window.errors == plain.total() == sum(kind.count for kind in window.fingerprints)
    assert {kind.id: kind.count for kind in window.fingerprints} == plain


def word(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def test_a_new_kind_is_kept_however_rare_it_is() -> None:
    frequent = [f"ERROR {word(n)} is down" for n in range(SHOWN + 5) for _ in range(3)]
    known = frozenset(fingerprint(line).id for line in frequent)

    window = window_of([*frequent, "ERROR something never seen"], known=known)

    assert len(window.fingerprints) == SHOWN + 1
    assert window.fingerprints[-1].sample == "something never seen"
    assert [kind.is_new for kind in window.fingerprints] == [False] * SHOWN + [True]
    assert (window.distinct, window.new) == (SHOWN + 6, 1)


def test_beyond_the_limit_lines_are_still_counted_and_kinds_estimated() -> None:
    lines = [f"ERROR {word(n)} is down" for n in range(3000)]

    window = window_of(lines, lines, kinds=100)

    assert window.errors == 6000
    assert 2900 <= window.distinct <= 3100
    assert "More than 100 kinds" in window.notes[0]


def test_each_kind_is_written_down_once_in_batches() -> None:
    tally = Tally("ERROR")
    tally.add(block_of(["ERROR a", "ERROR b", *(f"ERROR {word(n)} is down" for n in range(3 * BATCH)), "ERROR a"]))
    tally.finish()

    batches = [kinds_in(batch) for batch in tally.batches()]

    assert [len(batch) for batch in batches] == [BATCH, BATCH, BATCH, 2]
    kinds = [kind for batch in batches for kind in batch]
    assert sorted(tally.seen()) == [kind.id for kind in kinds]
    assert Counter(kind.times for kind in kinds) == {1: 3 * BATCH + 1, 2: 1}


def test_a_sample_is_short_one_line_and_without_secrets() -> None:
    window = window_of(["2024-05-01 12:00:00 ERROR login failed\tpassword=hunter2 \x1b[31m" + "x" * 5000])

    sample = window.fingerprints[0].sample
    assert sample.startswith("login failed password=[hidden]")
    assert len(sample) <= SAMPLE
    assert sample.endswith("…")
    assert "\x1b" not in sample


def test_a_template_is_without_secrets_too_and_its_kind_is_the_same() -> None:
    line = "ERROR refused: Authorization: Bearer xoxb-123456-abcdef"

    (kind,) = window_of([line]).fingerprints

    assert "xoxb" not in kind.template
    assert kind.id == fingerprint(line).id


def test_the_same_note_is_kept_once() -> None:
    tally = Tally("ERROR")
    tally.note(["a gap", "a gap"])
    tally.note(["a gap", "another"])

    assert tally.judged(Window("api", BEGAN, ENDED), Known()).window.notes == ("a gap", "another")


def test_lines_that_the_source_counted_are_lines_without_errors() -> None:
    tally = Tally("ERROR")
    tally.add(b"ERROR one\nfine\n")
    tally.count_others(40)

    assert (tally.lines, tally.errors) == (42, 1)


@given(st.lists(st.tuples(STAMPED, st.sampled_from(["a.log", "b.log"])), max_size=30), st.sampled_from(Samples))
def test_what_is_made_when_asked_for_is_what_was_made_at_once(lines: list[tuple[str, str]], samples: Samples) -> None:
    def window(kept: int) -> tuple[Judged, list[FingerprintCount], list[str]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bot.core.tally._KEPT", kept)
            tally = Tally("ERROR|FATAL")
            for line, stream in lines:
                tally.add(block_of([line]), stream)
            judged = tally.judged(Window("api", BEGAN, ENDED), Known(samples=samples))
            return judged, tally.kinds(), list(tally.batches())

    judged, kinds, batches = window(0)

    assert (judged, kinds, batches) == window(2048)
    assert all(kind.sample for kind in kinds)
    assert all(kind.sample for kind in judged.kinds.values()) == (samples is Samples.MASKED or not kinds)


def test_of_many_notes_the_first_are_kept_and_the_others_counted() -> None:
    tally = Tally("ERROR")
    tally.note(f"note {n}" for n in range(MOST_NOTES + 7))
    tally.note(["note 1"])

    assert tally.notes == (*(f"note {n}" for n in range(MOST_NOTES)), "7 more notes are left out here.")
