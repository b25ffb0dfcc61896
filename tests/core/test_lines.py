"""Blocks of lines: nothing is lost or invented when lines become blocks and blocks become lines."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.lines import block_of, cut_long_lines, lines_of, without_nuls

LINES = st.lists(st.text(alphabet=st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=20), max_size=10)


@given(LINES)
def test_lines_go_into_a_block_and_come_out_again(lines: list[str]) -> None:
    assert lines_of(block_of(lines)) == lines


def test_what_is_no_text_is_replaced_and_windows_line_ends_go() -> None:
    assert lines_of(b"\xff one\r\ntwo\n\n") == ["\ufffd one", "two", ""]


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 12))
def test_a_long_line_is_cut_into_equal_pieces_and_a_last_one(lengths: list[int], longest: int) -> None:
    lines = ["x" * length for length in lengths]
    expected = [line[at : at + longest] for line in lines for at in range(0, max(1, len(line)), longest)]

    assert lines_of(cut_long_lines(block_of(lines), longest)) == expected


def test_lines_of_nothing_but_nul_bytes_are_no_lines() -> None:
    assert without_nuls(b"a\n\0\0\n\0\r\nb\0c\n\n") == b"a\nbc\n\n"
