from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.api import Context
from bot.engine.arguments import bind, did_you_mean, named, usage_of
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


def test_an_apostrophe_is_a_letter() -> None:
    assert bind(deploy, "checkout 1.5.0 it's fixed", "/deploy")[0] == ["checkout", "1.5.0", "it's", "fixed"]


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


def test_the_beginning_of_a_name_is_enough_for_a_hint() -> None:
    assert "`production`" in did_you_mean("prod", ["staging", "production"])
    assert did_you_mean("zzz", ["staging", "production"]) == ""


def test_many_names_are_not_all_told() -> None:
    assert named([f"s{n}" for n in range(40)]) == "s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 30 more"
    assert named([]) == "none"
