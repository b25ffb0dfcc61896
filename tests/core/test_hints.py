"""Hints in refusals: what was probably meant, and what there is."""

from bot.core.hints import did_you_mean, named


def test_the_beginning_of_a_name_is_enough_for_a_hint() -> None:
    assert "`production`" in did_you_mean("prod", ["staging", "production"])
    assert did_you_mean("zzz", ["staging", "production"]) == ""


def test_many_names_are_not_all_told() -> None:
    assert named([f"s{n}" for n in range(40)]) == "s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 and 30 more"
    assert named([]) == "none"
