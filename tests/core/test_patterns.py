"""Error patterns: their literals are never wrong, and those that could run for ever are known."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.patterns import literals_of, why_dangerous

FAST = [
    "ERROR",
    "ERROR|FATAL",
    "(?i)error|exception",
    r"\bERR\b",
    "[Ee]rror",
    "(?:a|b)cde",
    r"status=5\d\d",
    "(ERROR|WARN) .*timed? out",
    "(?i:k)is",
    "x{2,3}yz",
]
SLOW = ["", "a*", r"\d{3}", ".", "(?:ERROR)?", "a|", "[^a]", r"(?=ERROR)", "\ufffd"]
TEXTS = st.lists(
    st.sampled_from(
        ["ERROR", "error", "eRRor", "Exception", "ERR", "a", "cde", "status=503", "timed out", " ", "K", "Kis", "İ", "xx", "yz", "\n"]
    ),
    max_size=8,
)


@pytest.mark.parametrize("pattern", FAST)
def test_a_pattern_with_literals_need_not_be_tried_on_every_line(pattern: str) -> None:
    assert literals_of(pattern).texts


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_without_literals_is_tried_on_every_line(pattern: str) -> None:
    assert literals_of(pattern).texts == ()


@pytest.mark.parametrize("pattern", FAST)
@settings(max_examples=30)
@given(parts=TEXTS)
def test_what_matches_holds_a_literal_and_exact_literals_are_matches(pattern: str, parts: list[str]) -> None:
    text = "".join(parts)
    found = literals_of(pattern)
    holds_one = any(literal in text for literal in found.texts)

    if re.search(pattern, text):
        assert holds_one
    elif found.exact:
        assert not holds_one


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|ab|b)*c",
        r"(.*a){20}",
        r"(\w+\.?)+x",
        r"(\s*\w+\s*)*=",
        r"([a-z]+)*",
        r"((ab)*)*",
        r"(a?a)+$",
        r"(\d+(,\d+)*)+;",
        "(?i)(A|a)+b" + "(a|aB|b)*",
    ],
)
def test_a_pattern_that_backtracks_exponentially_is_known(pattern: str) -> None:
    assert why_dangerous(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "ERROR|FATAL",
        r"(\w+\.)+x",
        r"(?:[^;]+;)+",
        r"ERROR .*foo.*bar",
        r"(?>a+)+",
        r"(?:ERROR|FATAL)+",
        r"^\S+ \S+ ERROR",
        r"(a++b)*",
        r"(?i)(?:error|warning): .*",
    ],
)
def test_a_usual_pattern_is_not_refused(pattern: str) -> None:
    assert why_dangerous(pattern) == ""
