import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import blocks
from bot.core.markup import Mrkdwn, link, md, pre


@given(st.text(min_size=1, max_size=8000))
def test_a_section_keeps_within_slacks_limit_and_stays_harmless(text: str) -> None:
    shown = blocks.section(text)["text"]["text"]  # type: ignore[index]
    assert 0 < len(shown) <= 3000
    assert "<" not in shown


def test_a_cut_never_leaves_half_a_link_or_half_an_entity() -> None:
    shown = blocks.section(Mrkdwn("x" * 2990 + link("https://example.org/long", "label")))["text"]["text"]  # type: ignore[index]
    assert "<" not in shown
    assert shown.endswith("…")
    shown = blocks.section("x" * 2993 + "&&&&")["text"]["text"]  # type: ignore[index]
    assert "&am…" not in shown


def test_a_cut_closes_a_preformatted_block() -> None:
    shown = blocks.section(md("{}", pre("y" * 5000)))["text"]["text"]  # type: ignore[index]
    assert shown.count("```") == 2
    assert len(shown) <= 3000


def test_the_end_of_a_log_is_what_is_kept() -> None:
    block = blocks.preformatted("a" * 5000 + "the end")
    text = block["elements"][0]["elements"][0]["text"]  # type: ignore[index]
    assert text.endswith("the end")
    assert text.startswith("…")
    assert len(text) <= 3000


def test_a_select_never_leaves_options_out_in_silence() -> None:
    options = [blocks.option(str(n), str(n)) for n in range(101)]
    with pytest.raises(ValueError, match="1 to 100"):
        blocks.select("x", options)
    assert blocks.select("x", options[:100], initial="7")["initial_option"] == options[7]


@given(st.lists(st.text(max_size=2900).map(Mrkdwn), min_size=1, max_size=9))
def test_lines_are_packed_into_sections_without_a_loss(lines: list[Mrkdwn]) -> None:
    texts = [str(block["text"]["text"]) for block in blocks.sections(lines)]  # type: ignore[index]

    assert "\n".join(texts).strip() == "\n".join(lines).strip()
    assert all(len(text) <= 3000 for text in texts)
    assert len(texts) <= 1 + sum(map(len, lines)) // 1500 + 1
