import pytest

from bot.core.gates import Person, check_person, check_role, check_running

ANN = Person("U0ANN", "T0ACME", "Ann")


@pytest.mark.parametrize(
    ("person", "why"),
    [
        (None, "can't look you up"),
        (Person("U0EVE", "T0PARTNER", "Eve"), "another workspace"),
        (Person("U0EVE", "T0ACME", "Eve", is_stranger=True), "another workspace"),
        (Person("U0GUS", "T0ACME", "Gus", is_guest=True), "guests"),
        (Person("U0BOT", "T0ACME", "Bot", is_bot=True), "bots"),
        (Person("U0OLD", "T0ACME", "Old", is_deleted=True), "deactivated"),
        (Person("U0NO", "", "No team"), "another workspace"),
    ],
)
def test_only_full_members_pass_and_the_refusal_says_why(person: Person | None, why: str) -> None:
    verdict = check_person(person, "T0ACME")
    assert not verdict.passed
    assert why in verdict.why
    assert verdict.clears


def test_a_full_member_passes() -> None:
    assert check_person(ANN, "T0ACME").passed


def test_members_of_the_same_enterprise_pass() -> None:
    assert check_person(Person("W0ANN", "T0OTHER", "Ann", enterprise="E0ACME"), "T0ACME", "E0ACME").passed
    assert not check_person(Person("W0ANN", "T0OTHER", "Ann", enterprise=""), "T0ACME", "").passed


def test_a_role_is_held_by_id_or_by_group() -> None:
    holders = ("U0ANN", "S0RELEASERS")
    assert check_role("releaser", holders, "U0ANN", frozenset(), "").passed
    assert check_role("releaser", holders, "U0BOB", frozenset({"S0RELEASERS"}), "").passed
    refused = check_role("releaser", holders, "U0DANA", frozenset(), "Ann or @releasers")
    assert not refused.passed
    assert "Ann or @releasers" in refused.clears


def test_a_group_that_can_not_be_looked_up_lets_nobody_through() -> None:
    assert not check_role("releaser", ("S0RELEASERS",), "U0BOB", None, "@releasers").passed


def test_a_role_that_nobody_holds_lets_nobody_through() -> None:
    assert not check_role("releaser", (), "U0ANN", frozenset(), "nobody").passed


def test_no_role_asked_lets_every_member_through() -> None:
    assert check_role("", (), "U0ANN", None, "").passed


def test_one_operation_at_a_time_per_environment() -> None:
    assert check_running("", "checkout", "production").passed
    assert "v1.5.0" in check_running("The release v1.5.0", "checkout", "production").why
