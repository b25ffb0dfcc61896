"""What holds of the gates and of the digest whatever the facts are."""

from datetime import UTC, datetime

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.approvals import Approval, approval_digest, check_approvals, check_approver, is_same_person
from bot.core.gates import Check, CheckState, Person, check_checks, check_person, check_promotion, check_role

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
words = st.text(max_size=12)
inputs = st.dictionaries(words, words, max_size=4)
bound = st.tuples(words, words, words, inputs, words)  # service, environment, commit, inputs, workflow
users = st.sampled_from(["U0ANN", "U0BOB", "U0RIA", "U0DANA"])
logins = st.dictionaries(users, st.sampled_from(["ann", "Ann", "bob", ""]), max_size=4)
given_by = st.lists(users, max_size=5).map(lambda people: tuple(Approval(by, NOON) for by in people))
flags = st.booleans()


@given(bound, bound)
def test_a_digest_stands_for_exactly_what_it_was_made_of(
    one: tuple[str, str, str, dict[str, str], str], other: tuple[str, str, str, dict[str, str], str]
) -> None:
    assert (approval_digest(*one) == approval_digest(*other)) == (one == other)


@given(inputs, st.randoms())
def test_the_order_of_the_inputs_is_no_drift(values: dict[str, str], chance: st.DataObject) -> None:
    shuffled = list(values.items())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert approval_digest("s", "e", "c", values, "w") == approval_digest("s", "e", "c", dict(shuffled), "w")


@given(
    st.none()
    | st.builds(Person, words, st.sampled_from(["T0ACME", "T0OTHER", ""]), words, flags, flags, flags, flags, st.sampled_from(["", "E1"]))
)
def test_only_a_full_member_whom_slack_knows_passes(person: Person | None) -> None:
    verdict = check_person(person, "T0ACME", "E1")

    is_full = person is not None and not (person.is_bot or person.is_guest or person.is_stranger or person.is_deleted)
    is_ours = person is not None and (person.team == "T0ACME" or person.enterprise == "E1")
    assert verdict.passed == (is_full and is_ours)
    assert verdict.passed or (verdict.why and verdict.clears)


@given(
    st.sampled_from(["", "releaser"]),
    st.lists(st.sampled_from(["U0ANN", "S0A", "S0B"])),
    users,
    st.none() | st.frozensets(st.sampled_from(["S0A", "S0B"])),
)
def test_a_role_is_held_by_id_or_by_a_group_that_was_looked_up(
    role: str, holders: list[str], user: str, groups: frozenset[str] | None
) -> None:
    verdict = check_role(role, tuple(holders), user, groups, "somebody")

    assert verdict.passed == (not role or user in holders or bool(groups and groups & set(holders)))


@given(
    flags,
    st.none() | st.lists(st.builds(Check, words, st.sampled_from(CheckState), st.none() | st.integers(1, 3))),
    st.frozensets(st.integers(1, 3)),
)
def test_checks_pass_only_when_some_ran_and_none_of_those_that_count_is_red_or_open(
    required: bool, checks: list[Check] | None, ours: frozenset[int]
) -> None:
    counted = [check.state for check in checks or () if check.run_id not in ours]

    verdict = check_checks(required, checks, ours, "a" * 40)

    assert verdict.passed == (not required or (bool(counted) and set(counted) == {CheckState.PASSED}))


@given(st.sampled_from(["", "staging"]), flags)
def test_promotion_asks_for_the_environment_before(after: str, had_it: bool) -> None:
    assert check_promotion(after, "v1", had_it).passed == (not after or had_it)


@given(users, users, given_by, logins)
def test_nobody_approves_their_own_request_nor_twice_under_any_name(
    actor: str, requester: str, given_so_far: tuple[Approval, ...], known: dict[str, str]
) -> None:
    verdict = check_approver(actor, requester, given_so_far, known)

    same = [other for other in (requester, *(approval.by for approval in given_so_far)) if is_same_person(actor, other, known)]
    assert verdict.passed == (not same)


@given(st.integers(0, 4), given_by, logins)
def test_so_many_people_must_have_approved_and_no_person_counts_twice(
    asked: int, given_so_far: tuple[Approval, ...], known: dict[str, str]
) -> None:
    people: list[str] = []
    for approval in given_so_far:
        if not any(is_same_person(approval.by, person, known) for person in people):
            people.append(approval.by)

    assert check_approvals(asked, given_so_far, known).passed == (len(people) >= asked)


@given(users, users, logins)
def test_one_person_is_one_whichever_is_asked_first(one: str, other: str, known: dict[str, str]) -> None:
    assert is_same_person(one, other, known) == is_same_person(other, one, known)
    assume(one != other)
    assert not is_same_person(one, other, {})
