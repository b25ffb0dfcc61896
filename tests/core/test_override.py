"""A break-glass goes past what it names, and never past who somebody is, what they may do, or what runs."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.gates import Gate, Verdict
from bot.core.override import PASSABLE, check_override, closed_gates, gone_past

verdicts = st.lists(st.builds(Verdict, st.sampled_from(Gate), st.booleans(), st.just("why"), st.just("clears")), max_size=9)
HELD, NOT_HELD = Verdict(Gate.ROLE, True), Verdict(Gate.ROLE, False, "Only a lead may do this.", "Ask bob.")


@given(verdicts, st.lists(st.sampled_from(Gate).map(str)))
def test_what_it_does_not_name_or_must_not_pass_counts_as_before(asked: list[Verdict], named: list[str]) -> None:
    for before, after in zip(asked, gone_past(asked, named), strict=True):
        passes = before.gate in PASSABLE and str(before.gate) in named
        assert after.passed == (before.passed or passes)
        if not passes:
            assert after == before


@given(verdicts)
def test_all_that_is_named_is_closed_and_passable_and_nothing_stays_closed_but_what_must(asked: list[Verdict]) -> None:
    named = closed_gates(asked)

    assert len(set(named)) == len(named)
    assert all(any(str(v.gate) == gate and not v.passed for v in asked) for gate in named)
    assert {v.gate for v in gone_past(asked, named) if not v.passed}.isdisjoint(PASSABLE)


def test_person_role_and_what_runs_can_never_be_passed() -> None:
    assert {Gate.LOCK, Gate.FREEZE, Gate.PROMOTION, Gate.CHECKS, Gate.APPROVAL} == PASSABLE


def test_nobody_goes_past_without_a_role_that_is_set_and_held_and_a_reason() -> None:
    assert check_override("lead", HELD, "it burns").passed
    for refused, words in (
        (check_override("", HELD, "it burns"), "no role is set"),
        (check_override("lead", NOT_HELD, "it burns"), "Only a lead"),
        (check_override("lead", HELD, ""), "needs a reason"),
        (check_override("lead", HELD, "x" * 301), "301 characters"),
    ):
        assert not refused.passed
        assert words in refused.why
        assert refused.clears
