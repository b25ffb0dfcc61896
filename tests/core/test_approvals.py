from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.core.approvals import Approval, approval_digest, check_approvals, check_approver

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
people = st.sampled_from(["U0ANN", "U0BOB", "U0RIA", "U0DANA"])
texts = st.text(max_size=20)
facts = st.tuples(texts, texts, texts, st.dictionaries(texts, texts, max_size=4), texts)
Facts = tuple[str, str, str, dict[str, str], str]


def test_nobody_approves_what_they_asked_for_nor_twice() -> None:
    assert "yourself" in check_approver("U0ANN", "U0ANN", ()).why
    assert "already" in check_approver("U0BOB", "U0ANN", (Approval("U0BOB", AT),)).why
    assert check_approver("U0BOB", "U0ANN", ()).passed


@given(st.integers(0, 4), st.lists(people, max_size=8))
def test_as_many_distinct_people_are_needed_as_are_asked_for(asked: int, given_by: list[str]) -> None:
    given = tuple(Approval(by, AT) for by in given_by)
    assert check_approvals(asked, given).passed == (len(set(given_by)) >= asked)


@given(facts, facts)
def test_an_approval_is_bound_to_exactly_what_was_shown(one: Facts, other: Facts) -> None:
    assert (approval_digest(*one) == approval_digest(*other)) == (one == other)


def test_the_order_of_the_inputs_does_not_matter() -> None:
    assert approval_digest("a", "b", "c", {"x": "1", "y": "2"}, "d") == approval_digest("a", "b", "c", {"y": "2", "x": "1"}, "d")
