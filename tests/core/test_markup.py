from hypothesis import given
from hypothesis import strategies as st

from bot.core.markup import Mrkdwn, code, escape, join, link, md, mention, plain, pre, shorten

DANGEROUS = ["<!channel>", "<!here>", "<@U0ANN>", "<!subteam^S0LEADS>", "<https://evil.example|your bank>"]


def test_what_people_wrote_can_not_mention_or_link() -> None:
    for text in DANGEROUS:
        assert "<" not in escape(text)
        assert "<" not in md("{}", text)
        assert "<" not in code(text)
        assert "<" not in pre(text)


def test_markup_of_ours_is_left_as_it_is() -> None:
    assert escape(mention("U0ANN")) == "<@U0ANN>"
    assert md("{} and {}", mention("U0ANN"), "<!here>") == "<@U0ANN> and &lt;!here&gt;"


def test_escaping_twice_changes_nothing_more() -> None:
    assert escape(escape("a & b")) == "a &amp; b"


@given(st.text())
def test_escaped_text_reads_as_it_was_written(text: str) -> None:
    assert escape(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


@given(st.text())
def test_a_code_span_is_never_ended_from_within(text: str) -> None:
    shown = code(text)
    assert shown.startswith("`")
    assert shown.endswith("`")
    assert "`" not in shown[1:-1]
    assert "\n" not in shown


@given(st.text())
def test_a_link_has_one_label_and_one_end(label: str) -> None:
    shown = link("https://example.org/a", label)
    assert shown.count("|") == 1
    assert shown.count(">") == 1


def test_a_link_to_anything_but_http_is_only_its_label() -> None:
    assert link("javascript:alert(1)", "click") == "click"
    assert link("", "no link") == "no link"


def test_markup_turns_back_into_plain_text_where_none_is_read() -> None:
    assert plain(md("{} of {} <https://example.org|here>", code("v1"), "a<b")) == "v1 of a<b here"
    assert plain("`left` alone") == "`left` alone"


def test_a_cut_is_shown() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abc", 4) == "abc"


def test_joined_pieces_stay_markup() -> None:
    assert isinstance(join(", ", [code("a"), escape("<b>")]), Mrkdwn)
