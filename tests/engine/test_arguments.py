from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.api import Context
from bot.engine.arguments import bind, usage_of
from bot.ports.errors import UserError


def deploy(
    ctx: Context, service: str, version: str = "", *note: str, dry_run: bool = False, notes: str = "", wait: timedelta | None = None
) -> None:
    """Deploy."""


def scale(ctx: Context, service: str, copies: int) -> None:
    """Scale."""


def test_words_become_arguments_and_flags() -> None:
    assert bind(deploy, 'checkout 1.5.0 in a hurry --dry-run --notes "two words"', "/deploy") == (
        ["checkout", "1.5.0", "in", "a", "hurry"],
        {"dry_run": True, "notes": "two words"},
    )
    assert bind(deploy, "checkout --notes=x", "/deploy") == (["checkout", ""], {"notes": "x"})
    assert bind(scale, "checkout 3", "/scale") == (["checkout", 3], {})


def test_phones_type_other_quotes() -> None:
    assert bind(deploy, "checkout 1.5.0 --notes “two words”", "/deploy")[1] == {"notes": "two words"}
    assert bind(deploy, "checkout —dry-run", "/deploy")[1] == {"dry_run": True}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("it's fixed", ["it's", "fixed"]),
        ("don't wait, it's the users' cart", ["don't", "wait,", "it's", "the", "users'", "cart"]),
        ("don’t wait, it’s done", ["don't", "wait,", "it's", "done"]),
        ("it's \"what I'd call done\"", ["it's", "what I'd call done"]),
        ("'two words' here", ["two words", "here"]),
        ("'don't do it' now", ["don't do it", "now"]),
        (r'"a \"quoted\" word" and C:\\temp', ['a "quoted" word', "and", r"C:\temp"]),
        ('"" b', ["", "b"]),
    ],
)
def test_an_apostrophe_within_a_word_is_a_letter_and_quotes_keep_words_together(typed: str, words: list[str]) -> None:
    assert bind(deploy, f"checkout 1.5.0 {typed}", "/deploy")[0] == ["checkout", "1.5.0", *words]


@pytest.mark.parametrize("typed", ["--notes it's --wait 2h don't", "--notes=it's --wait=2h don't", "--wait '2h' --notes it's don't"])
def test_apostrophes_swallow_no_flags(typed: str) -> None:
    assert bind(deploy, f"checkout 1.5.0 {typed}", "/deploy") == (
        ["checkout", "1.5.0", "don't"],
        {"notes": "it's", "wait": "2h"},
    )
    assert bind(deploy, "checkout --notes='two words'", "/deploy")[1] == {"notes": "two words"}


@pytest.mark.parametrize(
    ("typed", "told", "closed"),
    [
        ('"fix it', '`"fix it`', '`"fix it"`'),
        ('--notes "fix it', '`"fix it`', '`"fix it"`'),
        ("--notes 'fix staging", "`'fix staging`", "`'fix staging'`"),
        ("--notes “fix it", '`"fix it`', '`"fix it"`'),
        ("""don't "fix it, won't you""", """`"fix it, won't you`""", """`"fix it, won't you"`"""),
        ('fix" it', '`" it`', '`" it"`'),
    ],
)
def test_a_quotation_mark_that_is_not_closed_is_refused_with_what_to_write(typed: str, told: str, closed: str) -> None:
    with pytest.raises(UserError) as refused:
        bind(deploy, f"checkout 1.5.0 {typed}", "/deploy")
    assert f"A quotation mark is open: {told}. Close it, as in {closed}, or leave it out." in str(refused.value)
    assert "Usage: `/deploy service" in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "`/scale` needs more: service, copies"),
        ("checkout", "needs more: copies"),
        ("checkout three", "copies is `three`, expected a whole number"),
        ("checkout 3 4 5", "don't know what to do with `4 5`"),
        ("checkout 3 --fast", "no flag `--fast`"),
        ('checkout "3', "quotation mark is open"),
    ],
)
def test_what_does_not_fit_is_said_with_the_usage(typed: str, said: str) -> None:
    with pytest.raises(UserError) as refused:
        bind(scale, typed, "/scale")
    assert said in str(refused.value)
    assert "Usage: `/scale service copies`" in str(refused.value)


def test_a_misspelt_flag_gets_a_hint() -> None:
    with pytest.raises(UserError, match="Did you mean `dry-run`"):
        bind(deploy, "checkout --dry-rn", "/deploy")


def test_the_usage_follows_from_the_signature() -> None:
    assert usage_of(deploy) == "service [version] [note…] [--dry-run] [--notes …] [--wait …]"


@given(st.text(max_size=200))
def test_whatever_is_typed_is_bound_or_refused(text: str) -> None:
    with suppress(UserError):
        bind(deploy, text, "/deploy")


def test_a_refusal_mentions_nobody() -> None:
    with pytest.raises(UserError) as refused:
        bind(scale, "checkout <!channel>", "/scale")
    assert "<!" not in str(refused.value)
