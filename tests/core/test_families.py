"""Families: kinds that differ in one word which many words fill; rules are only added, and opposites never merge."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.families import Families, members

WORDS = st.sampled_from(
    [
        "orders",
        "invoices",
        "emails",
        "carts",
        "started",
        "stopped",
        "payments",
        "queue",
        "is",
        "full",
        "of",
        "<*>",
        "ERROR:",
        "java.io.IOException:",
    ]
)
TEMPLATES = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), max_size=60)


def of(*templates: str) -> Families:
    families = Families()
    families.grown(templates)
    return families


def test_four_words_in_one_place_are_a_name() -> None:
    families = of(*(f"cannot publish to {name} any more" for name in ("orders", "invoices", "emails", "carts")))

    family = families.family_of("cannot publish to something-new any more")

    assert family
    assert family.template == "cannot publish to <+> any more"
    assert families.family_of("cannot publish to orders any more") == family
    assert families.family_of("cannot subscribe to orders any more") is None


def test_a_value_that_shows_as_one_belongs_where_names_do() -> None:
    families = of(*(f"cannot publish to {name}: it is full" for name in ("orders", "invoices", "emails", "carts")))

    family = families.family_of("cannot publish to carts: it is full")

    assert family
    assert families.family_of("cannot publish to <*>: it is full") == family
    assert families.family_of("cannot publish to <*>/<*> it is full") is None
    assert families.family_of("cannot publish <*> carts: it is full") is None


def test_three_words_in_one_place_are_no_name() -> None:
    assert (
        of(*(f"cannot publish to {name} any more" for name in ("orders", "invoices", "emails"))).family_of(
            "cannot publish to carts any more"
        )
        is None
    )


def test_words_that_say_the_opposite_are_never_merged() -> None:
    assert (
        of(*(f"the worker has {word} now" for word in ("started", "paused", "slept", "yawned"))).family_of("the worker has paused now")
        is None
    )


def test_two_other_words_must_stay() -> None:
    assert of(*(f"<*> {word} lost" for word in "abcdef")).family_of("<*> a lost") is None


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("payment failed: code={}", ("card_declined", "insufficient_funds", "expired_card", "lost_card", "processor_down")),
        ("unit web: Failed with result '{}'.", ("exit-code", "signal", "watchdog", "oom-kill", "core-dump")),
        ("upload of file rejected: {}", ("quota", "infected", "duplicate", "empty", "malformed")),
        ("replica of orders is {}", ("stale", "stuck", "corrupt", "detached", "paused")),
        ('reply said "bad {}"', ("request", "gateway", "certificate", "signature")),
        ("image of web: {}, waiting", ("ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff", "AccessDenied")),
    ],
)
def test_how_something_went_is_no_name(form: str, words: Sequence[str]) -> None:
    assert Families().grown(map(form.format, words)) == []


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("can't publish to {} any more", ("users", "reports", "orders", "events", "pages")),
        ("import failed: {} table is locked", ("users", "reports", "orders", "events", "pages")),
        ("no rows in {} after load", ("users_errors", "reports_errors", "orders_errors", "events_errors")),
        ("alert rule {} is broken", ("OrdersDown", "CartsDown", "UsersDown", "PagesDown")),
        ("cannot read the {} table", ("users", "lost_carts", "reports", "full_orders")),
    ],
)
def test_a_word_of_trouble_in_a_name_or_in_front_of_it_makes_it_no_outcome(form: str, words: Sequence[str]) -> None:
    assert [family.template for family in Families().grown(map(form.format, words))] == [form.format("<+>")]


def test_a_template_may_hold_blanks_in_a_row() -> None:
    assert Families().grown(f"the  queue of {name} ' is full" for name in ("users", "reports", "orders", "events"))


def test_a_condition_is_new_even_where_names_made_a_family() -> None:
    families = of(*(f"shop of {name} now" for name in ("users", "reports", "orders", "events")))

    assert families.family_of("shop of pages now")
    assert families.family_of("shop of unhealthy now") is None


def test_exceptions_are_no_names() -> None:
    names = [f"charging an order: {kind}Error <*>" for kind in ("Key", "Value", "Type", "Index", "Name")]

    assert of(*names).family_of(names[0]) is None


@settings(max_examples=60)
@given(TEMPLATES, st.randoms(use_true_random=False))
def test_the_order_of_the_templates_makes_no_difference(templates: list[str], rnd: random.Random) -> None:
    shuffled = list(templates)
    rnd.shuffle(shuffled)

    assert Families().grown(templates) == Families().grown(shuffled)


@settings(max_examples=60)
@given(TEMPLATES, TEMPLATES)
def test_a_kind_never_leaves_its_family(first: list[str], later: list[str]) -> None:
    families = Families()
    rules = families.grown(first)
    before = members(families, {template: template for template in first})

    rules += families.grown([*first, *later])
    again = Families(rules)

    assert members(families, {template: template for template in before}) == before
    assert {template: again.family_of(template) for template in later} == {template: families.family_of(template) for template in later}


def test_a_younger_rule_takes_nobody_from_an_older_one() -> None:
    families = of(*(f"cannot publish to {name} any more" for name in ("orders", "invoices", "emails", "carts")))
    older = families.family_of("cannot publish to orders any more")
    made = families.grown(f"{name} publish to payments any more" for name in ("will", "shall", "ought", "might"))

    assert made
    assert families.family_of("shall publish to payments any more") == made[0]
    assert families.family_of("cannot publish to payments any more") == older
